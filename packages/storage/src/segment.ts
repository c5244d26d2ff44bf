import { BATCH_HEADER_BYTES, BatchView } from "@ottla/protocol";
import { type Disk, type DiskFile, invariant } from "@ottla/runtime";
import { walkHeaders } from "./batch-walk";
import type { OffsetIndex } from "./offset-index";
import type { OpenFiles } from "./open-files";
import { largePieces, type PiecePool, smallPieces } from "./piece-pool";
import { SegmentFile } from "./segment-file";
import { SegmentIndexes } from "./segment-indexes";
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  segmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./segment-name";
import type { IndexedTimestamp, TimeIndex } from "./time-index";
import type { TransactionIndex } from "./transaction-index";

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
  private readonly file: SegmentFile;
  private readonly indexes: SegmentIndexes;
  private firstBatchTimestamp: number | null = null;

  constructor(
    private readonly disk: Disk,
    private readonly directory: string,
    readonly baseOffset: number,
    /** Wall time at which it was made or loaded; its age counts from it when its records have no timestamps. */
    readonly createdMs: number,
    /** Taken off `segment.ms`. */
    readonly rollJitterMs: number,
    openFiles: OpenFiles,
  ) {
    this.file = new SegmentFile(disk, this.path(LOG_SUFFIX), openFiles);
    this.indexes = new SegmentIndexes(disk, (suffix) => this.path(suffix), baseOffset, openFiles);
    this.offsets = this.indexes.offsets;
    this.times = this.indexes.times;
    this.transactions = this.indexes.transactions;
    this.sizeBytes = disk.stat(this.logPath)?.sizeBytes ?? 0;
  }

  /** Makes the files of a new, empty segment. Leftovers of the same name are emptied. */
  createFiles(): void {
    this.file.create();
    this.sizeBytes = 0;
    this.indexes.clear();
  }

  get logPath(): string {
    return this.file.path;
  }

  /** Greatest timestamp in the segment and the last offset of the first batch that has it; -1 when no record has one. */
  get greatestTimestamp(): IndexedTimestamp {
    return this.indexes.greatestTimestamp;
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
    return this.disk.stat(this.logPath)?.modifiedMs ?? this.createdMs;
  }

  /**
   * Writes batches at the end, in one go, and then their index entries.
   *
   * @throws DiskError with nothing counted; the file may hold a part of the bytes
   */
  append(batches: readonly BatchView[], indexIntervalBytes: number): void {
    this.file.markUnsynced();
    this.opened().write(
      batches.map((batch) => batch.bytes),
      this.sizeBytes,
    );
    for (const batch of batches) this.indexBatch(batch, indexIntervalBytes);
  }

  /** Counts a batch that lies in the file right behind those counted so far, and indexes it when it is time for an entry. */
  indexBatch(batch: BatchView, indexIntervalBytes: number): void {
    this.firstBatchTimestamp ??= this.sizeBytes === 0 ? batch.maxTimestamp : null;
    this.indexes.add(batch, this.sizeBytes, indexIntervalBytes);
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
    return this.file.pin();
  }

  unpin(): void {
    this.file.unpin();
  }

  /** For reads that end before anything else can happen. */
  opened(): DiskFile {
    return this.file.opened();
  }

  /** Drops the batch at `place` and all behind it. The time of the greatest timestamp is looked for again. */
  truncateAt(place: Pick<BatchPlace, "positionBytes" | "baseOffset">): void {
    this.indexes.truncateTo(place.baseOffset);
    this.opened().truncate(place.positionBytes);
    this.file.markUnsynced();
    this.sizeBytes = place.positionBytes;
    if (this.sizeBytes === 0) this.firstBatchTimestamp = null;
    this.resumeIndexing();
  }

  /** After a load or a cut: what the indexes do not say of the batches since the last entry is found out from the batches. */
  resumeIndexing(): void {
    this.indexes.resume(this.sizeBytes, (positionBytes, visit) => this.walk(positionBytes, visit));
  }

  /** Adds a time index entry for the batches before `endBytes`, if the entries there are know of less. */
  completeTimes(endBytes: number): void {
    this.indexes.completeTimes(endBytes, (positionBytes, visit) => this.walk(positionBytes, visit));
  }

  /** Starts counting again at `positionBytes`, where the last index entry points or the segment begins: recovery adds the rest. */
  rewindTo(positionBytes: number): void {
    this.sizeBytes = positionBytes;
    if (positionBytes === 0) this.firstBatchTimestamp = null;
    this.indexes.rewind();
  }

  /** Cuts whatever lies in the file behind the batches counted. @returns bytes cut */
  cutTail(): number {
    const excess = this.opened().sizeBytes() - this.sizeBytes;
    if (excess <= 0) return 0;
    this.opened().truncate(this.sizeBytes);
    this.file.markUnsynced();
    return excess;
  }

  /**
   * Makes the offset and time indexes anew out of the batches' headers, up to the first that cannot be one: the files proved wrong.
   *
   * @param isClosed nothing will be appended any more
   */
  rebuildIndexes(intervalBytes: number, isClosed: boolean): void {
    this.indexes.rebuild(intervalBytes, isClosed, (positionBytes, visit) => this.walk(positionBytes, visit));
  }

  clearIndexes(): void {
    this.indexes.clear();
  }

  /** The segment gets no more records: its last timestamp is indexed and its indexes are complete on disk. */
  seal(): void {
    this.indexes.seal();
  }

  /** The files of the segment that is appended to stay open. */
  setActive(isActive: boolean): void {
    this.file.setActive(isActive);
    this.indexes.setActive(isActive);
  }

  /** Whether something was written that a loss of power would take. */
  get needsSync(): boolean {
    return this.file.isUnsynced || this.indexes.needsSync;
  }

  /** The log must be flushed although nothing was written through this object: recovery found it in an unknown state. */
  markUnsynced(): void {
    this.file.markUnsynced();
  }

  /** Makes batches durable, and the index entries written so far when `withIndexes`. */
  async sync(withIndexes: boolean): Promise<void> {
    // Retention or a truncation took it while the segments before it were synced.
    if (this.file.isClosed) return;
    this.pin();
    try {
      this.indexes.writePending();
      await this.file.sync();
      if (withIndexes) await this.indexes.sync();
    } catch (failure) {
      this.file.markUnsynced();
      throw failure;
    } finally {
      this.unpin();
    }
  }

  /** Renames the files `.deleted`. @returns their new paths */
  renameDeleted(): string[] {
    const renamed: string[] = [];
    for (const suffix of SUFFIXES) {
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
    for (const suffix of SUFFIXES) this.disk.remove(this.path(suffix));
    this.close();
  }

  /** Lets go of the files; who still reads or syncs finishes first. */
  close(): void {
    this.file.close();
    this.indexes.close();
  }

  private path(suffix: string): string {
    return `${this.directory}/${segmentFileName(this.baseOffset, suffix)}`;
  }
}

const SUFFIXES = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX];
