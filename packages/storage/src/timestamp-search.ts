import { CorruptRecordError, iterateRecords } from "@ottla/protocol";
import { lookUpBatch, WRONG_CHECKSUM } from "./batch-lookup";
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
 * @throws CorruptRecordError when a batch on the way is damaged
 */
export function firstAtOrAfter(
  segments: SegmentList,
  timestampMs: number,
  logStartOffset: number,
): TimestampedOffset | null {
  for (const segment of segments.from(logStartOffset)) {
    if (segment.sizeBytes === 0 || segment.greatestTimestamp.timestamp < timestampMs) continue;
    const found = searchBatches(
      segment,
      Math.max(indexedOffset(segment, timestampMs), logStartOffset),
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

/** Where to begin: what the time index says, if the batch it points to is the one it means; else at the segment's beginning. */
function indexedOffset(segment: Segment, timestampMs: number): number {
  const entry = segment.times.lookup(timestampMs);
  if (entry === null) return segment.baseOffset;
  const lookup = lookUpBatch(segment, entry.offset);
  if (lookup.kind !== "found" || lookup.place.baseOffset > entry.offset) return segment.baseOffset;
  return segment.readBatch(lookup.place).maxTimestamp === entry.timestamp ? entry.offset : segment.baseOffset;
}

/** Walks batches from the one that holds `fromOffset`; looks into those that `mayHold` accepts for a record that `wanted` accepts. */
function searchBatches(
  segment: Segment,
  fromOffset: number,
  mayHold: (maxTimestamp: number) => boolean,
  wanted: (timestamp: number, offset: number) => boolean,
): TimestampedOffset | null {
  let next: BatchPlace | null = firstFrom(segment, fromOffset);
  while (next !== null) {
    const batch = segment.readBatch(next);
    if (!batch.isCrcValid())
      throw new CorruptRecordError(`${segment.logPath}: batch ${next.baseOffset}: ${WRONG_CHECKSUM}`);
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

function firstFrom(segment: Segment, offset: number): BatchPlace | null {
  const lookup = lookUpBatch(segment, offset);
  if (lookup.kind === "damaged") throw new CorruptRecordError(`${segment.logPath}: ${lookup.damage.reason}`);
  return lookup.kind === "found" ? lookup.place : null;
}
