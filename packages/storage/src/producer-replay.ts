import type { ProducerSnapshots } from "./producer-snapshots";
import type { ProducerState } from "./producer-state";
import type { Segment } from "./segment";
import type { SegmentList } from "./segment-list";
import { transactionMarkerOf } from "./transaction-marker";

/** Header reading goes at gigabytes a second; after this much others get their turn. */
const STRETCH_BYTES = 16 * 1024 * 1024;
/** How far back the rest of a producer's window is looked for: a client's unanswered batches lie within its last seconds. */
const LOOK_BACK_BYTES = 64 * 1024 * 1024;
const LOOK_BACK_STRETCH_BYTES = 1024 * 1024;

/**
 * Producer state from the newest snapshot and what follows it in the log, with the window of five batches filled up from before it.
 *
 * @param withoutTransactions segments whose transaction index gets back what ended at or after the offset given
 * @yields now and then, so that the caller may let others run
 */
export function* rebuildProducers(
  log: {
    readonly segments: SegmentList;
    readonly producers: ProducerState;
    readonly snapshots: ProducerSnapshots;
    readonly logStartOffset: number;
    readonly logEndOffset: number;
  },
  withoutTransactions: ReadonlyMap<Segment, number>,
  nowMs: number,
): Generator<void> {
  const { segments, producers, snapshots, logStartOffset, logEndOffset } = log;
  const snapshot = snapshots.newest(logEndOffset);
  producers.load(snapshot?.entries ?? [], nowMs);
  const from = Math.max(snapshot?.offset ?? 0, logStartOffset);
  const lastTwo = new Set(segments.all.slice(-2).map((segment) => segment.baseOffset));
  if (from < logEndOffset) {
    yield* replayProducers(segments, producers, from, withoutTransactions, (segment) => {
      const isMissing = segment.baseOffset > from && lastTwo.has(segment.baseOffset);
      if (withoutTransactions.size > 0 && isMissing) snapshots.write(segment.baseOffset, producers.entries());
    });
  }
  yield* recallEarlierBatches(segments, producers);
}

/**
 * Takes the batches of [from, log end) into the producer state, as they lie in the log.
 *
 * @param onSegment called before a segment's first batch at or after `from`
 * @param withoutTransactions segments whose transaction index gets back what ended at or after the offset given
 * @yields now and then, so that the caller may let others run
 */
function* replayProducers(
  segments: SegmentList,
  producers: ProducerState,
  from: number,
  withoutTransactions: ReadonlyMap<Segment, number>,
  onSegment: (segment: Segment) => void = () => {},
): Generator<void> {
  for (const segment of segments.from(from)) {
    if (segment.baseOffset >= from) onSegment(segment);
    const indexFrom = withoutTransactions.get(segment) ?? Number.POSITIVE_INFINITY;
    let position = from <= segment.baseOffset ? 0 : (segment.findBatch(from)?.positionBytes ?? segment.sizeBytes);
    while (position < segment.sizeBytes) {
      const stretchEnd = position + STRETCH_BYTES;
      const stopped = segment.walk(position, (batch, positionBytes) => {
        if (positionBytes >= stretchEnd) return false;
        if (!batch.hasProducerId || batch.lastOffset < from) return true;
        const marker = batch.isControl
          ? transactionMarkerOf(segment.readBatch({ positionBytes, sizeBytes: batch.sizeInBytes }))
          : null;
        const ended = producers.replay(batch, marker);
        if (ended?.isAborted && ended.lastOffset >= indexFrom) segment.transactions.append(ended);
        return true;
      });
      if (stopped < stretchEnd) break;
      position = stopped;
      yield;
    }
  }
}

/**
 * Gives producers that came from a snapshot, which names only their last batch, the up to four batches before it.
 *
 * @yields now and then
 */
function* recallEarlierBatches(segments: SegmentList, producers: ProducerState): Generator<void> {
  const earlier = producers.earlierBatches();
  if (earlier === null) return;
  let budgetBytes = LOOK_BACK_BYTES;
  let sinceYieldBytes = 0;
  const beginning = segments.floorIndex(earlier.highestOffsetWanted);
  for (let index = beginning; index >= 0 && budgetBytes > 0; index--) {
    const segment = segments.all[index];
    if (segment === undefined) break;
    let end = segment.sizeBytes;
    if (index === beginning) end = segment.findBatch(earlier.highestOffsetWanted)?.positionBytes ?? end;
    while (end > 0 && budgetBytes > 0 && earlier.missingProducers > 0) {
      const entry = segment.offsets.lookupPosition(Math.max(end - LOOK_BACK_STRETCH_BYTES, 0)).positionBytes;
      const from = entry < end ? entry : 0;
      const to = end;
      segment.walk(from, (batch, positionBytes) => {
        if (positionBytes >= to) return false;
        if (batch.hasProducerId && !batch.isControl) earlier.offer(batch);
        return true;
      });
      earlier.endStretch();
      budgetBytes -= end - from;
      sinceYieldBytes += end - from;
      end = from;
      if (sinceYieldBytes >= STRETCH_BYTES) {
        sinceYieldBytes = 0;
        yield;
      }
    }
    if (earlier.missingProducers === 0) break;
  }
  producers.restore(earlier);
}
