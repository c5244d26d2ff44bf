/** How many of a producer's batches are remembered, to recognise a retry. Clients keep at most five in flight for that reason. */
export const DUPLICATE_WINDOW_BATCHES = 5;

/** Sequences run from 0 to this and start again at 0. */
const LAST_SEQUENCE = 2 ** 31 - 1;

/** One batch of an idempotent producer, as far as a later batch can be compared with it. */
export interface RememberedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** The batch's max timestamp, milliseconds since the Unix epoch, or -1. */
  readonly timestamp: number;
}

/** What a partition knows of one producer id. Never changed in place: an append makes a new entry. */
export interface ProducerEntry {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** The last batches of this epoch, oldest first, at most five; none when only a transaction marker is known. */
  readonly batches: readonly RememberedBatch[];
  /** Epoch of the transaction coordinator that wrote the last marker; -1 when there was none. */
  readonly coordinatorEpoch: number;
  /** First offset of the producer's open transaction here; null when none is open. */
  readonly currentTransactionFirstOffset: number | null;
  /** Max timestamp of the last batch, or the time of a later marker. Expiry counts from it. */
  readonly lastTimestamp: number;
}

/** The header fields of a batch that producer state rests on; a record batch view has them all. */
export interface SequencedBatch {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly lastOffsetDelta: number;
  readonly maxTimestamp: number;
  readonly isTransactional: boolean;
}

export type ProducerRefusal = "OUT_OF_ORDER_SEQUENCE_NUMBER" | "INVALID_PRODUCER_EPOCH" | "INVALID_TXN_STATE";

export type ProducerVerdict =
  /** Append it. */
  | { readonly kind: "new" }
  /** It is in the log already: answer with `batch`'s offsets, append nothing. */
  | { readonly kind: "duplicate"; readonly batch: RememberedBatch }
  | { readonly kind: "refused"; readonly error: ProducerRefusal; readonly reason: string };

/**
 * What a leader makes of an idempotent producer's batch, before it is appended.
 *
 * @param entry what is known of the producer id; null when nothing is, and then any sequence is taken
 * @see KIP-98 for sequences and epochs; KAFKA-5494 for the window of five
 */
export function judgeBatch(entry: ProducerEntry | null, batch: SequencedBatch): ProducerVerdict {
  if (entry === null) return NEW;
  if (batch.producerEpoch === entry.producerEpoch) {
    const duplicate = entry.batches.find(
      (known) => known.firstSequence === batch.baseSequence && known.lastSequence === batch.lastSequence,
    );
    if (duplicate !== undefined) return { kind: "duplicate", batch: duplicate };
  }
  if (batch.producerEpoch < entry.producerEpoch) {
    return refused("INVALID_PRODUCER_EPOCH", `epoch ${batch.producerEpoch} is older than ${entry.producerEpoch}`);
  }
  const expected = expectedSequence(entry, batch.producerEpoch);
  if (batch.baseSequence !== expected) {
    return refused(
      "OUT_OF_ORDER_SEQUENCE_NUMBER",
      `sequence ${batch.baseSequence} of producer ${entry.producerId}, epoch ${batch.producerEpoch}: ${expected} comes next`,
    );
  }
  if (!batch.isTransactional && entry.currentTransactionFirstOffset !== null) {
    return refused("INVALID_TXN_STATE", `producer ${entry.producerId} has an open transaction`);
  }
  return NEW;
}

const NEW: ProducerVerdict = { kind: "new" };

function refused(error: ProducerRefusal, reason: string): ProducerVerdict {
  return { kind: "refused", error, reason };
}

function expectedSequence(entry: ProducerEntry, epoch: number): number {
  const last = entry.batches.at(-1);
  if (epoch !== entry.producerEpoch || last === undefined) return 0;
  return nextSequence(last.lastSequence);
}

/** The sequence after `sequence`; 2147483647 is followed by 0. */
export function nextSequence(sequence: number): number {
  return sequence === LAST_SEQUENCE ? 0 : sequence + 1;
}

/** The sequence `distance` before `sequence`, across the wrap. */
export function sequenceBefore(sequence: number, distance: number): number {
  return sequence >= distance ? sequence - distance : LAST_SEQUENCE - (distance - sequence) + 1;
}

/** The entry once `batch` lies in the log from `firstOffset` on. A new epoch forgets the batches of the one before. */
export function withBatch(entry: ProducerEntry | null, batch: SequencedBatch, firstOffset: number): ProducerEntry {
  const remembered: RememberedBatch = {
    firstSequence: batch.baseSequence,
    lastSequence: batch.lastSequence,
    firstOffset,
    lastOffset: firstOffset + batch.lastOffsetDelta,
    timestamp: batch.maxTimestamp,
  };
  const open = entry?.currentTransactionFirstOffset ?? null;
  return {
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    batches:
      entry?.producerEpoch === batch.producerEpoch
        ? [...entry.batches.slice(1 - DUPLICATE_WINDOW_BATCHES), remembered]
        : [remembered],
    coordinatorEpoch: entry?.coordinatorEpoch ?? -1,
    currentTransactionFirstOffset: open ?? (batch.isTransactional ? firstOffset : null),
    lastTimestamp: batch.maxTimestamp,
  };
}

/** The end of a transaction, as the one record of a marker batch says it. */
export interface TransactionMarker {
  readonly type: "ABORT" | "COMMIT";
  readonly coordinatorEpoch: number;
}

/** The entry once a marker of `epoch` lies in the log. Sequences go on unless the epoch is a new one. */
export function withMarker(
  entry: ProducerEntry | null,
  batch: Pick<SequencedBatch, "producerId" | "producerEpoch" | "maxTimestamp">,
  marker: TransactionMarker,
): ProducerEntry {
  return {
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    batches: entry?.producerEpoch === batch.producerEpoch ? entry.batches : [],
    coordinatorEpoch: marker.coordinatorEpoch,
    currentTransactionFirstOffset: null,
    lastTimestamp: batch.maxTimestamp,
  };
}
