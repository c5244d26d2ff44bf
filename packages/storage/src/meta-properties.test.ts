import { DiskError, SimulatedDisk } from "@ottla/runtime";
import { formatJavaProperties, parseJavaProperties } from "./java-properties";
import { InconsistentMetaProperties, MetaPropertiesFile } from "./meta-properties";
import { installGolden } from "./testing/golden-logs";

const NOW_MS = Date.UTC(2026, 10, 22, 10, 35, 37);

function diskWith(content: string | null): SimulatedDisk {
  const disk = new SimulatedDisk({ nowMs: () => NOW_MS });
  disk.makeDirectory("/logs");
  if (content !== null) {
    const file = disk.open("/logs/meta.properties", "create");
    file.write([Buffer.from(content)], 0);
    file.close();
  }
  return disk;
}

const read = (disk: SimulatedDisk) => MetaPropertiesFile.read(disk, "/logs", () => NOW_MS);
const NOTHING = { brokerId: null, clusterId: null, directoryId: null, bootId: null, torn: null, losses: new Map() };

describe("meta.properties", () => {
  it("as Kafka writes it is read, and keeps what is not ours when we add to it", async () => {
    const disk = diskWith(null);
    installGolden("clean", disk, "/logs");
    const meta = read(disk);
    expect(meta.properties).toEqual({ ...NOTHING, brokerId: 1, clusterId: "BjlHO_Y2QBqz3NUL21hsDA" });
    await meta.update({ directoryId: "D_rectory1d-01234567890" });
    expect(disk.readFile("/logs/meta.properties").toString()).toBe(
      "#\n#Sun Nov 22 10:35:37 UTC 2026\nbroker.id=1\nversion=0\ncluster.id=BjlHO_Y2QBqz3NUL21hsDA\n" +
        "directory.id=D_rectory1d-01234567890\n",
    );
  });

  it("that is missing says nothing, and is made whole in one step", async () => {
    const disk = diskWith(null);
    const meta = read(disk);
    expect(meta.properties).toEqual(NOTHING);
    await meta.update({ brokerId: 4, clusterId: "c", bootId: "b", torn: "power failed" });
    disk.losePower();
    expect(read(disk).properties).toEqual({
      brokerId: 4,
      clusterId: "c",
      directoryId: null,
      bootId: "b",
      torn: "power failed",
      losses: new Map(),
    });
    await read(disk).update({ torn: null });
    expect(read(disk).properties.torn).toBeNull();
  });

  it("keeps what may be missing from other directories, all of it replaced at once", async () => {
    const disk = diskWith("version=0\nbroker.id=3\n");
    const losses = new Map([
      ["D_rectory1d-01234567890", "write /b/t-0/0.log: EIO"],
      ["another", "why = not: known"],
    ]);
    await read(disk).update({ losses });
    expect(read(disk).properties.losses).toEqual(losses);
    await read(disk).update({ torn: "why" });
    expect(read(disk).properties.losses).toEqual(losses);
    await read(disk).update({ losses: new Map([["another", "yes"]]) });
    expect(read(disk).properties).toMatchObject({ brokerId: 3, losses: new Map([["another", "yes"]]) });
  });

  it("without a version is of version 0; any other version is refused", () => {
    expect(read(diskWith("broker.id=3\n")).properties.brokerId).toBe(3);
    expect(() => read(diskWith("version=1\nnode.id=3\n"))).toThrow(
      new InconsistentMetaProperties("/logs/meta.properties", "version", "0", "1"),
    );
  });

  it("names file, key, expectation and finding when it is another's", () => {
    const meta = read(diskWith("version=0\nbroker.id=3\ncluster.id=abc\n"));
    expect(() => meta.check({ brokerId: 3, clusterId: "abc" })).not.toThrow();
    expect(() => meta.check({ brokerId: null, clusterId: null })).not.toThrow();
    expect(() => meta.check({ brokerId: 4, clusterId: null })).toThrow(
      '/logs/meta.properties: broker.id is "3", expected "4"',
    );
    expect(() => meta.check({ brokerId: null, clusterId: "xyz" })).toThrow(
      '/logs/meta.properties: cluster.id is "abc", expected "xyz"',
    );
    expect(() => read(diskWith("broker.id=three\n"))).toThrow(InconsistentMetaProperties);
  });

  it("stays as it was when the disk refuses a change, and takes the next one", async () => {
    const disk = diskWith("version=0\nbroker.id=3\n");
    const meta = read(disk);
    disk.inject({ operation: "fdatasync", code: "EIO", times: 1 });
    await expect(meta.update({ bootId: "b" })).rejects.toThrow(DiskError);
    expect(meta.properties.bootId).toBeNull();
    expect(read(disk).properties.bootId).toBeNull();
    await meta.update({ bootId: "b" });
    expect(read(disk).properties.bootId).toBe("b");
  });

  it("keeps both of two changes asked for at once", async () => {
    const disk = diskWith(null);
    const meta = read(disk);
    await Promise.all([meta.update({ brokerId: 1 }), meta.update({ clusterId: "c" })]);
    expect(read(disk).properties).toMatchObject({ brokerId: 1, clusterId: "c" });
  });
});

describe("Java properties", () => {
  it.each([
    ["key=value", "key", "value"],
    ["key = value ", "key", "value "],
    ["key:value", "key", "value"],
    ["key value", "key", "value"],
    ["key", "key", ""],
    ["a\\=b=c=d", "a=b", "c=d"],
    ["key=one\\\n   two", "key", "onetwo"],
    ["key=a\\tb\\u0041\\\\", "key", "a\tbA\\"],
  ])("%j is a key and its value", (line, key, value) => {
    expect([...parseJavaProperties(line)]).toEqual([[key, value]]);
  });

  it("passes over comments and empty lines", () => {
    expect(parseJavaProperties("# a=b\n\n  ! c=d\n \t\n").size).toBe(0);
  });

  it("read back what was written, whatever it is", () => {
    const pairs = [
      ["a b", "c:d=e#f!g"],
      ["tab", "x\ty\nz\\"],
    ] as const;
    expect([...parseJavaProperties(formatJavaProperties(pairs, NOW_MS))]).toEqual(pairs);
  });
});
