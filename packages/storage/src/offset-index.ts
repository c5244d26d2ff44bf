import type { Disk } from "@ottla/runtime";
import { EntryFile } from "./entry-file";
import type { OpenFiles } from "./open-files";

const ENTRY_BYTES = 8;

/** Where in a segment's log file to begin looking for an offset. */
export interface IndexedPosition {
  readonly offset: number;
  readonly positionBytes: number;
}

/**
 * A segment's `.index`: sparse pairs of an offset (relative to the segment's base) and the byte position of the batch whose last
 * offset it is. Offsets and positions rise.
 */
export class OffsetIndex {
  readonly file: EntryFile;

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

  /** @param maxBytes `segment.index.bytes` */
  isFull(maxBytes: number): boolean {
    return this.count >= Math.floor(maxBytes / ENTRY_BYTES);
  }

  /** @param lastOffset last offset of the batch at `positionBytes` */
  append(lastOffset: number, positionBytes: number): void {
    const { bytes, at } = this.file.append();
    bytes.writeInt32BE(lastOffset - this.baseOffset, at);
    bytes.writeInt32BE(positionBytes, at + 4);
  }

  /** The greatest entry at or below `offset`; the segment's beginning when there is none. */
  lookup(offset: number): IndexedPosition {
    const index = this.greatestBelow((entry) => entry.offset <= offset);
    return index < 0 ? { offset: this.baseOffset, positionBytes: 0 } : this.entry(index);
  }

  /** The least entry above `offset`; null when there is none. */
  nextAbove(offset: number): IndexedPosition | null {
    const index = this.greatestBelow((entry) => entry.offset <= offset) + 1;
    return index < this.count ? this.entry(index) : null;
  }

  /** The greatest entry whose batch begins at or before `positionBytes`; the segment's beginning when there is none. */
  lookupPosition(positionBytes: number): IndexedPosition {
    const index = this.greatestBelow((entry) => entry.positionBytes <= positionBytes);
    return index < 0 ? { offset: this.baseOffset, positionBytes: 0 } : this.entry(index);
  }

  last(): IndexedPosition | null {
    return this.count === 0 ? null : this.entry(this.count - 1);
  }

  entry(index: number): IndexedPosition {
    const { bytes, at } = this.file.entry(index);
    return { offset: this.baseOffset + bytes.readInt32BE(at), positionBytes: bytes.readInt32BE(at + 4) };
  }

  /** Drops entries for offsets from `offset` on. */
  truncateTo(offset: number): void {
    this.file.truncate(this.greatestBelow((entry) => entry.offset < offset) + 1);
  }

  /** Drops all entries. */
  clear(): void {
    this.file.clear();
  }

  /**
   * Cuts off the zeros of a file whose owner was killed: entries count up to the first that does not rise.
   *
   * @param sizeBytes of the log file, past which no entry may point
   * @returns false when what is left cannot be an index of this segment
   */
  dropPadding(sizeBytes: number): boolean {
    let isInOrder = true;
    let last = { relative: -1, positionBytes: -1 };
    const count = this.file.countWhile((bytes, at) => {
      const relative = bytes.readInt32BE(at);
      const positionBytes = bytes.readInt32BE(at + 4);
      if (relative === 0 && positionBytes === 0) return false;
      isInOrder = relative > last.relative && positionBytes > last.positionBytes;
      last = { relative, positionBytes };
      return isInOrder;
    });
    if (!isInOrder) return false;
    if (last.positionBytes >= sizeBytes && count > 0) return false;
    this.file.truncate(count);
    this.file.cutFile();
    return true;
  }

  /** Index of the last entry that `holds` accepts, when it accepts a prefix of them; -1 when none. */
  private greatestBelow(holds: (entry: IndexedPosition) => boolean): number {
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
