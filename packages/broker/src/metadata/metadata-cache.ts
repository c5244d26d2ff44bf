import {
  type BrokerEndpoint,
  type BrokerInfo,
  LEADER_DURING_DELETE,
  type PartitionMetadata,
  type UpdateMetadataCommand,
} from "@ottla/controller";

/** One topic as this broker knows it. */
export interface TopicMetadata {
  readonly name: string;
  readonly topicId: string;
  /** By partition index. */
  readonly partitions: ReadonlyMap<number, PartitionMetadata>;
}

/**
 * What this broker tells clients about the cluster: the live brokers, every partition's leader, and who is controller.
 *
 * The controller's UpdateMetadata commands fill it; until the first one it is empty, and clients are told so.
 */
export class MetadataCache {
  /** The id in /cluster/id; null until it has been read. */
  clusterId: string | null = null;
  /** Broker that holds /controller; -1 while nobody is known to. */
  controllerId = -1;
  private brokersById = new Map<number, BrokerInfo>();
  private topicsByName = new Map<string, MutableTopic>();
  private namesById = new Map<string, string>();
  private readonly deletionListeners = new Set<(topic: string) => void>();

  /** Replaces the broker list, and merges the partitions, or replaces them too when the command is full. */
  apply(command: Pick<UpdateMetadataCommand, "brokers" | "partitions" | "full">): void {
    this.brokersById = new Map(command.brokers.map((broker) => [broker.id, broker]));
    if (command.full) {
      this.topicsByName = new Map();
      this.namesById = new Map();
    }
    for (const partition of command.partitions) {
      if (partition.leader === LEADER_DURING_DELETE) this.forget(partition);
      else this.learn(partition);
    }
  }

  /** Tells `listener` of each topic that has been deleted, until the returned function is called. */
  onTopicDeleted(listener: (topic: string) => void): () => void {
    this.deletionListeners.add(listener);
    return () => this.deletionListeners.delete(listener);
  }

  /** Live brokers in the order of their ids. */
  brokers(): readonly BrokerInfo[] {
    return [...this.brokersById.values()].sort((a, b) => a.id - b.id);
  }

  broker(id: number): BrokerInfo | undefined {
    return this.brokersById.get(id);
  }

  /** Where clients of a listener reach a broker; undefined when it is not alive or has no such listener. */
  endpointOf(id: number, listenerName: string): BrokerEndpoint | undefined {
    return this.brokersById.get(id)?.endpoints.find((endpoint) => endpoint.listenerName === listenerName);
  }

  /** Every topic, by name. */
  topics(): Iterable<TopicMetadata> {
    return this.topicsByName.values();
  }

  topic(name: string): TopicMetadata | undefined {
    return this.topicsByName.get(name);
  }

  topicNameOf(topicId: string): string | undefined {
    return this.namesById.get(topicId);
  }

  partition(topic: string, index: number): PartitionMetadata | undefined {
    return this.topicsByName.get(topic)?.partitions.get(index);
  }

  /**
   * A leader epoch beyond what the controller has told so far, from a source that cannot err: the partition's state in the ensemble, or a
   * follower that was told of it. The controller's next word on the partition takes its place.
   */
  leaderHeard(topicId: string, index: number, heard: { readonly leader: number; readonly leaderEpoch: number }): void {
    const partitions = this.topicsByName.get(this.namesById.get(topicId) ?? "")?.partitions;
    const known = partitions?.get(index);
    if (known === undefined || heard.leaderEpoch <= known.leaderEpoch) return;
    partitions?.set(index, { ...known, ...heard });
  }

  get topicCount(): number {
    return this.topicsByName.size;
  }

  private learn(partition: PartitionMetadata): void {
    let topic = this.topicsByName.get(partition.topic);
    if (topic === undefined || topic.topicId !== partition.topicId) {
      // A topic made again under the same name begins without the old one's partitions.
      if (topic !== undefined) this.namesById.delete(topic.topicId);
      topic = { name: partition.topic, topicId: partition.topicId, partitions: new Map() };
      this.topicsByName.set(partition.topic, topic);
      this.namesById.set(partition.topicId, partition.topic);
    }
    topic.partitions.set(partition.partition, partition);
  }

  private forget(partition: PartitionMetadata): void {
    const topic = this.topicsByName.get(partition.topic);
    // A late word about a deleted topic must not take away its namesake.
    if (topic === undefined || topic.topicId !== partition.topicId) return;
    topic.partitions.delete(partition.partition);
    if (topic.partitions.size > 0) return;
    this.topicsByName.delete(partition.topic);
    this.namesById.delete(partition.topicId);
    for (const listener of this.deletionListeners) listener(partition.topic);
  }
}

interface MutableTopic extends TopicMetadata {
  readonly partitions: Map<number, PartitionMetadata>;
}
