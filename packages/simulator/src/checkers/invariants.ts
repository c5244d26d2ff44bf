/**
 * What must hold at every moment of a run. Numbers in brackets are those of the cluster's list of invariants.
 */
export const invariantNames = [
  /** [1] A leader epoch of a partition is led by one process, the one that the ensemble names. */
  "one-leader",
  /** [1] The leader epoch of a partition never goes back, nor does a replica's role. */
  "leader-epoch",
  /** [1] The controller epoch never goes back, and whoever writes a state holds the one that stands. */
  "controller-epoch",
  /** [3] The ISR is of the replicas, and the leader is in it. */
  "isr",
  /** [3] A state changes by compare-and-set on its version. */
  "partition-epoch",
  /** [11] A new leader comes from the ISR before it. */
  "election",
  /** [11] A leader begins with every record that was ever committed. */
  "leader-completeness",
  /** [4] Whatever a leader calls committed lies on every member of the ISR, of which there are enough. */
  "high-watermark",
  /** [4] A high watermark never goes down in a leader epoch, and a follower's is never ahead of all leaders'. */
  "high-watermark-order",
  /** [6] One epoch and offset name one batch, on every replica and for ever. */
  "log-matching",
  /** [6] Epochs never fall along a log, and offsets rise without a gap. */
  "log-order",
  /** [4] An offset that somebody could read shows one value for ever. */
  "one-value",
  /** [4] What a consumer was given is committed. */
  "read-committed",
  /** [5] An acknowledgement for acks=all speaks of every ISR member, and of enough of them. */
  "acknowledgement",
  /** [7] Nothing committed is cut off. */
  "truncation",
  /** [7] A process that was killed finds again what it had written, one that lost power what it had synced. */
  "kept",
  /** [8] Sequences of a producer have neither gap nor repeat along a log. */
  "producer-sequence",
  /** [12] Once all is healed: a leader each, ISR = replicas, equal logs, in time. */
  "healing",
  /** No broker calls anything fatal. */
  "no-fatal",
  /** The judgement of the clients' history. */
  "history",
] as const;

export type InvariantName = (typeof invariantNames)[number];

/** Something that must never happen did. */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken";

  /** @param subject the partition it concerns, such as `orders-0`, or another place */
  constructor(
    readonly invariant: InvariantName,
    readonly subject: string,
    readonly what: string,
  ) {
    super(`${invariant}: ${subject}: ${what}`);
  }
}

/** Holds a run to its invariants, and counts how often each was looked at. */
export class Judge {
  private readonly counts = new Map<InvariantName, number>();

  /** @throws InvariantBroken */
  hold(invariant: InvariantName, subject: string, condition: boolean, what: () => string): void {
    this.counts.set(invariant, (this.counts.get(invariant) ?? 0) + 1);
    if (!condition) throw new InvariantBroken(invariant, subject, what());
  }

  /** How often each invariant was judged; those never are left out. */
  get judged(): ReadonlyMap<InvariantName, number> {
    return this.counts;
  }
}
