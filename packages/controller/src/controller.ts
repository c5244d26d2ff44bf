import type { Coordination } from "@ottla/coordination";
import type { Clock, Logger, Random } from "@ottla/runtime";
import type { BrokerChannel } from "./broker-channel";
import type {
  PartitionIncrease,
  PartitionIncreaseOutcome,
  ProducerIdBlockOutcome,
  RequestOptions,
  TopicCreation,
  TopicCreationOutcome,
  TopicDeletion,
  TopicDeletionOutcome,
} from "./requests";

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

export interface ControllerOptions {
  readonly coordination: Coordination;
  readonly brokerId: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly config: ControllerConfig;
  readonly channel: BrokerChannel;
  /** Judges topic configs; null when they are sound. The message goes to the client. */
  readonly validateTopicConfigs: (
    configs: Readonly<Record<string, string>>,
  ) => { readonly error: "INVALID_CONFIG" | "POLICY_VIOLATION"; readonly message: string } | null;
  /** Told whenever the broker that holds /controller changes; -1 while nobody does. */
  readonly onControllerChange?: (controllerId: number) => void;
}

/** One broker's controller: a candidate for /controller, and the cluster's controller while it holds that node. */
export class Controller {
  /** Begins to contend. Resolves once it is known who is controller now; the state may still be loading. */
  static start(_options: ControllerOptions, _signal: AbortSignal): Promise<Controller> {
    return Promise.reject(new Error("not built yet"));
  }

  /** Broker id that holds /controller as this broker last saw it; -1 while nobody does. */
  get controllerId(): number {
    return -1;
  }

  /** True while this broker holds the duty and has loaded the cluster's state. */
  get isActive(): boolean {
    return false;
  }

  /** Epoch of this broker's current term; 0 when it is not the controller. */
  get epoch(): number {
    return 0;
  }

  createTopics(
    _requests: readonly TopicCreation[],
    _options: RequestOptions,
    _signal: AbortSignal,
  ): Promise<readonly TopicCreationOutcome[]> {
    return Promise.reject(new Error("not built yet"));
  }

  createPartitions(
    _requests: readonly PartitionIncrease[],
    _options: RequestOptions,
    _signal: AbortSignal,
  ): Promise<readonly PartitionIncreaseOutcome[]> {
    return Promise.reject(new Error("not built yet"));
  }

  deleteTopics(
    _requests: readonly TopicDeletion[],
    _options: RequestOptions,
    _signal: AbortSignal,
  ): Promise<readonly TopicDeletionOutcome[]> {
    return Promise.reject(new Error("not built yet"));
  }

  /** Hands `brokerId` a block of 1000 producer ids. */
  allocateProducerIds(_brokerId: number, _brokerEpoch: bigint, _signal: AbortSignal): Promise<ProducerIdBlockOutcome> {
    return Promise.reject(new Error("not built yet"));
  }

  /** Gives the duty back (removes /controller when it is ours) and stops contending. */
  async close(): Promise<void> {}
}
