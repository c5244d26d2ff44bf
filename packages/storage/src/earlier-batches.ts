import {
  DUPLICATE_WINDOW_BATCHES,
  nextSequence,
  type ProducerEntry,
  type RememberedBatch,
  type SequencedBatch,
} from "./producer-entry";

interface Search {
  readonly producerEpoch: number;
  /** The oldest batch known; what is searched for ends right before it. */
  oldest: RememberedBatch;
  /** How many more would fill the window. */
  missing: number;
  found: readonly RememberedBatch[];
  /** Candidates of the stretch being read, oldest first. */
  stretch: RememberedBatch[];
}

/**
 * The search for the up to four batches of each producer that precede the one a snapshot names.
 *
 * Without them a producer whose answers were lost with the broker, with two or more batches under way, would get
 * OUT_OF_ORDER_SEQUENCE_NUMBER for a retry of the first (seen in Apache Kafka 3.9.1, which recalls only one).
 *
 * The log is read backwards in stretches (segments, say) and forwards within each: `offer` every batch header of a stretch in the
 * order of the log, then `endStretch`; go on with the stretch before it until `missingProducers` is 0 or the log begins.
 */
export class EarlierBatches {
  private constructor(private readonly searches: Map<bigint, Search>) {}

  /** A search for every producer whose window is neither full nor known to begin with its epoch's first batch. */
  static wantedBy(entries: Iterable<ProducerEntry>): EarlierBatches {
    const searches = new Map<bigint, Search>();
    for (const entry of entries) {
      const oldest = entry.batches[0];
      // Sequence 0 begins an epoch. It also follows a wrap after 2^31 records; the batches before one are not looked for.
      if (oldest === undefined || oldest.firstSequence === 0) continue;
      const missing = DUPLICATE_WINDOW_BATCHES - entry.batches.length;
      if (missing <= 0) continue;
      searches.set(entry.producerId, {
        producerEpoch: entry.producerEpoch,
        oldest,
        missing,
        found: [],
        stretch: [],
      });
    }
    return new EarlierBatches(searches);
  }

  /** Producers still being searched for. */
  get missingProducers(): number {
    let missing = 0;
    for (const search of this.searches.values()) if (search.missing > 0) missing++;
    return missing;
  }

  /** Only batches that begin below this offset can be of use: where to start reading backwards. -1 when nothing is missing. */
  get highestOffsetWanted(): number {
    let highest = -1;
    for (const search of this.searches.values()) {
      if (search.missing > 0) highest = Math.max(highest, search.oldest.firstOffset);
    }
    return highest;
  }

  /** The next data batch of this stretch. Control batches and batches without producer id need not be offered. */
  offer(batch: SequencedBatch & { readonly baseOffset: number }): void {
    const search = this.searches.get(batch.producerId);
    if (search === undefined || search.missing === 0 || batch.producerEpoch !== search.producerEpoch) return;
    if (batch.baseSequence < 0 || batch.baseOffset >= search.oldest.firstOffset) return;
    search.stretch.push({
      firstSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      firstOffset: batch.baseOffset,
      lastOffset: batch.baseOffset + batch.lastOffsetDelta,
      timestamp: batch.maxTimestamp,
    });
    if (search.stretch.length > search.missing) search.stretch.shift();
  }

  /** This stretch has been read to its end. */
  endStretch(): void {
    for (const search of this.searches.values()) {
      for (let batch = search.stretch.pop(); batch !== undefined && search.missing > 0; batch = search.stretch.pop()) {
        if (nextSequence(batch.lastSequence) !== search.oldest.firstSequence) {
          // A gap: compaction or deletion took the batch between. A client cannot be waiting for what lies before it.
          search.missing = 0;
          break;
        }
        search.found = [batch, ...search.found];
        search.oldest = batch;
        search.missing = batch.firstSequence === 0 ? 0 : search.missing - 1;
      }
      search.stretch = [];
    }
  }

  /** What was found, for each producer oldest first. */
  *found(): Generator<[bigint, readonly RememberedBatch[]]> {
    for (const [producerId, search] of this.searches) if (search.found.length > 0) yield [producerId, search.found];
  }
}
