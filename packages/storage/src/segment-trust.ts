import type { Disk } from "@ottla/runtime";
import type { LogOptions } from "./log-options";
import type { Segment } from "./segment";

/**
 * Up to this size the segment that holds the recovery point is read through from its beginning, as Kafka does; a larger one from the
 * last index entry below the recovery point. Bytes and index entries below it were handed to the kernel, and the bytes made durable,
 * before the recovery point moved, so nothing is missed but what a disk lost afterwards, which the older segments may have lost too.
 * Small enough that hundreds of partitions are ready within a second of a kill.
 */
const WHOLE_SEGMENT_BYTES_MAX = 1024 * 1024;

/** Whether the indexes have to be built again, and why. Padding of an index that was in use is cut off. */
export function indexProblem(disk: Disk, segment: Segment, mayBePadded: boolean): string | null {
  for (const { path, entryBytes } of [segment.offsets.file, segment.times.file]) {
    const stat = disk.stat(path);
    if (stat === null) return `${path} is missing`;
    if (!mayBePadded && stat.sizeBytes % entryBytes !== 0) return `${path} has a broken entry`;
  }
  if (mayBePadded) {
    if (!segment.offsets.dropPadding(segment.sizeBytes)) return `${segment.offsets.file.path} is not in order`;
    if (!segment.times.dropPadding()) return `${segment.times.file.path} is not in order`;
  } else {
    const last = segment.offsets.last();
    const isOutside = last !== null && (last.offset < segment.baseOffset || last.positionBytes >= segment.sizeBytes);
    if (isOutside) return `${segment.offsets.file.path} points outside its log`;
  }
  return segment.transactions.isSound(segment.baseOffset) ? null : `${segment.transactions.file.path} is not sound`;
}

/**
 * The log end offset of a segment closed in order, and its indexing resumed.
 *
 * @returns null when it does not end with a whole batch, and has to be read through after all
 */
export function endOfSound(segment: Segment): number | null {
  const from = segment.offsets.last()?.positionBytes ?? 0;
  let nextOffset = segment.baseOffset;
  const end = segment.walk(from, (batch) => {
    nextOffset = batch.lastOffset + 1;
    return true;
  });
  if (end !== segment.sizeBytes) return null;
  segment.resumeIndexing();
  return nextOffset;
}

/** Where reading through may begin: the last index entry below the recovery point, if the log agrees with it. */
export function trustedPosition(
  segment: Segment,
  recoveryPoint: number,
  { wholeSegmentBytesMax, config }: LogOptions,
): number {
  const isSmall = segment.sizeBytes <= (wholeSegmentBytesMax ?? WHOLE_SEGMENT_BYTES_MAX);
  if (isSmall || recoveryPoint <= segment.baseOffset) return 0;
  segment.offsets.truncateTo(recoveryPoint);
  const last = segment.offsets.last();
  if (last === null) return 0;
  const place = segment.firstBatch(last.positionBytes, () => true);
  if (place === null || place.lastOffset !== last.offset || !segment.readBatch(place).isCrcValid()) return 0;
  segment.times.truncateTo(last.offset + 1);
  segment.transactions.truncateTo(place.baseOffset);
  // Under a sync for each append indexes are not synced with it: entries for these timestamps may be lost, or not.
  if (config.flushMessages === 1) segment.completeTimes(last.positionBytes);
  return last.positionBytes;
}
