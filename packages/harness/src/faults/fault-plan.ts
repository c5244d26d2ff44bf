import type { Random } from "@ottla/runtime";

/**
 * What is done. `bounce` is a SIGTERM with a restart after it, `kill` a kill -9 with one, `pause` a SIGSTOP with a SIGCONT; `cut` parts
 * brokers from ZooKeeper, and from nobody else.
 */
export const faultKinds = ["kill", "bounce", "pause", "cut"] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Whom it hits; `leader` and `follower` are those of one partition of the load, drawn when the time has come. */
export const faultTargets = [
  "leader",
  "follower",
  "controller",
  "leader+controller",
  "any",
  "all",
  "zookeeper",
] as const;
export type FaultTarget = (typeof faultTargets)[number];

export interface RequestedFaults {
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  readonly count: number;
}

export interface PlannedFault {
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  /** How long the cluster is left alone before, milliseconds. */
  readonly quietMs: number;
  /** How long the fault lasts until it is healed. */
  readonly holdMs: number;
}

export interface Pace {
  readonly quietMs: readonly [min: number, max: number];
  readonly holdMs: readonly [min: number, max: number];
}

/** All that was asked for, in an order and at a pace that follow from the seed alone. */
export function planFaults(requested: readonly RequestedFaults[], pace: Pace, random: Random): PlannedFault[] {
  const left = requested.flatMap(({ kind, target, count }) => Array.from({ length: count }, () => ({ kind, target })));
  const plan: PlannedFault[] = [];
  while (left.length > 0) {
    for (const drawn of left.splice(random.below(left.length), 1))
      plan.push({ ...drawn, quietMs: between(pace.quietMs, random), holdMs: between(pace.holdMs, random) });
  }
  return plan;
}

/**
 * Reads `leader:50,controller:20`.
 *
 * @throws Error naming the part that cannot be read
 */
export function parseFaults(kind: FaultKind, text: string): RequestedFaults[] {
  return text.split(",").map((part) => {
    const [name = "", count = "1"] = part.split(":");
    const target = faultTargets.find((one) => one === name);
    if (target === undefined) throw new Error(`${name} is no target; there are ${faultTargets.join(", ")}`);
    if (kind === "cut" && target === "zookeeper")
      throw new Error("brokers are cut from zookeeper, not zookeeper from itself");
    if (!/^\d+$/.test(count)) throw new Error(`${part}: ${count} is no count`);
    return { kind, target, count: Number(count) };
  });
}

function between([min, max]: readonly [number, number], random: Random): number {
  return min + random.below(max - min + 1);
}
