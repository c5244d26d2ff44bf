import type { BatchView } from "@ottla/protocol";
import type { Disk } from "@ottla/runtime";
import { disorder } from "./batch-lookup";
import type { EntryFile } from "./entry-file";
import { OffsetIndex } from "./offset-index";
import type { OpenFiles } from "./open-files";
import { OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX } from "./segment-name";
import { type IndexedTimestamp, TimeIndex } from "./time-index";
import { TransactionIndex } from "./transaction-index";

/** Sees batch headers from a position on, until it answers false. */
type Walk = (positionBytes: number, visit: (batch: BatchView, positionBytes: number) => boolean) => void;

/** What a segment knows of its batches without reading them: three index files, and what the next entries will say. */
export class SegmentIndexes {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
  readonly transactions: TransactionIndex;
  private bytesSinceEntry = 0;
  private greatest: IndexedTimestamp | null = null;

  constructor(
    disk: Disk,
    path: (suffix: string) => string,
    private readonly baseOffset: number,
    openFiles: OpenFiles,
  ) {
    this.offsets = new OffsetIndex(disk, path(OFFSET_INDEX_SUFFIX), baseOffset, openFiles);
    this.times = new TimeIndex(disk, path(TIME_INDEX_SUFFIX), baseOffset, openFiles);
    this.transactions = new TransactionIndex(disk, path(TRANSACTION_INDEX_SUFFIX), openFiles);
  }

  /** Greatest timestamp in the segment and the last offset of the first batch that has it; -1 when no record has one. */
  get greatestTimestamp(): IndexedTimestamp {
    this.greatest ??= this.lastIndexed();
    return this.greatest;
  }

  /** Counts the batch at `positionBytes`, right behind those counted so far, and makes entries when it is time for them. */
  add(batch: BatchView, positionBytes: number, intervalBytes: number): void {
    this.greatest = later(this.greatestTimestamp, batch);
    if (this.bytesSinceEntry > intervalBytes) {
      this.offsets.append(batch.lastOffset, positionBytes);
      this.appendTimeEntry();
      this.bytesSinceEntry = 0;
    }
    this.bytesSinceEntry += batch.sizeInBytes;
  }

  /** After a load or a cut: what the indexes do not say of the batches since the last entry is found out from the batches. */
  resume(sizeBytes: number, walk: Walk): void {
    const from = this.offsets.last()?.positionBytes ?? 0;
    let greatest = this.lastIndexed();
    walk(from, (batch) => {
      greatest = later(greatest, batch);
      return true;
    });
    this.greatest = greatest;
    this.bytesSinceEntry = sizeBytes - from;
  }

  /** Makes the entries of both sparse indexes anew; the transaction index stays as it is. */
  rebuild(intervalBytes: number, isClosed: boolean, walk: Walk): void {
    this.offsets.clear();
    this.times.clear();
    this.rewind();
    let expectedOffset = this.baseOffset;
    walk(0, (batch, positionBytes) => {
      if (disorder(batch, expectedOffset) !== null) return false;
      this.add(batch, positionBytes, intervalBytes);
      expectedOffset = batch.nextOffset;
      return true;
    });
    if (isClosed) this.seal();
  }

  /** Adds a time entry for the batches before `endBytes`, if the entries there are know of less. */
  completeTimes(endBytes: number, walk: Walk): void {
    const last = this.times.last();
    let greatest = this.lastIndexed();
    walk(last === null ? 0 : this.offsets.lookup(last.offset).positionBytes, (batch, positionBytes) => {
      if (positionBytes >= endBytes) return false;
      greatest = later(greatest, batch);
      return true;
    });
    if (greatest.timestamp >= 0) this.times.append(greatest.timestamp, greatest.offset);
  }

  /** Starts counting again where the last entry points; recovery adds the rest. */
  rewind(): void {
    this.greatest = this.lastIndexed();
    this.bytesSinceEntry = 0;
  }

  /** The segment gets no more records: its last timestamp is indexed, and the files are complete. */
  seal(): void {
    this.appendTimeEntry();
    this.writePending();
  }

  /** Drops entries for `offset` and beyond. */
  truncateTo(offset: number): void {
    this.offsets.truncateTo(offset);
    this.times.truncateTo(offset);
    this.transactions.truncateTo(offset);
  }

  clear(): void {
    this.offsets.clear();
    this.times.clear();
    this.transactions.clear();
  }

  writePending(): void {
    for (const file of this.files()) file.writePending();
  }

  /** Whether a loss of power would take entries. */
  get needsSync(): boolean {
    return this.files().some((file) => file.needsSync);
  }

  async sync(): Promise<void> {
    for (const file of this.files()) await file.sync();
  }

  setActive(isActive: boolean): void {
    for (const file of this.files()) file.setActive(isActive);
  }

  close(): void {
    for (const file of this.files()) file.close();
  }

  private lastIndexed(): IndexedTimestamp {
    return this.times.last() ?? { timestamp: -1, offset: this.baseOffset };
  }

  private appendTimeEntry(): void {
    const { timestamp, offset } = this.greatestTimestamp;
    if (timestamp >= 0) this.times.append(timestamp, offset);
  }

  private files(): EntryFile[] {
    return [this.offsets.file, this.times.file, this.transactions.file];
  }
}

function later(known: IndexedTimestamp, batch: BatchView): IndexedTimestamp {
  const { maxTimestamp } = batch;
  return maxTimestamp > known.timestamp ? { timestamp: maxTimestamp, offset: batch.lastOffset } : known;
}
