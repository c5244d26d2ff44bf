/** A segment as retention sees it, oldest first. */
export interface RetainedSegment {
  readonly sizeBytes: number;
  /** Greatest timestamp of its records, or when its file was last written if they have none; ms. */
  readonly newestMs: number;
  /** Base offset of the segment behind it; the log end offset for the last. */
  readonly nextOffset: number;
}

export interface RetentionPolicy {
  readonly cleanupPolicy: { readonly delete: boolean; readonly compact: boolean };
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

export type RetentionReason = "retention.ms" | "retention.bytes" | "log start offset";

/** How many of the oldest segments go, and why the last of them does. */
export interface RetentionPlan {
  readonly count: number;
  readonly reason: RetentionReason;
}

/**
 * Which segments have outlived the policy: by time, by size, or because the log start has passed them. Nothing at or beyond the high
 * watermark goes, nor an empty last segment. If all go, the caller rolls first.
 *
 * @param segments oldest first
 */
export function planRetention(
  segments: readonly RetainedSegment[],
  policy: RetentionPolicy,
  state: { readonly logStartOffset: number; readonly highWatermark: number; readonly nowMs: number },
): RetentionPlan | null {
  const isDeletable = (segment: RetainedSegment, index: number): boolean =>
    segment.nextOffset <= state.highWatermark && !(index === segments.length - 1 && segment.sizeBytes === 0);

  let byTime = 0;
  let bySize = 0;
  if (policy.cleanupPolicy.delete) {
    byTime = countWhile(
      segments,
      (segment, index) => isDeletable(segment, index) && state.nowMs - segment.newestMs > policy.retentionMs,
    );
    let excessBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0) - policy.retentionBytes;
    bySize = countWhile(segments, (segment, index) => {
      if (excessBytes - segment.sizeBytes < 0 || !isDeletable(segment, index)) return false;
      excessBytes -= segment.sizeBytes;
      return true;
    });
  }
  const byLogStart = countWhile(
    segments,
    (segment, index) =>
      index < segments.length - 1 && isDeletable(segment, index) && segment.nextOffset <= state.logStartOffset,
  );
  const count = Math.max(byTime, bySize, byLogStart);
  if (count === 0) return null;
  const reason = count === byTime ? "retention.ms" : count === bySize ? "retention.bytes" : "log start offset";
  return { count, reason };
}

function countWhile<T>(items: readonly T[], holds: (item: T, index: number) => boolean): number {
  const end = items.findIndex((item, index) => !holds(item, index));
  return end < 0 ? items.length : end;
}
