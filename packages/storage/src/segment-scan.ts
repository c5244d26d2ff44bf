import type { BatchView } from "@ottla/protocol";
import type { LeaderEpochHistory } from "./leader-epoch-history";
import type { LogCheckpoint, LogOptions } from "./log-options";
import { refuseOldFormat } from "./message-format";
import type { Segment } from "./segment";
import { SegmentList } from "./segment-list";
import { LOG_SUFFIX, offsetOfFileName } from "./segment-name";
import { newSegment, openSegment } from "./segment-opening";
import { recoverSegment, type TailCut } from "./segment-recovery";
import { endOfSound, indexProblem, trustedPosition } from "./segment-trust";

/** What lay in a log's directory, after whatever was half done was cut off. */
export interface SegmentScan {
  readonly segments: SegmentList;
  readonly logEndOffset: number;
  /** An offset in the first batch read through; Infinity when none was. */
  readonly recoveredFrom: number;
  /** Segments whose transaction index lacks what ended at or after the offset beside them. */
  readonly withoutTransactions: ReadonlyMap<Segment, number>;
  readonly bytesReread: number;
  readonly bytesCut: number;
  readonly cut: TailCut;
}

/**
 * Opens a log's segments, reads through those that a crash may have left half done, and cuts the log at the first batch that is not sound.
 *
 * @throws DiskError, UnsupportedMessageFormat
 * @param epochs learn what the batches read through say of them
 * @param remarks get a sentence for each thing that somebody may want to know
 */
export async function scanSegments(
  options: LogOptions,
  checkpoint: LogCheckpoint,
  epochs: LeaderEpochHistory,
  remarks: string[],
  signal: AbortSignal,
): Promise<SegmentScan> {
  const { disk, directory, config, clock } = options;
  const bases = disk.list(directory).flatMap((name) => offsetOfFileName(name, LOG_SUFFIX) ?? []);
  const found = bases.map((base) => openSegment(options, base));
  if (found.length === 0) {
    const base = checkpoint.logStartOffset ?? 0;
    return {
      segments: new SegmentList([newSegment(options, base)]),
      logEndOffset: base,
      recoveredFrom: checkpoint.cleanShutdown ? Number.POSITIVE_INFINITY : base,
      withoutTransactions: new Map(),
      bytesReread: 0,
      bytesCut: 0,
      cut: "nothing",
    };
  }
  // Formats only rise along a log: if there is an old one, it is in the first messages.
  const oldest = found.find((segment) => segment.sizeBytes > 0);
  if (oldest !== undefined) refuseOldFormat(oldest.opened(), 0);
  const segments = new SegmentList(found);
  const suspectFrom = checkpoint.cleanShutdown
    ? found.length
    : Math.max(segments.floorIndex(checkpoint.recoveryPoint), 0);
  const withoutTransactions = new Map<Segment, number>();
  // A topic's configs may not be known yet. What was ever to be compacted is listed in the cleaner's checkpoint.
  const isCompacted = config.cleanupPolicy.compact || (checkpoint.firstDirtyOffset ?? null) !== null;
  let recoveredFrom = Number.POSITIVE_INFINITY;
  /** Of the batches read through so far. */
  let epoch = -1;
  let bytesReread = 0;
  let bytesCut = 0;
  let cut: TailCut = "nothing";
  let logEndOffset = segments.active.baseOffset;

  for (const [index, segment] of found.entries()) {
    const isLast = index === found.length - 1;
    const isSuspect = index >= suspectFrom;
    const problem = indexProblem(disk, segment, isSuspect || isLast);
    if (problem !== null) remarks.push(`${problem}: indexes are built again`);
    let end = problem === null && !isSuspect && isLast ? endOfSound(segment) : null;
    if (end === null && (problem !== null || isSuspect || isLast)) {
      const from = problem === null && isSuspect ? trustedPosition(segment, checkpoint.recoveryPoint, options) : 0;
      if (from === 0) segment.clearIndexes();
      const fromOffset = from === 0 ? segment.baseOffset : (segment.offsets.last()?.offset ?? segment.baseOffset);
      const onBatch = (batch: BatchView) => learnEpoch(epochs, batch);
      const start = { positionBytes: from, offset: segment.baseOffset, epoch };
      const result = await recoverSegment(segment, start, config.indexIntervalBytes, clock, signal, onBatch);
      epoch = result.epoch;
      if (isLast) end = result.nextOffset;
      else segment.seal();
      const joinsNext = joins(result.nextOffset, found[index + 1], isCompacted);
      const tailCut = result.cut === "nothing" && !joinsNext ? "damage" : result.cut;
      withoutTransactions.set(segment, fromOffset);
      recoveredFrom = Math.min(recoveredFrom, fromOffset);
      bytesReread += result.bytesReread;
      bytesCut += result.bytesCut;
      if (tailCut !== "nothing") {
        cut = tailCut;
        remarks.push(`${segment.logPath}: cut ${result.bytesCut} bytes at offset ${result.nextOffset} (${tailCut})`);
        for (const later of segments.popAbove(segment.baseOffset)) {
          bytesCut += later.sizeBytes;
          if (later.sizeBytes > 0) cut = "damage";
          remarks.push(`${later.logPath}: removed, it lies behind the cut`);
          later.removeFiles();
        }
        logEndOffset = result.nextOffset;
        break;
      }
    }
    if (end !== null) logEndOffset = end;
  }
  return { segments, logEndOffset, recoveredFrom, withoutTransactions, bytesReread, bytesCut, cut };
}

/**
 * The batches themselves say under which epoch they were written. The history may know less, and after a loss of power more: a cut
 * may have been undone while the epoch that began behind it was not.
 */
function learnEpoch(epochs: LeaderEpochHistory, batch: BatchView): void {
  const epoch = batch.partitionLeaderEpoch;
  const { baseOffset } = batch;
  if (epoch < 0 || epochs.epochAt(baseOffset) === epoch) return;
  epochs.truncateFromEnd(baseOffset);
  if (epoch > (epochs.lastEpoch ?? -1)) epochs.assign(epoch, baseOffset);
}

/**
 * Whether a segment that ends at `nextOffset` goes on in the one behind it. A loss of power may take the end of a segment and leave
 * the next (a hole), or undo a truncation that removed it (an overlap). Compacted logs have holes by nature.
 */
function joins(nextOffset: number, next: Segment | undefined, isCompacted: boolean): boolean {
  return next === undefined || nextOffset === next.baseOffset || (isCompacted && nextOffset < next.baseOffset);
}
