import type { ErrorName } from "@ottla/protocol";

/** One idempotent batch, as far as its place among its producer's batches goes. */
export interface SequencePlace {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** How much may have been under way behind a refused batch: the listener reads no further than that. */
const BEHIND_MAX = 100;
/** Of one connection; the oldest are forgotten first. */
const REFUSALS_MAX = 1000;

/**
 * The idempotent batches that one connection had refused and that its client will send again.
 *
 * A client with five requests in flight has sent the next four by the time it hears that the first was refused. Where the broker can
 * serve again in between (it leads in a new epoch, a replica joined the ISR), those would be called out of order; from a producer that
 * the partition does not know yet, they would even be taken, ahead of the first. So what stands behind a refused batch is refused as
 * that was, until it has come again, or the log shows that it need not.
 */
export class RefusedSequences {
  private readonly refusals = new Map<string, Refusal>();

  /** @param partition names it, in any way that is always the same */
  refused(partition: string, place: SequencePlace, error: ErrorName): void {
    if (!SENT_AGAIN.has(error)) return;
    const key = keyOf(partition, place);
    const known = this.refusals.get(key);
    // The first of several is the one that has to come again.
    if (known?.place.producerEpoch === place.producerEpoch && isAfter(place.baseSequence, known.place.baseSequence))
      return;
    this.refusals.delete(key);
    this.refusals.set(key, { place, error, behindMax: BEHIND_MAX });
    if (this.refusals.size > REFUSALS_MAX)
      for (const oldest of this.refusals.keys()) return void this.refusals.delete(oldest);
  }

  /**
   * What to say to a batch for the sake of one before it.
   *
   * @param nextSequence what the log expects of this producer in this epoch; null when it has nothing of it
   * @returns null when nothing speaks against judging it by itself
   */
  errorFor(partition: string, place: SequencePlace, nextSequence: () => number | null): ErrorName | null {
    if (this.refusals.size === 0) return null;
    const key = keyOf(partition, place);
    const refusal = this.refusals.get(key);
    if (refusal === undefined) return null;
    if (
      refusal.place.producerEpoch === place.producerEpoch &&
      isAfter(place.baseSequence, refusal.place.baseSequence)
    ) {
      const expected = nextSequence();
      const isExpected = expected !== null && !isAfter(place.baseSequence, expected);
      if (!isExpected && refusal.behindMax-- > 0) return refusal.error;
    }
    this.refusals.delete(key);
    return null;
  }
}

interface Refusal {
  readonly place: SequencePlace;
  readonly error: ErrorName;
  /** So many more are refused for its sake. */
  behindMax: number;
}

/** After these a client sends the batch again as it was, and another time it may be taken. */
const SENT_AGAIN: ReadonlySet<ErrorName> = new Set<ErrorName>([
  "NOT_LEADER_OR_FOLLOWER",
  "NOT_ENOUGH_REPLICAS",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "KAFKA_STORAGE_ERROR",
]);

function keyOf(partition: string, { producerId }: SequencePlace): string {
  return `${partition} ${producerId}`;
}

/** Sequences go round after 2^31; what is less than half of that ahead comes after. */
function isAfter(sequence: number, other: number): boolean {
  const ahead = (sequence - other) & 0x7fffffff;
  return ahead !== 0 && ahead < 0x40000000;
}
