import type { BrokerInfo } from "./broker-channel";
import type { IsLive, PartitionState } from "./decisions/partition-state";

/** A registered broker, as the controller last read it. */
export interface LiveBroker {
  readonly info: BrokerInfo;
  /** Its log may lack an acknowledged tail: it votes, but is no live replica of a partition that has another one. */
  readonly torn: boolean;
  /** Data version of the registration, which the broker may rewrite. */
  readonly version: number;
}

/** A partition's state as ZooKeeper has confirmed it. */
export interface ConfirmedState extends PartitionState {
  readonly partitionEpoch: number;
  readonly controllerEpoch: number;
  /** Transaction that wrote it, or an older one that is known to precede it. */
  readonly mzxid: bigint;
}

export interface PartitionRecord {
  readonly topic: TopicRecord;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
  /** Null while the partition is new: no replica of it has been live yet. */
  state: ConfirmedState | null;
  /** True once this controller's own broker has acknowledged metadata that names a leader: clients of this broker can find it. */
  leaderKnown: boolean;
}

export interface TopicRecord {
  readonly name: string;
  readonly topicId: string;
  /** Data version of the topic node. */
  version: number;
  readonly mzxid: bigint;
  readonly partitions: Map<number, PartitionRecord>;
}

/** What the controller knows of the cluster: ZooKeeper's content, never ahead of it. Changed by one event at a time. */
export class ClusterState {
  readonly brokers = new Map<number, LiveBroker>();
  readonly topics = new Map<string, TopicRecord>();

  clear(): void {
    this.brokers.clear();
    this.topics.clear();
  }

  /** Which brokers count as live replicas of this partition. A torn broker does only where no other replica could know better. */
  isLive(partition: PartitionRecord): IsLive {
    return (id) => {
      const broker = this.brokers.get(id);
      return broker !== undefined && (!broker.torn || partition.replicas.length === 1);
    };
  }

  *partitions(): Generator<PartitionRecord> {
    for (const topic of this.topics.values()) yield* topic.partitions.values();
  }

  *partitionsOn(brokerId: number): Generator<PartitionRecord> {
    for (const partition of this.partitions()) if (partition.replicas.includes(brokerId)) yield partition;
  }

  /** Brokers sorted by id. */
  brokerInfos(): BrokerInfo[] {
    return [...this.brokers.values()].map((broker) => broker.info).toSorted((a, b) => a.id - b.id);
  }

  topicById(topicId: string): TopicRecord | undefined {
    for (const topic of this.topics.values()) if (topic.topicId === topicId) return topic;
    return undefined;
  }
}
