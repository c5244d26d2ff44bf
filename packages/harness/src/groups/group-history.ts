/** What happened in one consumer group, in the order in which it was seen. Times are those of one clock, in ms. */
export type GroupEvent =
  /** A member has joined, and owns these partitions until it says otherwise. */
  | {
      readonly type: "assigned";
      readonly atMs: number;
      readonly member: string;
      readonly partitions: readonly number[];
    }
  /** A member has let go of all it owned, by itself or by its end. */
  | { readonly type: "ended"; readonly atMs: number; readonly member: string }
  /** A member was given a record. */
  | {
      readonly type: "consumed";
      readonly atMs: number;
      readonly member: string;
      readonly partition: number;
      readonly offset: number;
    }
  /** The coordinator acknowledged a commit: records below `offset` are done. */
  | {
      readonly type: "committed";
      readonly atMs: number;
      readonly member: string;
      readonly partition: number;
      readonly offset: number;
    }
  /** Somebody asked for the committed offset, and was told; -1 for none. */
  | { readonly type: "fetched"; readonly askedAtMs: number; readonly partition: number; readonly offset: number };

export type GroupAnomaly =
  /** A member got a record of a partition that another one had been given after it, and had begun to consume. */
  | "consumed-after-loss"
  /** An offset was told that is lower than one acknowledged before it was asked for. */
  | "commit-went-back"
  /** A record that nobody got. */
  | "never-consumed";

export interface GroupFinding {
  readonly anomaly: GroupAnomaly;
  readonly text: string;
}

/**
 * Judges a group whose members only ever commit what they have consumed, and move forward.
 *
 * @param endOffsets how many records each partition holds; all of them are to be consumed
 */
export function judgeGroup(events: readonly GroupEvent[], endOffsets: ReadonlyMap<number, number>): GroupFinding[] {
  return [...commitsGoneBack(events), ...neverConsumed(events, endOffsets)];
}

function commitsGoneBack(events: readonly GroupEvent[]): GroupFinding[] {
  const acknowledged: { readonly atMs: number; readonly partition: number; readonly offset: number }[] = [];
  for (const event of events) if (event.type === "committed") acknowledged.push(event);
  const findings: GroupFinding[] = [];
  for (const event of events) {
    if (event.type !== "fetched") continue;
    let expected = -1;
    for (const { atMs, partition, offset } of acknowledged) {
      if (partition === event.partition && atMs < event.askedAtMs) expected = Math.max(expected, offset);
    }
    if (event.offset >= expected) continue;
    const text = `partition ${event.partition}: ${expected} was acknowledged, ${event.offset} is told`;
    findings.push({ anomaly: "commit-went-back", text });
  }
  return findings;
}

function neverConsumed(events: readonly GroupEvent[], endOffsets: ReadonlyMap<number, number>): GroupFinding[] {
  const consumed = new Map<number, Set<number>>();
  for (const event of events) {
    if (event.type !== "consumed") continue;
    let offsets = consumed.get(event.partition);
    if (offsets === undefined) consumed.set(event.partition, (offsets = new Set()));
    offsets.add(event.offset);
  }
  const findings: GroupFinding[] = [];
  for (const [partition, end] of endOffsets) {
    for (let offset = 0; offset < end; offset++) {
      if (consumed.get(partition)?.has(offset)) continue;
      findings.push({ anomaly: "never-consumed", text: `partition ${partition}, offset ${offset}` });
    }
  }
  return findings;
}
