import type { Random } from "./random";

export type Node = DirectoryNode | FileNode;

/** A directory, as operations see it and as the device holds it. */
export interface DirectoryNode {
  readonly kind: "directory";
  names: Map<string, Node>;
  /** The names that the device holds. */
  synced: Map<string, Node>;
  /** What leads from those to these, in order. */
  unsynced: NameChange[];
}

export type NameChange = (names: Map<string, Node>) => void;

export function directoryNode(): DirectoryNode {
  return { kind: "directory", names: new Map(), synced: new Map(), unsynced: [] };
}

export function changeNames(directory: DirectoryNode, change: NameChange): void {
  change(directory.names);
  directory.unsynced.push(change);
}

/** Everything changed so far in `directory` reaches the device. */
export function commitNames(directory: DirectoryNode): void {
  directory.synced = new Map(directory.names);
  directory.unsynced = [];
}

const SECTOR_BYTES = 512;

/** A file's content, in the page cache and on the device. */
export class FileNode {
  readonly kind = "file";
  sizeBytes = 0;
  private cached: Buffer = Buffer.alloc(0);
  /** What the device holds. */
  private synced: Buffer = Buffer.alloc(0);

  constructor(public modifiedMs: number) {}

  content(): Buffer {
    return this.cached.subarray(0, this.sizeBytes);
  }

  write(buffers: readonly Buffer[], position: number, nowMs: number): void {
    const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    this.reserve(position + length);
    let at = position;
    for (const buffer of buffers) at += buffer.copy(this.cached, at);
    this.sizeBytes = Math.max(this.sizeBytes, at);
    this.modifiedMs = nowMs;
  }

  truncate(sizeBytes: number, nowMs: number): void {
    this.reserve(sizeBytes);
    if (sizeBytes < this.sizeBytes) this.cached.fill(0, sizeBytes, this.sizeBytes);
    this.sizeBytes = sizeBytes;
    this.modifiedMs = nowMs;
  }

  markSynced(content: Buffer): void {
    this.synced = content;
  }

  losePower(luck: Random | undefined): void {
    const survivor = luck === undefined ? this.synced : this.partlyWrittenBack(luck);
    this.synced = survivor;
    this.cached = Buffer.from(survivor);
    this.sizeBytes = survivor.length;
  }

  private partlyWrittenBack(luck: Random): Buffer {
    const cached = this.content();
    if (cached.equals(this.synced)) return this.synced;
    // The size may have reached the device before the bytes: the gap then reads as zeros.
    const least = Math.min(this.synced.length, cached.length);
    const most = Math.max(this.synced.length, cached.length);
    const survivor = Buffer.alloc(least + luck.below(most - least + 1));
    this.synced.copy(survivor);
    for (let at = 0; at < survivor.length; at += SECTOR_BYTES) {
      const end = Math.min(at + SECTOR_BYTES, survivor.length);
      const differs = !cached.subarray(at, end).equals(this.synced.subarray(at, end));
      if (differs && at < cached.length && luck.below(2) === 0)
        cached.copy(survivor, at, at, Math.min(end, cached.length));
    }
    return survivor;
  }

  private reserve(sizeBytes: number): void {
    if (sizeBytes <= this.cached.length) return;
    const grown = Buffer.alloc(Math.max(sizeBytes, this.cached.length * 2, 4096));
    this.content().copy(grown);
    this.cached = grown;
  }
}

/** Power is lost: of the changes of names not synced, only the first few are left, or none without `luck`. */
export function loseNames(directory: DirectoryNode, luck: Random | undefined): void {
  const kept = luck === undefined ? 0 : luck.below(directory.unsynced.length + 1);
  for (const change of directory.unsynced.slice(0, kept)) change(directory.synced);
  directory.names = new Map(directory.synced);
  directory.unsynced = [];
  for (const node of directory.names.values()) if (node.kind === "directory") loseNames(node, luck);
}

/** Every file of a tree. */
export function* filesBelow(directory: DirectoryNode): Generator<FileNode> {
  for (const node of directory.names.values()) {
    if (node.kind === "directory") yield* filesBelow(node);
    else yield node;
  }
}
