import { type ErrorName, type MetadataResponse, ZERO_UUID } from "@ottla/protocol";
import type { ClusterBroker } from "./broker-address";

export interface PartitionMetadata {
  readonly partition: number;
  readonly error: ErrorName;
  /** -1 when the partition has no leader. */
  readonly leaderId: number;
  /** -1 when the broker did not say. */
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

export interface TopicMetadata {
  readonly name: string;
  /** Null from brokers that do not tell. */
  readonly topicId: string | null;
  readonly isInternal: boolean;
  readonly error: ErrorName;
  /** In the order of their numbers, from 0. */
  readonly partitions: readonly PartitionMetadata[];
}

/** What the cluster was last seen to be. */
export interface ClusterMetadata {
  readonly clusterId: string | null;
  /** -1 when there is none. */
  readonly controllerId: number;
  readonly brokers: ReadonlyMap<number, ClusterBroker>;
  readonly topics: ReadonlyMap<string, TopicMetadata>;
}

export const NO_METADATA: ClusterMetadata = {
  clusterId: null,
  controllerId: -1,
  brokers: new Map(),
  topics: new Map(),
};

/**
 * The metadata after one more answer. Topics that the answer does not name keep what was known; leaders never go back to an epoch
 * before the one known, as an answer may come from a broker that lags behind.
 */
export function withAnswer(known: ClusterMetadata, answer: MetadataResponse): ClusterMetadata {
  const topics = new Map(known.topics);
  for (const topic of answer.topics) {
    if (topic.name === null) continue;
    const topicId = topic.topicId === ZERO_UUID ? null : topic.topicId;
    const before = topics.get(topic.name);
    // A topic deleted and created again begins with new epochs.
    const sameTopic = before !== undefined && before.topicId === topicId ? before : undefined;
    topics.set(topic.name, {
      name: topic.name,
      topicId,
      isInternal: topic.isInternal,
      error: topic.errorCode,
      partitions: topic.partitions
        .map((partition) => newer(sameTopic?.partitions[partition.partitionIndex], partitionOf(partition)))
        .sort((a, b) => a.partition - b.partition),
    });
  }
  return {
    clusterId: answer.clusterId,
    controllerId: answer.controllerId,
    brokers: new Map(
      answer.brokers.map(({ nodeId, host, port, rack }): [number, ClusterBroker] => [
        nodeId,
        { nodeId, host, port, rack },
      ]),
    ),
    topics,
  };
}

type PartitionAnswer = MetadataResponse["topics"][number]["partitions"][number];

function partitionOf(answer: PartitionAnswer): PartitionMetadata {
  return {
    partition: answer.partitionIndex,
    error: answer.errorCode,
    leaderId: answer.leaderId,
    leaderEpoch: answer.leaderEpoch,
    replicas: answer.replicaNodes,
    isr: answer.isrNodes,
    offlineReplicas: answer.offlineReplicas,
  };
}

function newer(known: PartitionMetadata | undefined, answered: PartitionMetadata): PartitionMetadata {
  if (known === undefined || known.partition !== answered.partition || answered.leaderEpoch === -1) return answered;
  return answered.leaderEpoch < known.leaderEpoch ? known : answered;
}
