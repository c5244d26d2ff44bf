import type { Disk } from "@ottla/runtime";
import { EntryFile } from "./entry-file";
import type { OpenFiles } from "./open-files";

const ENTRY_BYTES = 12;

export interface IndexedTimestamp {
  readonly timestamp: number;
  readonly offset: number;
}

/**
 * A segment's `.timeindex`: pairs of the greatest timestamp so far and the last offset of the first batch that has it. Timestamps
 * strictly rise, offsets never fall.
 */
export class TimeIndex {
  readonly file: EntryFile;
  /** Undefined until it is asked for: a start need not open the time index of every old segment. */
  private newest: IndexedTimestamp | null | undefined;

  constructor(
    disk: Disk,
    path: string,
    private readonly baseOffset: number,
    openFiles: OpenFiles,
  ) {
    this.file = new EntryFile(disk, path, ENTRY_BYTES, openFiles);
  }

  get count(): number {
    return this.file.count;
  }

  /** The last slot is kept for the entry that closing a segment writes. @param maxBytes `segment.index.bytes` */
  isFull(maxBytes: number): boolean {
    return this.count >= Math.floor(maxBytes / ENTRY_BYTES) - 1;
  }

  /** Does nothing unless `timestamp` is greater than the last one. */
  append(timestamp: number, offset: number): void {
    if (timestamp <= (this.last()?.timestamp ?? -1)) return;
    const { bytes, at } = this.file.append();
    bytes.writeInt32BE(Math.floor(timestamp / 2 ** 32), at);
    bytes.writeUInt32BE(timestamp % 2 ** 32, at + 4);
    bytes.writeInt32BE(offset - this.baseOffset, at + 8);
    this.newest = { timestamp, offset };
  }

  last(): IndexedTimestamp | null {
    if (this.newest === undefined) this.newest = this.count === 0 ? null : this.entry(this.count - 1);
    return this.newest;
  }

  /** The greatest entry with a timestamp at or below `timestamp`; null when all are greater. */
  lookup(timestamp: number): IndexedTimestamp | null {
    const index = this.greatestBelow((entry) => entry.timestamp <= timestamp);
    return index < 0 ? null : this.entry(index);
  }

  entry(index: number): IndexedTimestamp {
    const { bytes, at } = this.file.entry(index);
    return this.decode(bytes, at);
  }

  /** Drops entries for offsets from `offset` on. */
  truncateTo(offset: number): void {
    this.keep(this.greatestBelow((entry) => entry.offset < offset) + 1);
  }

  /** Drops all entries. */
  clear(): void {
    this.file.clear();
    this.newest = undefined;
  }

  /** As the offset index does it. @returns false when what is left cannot be a time index */
  dropPadding(): boolean {
    let isInOrder = true;
    let last: IndexedTimestamp = { timestamp: -1, offset: this.baseOffset };
    const count = this.file.countWhile((bytes, at) => {
      const entry = this.decode(bytes, at);
      if (entry.timestamp === 0 && entry.offset === this.baseOffset) return false;
      isInOrder = entry.timestamp > last.timestamp && entry.offset >= last.offset;
      last = entry;
      return isInOrder;
    });
    if (!isInOrder) return false;
    this.keep(count);
    this.file.cutFile();
    return true;
  }

  private decode(bytes: Buffer, at: number): IndexedTimestamp {
    return {
      timestamp: bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4),
      offset: this.baseOffset + bytes.readInt32BE(at + 8),
    };
  }

  private keep(count: number): void {
    this.file.truncate(count);
    this.newest = undefined;
  }

  private greatestBelow(holds: (entry: IndexedTimestamp) => boolean): number {
    let low = -1;
    let high = this.count - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (holds(this.entry(middle))) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
