/** Targets among the brokers; `leader` and `follower` are those of one partition of the load, drawn when the time has come. */
export const brokerTargets = [
  "leader",
  "follower",
  "controller",
  "leader+controller",
  "any",
  "every-other",
  "majority",
  "all",
] as const;

/** Targets in the ensemble; `zookeeper` is any of it, `quorum` as many as it cannot do without, `ensemble` all. */
export const zooKeeperTargets = ["zookeeper", "zookeeper-leader", "zookeeper-follower", "quorum", "ensemble"] as const;

/** `partitions` are of the load, and nobody is hit. */
export const faultTargets = [...brokerTargets, ...zooKeeperTargets, "partitions"] as const;
export type FaultTarget = (typeof faultTargets)[number];

/** Those among `targets` that an ensemble of this size has. */
export function targetsThere(targets: readonly FaultTarget[], zookeepers: number): FaultTarget[] {
  return targets.filter((target) => zookeepers > 1 || !ONLY_IN_ENSEMBLES.has(target));
}

const ONLY_IN_ENSEMBLES: ReadonlySet<FaultTarget> = new Set(["zookeeper-leader", "zookeeper-follower", "quorum"]);
