/** What was done to the cluster, and when: the other half of a history. */
export interface NemesisEvent {
  /** Milliseconds since the epoch, with fractions. */
  readonly timeMs: number;
  /** Counts the faults of a run from 1; what begins, heals and ends one fault shares its number. */
  readonly fault: number;
  /** Such as `kill`, `stop`, `pause`. */
  readonly kind: string;
  /** Who was meant, such as `leader` or `controller`. */
  readonly target: string;
  /** Who it was: broker ids, or names of other nodes. */
  readonly nodes: readonly (number | string)[];
  /** `hit`: it happened. `healed`: the nodes are back, as processes. `whole`: the cluster has every replica in sync again. */
  readonly phase: "hit" | "healed" | "whole";
  /** With `whole`: some partitions that were not, when we last looked. */
  readonly last?: readonly string[];
}
