import type { SegmentList } from "./segment-list";

/** What ListOffsets 0 answers; the arguments are those of `PartitionLog.legacyOffsetsBefore`. */
export function legacyOffsetsBefore(
  segments: SegmentList,
  place: { readonly logStartOffset: number; readonly logEndOffset: number; readonly nowMs: number },
  timestampMs: number,
  offsetsMax: number,
  upperBound: number | null,
): number[] {
  if (offsetsMax <= 0) return [];
  const entries = segments.all.map((segment) => ({
    offset: Math.max(segment.baseOffset, place.logStartOffset),
    modifiedMs: segment.modifiedMs,
  }));
  if (segments.active.sizeBytes > 0) entries.push({ offset: place.logEndOffset, modifiedMs: place.nowMs });
  const offsets = entries
    .slice(0, countBefore(entries, timestampMs))
    .slice(-offsetsMax)
    .map((entry) => entry.offset)
    .toReversed();
  if (upperBound === null || !offsets.some((offset) => offset > upperBound)) return offsets;
  return [upperBound, ...offsets.filter((offset) => offset <= upperBound)];
}

const LATEST = -1;
const EARLIEST = -2;

function countBefore(entries: readonly { readonly modifiedMs: number }[], timestampMs: number): number {
  if (timestampMs === LATEST) return entries.length;
  if (timestampMs === EARLIEST) return 1;
  return entries.findLastIndex((entry) => entry.modifiedMs <= timestampMs) + 1;
}
