import type { BatchView } from "@ottla/protocol";
import type { Disk, DiskFile } from "@ottla/runtime";
import type { CleanPace } from "./clean-pace";
import type { OpenFiles } from "./open-files";
import { SegmentIndexes } from "./segment-indexes";
import {
  CLEANED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  segmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./segment-name";
import type { AbortedTransaction } from "./transaction-index";

/** The log first: while its name ends in `.swap`, a start clears the place for all of them. */
const SUFFIXES = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX];
/** The device gets what is written bit by bit: hundreds of megabytes at once hold up everybody's writes. */
const BYTES_BETWEEN_SYNCS = 8 * 1024 * 1024;
/** Positions in an offset index have 32 bits. */
const SIZE_BYTES_MAX = 2 ** 31 - 1;

/** What is left does not fit into one segment. */
export class CleanedTooLarge extends Error {
  override readonly name = "CleanedTooLarge";
}

/** A segment being written by the cleaner: its files end in `.cleaned`, which the next start throws away, until it is complete. */
export class CleanOutput {
  sizeBytes = 0;
  private waiting: BatchView[] = [];
  private unsyncedBytes = 0;
  private readonly file: DiskFile;
  private readonly indexes: SegmentIndexes;

  /** @throws DiskError */
  constructor(
    private readonly disk: Disk,
    private readonly directory: string,
    private readonly baseOffset: number,
    private readonly indexIntervalBytes: number,
    openFiles: OpenFiles,
    private readonly pace: CleanPace,
  ) {
    for (const suffix of SUFFIXES) disk.remove(this.path(suffix, CLEANED_SUFFIX));
    this.file = disk.open(this.path(LOG_SUFFIX, CLEANED_SUFFIX), "create");
    this.indexes = new SegmentIndexes(disk, (suffix) => this.path(suffix, CLEANED_SUFFIX), baseOffset, openFiles);
  }

  /** Adds a batch behind the others; it is written with the next `write`, until which its bytes must stay. */
  add(batch: BatchView): void {
    this.waiting.push(batch);
  }

  addAborted(transaction: AbortedTransaction): void {
    this.indexes.transactions.append(transaction);
  }

  /** Writes what was added. @throws DiskError, CleanedTooLarge; the signal's reason when it aborts */
  async write(): Promise<void> {
    const bytes = this.waiting.reduce((sum, batch) => sum + batch.sizeInBytes, 0);
    if (bytes === 0) return;
    if (this.sizeBytes + bytes > SIZE_BYTES_MAX)
      throw new CleanedTooLarge(`more than ${SIZE_BYTES_MAX} bytes are left`);
    this.file.write(joined(this.waiting), this.sizeBytes);
    for (const batch of this.waiting) {
      this.indexes.add(batch, this.sizeBytes, this.indexIntervalBytes);
      this.sizeBytes += batch.sizeInBytes;
    }
    this.waiting = [];
    this.unsyncedBytes += bytes;
    if (this.unsyncedBytes >= BYTES_BETWEEN_SYNCS) await this.sync();
    await this.pace.moved(bytes);
  }

  /** Makes all of it durable and lets go of the files. @throws DiskError; the signal's reason when it aborts */
  async finish(): Promise<void> {
    await this.write();
    this.indexes.offsets.file.cutFile();
    this.indexes.times.file.cutFile();
    this.indexes.seal();
    await this.sync();
    await this.indexes.sync();
    this.pace.turnBegins();
    this.close();
  }

  /** Gives the files another ending. @throws DiskError */
  rename(from: string, to: string): void {
    for (const suffix of SUFFIXES) {
      const path = this.path(suffix, from);
      if (this.disk.exists(path)) this.disk.rename(path, this.path(suffix, to));
    }
  }

  /** Removes the files. @throws DiskError */
  remove(): void {
    for (const suffix of SUFFIXES) this.disk.remove(this.path(suffix, CLEANED_SUFFIX));
  }

  /** Lets go of the files. */
  close(): void {
    this.file.close();
    this.indexes.close();
  }

  private async sync(): Promise<void> {
    this.unsyncedBytes = 0;
    await this.file.sync();
    this.pace.turnBegins();
  }

  private path(suffix: string, ending: string): string {
    return `${this.directory}/${segmentFileName(this.baseOffset, suffix)}${ending}`;
  }
}

/** The batches' bytes, those that lie side by side in one slice. */
function joined(batches: readonly BatchView[]): Buffer[] {
  const slices: Buffer[] = [];
  let run: { readonly buffer: Buffer; readonly start: number; end: number } | null = null;
  for (const { buffer, position, endPosition } of batches) {
    if (run !== null && run.buffer === buffer && run.end === position) run.end = endPosition;
    else {
      if (run !== null) slices.push(run.buffer.subarray(run.start, run.end));
      run = { buffer, start: position, end: endPosition };
    }
  }
  if (run !== null) slices.push(run.buffer.subarray(run.start, run.end));
  return slices;
}
