import type { ConfigStore, Controller } from "@ottla/controller";
import type { Clock, Logger, Random } from "@ottla/runtime";
import type { BrokerConfig } from "./config/broker-config";
import type { TopicConfigs } from "./config/topic-configs";
import type { TopicCreation } from "./control/topic-creation";
import type { GroupCoordinator } from "./groups/group-coordinator";
import type { LegacyOffsets } from "./groups/legacy-offsets";
import type { OffsetsTopic } from "./groups/offsets-topic";
import type { MetadataCache } from "./metadata/metadata-cache";
import type { FetchSessions } from "./partitions/fetch-sessions";
import type { PartitionManager } from "./partitions/partition-manager";
import type { ProducerIds } from "./partitions/producer-ids";

/** Everything a handler may reach. One object for the life of a broker; handlers hold no state of their own. */
export interface BrokerServices {
  readonly brokerId: number;
  readonly clusterId: string;
  /** This broker's effective configuration: file, environment, overrides, and what /config/brokers says now. */
  readonly config: BrokerConfig;
  /** Topics' effective configurations: /config/topics/T, then the broker's synonyms, then defaults. */
  readonly topicConfigs: TopicConfigs;
  /** What is configured in ZooKeeper, and how it is altered. */
  readonly configStore: ConfigStore;
  readonly metadata: MetadataCache;
  readonly partitions: PartitionManager;
  /** This broker's candidate for controller; what is asked of it while another broker is controller gets NOT_CONTROLLER. */
  readonly controller: Controller;
  /** Topics for clients that ask for what is not there. */
  readonly topicCreation: TopicCreation;
  readonly producerIds: ProducerIds;
  readonly fetchSessions: FetchSessions;
  /** The consumer groups that are coordinated here. */
  readonly groups: GroupCoordinator;
  /** Which broker coordinates a group. */
  readonly offsetsTopic: OffsetsTopic;
  readonly legacyOffsets: LegacyOffsets;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}
