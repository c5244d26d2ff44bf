import * as fs from "node:fs";
import { createRequire } from "node:module";
import { type Disk, DiskError, type DiskFile, type DiskStat } from "./disk";
import { invariant } from "./invariant";

/**
 * A write call of half a megabyte or more collapses now and then to a fraction of the speed, because the kernel then takes large
 * pages that are slow to come by; calls of 128 KiB never do. The size of the whole call counts, vectors too.
 */
const LARGEST_WRITE_BYTES = 128 * 1024;
/** Linux takes at most 1024 vectors a call. */
const MOST_VECTORS = 1000;

/** Files of the machine, through Node's `fs`. */
export const nodeDisk: Disk = {
  open(path, mode) {
    const flags = { read: "r", write: "r+", create: fs.constants.O_RDWR | fs.constants.O_CREAT }[mode];
    return new NodeFile(
      path,
      attempt("open", path, () => fs.openSync(path, flags, 0o644)),
    );
  },
  exists: (path) => fs.existsSync(path),
  stat(path): DiskStat | null {
    const stat = attempt("stat", path, () => fs.statSync(path, { throwIfNoEntry: false }));
    if (stat === undefined) return null;
    const kind = stat.isFile() ? "file" : stat.isDirectory() ? "directory" : "other";
    return { kind, sizeBytes: stat.size, modifiedMs: Math.floor(stat.mtimeMs) };
  },
  list: (directory) => attempt("list", directory, () => fs.readdirSync(directory).toSorted()),
  makeDirectory: (path) => void attempt("mkdir", path, () => fs.mkdirSync(path, { recursive: true })),
  rename: (from, to) => attempt("rename", from, () => fs.renameSync(from, to)),
  remove: (path) => attempt("remove", path, () => fs.rmSync(path, { force: true })),
  removeTree: (path) => attempt("remove", path, () => fs.rmSync(path, { force: true, recursive: true })),
  readFile: (path) => attempt("read", path, () => fs.readFileSync(path)),
  async syncDirectory(directory) {
    try {
      const handle = await fs.promises.open(directory, "r");
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (cause) {
      throw new DiskError("fsync", directory, cause);
    }
  },
  setModifiedMs: (path, modifiedMs) =>
    attempt("utimes", path, () => fs.utimesSync(path, modifiedMs / 1000, modifiedMs / 1000)),
  space(path) {
    const stat = attempt("statfs", path, () => fs.statfsSync(path));
    return { totalBytes: stat.blocks * stat.bsize, usableBytes: stat.bavail * stat.bsize };
  },
  tryLock(path) {
    const descriptor = attempt("open", path, () =>
      fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644),
    );
    let held = false;
    try {
      held = attempt("lock", path, () => kernelLocks().tryLock(descriptor));
    } finally {
      if (!held) fs.closeSync(descriptor);
    }
    if (!held) return null;
    let open = true;
    return {
      close() {
        if (open) fs.closeSync(descriptor);
        open = false;
      },
    };
  },
};

class NodeFile implements DiskFile {
  private isOpen = true;

  constructor(
    readonly path: string,
    private readonly number: number,
  ) {}

  /** Closed numbers are given to other files: whoever used one would read and write those. */
  private get descriptor(): number {
    if (!this.isOpen)
      throw new DiskError("use", this.path, Object.assign(new Error("it is closed"), { code: "EBADF" }));
    return this.number;
  }

  sizeBytes(): number {
    return attempt("fstat", this.path, () => fs.fstatSync(this.descriptor).size);
  }

  read(into: Buffer, position: number): number {
    let done = 0;
    try {
      while (done < into.length) {
        const count = fs.readSync(this.descriptor, into, done, into.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
    } catch (cause) {
      throw new DiskError("read", this.path, cause);
    }
    return done;
  }

  async readCold(into: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const count = await new Promise<number>((resolve, reject) => {
        fs.read(this.descriptor, into, done, into.length - done, position + done, (cause, bytes) => {
          if (cause) reject(new DiskError("read", this.path, cause));
          else resolve(bytes);
        });
      });
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  write(buffers: readonly Buffer[], position: number): void {
    let at = position;
    for (const group of groupsWithin(buffers)) {
      let rest: Buffer[] = group;
      while (rest.length > 0) {
        const written = this.writeOnce(rest, at);
        invariant(written > 0, () => `a write of ${this.path} at ${at} wrote nothing`);
        at += written;
        rest = without(rest, written);
      }
    }
  }

  private writeOnce(buffers: Buffer[], position: number): number {
    try {
      const only = buffers[0];
      if (buffers.length === 1 && only !== undefined) {
        return fs.writeSync(this.descriptor, only, 0, only.length, position);
      }
      return fs.writevSync(this.descriptor, buffers, position);
    } catch (cause) {
      throw new DiskError("write", this.path, cause);
    }
  }

  truncate(sizeBytes: number): void {
    attempt("truncate", this.path, () => fs.ftruncateSync(this.descriptor, sizeBytes));
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.descriptor, (cause) => {
        if (cause) reject(new DiskError("fdatasync", this.path, cause));
        else resolve();
      });
    });
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    attempt("close", this.path, () => fs.closeSync(this.number));
  }
}

function attempt<T>(operation: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new DiskError(operation, path, cause);
  }
}

/** Cuts `buffers` into calls within both limits. Most appends are one call of one buffer. */
function* groupsWithin(buffers: readonly Buffer[]): Generator<Buffer[]> {
  let group: Buffer[] = [];
  let groupBytes = 0;
  for (const buffer of buffers) {
    for (let from = 0; from < buffer.length; ) {
      const room = LARGEST_WRITE_BYTES - groupBytes;
      const piece = from === 0 && buffer.length <= room ? buffer : buffer.subarray(from, from + room);
      group.push(piece);
      groupBytes += piece.length;
      from += piece.length;
      if (groupBytes >= LARGEST_WRITE_BYTES || group.length >= MOST_VECTORS) {
        yield group;
        group = [];
        groupBytes = 0;
      }
    }
  }
  if (group.length > 0) yield group;
}

function without(buffers: Buffer[], bytes: number): Buffer[] {
  let left = bytes;
  let first = 0;
  for (; first < buffers.length; first++) {
    const length = buffers[first]?.length ?? 0;
    if (left < length) break;
    left -= length;
  }
  const rest = buffers.slice(first);
  const head = rest[0];
  if (head !== undefined && left > 0) rest[0] = head.subarray(left);
  return rest;
}

interface KernelLocks {
  tryLock(descriptor: number): boolean;
}

/** Node has no flock of its own; the add-on loads when the first lock is asked for, so that tools need not carry it. */
function kernelLocks(): KernelLocks {
  return createRequire(__filename)("fs-native-extensions") as KernelLocks;
}
