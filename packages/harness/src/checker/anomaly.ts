/** What can be wrong with a history. Names and meanings are those of Jepsen's Kafka workload, but for `offset-mismatch` and `phantom`. */
export const anomalyNames = [
  /** Acknowledged at an offset that polls reached or passed, and nobody ever saw it. */
  "lost-write",
  /** Acknowledged, and nobody saw it although the final polls are over. */
  "unseen",
  /** One offset of a key with two values. */
  "inconsistent-offsets",
  /** One value at two offsets. */
  "duplicate",
  /** A value was polled whose send certainly failed. */
  "G1a",
  /** A consumer's next poll jumps over records that somebody saw. */
  "poll-skip",
  /** A consumer's next poll goes back. */
  "nonmonotonic-poll",
  /** The same, inside one poll. */
  "int-poll-skip",
  "int-nonmonotonic-poll",
  /** A later send of one producer to one key lies lower than an earlier one. */
  "nonmonotonic-send",
  /** Values of one send lie in another order than they were given. */
  "int-nonmonotonic-send",
  /** The reply's offset is not where the value lies. */
  "offset-mismatch",
  /** A client without progress for long after everything was healed. */
  "stuck",
  /** A value was polled that nobody sent. */
  "phantom",
] as const;

export type AnomalyName = (typeof anomalyNames)[number];

export interface Anomaly {
  readonly name: AnomalyName;
  /** What happened, with its key, values and offsets. */
  readonly what: string;
  /** Whether the settings of the clients concerned promise that it cannot happen. */
  readonly forbidden: boolean;
}

/** How often each anomaly was found, with the first few of each. */
export class AnomalyTally {
  private readonly byName = new Map<AnomalyName, { count: number; forbidden: number; readonly examples: Anomaly[] }>();

  add(anomaly: Anomaly): void {
    let entry = this.byName.get(anomaly.name);
    if (entry === undefined) {
      entry = { count: 0, forbidden: 0, examples: [] };
      this.byName.set(anomaly.name, entry);
    }
    entry.count++;
    if (anomaly.forbidden) entry.forbidden++;
    if (entry.examples.length < EXAMPLES_KEPT) entry.examples.push(anomaly);
  }

  /** In the order of the names above; those that were not found are left out. */
  get found(): readonly FoundAnomaly[] {
    return anomalyNames.flatMap((name) => {
      const entry = this.byName.get(name);
      return entry === undefined ? [] : [{ name, ...entry }];
    });
  }
}

export interface FoundAnomaly {
  readonly name: AnomalyName;
  readonly count: number;
  /** How many of them break a promise. */
  readonly forbidden: number;
  /** At most ten. */
  readonly examples: readonly Anomaly[];
}

const EXAMPLES_KEPT = 10;
