import type { Coordination } from "@ottla/coordination";
import type { Clock, Logger, Random } from "@ottla/runtime";
import type { ClusterState } from "./cluster-state";
import type { CommandDispatch } from "./command-dispatch";
import type { FencedWrites } from "./fenced-writes";
import type { LastResortElections } from "./last-resort-elections";

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
  /** min.insync.replicas where a topic does not say otherwise; default 1 */
  readonly minInsyncReplicas?: number;
  /** ottla.controller.suspect.timeout.ms: how long a silence must last before it counts; default 2000 */
  readonly suspectTimeoutMs?: number;
  /** auto.leader.rebalance.enable; default true */
  readonly autoLeaderRebalanceEnable?: boolean;
  /** leader.imbalance.check.interval.seconds, in milliseconds; default 300,000 */
  readonly leaderImbalanceCheckIntervalMs?: number;
  /** leader.imbalance.per.broker.percentage; default 10 */
  readonly leaderImbalancePerBrokerPercentage?: number;
}

/** What every part of a controller's term works with. */
export interface TermContext {
  readonly brokerId: number;
  readonly epoch: number;
  readonly coordination: Coordination;
  readonly writes: FencedWrites;
  readonly state: ClusterState;
  readonly dispatch: CommandDispatch;
  readonly lastResort: LastResortElections;
  readonly config: ControllerConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Aborted when the term ends. */
  readonly signal: AbortSignal;
}
