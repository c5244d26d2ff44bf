import { DiskError, SimulatedDisk } from "@ottla/runtime";
import { CheckpointMalformed } from "./checkpoint-file";
import { OffsetCheckpoint } from "./offset-checkpoints";
import { type GoldenLogs, goldenFiles } from "./testing/golden-logs";

const NAME = "recovery-point-offset-checkpoint";

function diskWith(content: string | null): SimulatedDisk {
  const disk = new SimulatedDisk({ nowMs: () => 0 });
  disk.makeDirectory("/logs");
  if (content !== null) {
    const file = disk.open(`/logs/${NAME}`, "create");
    file.write([Buffer.from(content)], 0);
    file.close();
  }
  return disk;
}

const at = (topic: string, partition: number, offset: number) => ({ topic, partition, offset });
const text = (disk: SimulatedDisk) => disk.readFile(`/logs/${NAME}`).toString();

describe("an offset checkpoint", () => {
  it.each<GoldenLogs>(["clean", "killed", "follower", "recovered"])(
    "of Kafka's `%s` is read, and written again the same",
    async (name) => {
      let compared = 0;
      for (const [path, bytes] of goldenFiles(name)) {
        if (path.includes("/") || !path.endsWith("-checkpoint")) continue;
        const disk = diskWith(bytes.toString());
        const checkpoint = new OffsetCheckpoint(disk, "/logs", NAME);
        const found = checkpoint.read();
        const entries = bytes
          .toString()
          .split("\n")
          .slice(2, -1)
          .map((line) => {
            const [topic = "", partition, offset] = line.split(" ");
            return at(topic, Number(partition), Number(offset));
          });
        for (const { topic, partition, offset } of entries) expect(found.get(topic, partition)).toBe(offset);
        expect(found.size).toBe(entries.length);
        await checkpoint.write(() => entries);
        expect(disk.readFile(`/logs/${NAME}`)).toEqual(bytes);
        compared++;
      }
      expect(compared).toBeGreaterThan(2);
      console.log(`${name}: ${compared} offset checkpoints equal`);
    },
  );

  it("that is missing or empty has no entries", () => {
    for (const content of [null, ""]) {
      expect(new OffsetCheckpoint(diskWith(content), "/logs", NAME).read().size).toBe(0);
    }
  });

  it.each([
    ["another version", "1\n0\n"],
    ["a line too few", "0\n2\nt 0 1\n"],
    ["a line too many", "0\n0\nt 0 1\n"],
    ["a missing number", "0\n1\nt 0\n"],
    ["a word for a number", "0\n1\nt 0 many\n"],
  ])("with %s is refused", (_, content) => {
    expect(() => new OffsetCheckpoint(diskWith(content), "/logs", NAME).read()).toThrow(CheckpointMalformed);
  });

  it("is durable when a write resolves, and holds the newest of the writes asked for at once", async () => {
    const disk = diskWith(null);
    const checkpoint = new OffsetCheckpoint(disk, "/logs", NAME);
    let offset = 0;
    const entries = () => [at("t", 0, offset)];
    const writes = Array.from({ length: 20 }, () => {
      offset++;
      return checkpoint.write(entries);
    });
    await Promise.all(writes);
    disk.losePower();
    expect(text(disk)).toBe("0\n1\nt 0 20\n");
  });

  it("is not written again while nothing changed", async () => {
    const disk = diskWith(null);
    const checkpoint = new OffsetCheckpoint(disk, "/logs", NAME);
    await checkpoint.write(() => [at("t", 0, 7)]);
    disk.inject({ operation: "open", code: "EIO" });
    await checkpoint.write(() => [at("t", 0, 7)]);
    await expect(checkpoint.write(() => [at("t", 0, 8)])).rejects.toThrow(DiskError);
    disk.heal();
    await checkpoint.write(() => [at("t", 0, 7)]);
    await checkpoint.write(() => []);
    expect(text(disk)).toBe("0\n0\n");
  });
});
