/** A segment as the choice sees it; timestamps in ms, looked up only where a config asks for them. */
export interface CleanableSegment {
  readonly baseOffset: number;
  readonly sizeBytes: number;
  /** Greatest timestamp of its records; -1 when none has one. */
  readonly greatestTimestamp: { readonly timestamp: number };
  /** Max timestamp of its first batch; -1 when there is none. */
  readonly firstTimestamp: number;
  /** When its file was last written, ms. */
  readonly modifiedMs: number;
}

export interface CompactionPolicy {
  readonly minCleanableDirtyRatio: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
}

/** Where a log stands. */
export interface CleanableLog {
  /** In order; the last is the active one. */
  readonly segments: readonly CleanableSegment[];
  /** Everything before it has been cleaned. */
  readonly firstDirtyOffset: number;
  readonly logStartOffset: number;
  /** Nothing at or beyond it is decided. */
  readonly lastStableOffset: number;
  /** Nothing at or beyond it is sure to survive a loss of power. */
  readonly flushedEndOffset: number;
}

/** What of a log would be cleaned, and how much there is to gain. */
export interface CleaningProposal {
  readonly firstDirtyOffset: number;
  /** First offset that must not be touched: the base of a segment. */
  readonly endOffset: number;
  readonly cleanBytes: number;
  readonly dirtyBytes: number;
  /** Share of the dirty bytes in all that would be read, 0 to 1. */
  readonly dirtyRatio: number;
  /** A record has been dirty for longer than `max.compaction.lag.ms`. */
  readonly isOverdue: boolean;
}

/**
 * What may be cleaned of a log, and whether it is worth it: segments closed, committed, decided and durable, none of them younger than
 * `min.compaction.lag.ms`; from `min.cleanable.dirty.ratio` on, or when `max.compaction.lag.ms` has passed.
 *
 * @returns null when there is nothing to do
 */
export function proposeCleaning(log: CleanableLog, policy: CompactionPolicy, nowMs: number): CleaningProposal | null {
  const { segments, logStartOffset } = log;
  const firstDirtyOffset = Math.max(log.firstDirtyOffset, logStartOffset);
  const stableEnd = Math.min(log.lastStableOffset, log.flushedEndOffset);
  let cleanBytes = 0;
  let dirtyBytes = 0;
  let endOffset = firstDirtyOffset;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    // The last one is appended to.
    if (next === undefined || next.baseOffset > stableEnd) break;
    if (next.baseOffset <= firstDirtyOffset) {
      cleanBytes += segment.sizeBytes;
      continue;
    }
    if (isTooYoung(segment, policy.minCompactionLagMs, nowMs)) break;
    dirtyBytes += segment.sizeBytes;
    endOffset = next.baseOffset;
    if (Number.isFinite(policy.maxCompactionLagMs) && segment.firstTimestamp > 0)
      oldestMs = Math.min(oldestMs, segment.firstTimestamp);
  }
  if (dirtyBytes === 0) return null;
  const dirtyRatio = dirtyBytes / (cleanBytes + dirtyBytes);
  const isOverdue = oldestMs < nowMs - policy.maxCompactionLagMs;
  if (!isOverdue && dirtyRatio <= policy.minCleanableDirtyRatio) return null;
  return { firstDirtyOffset, endOffset, cleanBytes, dirtyBytes, dirtyRatio, isOverdue };
}

/** The one with the greatest share of dirty bytes. */
export function filthiest<C extends { readonly proposal: CleaningProposal }>(candidates: readonly C[]): C | null {
  let chosen: C | null = null;
  for (const candidate of candidates)
    if (chosen === null || candidate.proposal.dirtyRatio > chosen.proposal.dirtyRatio) chosen = candidate;
  return chosen;
}

function isTooYoung(segment: CleanableSegment, minLagMs: number, nowMs: number): boolean {
  if (minLagMs <= 0) return false;
  const { timestamp } = segment.greatestTimestamp;
  return (timestamp >= 0 ? timestamp : segment.modifiedMs) > nowMs - minLagMs;
}
