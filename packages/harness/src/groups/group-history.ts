/** What the members of one consumer group saw, in the order in which they saw it. Times are those of one clock, in ms. */
export type GroupEvent =
  /** A member was told what it owns in a generation. */
  | {
      readonly type: "assigned";
      readonly atMs: number;
      readonly member: string;
      readonly generation: number;
      readonly partitions: readonly number[];
    }
  /** The coordinator acknowledged that records below `offset` are done. */
  | { readonly type: "committed"; readonly atMs: number; readonly partition: number; readonly offset: number }
  /** Somebody who asked at that time was told this committed offset; -1 for none. */
  | { readonly type: "fetched"; readonly askedAtMs: number; readonly partition: number; readonly offset: number }
  /** A member was refused something, or lost its connection. */
  | { readonly type: "troubled"; readonly atMs: number; readonly by: string };

export interface GroupFinding {
  readonly anomaly: "two-owners" | "commit-went-back";
  readonly text: string;
}

/** Judges a group whose members only ever move forward. */
export function judgeGroup(events: readonly GroupEvent[]): GroupFinding[] {
  return [...twoOwners(events), ...commitsGoneBack(events)];
}

/** The longest times in which the group committed nothing, longest first, ms. */
export function gapsBetweenCommits(events: readonly GroupEvent[]): number[] {
  const gaps: number[] = [];
  let lastMs: number | null = null;
  for (const event of events) {
    if (event.type !== "committed") continue;
    if (lastMs !== null) gaps.push(event.atMs - lastMs);
    lastMs = event.atMs;
  }
  return gaps.sort((a, b) => b - a);
}

function twoOwners(events: readonly GroupEvent[]): GroupFinding[] {
  const findings: GroupFinding[] = [];
  const owners = new Map<string, string>();
  for (const event of events) {
    if (event.type !== "assigned") continue;
    for (const partition of event.partitions) {
      const key = `generation ${event.generation}, partition ${partition}`;
      const owner = owners.get(key) ?? event.member;
      owners.set(key, owner);
      if (owner === event.member) continue;
      findings.push({ anomaly: "two-owners", text: `${key}: ${owner} and ${event.member}` });
    }
  }
  return findings;
}

function commitsGoneBack(events: readonly GroupEvent[]): GroupFinding[] {
  const findings: GroupFinding[] = [];
  for (const event of events) {
    if (event.type !== "fetched") continue;
    let expected = -1;
    for (const other of events) {
      if (other.type !== "committed" || other.partition !== event.partition || other.atMs >= event.askedAtMs) continue;
      expected = Math.max(expected, other.offset);
    }
    if (event.offset >= expected) continue;
    const text = `partition ${event.partition}: ${expected} was acknowledged, ${event.offset} is told`;
    findings.push({ anomaly: "commit-went-back", text });
  }
  return findings;
}
