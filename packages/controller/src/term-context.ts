import type { Coordination } from "@ottla/coordination";
import type { Clock, Logger, Random } from "@ottla/runtime";
import type { ClusterState } from "./cluster-state";
import type { CommandDispatch } from "./command-dispatch";
import type { FencedWrites } from "./fenced-writes";

/** Settings, read at each use: a getter may follow dynamic configs. */
export interface ControllerConfig {
  /** num.partitions */
  readonly numPartitions: number;
  /** default.replication.factor */
  readonly defaultReplicationFactor: number;
  /** delete.topic.enable */
  readonly deleteTopicEnable: boolean;
  /** unclean.leader.election.enable where a topic does not say otherwise */
  readonly uncleanLeaderElectionEnable: boolean;
}

/** What every part of a controller's term works with. */
export interface TermContext {
  readonly brokerId: number;
  readonly epoch: number;
  readonly coordination: Coordination;
  readonly writes: FencedWrites;
  readonly state: ClusterState;
  readonly dispatch: CommandDispatch;
  readonly config: ControllerConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Aborted when the term ends. */
  readonly signal: AbortSignal;
}
