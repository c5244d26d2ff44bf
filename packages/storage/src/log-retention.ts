import type { LogState } from "./log-state";
import type { LogWriter } from "./log-writer";
import { planRetention, type RetentionReason } from "./plans/retention";

/** What retention took out of a log. */
export interface DeletedSegments {
  readonly count: number;
  readonly bytes: number;
  readonly newLogStartOffset: number;
  readonly reason: RetentionReason | null;
  /** Renamed `.deleted` already; to be removed after `file.delete.delay.ms`. */
  readonly files: readonly string[];
}

/**
 * Takes out the segments that have outlived the retention configs; the active one is closed first when it has too.
 *
 * @throws DiskError, and the log is offline
 */
export function deleteOldSegments(state: LogState, writer: LogWriter, nowMs: number): DeletedSegments {
  const { segments, snapshots, guard, logStartOffset, highWatermark, logEndOffset } = state;
  const { all } = segments;
  const retained = all.map((segment, index) => ({
    sizeBytes: segment.sizeBytes,
    newestMs: segment.greatestTimestamp.timestamp >= 0 ? segment.greatestTimestamp.timestamp : segment.modifiedMs,
    nextOffset: all[index + 1]?.baseOffset ?? logEndOffset,
  }));
  const plan =
    guard.failure === null ? planRetention(retained, state.config, { logStartOffset, highWatermark, nowMs }) : null;
  if (plan === null) return { count: 0, bytes: 0, newLogStartOffset: logStartOffset, reason: null, files: [] };
  return guard.onDisk(() => {
    if (plan.count === all.length) writer.roll(logEndOffset);
    const gone = segments.shift(plan.count);
    const files = gone.flatMap((segment) => segment.renameDeleted());
    state.namesChanged = true;
    snapshots.removeUpTo(segments.first.baseOffset);
    state.raiseLogStart(segments.first.baseOffset);
    const bytes = gone.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    return { count: gone.length, bytes, newLogStartOffset: state.logStartOffset, reason: plan.reason, files };
  });
}
