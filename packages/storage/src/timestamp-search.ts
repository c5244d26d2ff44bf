import { iterateRecords } from "@ottla/protocol";
import type { BatchPlace, Segment } from "./segment";
import type { SegmentList } from "./segment-list";

/** A record as ListOffsets names it. */
export interface TimestampedOffset {
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

/**
 * The first record at or after `logStartOffset` whose timestamp is `timestampMs` or later.
 *
 * @throws CorruptRecordError when a batch on the way cannot be decoded
 */
export function firstAtOrAfter(
  segments: SegmentList,
  timestampMs: number,
  logStartOffset: number,
): TimestampedOffset | null {
  for (const segment of segments.from(logStartOffset)) {
    if (segment.sizeBytes === 0 || segment.greatestTimestamp.timestamp < timestampMs) continue;
    const indexed = segment.times.lookup(timestampMs)?.offset ?? segment.baseOffset;
    const found = searchBatches(
      segment,
      Math.max(indexed, logStartOffset),
      (batchTimestamp) => batchTimestamp >= timestampMs,
      (timestamp, offset) => timestamp >= timestampMs && offset >= logStartOffset,
    );
    if (found !== null) return found;
  }
  return null;
}

/** The first record of those with the log's greatest timestamp; null when no record has one. */
export function firstOfGreatestTimestamp(segments: SegmentList, logStartOffset: number): TimestampedOffset | null {
  let holder: Segment | null = null;
  for (const segment of segments.from(logStartOffset)) {
    const { timestamp } = segment.greatestTimestamp;
    if (timestamp >= 0 && timestamp > (holder?.greatestTimestamp.timestamp ?? -1)) holder = segment;
  }
  if (holder === null) return null;
  const { timestamp: greatest, offset } = holder.greatestTimestamp;
  return searchBatches(
    holder,
    Math.max(offset, logStartOffset),
    (batchTimestamp) => batchTimestamp >= greatest,
    (timestamp) => timestamp >= greatest,
  );
}

/** Walks batches from the one that holds `fromOffset`; looks into those that `mayHold` accepts for a record that `wanted` accepts. */
function searchBatches(
  segment: Segment,
  fromOffset: number,
  mayHold: (maxTimestamp: number) => boolean,
  wanted: (timestamp: number, offset: number) => boolean,
): TimestampedOffset | null {
  let next: BatchPlace | null = segment.findBatch(fromOffset);
  while (next !== null) {
    const batch = segment.readBatch(next);
    if (mayHold(batch.maxTimestamp)) {
      for (const { timestamp, offset } of iterateRecords(batch)) {
        if (wanted(timestamp, offset)) return { offset, timestamp, leaderEpoch: batch.partitionLeaderEpoch };
      }
    }
    const behind: number = next.positionBytes + next.sizeBytes;
    next = segment.firstBatch(behind, (candidate) => mayHold(candidate.maxTimestamp));
  }
  return null;
}
