export { Admin, type ClusterDescription, type NewPartitions, type NewTopic, type Reassignment } from "./admin/admin";
export type { ConfigAlteration, ConfigEntry, ConfigResource, ConfigSource } from "./admin/configs";
export {
  GroupAdmin,
  type GroupDescription,
  type GroupListing,
  type GroupMemberDescription,
  type GroupOffset,
} from "./admin/group-admin";
export type { Outcome } from "./admin/outcome";
export { type BrokerAddress, type ClusterBroker, formatAddress, parseBootstrapServers } from "./cluster/broker-address";
export { ClusterClient, type ClusterClientOptions, type Target } from "./cluster/cluster-client";
export type { ClusterMetadata, PartitionMetadata, TopicMetadata } from "./cluster/cluster-metadata";
export {
  type FoundOffset,
  type IsolationLevel,
  lookUpOffsets,
  type OffsetQuery,
  type OffsetSpec,
} from "./cluster/offset-lookup";
export { formatTopicPartition, type TopicPartition } from "./cluster/topic-partition";
export { Connection, type ConnectionOptions, type SendOptions } from "./connection/connection";
export { AssignedConsumer } from "./consumer/assigned-consumer";
export { ConsumedBatch } from "./consumer/consumed-batch";
export type { AssignedConsumerOptions, PartitionAssignment, StartPosition } from "./consumer/consumer-options";
export { KafkaError } from "./kafka-error";
export { BrokerUnreachable, ConnectionLost, isRetriable } from "./network-error";
export type { OnDelivery, RecordMetadata } from "./producer/pending-batch";
export { Producer } from "./producer/producer";
export type { ProducerOptions, ProducerRecord } from "./producer/producer-options";
/** For specs of what stands on this package. */
export { FakeBroker } from "./testing/fake-broker";
