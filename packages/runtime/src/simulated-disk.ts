import { type Clock, sleep } from "./clock";
import { type Disk, DiskError, type DiskFile, type DiskStat } from "./disk";
import { invariant } from "./invariant";
import type { Random } from "./random";
import type { Closable } from "./scope";
import {
  changeNames,
  commitNames,
  type DirectoryNode,
  directoryNode,
  FileNode,
  filesBelow,
  loseNames,
  type Node,
} from "./simulated-device";

import { SimulatedProcessDisk } from "./simulated-process-disk";

/** What a simulated disk is told to refuse. Operations are named as in `DiskError.operation`. */
export interface DiskFault {
  /** Such as "write", "fdatasync", "open", "rename", "read"; every operation when left out. */
  readonly operation?: string;
  /** Only paths that contain this. */
  readonly pathContains?: string;
  /** The system's name for the failure: EIO, ENOSPC, EROFS. */
  readonly code: string;
  /** How many matching operations still succeed before it begins; 0 when left out. */
  readonly after?: number;
  /** How many operations fail; every one from then on when left out. */
  readonly times?: number;
  /** A failing write still puts the first part of its bytes into the file, as a full disk does; 0 when left out. */
  readonly writesBytesFirst?: number;
}

export interface SimulatedDiskOptions {
  /** Wall time, milliseconds since the Unix epoch, for modification times. */
  readonly nowMs: () => number;
  /** Bytes that all files together may hold; writing more is ENOSPC. */
  readonly capacityBytes?: number;
}

/**
 * A disk in memory that can lose its machine.
 *
 * Two views exist of it. The page cache is what operations see. The device holds what was synced: a file's content as of its last
 * `sync`, a directory's names as of its last `syncDirectory`. `kill` ends a process: locks and open files go, the page cache stays.
 * `losePower` ends the machine: the device's view is all that remains, save for what the kernel had happened to write back on its own,
 * which a given `Random` decides.
 *
 * Names change in the order they were changed, as on a file system with a journal: a power cut keeps the first so many changes of each
 * directory, and a rename within it is one change. Making a directory is durable at once, together with what was changed beside it before.
 */
export class SimulatedDisk implements Disk {
  private readonly root = directoryNode();
  private readonly faults: { fault: DiskFault; seen: number }[] = [];
  private locks = new Set<string>();
  /** Raised when a process or the machine ends: files opened before are of no more use. */
  private life = 0;
  private clock: Clock | null = null;
  /** How long the device takes, milliseconds of the process's clock; nothing unless a process with a clock was named. */
  readonly delays = { syncMs: 0, coldReadMs: 0 };

  constructor(private readonly options: SimulatedDiskOptions) {}

  open(path: string, mode: "read" | "write" | "create"): DiskFile {
    this.check("open", path);
    const { parent, name } = this.parentOf("open", path);
    let node = parent.names.get(name);
    if (node === undefined) {
      if (mode !== "create") throw failure("open", path, "ENOENT");
      const created = new FileNode(this.options.nowMs());
      node = created;
      changeNames(parent, (names) => names.set(name, created));
    }
    if (node.kind === "directory") throw failure("open", path, "EISDIR");
    return new SimulatedFile(this.machinery(path), path, node, mode !== "read");
  }

  exists(path: string): boolean {
    return this.find(path) !== null;
  }

  stat(path: string): DiskStat | null {
    this.check("stat", path);
    const node = this.find(path);
    if (node === null) return null;
    return node.kind === "file"
      ? { kind: "file", sizeBytes: node.sizeBytes, modifiedMs: node.modifiedMs }
      : { kind: "directory", sizeBytes: 4096, modifiedMs: 0 };
  }

  list(directory: string): string[] {
    this.check("list", directory);
    return [...this.directory("list", directory).names.keys()].toSorted();
  }

  makeDirectory(path: string): void {
    this.check("mkdir", path);
    let at = this.root;
    const parts = partsOf(path);
    for (const [depth, name] of parts.entries()) {
      let next = at.names.get(name);
      if (next === undefined) {
        const made = directoryNode();
        next = made;
        changeNames(at, (names) => names.set(name, made));
        commitNames(at);
      }
      if (next.kind === "file") throw failure("mkdir", path, depth === parts.length - 1 ? "EEXIST" : "ENOTDIR");
      at = next;
    }
  }

  rename(from: string, to: string): void {
    this.check("rename", from);
    const source = this.parentOf("rename", from);
    const target = this.parentOf("rename", to);
    const node = source.parent.names.get(source.name);
    if (node === undefined) throw failure("rename", from, "ENOENT");
    const replaced = target.parent.names.get(target.name);
    if (replaced?.kind === "directory" && (node.kind === "file" || replaced.names.size > 0)) {
      throw failure("rename", from, node.kind === "file" ? "EISDIR" : "ENOTEMPTY");
    }
    if (replaced?.kind === "file" && node.kind === "directory") throw failure("rename", from, "ENOTDIR");
    if (source.parent === target.parent) {
      changeNames(source.parent, (names) => {
        names.delete(source.name);
        names.set(target.name, node);
      });
    } else {
      changeNames(target.parent, (names) => names.set(target.name, node));
      changeNames(source.parent, (names) => names.delete(source.name));
    }
  }

  remove(path: string): void {
    this.check("remove", path);
    const node = this.find(path);
    if (node === null) return;
    if (node.kind === "directory") throw failure("remove", path, "EISDIR");
    const { parent, name } = this.parentOf("remove", path);
    changeNames(parent, (names) => names.delete(name));
  }

  removeTree(path: string): void {
    this.check("remove", path);
    if (this.find(path) === null) return;
    const { parent, name } = this.parentOf("remove", path);
    changeNames(parent, (names) => names.delete(name));
  }

  readFile(path: string): Buffer {
    this.check("read", path);
    const node = this.find(path);
    if (node === null) throw failure("read", path, "ENOENT");
    if (node.kind === "directory") throw failure("read", path, "EISDIR");
    return Buffer.from(node.content());
  }

  async syncDirectory(directory: string): Promise<void> {
    this.check("fsync", directory);
    const node = this.directory("fsync", directory);
    const asked = [...node.unsynced];
    const { life } = this;
    await this.takeTime(this.delays.syncMs);
    if (this.life !== life) throw failure("fsync", directory, "EBADF");
    for (const change of asked) {
      if (node.unsynced[0] !== change) continue; // A sync asked for earlier had it, too.
      change(node.synced);
      node.unsynced.shift();
    }
  }

  setModifiedMs(path: string, modifiedMs: number): void {
    this.check("utimes", path);
    const node = this.find(path);
    if (node === null) throw failure("utimes", path, "ENOENT");
    if (node.kind === "file") node.modifiedMs = Math.floor(modifiedMs);
  }

  space(path: string): { readonly totalBytes: number; readonly usableBytes: number } {
    this.check("statfs", path);
    if (this.find(path) === null) throw failure("statfs", path, "ENOENT");
    const totalBytes = this.options.capacityBytes ?? 2 ** 40;
    return { totalBytes, usableBytes: Math.max(totalBytes - this.usedBytes(), 0) };
  }

  tryLock(path: string): Closable | null {
    this.open(path, "create").close();
    if (this.locks.has(path)) return null;
    const locks = this.locks;
    locks.add(path);
    return { close: () => void locks.delete(path) };
  }

  /** Has operations fail from now on, until `heal`. */
  inject(fault: DiskFault): void {
    this.faults.push({ fault, seen: 0 });
  }

  /** Ends all injected faults. */
  heal(): void {
    this.faults.length = 0;
  }

  /**
   * The disk as a process sees that starts now, and that ends with the next `kill` or `losePower`.
   *
   * @param clock the process's, for what takes time
   */
  forProcess(clock: Clock | null = null): Disk {
    const { life } = this;
    this.clock = clock;
    return new SimulatedProcessDisk(this, () => this.life !== life);
  }

  /** The process ended without warning: its locks are free, its files closed. The page cache keeps everything. */
  kill(): void {
    this.life++;
    this.locks = new Set();
  }

  /**
   * The machine lost power: what was not synced is gone.
   *
   * @param luck decides what the kernel had written back on its own: for each file how much of what was written since its last sync
   *   survives, in pieces of 512 bytes (so a last write can be torn, and a gap reads as zeros), and how many of each directory's
   *   changes of names. Without it nothing unsynced survives.
   */
  losePower(luck?: Random): void {
    this.kill();
    loseNames(this.root, luck);
    for (const file of filesBelow(this.root)) file.losePower(luck);
  }

  /** Another disk with what operations see of this one: a volume's snapshot, unlocked. */
  copy(): SimulatedDisk {
    const made = new SimulatedDisk(this.options);
    copyTree(this.root, made.root);
    return made;
  }

  /** Changes bytes behind everybody's back, in the page cache and on the device: a rotten sector. */
  corrupt(path: string, position: number, bytes: Buffer): void {
    const node = this.find(path);
    invariant(node?.kind === "file", () => `${path} is no file to corrupt`);
    node.write([bytes], position, node.modifiedMs);
    node.markSynced(Buffer.from(node.content()));
  }

  /** Counting all files for each write would cost more than the write. */
  private roomBytes(): number {
    const { capacityBytes } = this.options;
    return capacityBytes === undefined ? Number.POSITIVE_INFINITY : capacityBytes - this.usedBytes();
  }

  private takeTime(ms: number): Promise<void> {
    return ms > 0 && this.clock !== null ? sleep(this.clock, ms) : Promise.resolve();
  }

  private usedBytes(): number {
    let used = 0;
    for (const file of filesBelow(this.root)) used += file.sizeBytes;
    return used;
  }

  private machinery(path: string): FileMachinery {
    const life = this.life;
    return {
      check: (operation) => {
        if (this.life !== life) throw failure(operation, path, "EBADF");
        this.check(operation, path);
      },
      isOver: () => this.life !== life,
      wait: (what) => this.takeTime(this.delays[what]),
      beforeWrite: (node, endBytes, write) => {
        if (this.life !== life) throw failure("write", path, "EBADF");
        const due = this.faultDue("write", path);
        if (due !== null) {
          if (due.writesBytesFirst !== undefined) write(due.writesBytesFirst);
          throw failure("write", path, due.code);
        }
        const growth = Math.max(endBytes - node.sizeBytes, 0);
        const room = this.roomBytes();
        if (growth > room) {
          write(Math.max(room, 0));
          throw failure("write", path, "ENOSPC");
        }
      },
      nowMs: this.options.nowMs,
    };
  }

  private check(operation: string, path: string): void {
    const due = this.faultDue(operation, path);
    if (due !== null) throw failure(operation, path, due.code);
  }

  private faultDue(operation: string, path: string): DiskFault | null {
    for (const entry of this.faults) {
      const { fault } = entry;
      if (fault.operation !== undefined && fault.operation !== operation) continue;
      if (fault.pathContains !== undefined && !path.includes(fault.pathContains)) continue;
      const turn = entry.seen++ - (fault.after ?? 0);
      if (turn >= 0 && turn < (fault.times ?? Number.POSITIVE_INFINITY)) return fault;
    }
    return null;
  }

  private find(path: string): Node | null {
    let at: Node = this.root;
    for (const name of partsOf(path)) {
      const next: Node | undefined = at.kind === "directory" ? at.names.get(name) : undefined;
      if (next === undefined) return null;
      at = next;
    }
    return at;
  }

  private directory(operation: string, path: string): DirectoryNode {
    const node = this.find(path);
    if (node === null) throw failure(operation, path, "ENOENT");
    if (node.kind === "file") throw failure(operation, path, "ENOTDIR");
    return node;
  }

  private parentOf(operation: string, path: string): { parent: DirectoryNode; name: string } {
    const parts = partsOf(path);
    const name = parts.pop();
    invariant(name !== undefined, () => `${operation} of the root directory`);
    return { parent: this.directory(operation, `/${parts.join("/")}`), name };
  }
}

interface FileMachinery {
  check(operation: string): void;
  /** Whether the process that opened the file has ended. */
  isOver(): boolean;
  wait(what: "syncMs" | "coldReadMs"): Promise<void>;
  /** Throws when the write must fail, after `write`ing as many bytes as such a failure leaves behind. */
  beforeWrite(node: FileNode, endBytes: number, write: (bytes: number) => void): void;
  nowMs(): number;
}

class SimulatedFile implements DiskFile {
  private isOpen = true;

  constructor(
    private readonly machinery: FileMachinery,
    readonly path: string,
    private readonly node: FileNode,
    private readonly writable: boolean,
  ) {}

  sizeBytes(): number {
    this.check("fstat");
    return this.node.sizeBytes;
  }

  read(into: Buffer, position: number): number {
    this.check("read");
    if (position >= this.node.sizeBytes) return 0;
    return this.node.content().copy(into, 0, position);
  }

  async readCold(into: Buffer, position: number): Promise<number> {
    await this.machinery.wait("coldReadMs");
    return this.read(into, position);
  }

  write(buffers: readonly Buffer[], position: number): void {
    this.usable("write");
    if (!this.writable) throw failure("write", this.path, "EBADF");
    const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    if (length === 0) return;
    this.machinery.beforeWrite(this.node, position + length, (bytes) => {
      const part = Buffer.concat(buffers).subarray(0, bytes);
      if (part.length > 0) this.node.write([part], position, this.machinery.nowMs());
    });
    this.node.write(buffers, position, this.machinery.nowMs());
  }

  truncate(sizeBytes: number): void {
    this.check("truncate");
    if (!this.writable) throw failure("truncate", this.path, "EINVAL");
    this.node.truncate(sizeBytes, this.machinery.nowMs());
  }

  async sync(): Promise<void> {
    this.check("fdatasync");
    // Only what was written before the call is promised to be durable after it.
    const asked = Buffer.from(this.node.content());
    await this.machinery.wait("syncMs");
    if (this.machinery.isOver()) throw failure("fdatasync", this.path, "EBADF");
    this.node.markSynced(asked);
  }

  close(): void {
    this.isOpen = false;
  }

  private check(operation: string): void {
    this.usable(operation);
    this.machinery.check(operation);
  }

  private usable(operation: string): void {
    if (!this.isOpen) throw failure(operation, this.path, "EBADF");
  }
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function failure(operation: string, path: string, code: string): DiskError {
  return new DiskError(operation, path, Object.assign(new Error(code), { code }));
}

function copyTree(from: DirectoryNode, to: DirectoryNode): void {
  for (const [name, node] of from.names) {
    if (node.kind === "directory") {
      const made = directoryNode();
      copyTree(node, made);
      changeNames(to, (names) => names.set(name, made));
    } else {
      const made = new FileNode(node.modifiedMs);
      made.write([node.content()], 0, node.modifiedMs);
      made.markSynced(Buffer.from(made.content()));
      changeNames(to, (names) => names.set(name, made));
    }
  }
  commitNames(to);
}
