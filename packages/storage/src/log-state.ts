import type { LeaderEpochHistory } from "./leader-epoch-history";
import type { LogConfig } from "./log-config";
import { LogDamages } from "./log-damage";
import type { LoadedLog } from "./log-loading";
import type { LogOptions } from "./log-options";
import type { OfflineGuard } from "./offline-guard";
import type { ProducerSnapshots } from "./producer-snapshots";
import type { ProducerState } from "./producer-state";
import type { Segment } from "./segment";
import type { SegmentList } from "./segment-list";
import { newSegment } from "./segment-opening";
import { TailCache } from "./tail-cache";

/** Recent batches of one partition kept in memory, at most. */
const TAIL_BYTES_MAX = 4 * 1024 * 1024;

/**
 * What a log consists of while it is open. Those who append, read, cut and flush share it; each of them changes it in one synchronous
 * step.
 */
export class LogState {
  config: LogConfig;
  readonly segments: SegmentList;
  readonly epochs: LeaderEpochHistory;
  readonly producers: ProducerState;
  readonly snapshots: ProducerSnapshots;
  readonly tail: TailCache;
  readonly damages: LogDamages;
  /** First offset that can be read. */
  logStartOffset: number;
  /** The offset that the next record gets. */
  logEndOffset: number;
  /** Records below it are committed. */
  highWatermark: number;
  /** Files were made or removed whose names are not durable yet. */
  namesChanged = true;
  /** Bytes that passed through this process, and are in the page cache if memory allows. */
  warmBytes: number;
  /** Counts cuts, for reads that are under way. */
  cuts = 0;
  /** Compaction has been through everything before it; null for a log that was never to be compacted. */
  firstDirtyOffset: number | null;
  isClosed = false;

  constructor(
    readonly options: LogOptions,
    loaded: LoadedLog,
    readonly guard: OfflineGuard,
  ) {
    this.config = options.config;
    this.segments = loaded.segments;
    this.epochs = loaded.epochs;
    this.producers = loaded.producers;
    this.snapshots = loaded.snapshots;
    this.tail = new TailCache(options.tailBudget, TAIL_BYTES_MAX);
    this.damages = new LogDamages(options.logger);
    this.logStartOffset = loaded.logStartOffset;
    this.logEndOffset = loaded.logEndOffset;
    this.highWatermark = loaded.highWatermark;
    this.warmBytes = loaded.unflushedBytes;
    this.firstDirtyOffset = loaded.firstDirtyOffset;
    this.noteCompaction();
  }

  get directory(): string {
    return this.options.directory;
  }

  /** A segment without records, its files made, of the config as it is now. */
  newSegment(baseOffset: number): Segment {
    this.namesChanged = true;
    return newSegment({ ...this.options, config: this.config }, baseOffset);
  }

  /** From now on the checkpoints say that the log is a compacted one, if it is to be: gaps in it are no damage. */
  noteCompaction(): void {
    if (this.config.cleanupPolicy.compact) this.firstDirtyOffset ??= this.logStartOffset;
  }

  /** @param offset not above the log end; below the present one it is ignored */
  raiseHighWatermark(offset: number): void {
    if (offset <= this.highWatermark) return;
    this.highWatermark = offset;
    this.producers.onHighWatermark(offset);
  }

  /** Records below `offset` are not served any more. */
  raiseLogStart(offset: number): void {
    if (offset <= this.logStartOffset) return;
    this.logStartOffset = offset;
    this.highWatermark = Math.max(this.highWatermark, offset);
    this.guard.onDisk(() => this.epochs.truncateFromStart(offset));
    this.producers.onLogStart(offset);
    this.damages.onLogStart(offset);
  }
}
