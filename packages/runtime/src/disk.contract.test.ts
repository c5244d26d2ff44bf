import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { type Disk, DiskError, type DiskFile, replaceFile } from "./disk";
import { nodeDisk } from "./node-disk";
import { SimulatedDisk } from "./simulated-disk";

describe.each([
  {
    adapter: "nodeDisk",
    make: () => {
      const root = mkdtempSync(`${tmpdir()}/disk-contract-`);
      return { disk: nodeDisk, root, end: () => rmSync(root, { recursive: true, force: true }) };
    },
  },
  {
    adapter: "SimulatedDisk",
    make: () => {
      const disk = new SimulatedDisk({ nowMs: () => 1_700_000_000_000 });
      disk.makeDirectory("/root");
      return { disk, root: "/root", end: () => {} };
    },
  },
])("a disk ($adapter)", ({ make }) => {
  let disk: Disk;
  let root: string;
  let end: () => void;

  beforeEach(() => {
    ({ disk, root, end } = make());
  });
  afterEach(() => end());

  const codeOf = (action: () => unknown): string => {
    try {
      action();
    } catch (failure) {
      if (failure instanceof DiskError) return failure.code;
      throw failure;
    }
    return "no failure";
  };
  const text = (path: string) => disk.readFile(path).toString("utf8");
  const withFile = <T>(path: string, mode: "read" | "write" | "create", action: (file: DiskFile) => T): T => {
    const file = disk.open(path, mode);
    try {
      return action(file);
    } finally {
      file.close();
    }
  };
  const put = (path: string, content: string) =>
    withFile(path, "create", (file) => file.write([Buffer.from(content)], 0));

  describe("opening", () => {
    it("finds nothing to read or write where nothing is, and makes a file where asked to", () => {
      expect(codeOf(() => disk.open(`${root}/a`, "read"))).toBe("ENOENT");
      expect(codeOf(() => disk.open(`${root}/a`, "write"))).toBe("ENOENT");
      expect(disk.exists(`${root}/a`)).toBe(false);
      disk.open(`${root}/a`, "create").close();
      expect(disk.stat(`${root}/a`)).toMatchObject({ kind: "file", sizeBytes: 0 });
    });

    it("keeps what a file held when it is opened to create", () => {
      put(`${root}/a`, "kept");
      disk.open(`${root}/a`, "create").close();
      expect(text(`${root}/a`)).toBe("kept");
    });

    it("refuses a write to a file opened to read", () => {
      put(`${root}/a`, "kept");
      expect(withFile(`${root}/a`, "read", (file) => codeOf(() => file.write([Buffer.from("x")], 0)))).toBe("EBADF");
      expect(text(`${root}/a`)).toBe("kept");
    });

    it("names the operation, the path and the system's reason in a failure", () => {
      expect(() => disk.readFile(`${root}/missing`)).toThrow(
        expect.objectContaining({ name: "DiskError", operation: "read", path: `${root}/missing`, code: "ENOENT" }),
      );
    });
  });

  describe("reading and writing", () => {
    it("writes several buffers in a row at a position, and reads them back", () => {
      put(`${root}/a`, "0123456789");
      withFile(`${root}/a`, "write", (file) => {
        file.write([Buffer.from("ab"), Buffer.alloc(0), Buffer.from("cd")], 4);
        const into = Buffer.alloc(6);
        expect(file.read(into, 3)).toBe(6);
        expect(into.toString()).toBe("3abcd8");
      });
    });

    it("reads less only at the end of the file, and nothing beyond it", () => {
      put(`${root}/a`, "0123456789");
      withFile(`${root}/a`, "read", (file) => {
        expect(file.read(Buffer.alloc(100), 7)).toBe(3);
        expect(file.read(Buffer.alloc(100), 10)).toBe(0);
        expect(file.read(Buffer.alloc(100), 99)).toBe(0);
      });
    });

    it("reads the same off the event loop", async () => {
      put(`${root}/a`, "0123456789");
      const file = disk.open(`${root}/a`, "read");
      const into = Buffer.alloc(100);
      expect(await file.readCold(into, 7)).toBe(3);
      expect(into.toString("utf8", 0, 3)).toBe("789");
      file.close();
    });

    it("fills a gap with zeros", () => {
      withFile(`${root}/a`, "create", (file) => {
        file.write([Buffer.from("x")], 3);
        expect(file.sizeBytes()).toBe(4);
      });
      expect([...disk.readFile(`${root}/a`)]).toEqual([0, 0, 0, 120]);
    });

    it("writes more than one call may carry", () => {
      const large = Buffer.alloc(300_000, "0123456789abcdef");
      const buffers = [large.subarray(0, 100_001), ...Array.from({ length: 1500 }, (_, i) => large.subarray(i, i + 1))];
      withFile(`${root}/a`, "create", (file) => {
        file.write([large], 0);
        file.write(buffers, 5);
      });
      const expected = Buffer.concat([large.subarray(0, 5), ...buffers]);
      expect(disk.readFile(`${root}/a`).subarray(0, expected.length).equals(expected)).toBe(true);
    });

    it("cuts and extends, with zeros where cut-off bytes were", () => {
      put(`${root}/a`, "0123456789");
      withFile(`${root}/a`, "write", (file) => {
        file.truncate(2);
        file.truncate(4);
        expect(file.sizeBytes()).toBe(4);
      });
      expect([...disk.readFile(`${root}/a`)]).toEqual([48, 49, 0, 0]);
    });

    it("goes on with a file that was renamed or removed while open", () => {
      put(`${root}/a`, "old");
      const file = disk.open(`${root}/a`, "write");
      disk.rename(`${root}/a`, `${root}/b`);
      file.write([Buffer.from("new")], 0);
      expect(text(`${root}/b`)).toBe("new");
      disk.remove(`${root}/b`);
      expect(file.sizeBytes()).toBe(3);
      file.close();
    });

    it("closes twice without harm, and is of no use afterwards, not even against the file opened next", async () => {
      const file = disk.open(`${root}/a`, "create");
      file.close();
      file.close();
      const next = disk.open(`${root}/b`, "create");
      expect(codeOf(() => file.sizeBytes())).toBe("EBADF");
      expect(codeOf(() => file.write([Buffer.from("x")], 0))).toBe("EBADF");
      await expect(file.sync()).rejects.toMatchObject({ name: "DiskError", code: "EBADF" });
      await expect(file.readCold(Buffer.alloc(1), 0)).rejects.toMatchObject({ name: "DiskError", code: "EBADF" });
      expect(next.sizeBytes()).toBe(0);
      next.close();
    });

    it("syncs a file", async () => {
      const file = disk.open(`${root}/a`, "create");
      file.write([Buffer.from("x")], 0);
      await expect(file.sync()).resolves.toBeUndefined();
      file.close();
    });
  });

  describe("names", () => {
    it("makes a directory with its parents, and does not mind when it is there", () => {
      disk.makeDirectory(`${root}/x/y/z`);
      disk.makeDirectory(`${root}/x/y/z`);
      expect(disk.stat(`${root}/x/y/z`)).toMatchObject({ kind: "directory" });
    });

    it("does not make a directory where a file is", () => {
      put(`${root}/a`, "");
      expect(codeOf(() => disk.makeDirectory(`${root}/a`))).toBe("EEXIST");
      expect(codeOf(() => disk.makeDirectory(`${root}/a/b`))).toBe("ENOTDIR");
    });

    it("lists names in order, and only those", () => {
      for (const name of ["b", "a", "c"]) put(`${root}/${name}`, name);
      disk.makeDirectory(`${root}/aa/deep`);
      expect(disk.list(root)).toEqual(["a", "aa", "b", "c"]);
      expect(codeOf(() => disk.list(`${root}/missing`))).toBe("ENOENT");
    });

    it("replaces a file by renaming another over it", () => {
      put(`${root}/a`, "new");
      put(`${root}/b`, "old");
      disk.rename(`${root}/a`, `${root}/b`);
      expect(disk.list(root)).toEqual(["b"]);
      expect(text(`${root}/b`)).toBe("new");
      expect(codeOf(() => disk.rename(`${root}/a`, `${root}/b`))).toBe("ENOENT");
    });

    it("renames a directory with all that is in it", () => {
      disk.makeDirectory(`${root}/t-0`);
      put(`${root}/t-0/a`, "a");
      disk.rename(`${root}/t-0`, `${root}/t-0-delete`);
      expect(text(`${root}/t-0-delete/a`)).toBe("a");
      expect(disk.exists(`${root}/t-0`)).toBe(false);
    });

    it("removes files and trees, and does not mind when nothing is there", () => {
      put(`${root}/a`, "");
      disk.makeDirectory(`${root}/x/y`);
      put(`${root}/x/y/b`, "");
      for (let round = 0; round < 2; round++) {
        disk.remove(`${root}/a`);
        disk.removeTree(`${root}/x`);
      }
      expect(disk.list(root)).toEqual([]);
    });

    it("syncs a directory", async () => {
      put(`${root}/a`, "");
      await expect(disk.syncDirectory(root)).resolves.toBeUndefined();
      await expect(disk.syncDirectory(`${root}/missing`)).rejects.toMatchObject({ code: "ENOENT" });
    });

    it("says null of the kind and size of nothing, and keeps a modification time that was set", () => {
      expect(disk.stat(`${root}/a`)).toBeNull();
      put(`${root}/a`, "abc");
      disk.setModifiedMs(`${root}/a`, 1_600_000_000_000);
      expect(disk.stat(`${root}/a`)).toEqual({ kind: "file", sizeBytes: 3, modifiedMs: 1_600_000_000_000 });
    });

    it("tells how much room there is", () => {
      const { totalBytes, usableBytes } = disk.space(root);
      expect(totalBytes).toBeGreaterThan(0);
      expect(usableBytes).toBeGreaterThan(0);
      expect(usableBytes).toBeLessThanOrEqual(totalBytes);
    });

    it("replaces a file as a whole, and leaves nothing beside it", async () => {
      put(`${root}/a`, "a long old content");
      await replaceFile(disk, `${root}/a`, "new");
      expect(text(`${root}/a`)).toBe("new");
      expect(disk.list(root)).toEqual(["a"]);
    });
  });

  describe("locks", () => {
    it("gives a lock once, and again when it was given back", async () => {
      const lock = disk.tryLock(`${root}/.lock`);
      expect(lock).not.toBeNull();
      expect(disk.tryLock(`${root}/.lock`)).toBeNull();
      await lock?.close();
      await lock?.close();
      const again = disk.tryLock(`${root}/.lock`);
      expect(again).not.toBeNull();
      await again?.close();
    });
  });
});
