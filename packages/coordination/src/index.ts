export {
  BrokerIdInUse,
  BrokerRegistration,
  type BrokerRegistrationOptions,
  type RegistrationEvent,
} from "./membership";
export { MemoryCoordination } from "./memory/memory-coordination";
export { MemoryEnsemble, type MemoryEnsembleOptions, type MemoryTransaction } from "./memory/memory-ensemble";
export * from "./port";
export { decideRegistration, type RegistrationDecision } from "./registration-decision";
export { HOW_TO_GET_ZOOKEEPER } from "./testing/missing-zookeeper";
export {
  endSession,
  FaultyProxy,
  findZooKeeper,
  ZooKeeperServer,
  zooKeeperMode,
  zooKeeperServes,
} from "./testing/on-demand";
export type { ZooKeeperInstallation } from "./testing/zookeeper-installation";
export type { ZooKeeperServerOptions } from "./testing/zookeeper-server";
export {
  type BrokerEndpoint,
  brokerRegistration,
  type OttlaKeys,
  type RegisteredBroker,
} from "./znodes/broker-registration";
export { brokerSequence } from "./znodes/broker-sequence";
export { clusterId } from "./znodes/cluster-id";
export { configChange } from "./znodes/config-change";
export { type ConfigEntity, entityPathOf, parseEntityPath } from "./znodes/config-entity";
export { consumerOffset } from "./znodes/consumer-offset";
export { type ControllerNode, controller, controllerEpoch } from "./znodes/controller";
export { entityConfig } from "./znodes/entity-config";
export { type FeatureNode, feature } from "./znodes/feature";
export { logDirEvent } from "./znodes/log-dir-event";
export {
  deleteTopic,
  isrChange,
  preferredReplicaElection,
  reassignPartitions,
  type TopicPartitionName,
} from "./znodes/partition-requests";
export { type PartitionStateNode, partitionState } from "./znodes/partition-state";
export { PERSISTENT_PATHS } from "./znodes/persistent-paths";
export { type ProducerIdBlock, producerIdBlock } from "./znodes/producer-id-block";
export { sequenceNumberOf } from "./znodes/sequential-name";
export { type TopicNode, topic } from "./znodes/topic";
export { ZnodeFormatError } from "./znodes/znode-json";
export { parseConnectString } from "./zookeeper/connect-string";
export { ZooKeeperCoordination, type ZooKeeperOptions } from "./zookeeper/zookeeper-coordination";
