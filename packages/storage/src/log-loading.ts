import { LeaderEpochHistory } from "./leader-epoch-history";
import { clearLeftovers } from "./leftovers";
import type { LogCheckpoint, LogOptions } from "./log-options";
import { rebuildProducers } from "./producer-replay";
import { ProducerSnapshots } from "./producer-snapshots";
import { ProducerState } from "./producer-state";
import { SegmentList } from "./segment-list";
import { newSegment } from "./segment-opening";
import type { TailCut } from "./segment-recovery";
import { scanSegments } from "./segment-scan";

/** What opening a log came upon. */
export interface RecoveryReport {
  /** Whether batches had to be read through. */
  readonly recovered: boolean;
  readonly segments: number;
  readonly bytesReread: number;
  readonly bytesCut: number;
  /** The worst that was cut. With `nothing` and `incompleteTail` a directory is still intact. */
  readonly cut: TailCut;
  readonly tookMs: number;
  /** What was done that somebody may want to know, a sentence each. */
  readonly remarks: readonly string[];
}

export interface LoadedLog {
  readonly segments: SegmentList;
  readonly epochs: LeaderEpochHistory;
  readonly producers: ProducerState;
  readonly snapshots: ProducerSnapshots;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
  readonly flushedEndOffset: number;
  /** Bytes whose durability is unknown. */
  readonly unflushedBytes: number;
  /** Compaction has been through everything before it; null when the log was never compacted. */
  readonly firstDirtyOffset: number | null;
}

/** Builds a log from its directory, reading through whatever a crash may have left half done. */
export async function loadLog(
  options: LogOptions,
  checkpoint: LogCheckpoint,
  signal: AbortSignal,
): Promise<{ readonly loaded: LoadedLog; readonly report: RecoveryReport }> {
  const { clock, disk, directory } = options;
  const startedMs = clock.monotonicMs();
  const remarks = clearLeftovers(disk, directory);
  const epochs = LeaderEpochHistory.load(disk, directory);
  const snapshots = new ProducerSnapshots(disk, directory, options.logger);

  const scan = await scanSegments(options, checkpoint, epochs, remarks, signal);
  let { segments, logEndOffset } = scan;
  const logStartOffset = Math.max(checkpoint.logStartOffset ?? 0, segments.first.baseOffset);
  if (logEndOffset < logStartOffset) {
    remarks.push(`the log ends at ${logEndOffset}, before its start ${logStartOffset}: it starts there, empty`);
    for (const segment of segments.all) segment.removeFiles();
    segments = new SegmentList([newSegment(options, logStartOffset)]);
    logEndOffset = logStartOffset;
    epochs.clear();
    snapshots.removeAll();
  }
  epochs.truncateFromEnd(logEndOffset);
  epochs.truncateFromStart(logStartOffset);
  const highWatermark = Math.min(Math.max(checkpoint.highWatermark ?? 0, logStartOffset), logEndOffset);

  const producers = new ProducerState({ expirationMs: options.producerIdExpirationMs });
  snapshots.removeAbove(Math.min(scan.recoveredFrom, logEndOffset));
  snapshots.removeStrays(new Set(segments.all.map((segment) => segment.baseOffset)));
  const rebuilding = rebuildProducers(
    { segments, producers, snapshots, logStartOffset, logEndOffset },
    scan.withoutTransactions,
    clock.nowMs(),
  );
  for (const _ of rebuilding) {
    await new Promise<void>((resolve) => clock.afterTick(resolve));
    signal.throwIfAborted();
  }
  producers.onLogStart(logStartOffset);
  producers.onHighWatermark(highWatermark);
  if (scan.recoveredFrom !== Number.POSITIVE_INFINITY) snapshots.write(logEndOffset, producers.entries());

  const recovered = scan.recoveredFrom !== Number.POSITIVE_INFINITY;
  const report: RecoveryReport = {
    recovered,
    segments: segments.all.length,
    bytesReread: scan.bytesReread,
    bytesCut: scan.bytesCut,
    cut: scan.cut,
    tookMs: clock.monotonicMs() - startedMs,
    remarks,
  };
  const flushedEndOffset =
    checkpoint.cleanShutdown && !recovered ? logEndOffset : Math.min(checkpoint.recoveryPoint, logEndOffset);
  const loaded = {
    segments,
    epochs,
    producers,
    snapshots,
    logStartOffset,
    logEndOffset,
    highWatermark,
    flushedEndOffset,
    unflushedBytes: scan.bytesReread,
    firstDirtyOffset: firstDirtyOf(checkpoint, logStartOffset, logEndOffset),
  };
  return { loaded, report };
}

/** A log that ends before what was clean has lost its tail since: what was cut is not known, so all of it counts as dirty, as in Kafka. */
function firstDirtyOf(checkpoint: LogCheckpoint, logStartOffset: number, logEndOffset: number): number | null {
  const firstDirtyOffset = checkpoint.firstDirtyOffset ?? null;
  return firstDirtyOffset !== null && firstDirtyOffset > logEndOffset ? logStartOffset : firstDirtyOffset;
}
