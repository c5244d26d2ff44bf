import { BATCH_HEADER_BYTES, BatchView } from "@ottla/protocol";
import { type Disk, type DiskFile, invariant } from "@ottla/runtime";
import { walkHeaders } from "./batch-walk";
import type { EntryFile } from "./entry-file";
import { OffsetIndex } from "./offset-index";
import { largePieces, type PiecePool, smallPieces } from "./piece-pool";
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  segmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./segment-name";
import { type IndexedTimestamp, TimeIndex } from "./time-index";
import { TransactionIndex } from "./transaction-index";

/** Where a batch begins in a segment's file. */
export interface BatchPlace {
  readonly positionBytes: number;
  readonly sizeBytes: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
}

/**
 * A stretch of a log: one file of batches and its indexes, all named for the first offset the segment may hold.
 *
 * It knows nothing of producers, epochs or the segments beside it. Everything is synchronous but `sync`.
 */
export class Segment {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
  readonly transactions: TransactionIndex;
  /** Bytes of batches in the log file. */
  sizeBytes: number;
  private file: DiskFile | null = null;
  private isUnsynced = false;
  private users = 0;
  private isClosing = false;
  private bytesSinceIndexEntry = 0;
  private greatest: IndexedTimestamp | null = null;
  private firstBatchTimestamp: number | null = null;

  constructor(
    private readonly disk: Disk,
    private readonly directory: string,
    readonly baseOffset: number,
    /** Wall time at which it was made or loaded; its age counts from it when its records have no timestamps. */
    readonly createdMs: number,
    /** Taken off `segment.ms`. */
    readonly rollJitterMs: number,
  ) {
    this.offsets = new OffsetIndex(disk, this.path(OFFSET_INDEX_SUFFIX), baseOffset);
    this.times = new TimeIndex(disk, this.path(TIME_INDEX_SUFFIX), baseOffset);
    this.transactions = new TransactionIndex(disk, this.path(TRANSACTION_INDEX_SUFFIX));
    this.sizeBytes = disk.stat(this.path(LOG_SUFFIX))?.sizeBytes ?? 0;
  }

  /** Makes the files of a new, empty segment. Leftovers of the same name are emptied. */
  createFiles(): void {
    this.file = this.disk.open(this.path(LOG_SUFFIX), "create");
    if (this.sizeBytes > 0) this.file.truncate(0);
    this.sizeBytes = 0;
    this.offsets.clear();
    this.times.clear();
    this.transactions.clear();
  }

  get logPath(): string {
    return this.path(LOG_SUFFIX);
  }

  /** Greatest timestamp in the segment and the last offset of the first batch that has it; -1 when no record has one. */
  get greatestTimestamp(): IndexedTimestamp {
    this.greatest ??= this.times.last() ?? { timestamp: -1, offset: this.baseOffset };
    return this.greatest;
  }

  /** Max timestamp of the first batch; -1 when there is none. A segment's age counts from it. */
  get firstTimestamp(): number {
    if (this.firstBatchTimestamp === null) {
      if (this.sizeBytes < BATCH_HEADER_BYTES) return -1;
      const header = Buffer.alloc(BATCH_HEADER_BYTES);
      this.opened().read(header, 0);
      this.firstBatchTimestamp = new BatchView(header, 0).maxTimestamp;
    }
    return this.firstBatchTimestamp;
  }

  /** When the file was last written; what its age is judged by when no record has a timestamp. */
  get modifiedMs(): number {
    return this.disk.stat(this.path(LOG_SUFFIX))?.modifiedMs ?? this.createdMs;
  }

  /**
   * Writes batches at the end, in one go, and then their index entries.
   *
   * @throws DiskError with nothing counted; the file may hold a part of the bytes
   */
  append(batches: readonly BatchView[], indexIntervalBytes: number): void {
    this.isUnsynced = true;
    this.opened().write(
      batches.map((batch) => batch.bytes),
      this.sizeBytes,
    );
    for (const batch of batches) this.indexBatch(batch, indexIntervalBytes);
  }

  /** Counts a batch that lies in the file right behind those counted so far, and indexes it when it is time for an entry. */
  indexBatch(batch: BatchView, indexIntervalBytes: number): void {
    const lastOffset = batch.lastOffset;
    const maxTimestamp = batch.maxTimestamp;
    this.firstBatchTimestamp ??= this.sizeBytes === 0 ? maxTimestamp : null;
    if (maxTimestamp > this.greatestTimestamp.timestamp)
      this.greatest = { timestamp: maxTimestamp, offset: lastOffset };
    if (this.bytesSinceIndexEntry > indexIntervalBytes) {
      this.offsets.append(lastOffset, this.sizeBytes);
      this.appendTimeEntry();
      this.bytesSinceIndexEntry = 0;
    }
    this.bytesSinceIndexEntry += batch.sizeInBytes;
    this.sizeBytes += batch.sizeInBytes;
  }

  /** The first batch whose last offset is `offset` or greater; null when all are below. */
  findBatch(offset: number): BatchPlace | null {
    return this.firstBatch(this.offsets.lookup(offset).positionBytes, (batch) => batch.lastOffset >= offset);
  }

  /** The first batch from `positionBytes` on that `wanted` accepts. */
  firstBatch(positionBytes: number, wanted: (batch: BatchView) => boolean): BatchPlace | null {
    let found: BatchPlace | null = null;
    this.walk(
      positionBytes,
      (batch, at) => {
        if (!wanted(batch)) return true;
        const { sizeInBytes, baseOffset, lastOffset } = batch;
        found = { positionBytes: at, sizeBytes: sizeInBytes, baseOffset, lastOffset };
        return false;
      },
      smallPieces,
    );
    return found;
  }

  /** Sees every batch's header from `positionBytes`, where one begins; see `walkHeaders`. */
  walk(
    positionBytes: number,
    visit: (batch: BatchView, positionBytes: number) => boolean,
    pool: PiecePool = largePieces,
  ): number {
    if (positionBytes >= this.sizeBytes) return positionBytes;
    return walkHeaders(this.opened(), positionBytes, this.sizeBytes, pool, visit);
  }

  /** A whole batch, in memory of its own. */
  readBatch(place: { readonly positionBytes: number; readonly sizeBytes: number }): BatchView {
    const bytes = Buffer.allocUnsafe(place.sizeBytes);
    const count = this.opened().read(bytes, place.positionBytes);
    invariant(count === bytes.length, () => `${this.logPath} ends inside the batch at ${place.positionBytes}`);
    return new BatchView(bytes, 0);
  }

  /** The log file, kept open until `unpin` even when the segment is closed or deleted meanwhile. */
  pin(): DiskFile {
    this.users++;
    return this.opened();
  }

  unpin(): void {
    this.users--;
    if (this.users === 0 && this.isClosing) this.closeFile();
  }

  /** For reads that end before anything else can happen. */
  opened(): DiskFile {
    this.file ??= this.disk.open(this.path(LOG_SUFFIX), "write");
    return this.file;
  }

  /**
   * Drops the batch at `place` and all behind it. The time of the greatest timestamp is looked for again.
   */
  truncateAt(place: BatchPlace): void {
    this.offsets.truncateTo(place.baseOffset);
    this.times.truncateTo(place.baseOffset);
    this.transactions.truncateTo(place.baseOffset);
    this.opened().truncate(place.positionBytes);
    this.isUnsynced = true;
    this.sizeBytes = place.positionBytes;
    if (this.sizeBytes === 0) this.firstBatchTimestamp = null;
    this.resumeIndexing();
  }

  /** After a load or a cut: what the indexes say of the batches since the last entry is found out from the batches. */
  resumeIndexing(): void {
    const last = this.offsets.last();
    const from = last?.positionBytes ?? 0;
    this.greatest = this.times.last() ?? { timestamp: -1, offset: this.baseOffset };
    let greatest = this.greatest;
    this.walk(from, (batch) => {
      if (batch.maxTimestamp > greatest.timestamp)
        greatest = { timestamp: batch.maxTimestamp, offset: batch.lastOffset };
      return true;
    });
    this.greatest = greatest;
    this.bytesSinceIndexEntry = this.sizeBytes - from;
  }

  /** Adds a time index entry for the batches up to `endBytes`, if the entries there are know of less. */
  reindexTimes(endBytes: number): void {
    const last = this.times.last();
    let greatest = last ?? { timestamp: -1, offset: this.baseOffset };
    const from = last === null ? 0 : this.offsets.lookup(last.offset).positionBytes;
    this.walk(from, (batch, positionBytes) => {
      if (positionBytes >= endBytes) return false;
      if (batch.maxTimestamp > greatest.timestamp)
        greatest = { timestamp: batch.maxTimestamp, offset: batch.lastOffset };
      return true;
    });
    if (greatest.timestamp >= 0) this.times.append(greatest.timestamp, greatest.offset);
  }

  /** Starts counting again at `positionBytes`, where an index entry points or the segment begins: recovery adds the rest. */
  rewindTo(positionBytes: number): void {
    this.sizeBytes = positionBytes;
    this.greatest = this.times.last() ?? { timestamp: -1, offset: this.baseOffset };
    if (positionBytes === 0) this.firstBatchTimestamp = null;
    this.bytesSinceIndexEntry = 0;
  }

  /** Cuts whatever lies in the file behind the batches counted. @returns bytes cut */
  cutTail(): number {
    const excess = this.opened().sizeBytes() - this.sizeBytes;
    if (excess <= 0) return 0;
    this.opened().truncate(this.sizeBytes);
    this.isUnsynced = true;
    return excess;
  }

  /** The segment gets no more records: its last timestamp is indexed and its indexes are complete on disk. */
  seal(): void {
    this.appendTimeEntry();
    this.writeIndexes();
  }

  writeIndexes(): void {
    for (const index of this.indexes()) index.writePending();
  }

  /** Whether something was written that a loss of power would take. */
  get needsSync(): boolean {
    return this.isUnsynced || this.indexes().some((index) => index.needsSync);
  }

  /** The log must be flushed although nothing was written through this object: recovery found it in an unknown state. */
  markUnsynced(): void {
    this.isUnsynced = true;
  }

  /** Makes batches durable, and the index entries written so far when `withIndexes`. */
  async sync(withIndexes: boolean): Promise<void> {
    // Retention or a truncation took it while the segments before it were synced.
    if (this.isClosing) return;
    const file = this.pin();
    try {
      this.writeIndexes();
      if (this.isUnsynced) {
        this.isUnsynced = false;
        await file.sync();
      }
      if (withIndexes) for (const index of this.indexes()) await index.sync();
    } catch (failure) {
      this.isUnsynced = true;
      throw failure;
    } finally {
      this.unpin();
    }
  }

  /** Renames the files `.deleted`. @returns their new paths */
  renameDeleted(): string[] {
    const renamed: string[] = [];
    for (const suffix of [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX]) {
      const path = this.path(suffix);
      if (!this.disk.exists(path)) continue;
      this.disk.rename(path, path + DELETED_SUFFIX);
      renamed.push(path + DELETED_SUFFIX);
    }
    this.close();
    return renamed;
  }

  /** Removes the files at once. */
  removeFiles(): void {
    for (const suffix of [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX]) {
      this.disk.remove(this.path(suffix));
    }
    this.close();
  }

  /** Lets go of the files; who still reads or syncs finishes first. */
  close(): void {
    this.isClosing = true;
    if (this.users === 0) this.closeFile();
  }

  private closeFile(): void {
    this.file?.close();
    this.file = null;
    for (const index of this.indexes()) index.close();
  }

  private appendTimeEntry(): void {
    const { timestamp, offset } = this.greatestTimestamp;
    if (timestamp >= 0) this.times.append(timestamp, offset);
  }

  private indexes(): EntryFile[] {
    return [this.offsets.file, this.times.file, this.transactions.file];
  }

  private path(suffix: string): string {
    return `${this.directory}/${segmentFileName(this.baseOffset, suffix)}`;
  }
}
