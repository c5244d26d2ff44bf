import { BATCH_HEADER_BYTES, BatchView } from "@ottla/protocol";
import type { Clock } from "@ottla/runtime";
import { refuseOldFormat } from "./message-format";
import type { Segment } from "./segment";

/** How the bytes of a segment ended that was read through. */
export interface SegmentRecovery {
  readonly bytesReread: number;
  readonly bytesCut: number;
  readonly cut: TailCut;
  /** Offset after the last sound batch. */
  readonly nextOffset: number;
  /** Leader epoch of the last sound batch; where the recovery began if there is none. */
  readonly epoch: number;
}

/** Where reading through begins. */
export interface RecoveryStart {
  /** 0, or where an index entry points; the indexes hold nothing beyond it. */
  readonly positionBytes: number;
  /** The first batch must not begin below it. */
  readonly offset: number;
  /** The first batch must not be of a lower leader epoch. */
  readonly epoch: number;
}

/**
 * What had to be cut from the end of a log. An incomplete batch is what a killed process leaves; zeros and damage are what a machine
 * that lost power, or a broken disk, leaves.
 */
export type TailCut = "nothing" | "incompleteTail" | "zeroTail" | "damage";

const PIECE_BYTES = 256 * 1024;
const BUFFER_BYTES = 1024 * 1024;
/** About a millisecond of reading and checking; then whatever else waits gets its turn. */
const BYTES_BETWEEN_YIELDS = 4 * 1024 * 1024;

/**
 * Reads a segment's batches from `positionBytes` on, checks order and checksum of each, indexes them again, and cuts the file at the
 * first that is not sound.
 *
 * @throws DiskError; UnsupportedMessageFormat, before anything is cut
 * @param visit sees every sound batch, records included; the view is good only until it returns
 */
export async function recoverSegment(
  segment: Segment,
  { positionBytes, ...from }: RecoveryStart,
  indexIntervalBytes: number,
  clock: Clock,
  signal: AbortSignal,
  visit: (batch: BatchView) => void,
): Promise<SegmentRecovery> {
  const file = segment.pin();
  try {
    const fileBytes = file.sizeBytes();
    segment.rewindTo(positionBytes);
    let buffer = Buffer.allocUnsafe(Math.min(BUFFER_BYTES, Math.max(fileBytes - positionBytes, BATCH_HEADER_BYTES)));
    /** What of the file `buffer` holds: from the segment's counted end to `readTo`. */
    let start = 0;
    let end = 0;
    let readTo = positionBytes;
    let nextOffset = from.offset;
    let { epoch } = from;
    let sinceYield = 0;

    const holdAtLeast = (bytes: number): boolean => {
      if (end - start >= bytes) return true;
      if (segment.sizeBytes + bytes > fileBytes) return false;
      if (start > 0) {
        buffer.copy(buffer, 0, start, end);
        end -= start;
        start = 0;
      }
      if (bytes > buffer.length) {
        const larger = Buffer.allocUnsafe(bytes);
        buffer.copy(larger, 0, 0, end);
        buffer = larger;
      }
      while (end < bytes) {
        const count = file.read(buffer.subarray(end, Math.min(end + PIECE_BYTES, buffer.length)), readTo);
        if (count === 0) return false;
        end += count;
        readTo += count;
      }
      return true;
    };

    while (holdAtLeast(BATCH_HEADER_BYTES)) {
      const header = new BatchView(buffer, start);
      const sizeBytes = header.sizeInBytes;
      if (sizeBytes < BATCH_HEADER_BYTES || header.magic !== 2 || !holdAtLeast(sizeBytes)) break;
      const batch = new BatchView(buffer, start);
      // Epochs fall where a cut and what was written after it were lost in part: old batches shine through behind new ones.
      const isInOrder =
        batch.baseOffset >= nextOffset && batch.lastOffset >= batch.baseOffset && batch.partitionLeaderEpoch >= epoch;
      if (!isInOrder || !batch.isCrcValid()) break;
      segment.indexBatch(batch, indexIntervalBytes);
      visit(batch);
      nextOffset = batch.lastOffset + 1;
      epoch = batch.partitionLeaderEpoch;
      start += sizeBytes;
      sinceYield += sizeBytes;
      if (sinceYield >= BYTES_BETWEEN_YIELDS) {
        sinceYield = 0;
        await new Promise<void>((resolve) => clock.afterTick(resolve));
        signal.throwIfAborted();
      }
    }
    refuseOldFormat(file, segment.sizeBytes);
    const cut = judgeTail(file, segment.sizeBytes, fileBytes);
    const bytesCut = segment.cutTail();
    segment.markUnsynced();
    return { bytesReread: segment.sizeBytes - positionBytes, bytesCut, cut, nextOffset, epoch };
  } finally {
    segment.unpin();
  }
}

/** What the bytes from `from` to the end of the file look like. */
function judgeTail(file: { read(into: Buffer, position: number): number }, from: number, to: number): TailCut {
  if (from >= to) return "nothing";
  const piece = Buffer.alloc(Math.min(PIECE_BYTES, to - from));
  const zeros = Buffer.alloc(piece.length);
  let isZero = true;
  for (let at = from; at < to && isZero; at += piece.length) {
    const count = file.read(piece, at);
    isZero = count === 0 || piece.subarray(0, count).equals(zeros.subarray(0, count));
  }
  if (isZero) return "zeroTail";
  file.read(piece, from);
  return isBeginningOfBatch(piece, to - from) ? "incompleteTail" : "damage";
}

/** Whether `restBytes` at the end of a file can be the first part of a batch, whose other part was never written. */
function isBeginningOfBatch(bytes: Buffer, restBytes: number): boolean {
  if (restBytes < BATCH_HEADER_BYTES) return restBytes < 17 || new BatchView(bytes, 0).magic === 2;
  const batch = new BatchView(bytes, 0);
  return batch.magic === 2 && batch.sizeInBytes > restBytes;
}
