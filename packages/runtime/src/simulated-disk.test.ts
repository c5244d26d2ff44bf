import { DiskError, type DiskFile } from "./disk";
import { SeededRandom } from "./random";
import { SimulatedClock } from "./simulated-clock";
import { SimulatedDisk } from "./simulated-disk";
import { SimulatedProcess } from "./simulated-process";

function newDisk(capacityBytes?: number): SimulatedDisk {
  const disk = new SimulatedDisk({ nowMs: () => 5000, ...(capacityBytes === undefined ? {} : { capacityBytes }) });
  disk.makeDirectory("/d");
  return disk;
}

function put(disk: SimulatedDisk, path: string, content: string): DiskFile {
  const file = disk.open(path, "create");
  file.write([Buffer.from(content)], 0);
  return file;
}

const text = (disk: SimulatedDisk, path: string) => disk.readFile(path).toString();

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (failure) {
    if (failure instanceof DiskError) return failure.code;
    throw failure;
  }
  return "none";
};

describe("a process that is killed", () => {
  it("loses its locks and open files, and nothing that it wrote", () => {
    const disk = newDisk();
    disk.tryLock("/d/.lock");
    const file = put(disk, "/d/a", "written");
    disk.kill();
    expect(text(disk, "/d/a")).toBe("written");
    expect(disk.tryLock("/d/.lock")).not.toBeNull();
    expect(codeOf(() => file.write([Buffer.from("late")], 0))).toBe("EBADF");
  });

  it("cannot reach the disk any more through what it was given", async () => {
    const disk = newDisk();
    const before = disk.forProcess();
    before.open("/d/a", "create").close();
    disk.kill();
    expect(codeOf(() => before.open("/d/b", "create"))).toBe("EBADF");
    await expect(before.syncDirectory("/d")).rejects.toThrow(DiskError);
    disk.forProcess().open("/d/b", "create").close();
    expect(disk.list("/d")).toEqual(["a", "b"]);
  });

  it("does not free the lock of its successor by closing its own late", async () => {
    const disk = newDisk();
    const old = disk.tryLock("/d/.lock");
    disk.kill();
    disk.tryLock("/d/.lock");
    await old?.close();
    expect(disk.tryLock("/d/.lock")).toBeNull();
  });
});

describe("a loss of power without luck", () => {
  it("leaves of a file what its last sync made durable", async () => {
    const disk = newDisk();
    const file = put(disk, "/d/a", "synced");
    await file.sync();
    await disk.syncDirectory("/d");
    file.write([Buffer.from("SYNCED and more")], 0);
    disk.losePower();
    expect(text(disk, "/d/a")).toBe("synced");
  });

  it("takes a file whose name was not synced, though its data was", async () => {
    const disk = newDisk();
    await put(disk, "/d/a", "synced").sync();
    disk.losePower();
    expect(disk.list("/d")).toEqual([]);
  });

  it("undoes renames and removals that were not synced", async () => {
    const disk = newDisk();
    for (const name of ["a", "b", "c"]) await put(disk, `/d/${name}`, name).sync();
    await disk.syncDirectory("/d");
    disk.rename("/d/a", "/d/b");
    disk.remove("/d/c");
    disk.losePower();
    expect(disk.list("/d").map((name) => text(disk, `/d/${name}`))).toEqual(["a", "b", "c"]);
  });

  it("does not count as durable what was written while a sync was under way", async () => {
    const disk = newDisk();
    const file = put(disk, "/d/a", "one");
    const syncing = Promise.all([file.sync(), disk.syncDirectory("/d")]);
    file.write([Buffer.from("two")], 0);
    put(disk, "/d/b", "");
    await syncing;
    disk.losePower();
    expect(disk.list("/d")).toEqual(["a"]);
    expect(text(disk, "/d/a")).toBe("one");
  });

  it("ends a sync under way without effect", async () => {
    const disk = newDisk();
    const file = put(disk, "/d/a", "one");
    await Promise.all([file.sync(), disk.syncDirectory("/d")]);
    file.write([Buffer.from("two")], 0);
    const syncing = file.sync();
    disk.losePower();
    await expect(syncing).rejects.toMatchObject({ code: "EBADF" });
    expect(text(disk, "/d/a")).toBe("one");
  });
});

describe("a loss of power with luck", () => {
  it("keeps some of what was not synced: torn writes, gaps of zeros, the first so many names", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const disk = newDisk();
      const file = put(disk, "/d/a", "x".repeat(1000));
      await file.sync();
      await disk.syncDirectory("/d");
      file.write([Buffer.alloc(2000, "y")], 1000);
      put(disk, "/d/b", "").close();
      disk.rename("/d/b", "/d/c");
      disk.losePower(new SeededRandom(seed));
      const content = text(disk, "/d/a");
      expect(content.slice(0, 1000)).toBe("x".repeat(1000));
      expect(content).toMatch(/^x{1000}[y\0]*$/);
      if (content.length < 3000) seen.add("shorter");
      if (content.includes("y")) seen.add("written back");
      if (/\0y/.test(content)) seen.add("gap");
      seen.add(disk.list("/d").join());
    }
    expect([...seen].toSorted()).toEqual(["a", "a,b", "a,c", "gap", "shorter", "written back"]);
  });

  it("is the same for the same seed", () => {
    const once = (seed: number) => {
      const disk = newDisk();
      put(disk, "/d/a", "z".repeat(5000));
      put(disk, "/d/b", "z".repeat(5000));
      disk.losePower(new SeededRandom(seed));
      return disk.list("/d").map((name) => text(disk, `/d/${name}`));
    };
    for (let seed = 0; seed < 20; seed++) expect(once(seed)).toEqual(once(seed));
  });
});

describe("a slow device", () => {
  it("takes its time by the clock of the process, and makes durable what was written before the sync began", async () => {
    const world = new SimulatedClock();
    const process = new SimulatedProcess("p", world);
    const machine = newDisk();
    const disk = machine.forProcess(process.clock);
    const file = disk.open("/d/f", "create");
    file.write([Buffer.from("before")], 0);
    machine.delays.syncMs = 100;
    let synced = false;
    const syncing = Promise.all([file.sync(), disk.syncDirectory("/d")]).then(() => {
      synced = true;
    });
    file.write([Buffer.from("AFTER!")], 0);
    await world.advanceAsync(99);
    expect(synced).toBe(false);
    await world.advanceAsync(1);
    await syncing;
    machine.losePower();
    expect(text(machine, "/d/f")).toBe("before");
  });

  it("is slow in reads from the device, and not in those from the page cache", async () => {
    const world = new SimulatedClock();
    const machine = newDisk();
    const file = machine.forProcess(world).open("/d/f", "create");
    file.write([Buffer.from("x")], 0);
    machine.delays.coldReadMs = 50;
    let read = 0;
    const reading = file.readCold(Buffer.alloc(1), 0).then((count) => {
      read = count;
    });
    expect(file.read(Buffer.alloc(1), 0)).toBe(1);
    await world.advanceAsync(49);
    expect(read).toBe(0);
    await world.advanceAsync(1);
    await reading;
    expect(read).toBe(1);
  });
});

describe("injected faults", () => {
  it("strike the operation, the path and the time they are meant for, until they are healed", async () => {
    const disk = newDisk();
    const [log, index] = [put(disk, "/d/0.log", ""), put(disk, "/d/0.index", "")];
    disk.inject({ operation: "write", pathContains: ".log", code: "EIO", after: 1, times: 2 });
    const write = () => codeOf(() => log.write([Buffer.from("x")], 0));
    expect([write(), write(), write(), write()]).toEqual(["none", "EIO", "EIO", "none"]);
    expect(codeOf(() => index.write([Buffer.from("x")], 0))).toBe("none");
    disk.inject({ operation: "fdatasync", code: "EIO" });
    await expect(log.sync()).rejects.toMatchObject({ code: "EIO", operation: "fdatasync", path: "/d/0.log" });
    disk.heal();
    await expect(log.sync()).resolves.toBeUndefined();
  });

  it("leave the first part of a write behind when told to", () => {
    const disk = newDisk();
    const file = put(disk, "/d/a", "");
    disk.inject({ operation: "write", code: "ENOSPC", writesBytesFirst: 3 });
    expect(codeOf(() => file.write([Buffer.from("ab"), Buffer.from("cdef")], 0))).toBe("ENOSPC");
    expect(text(disk, "/d/a")).toBe("abc");
  });

  it("come by themselves when the disk is full", () => {
    const disk = newDisk(10);
    const file = put(disk, "/d/a", "12345678");
    expect(disk.space("/d").usableBytes).toBe(2);
    expect(codeOf(() => file.write([Buffer.from("abcd")], 8))).toBe("ENOSPC");
    expect(text(disk, "/d/a")).toBe("12345678ab");
    expect(codeOf(() => file.write([Buffer.from("zz")], 0))).toBe("none");
    disk.remove("/d/a");
    expect(disk.space("/d").usableBytes).toBe(10);
  });

  it("change bytes behind everybody's back, on the device too", async () => {
    const disk = newDisk();
    await put(disk, "/d/a", "sound").sync();
    await disk.syncDirectory("/d");
    disk.corrupt("/d/a", 1, Buffer.from("X"));
    disk.losePower();
    expect(text(disk, "/d/a")).toBe("sXund");
  });
});
