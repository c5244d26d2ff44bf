import type { Random } from "@ottla/runtime";
import type { ClusterUnderTest } from "../cluster/cluster-under-test";
import type { FaultTarget } from "./fault-target";

/** One kind of harm that can be done to a cluster. */
export interface Fault {
  /** Such as `kill`. */
  readonly kind: string;
  /** What it does, to complete the sentence "NODES ...". */
  readonly what: string;
  /** Whom it can hit. */
  readonly targets: readonly FaultTarget[];
  /** Whether it takes a node's process: two such faults cannot have the same victim. */
  readonly takesProcess: boolean;
  /** Whether it cuts links, in one manner or the other. */
  readonly isCut: boolean;
  /** Why this cluster cannot have it; null when it can. */
  refusal(cluster: ClusterUnderTest): string | null;
  /** Does it, and returns when it is done. @returns what heals it */
  hit(strike: Strike): Promise<Heal>;
}

/** Brokers by their ids, ZooKeepers by their names. */
export type Victim = number | string;

export interface Strike {
  readonly cluster: ClusterUnderTest;
  readonly victims: readonly Victim[];
  readonly random: Random;
  /** How cuts of the network are: whether those on either side are told. */
  readonly manner: CutManner;
}

/** `silent`: packets vanish. `refused`: connections break and are refused. */
export type CutManner = "silent" | "refused";

export type Heal = () => Promise<void>;
