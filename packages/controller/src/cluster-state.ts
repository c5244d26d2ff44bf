import type { RegisteredBroker } from "@ottla/coordination";
import type { BrokerInfo, PartitionIdentity } from "./broker-channel";
import type { IsLive, PartitionState } from "./decisions/partition-state";
import type { ReplicaStanding } from "./decisions/settled-state";

/** A registered broker, as the controller last read it. */
export interface LiveBroker {
  readonly info: BrokerInfo;
  /** Its log may lack an acknowledged tail: it votes, but is no live replica of a partition that has another one. */
  readonly torn: boolean;
  /** Data version of the registration, which the broker may rewrite. */
  readonly version: number;
  readonly registration: RegisteredBroker;
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
  replicas: readonly number[];
  adding: readonly number[];
  removing: readonly number[];
  /** Null while the partition is new: no replica of it has been live yet. */
  state: ConfirmedState | null;
  /** Leader epoch in the last metadata that this controller's own broker has acknowledged, if they name a leader; -1: its clients find none. */
  knownLeaderEpoch: number;
}

export interface TopicRecord {
  readonly name: string;
  readonly topicId: string;
  /** Data version of the topic node. */
  version: number;
  readonly mzxid: bigint;
  readonly partitions: Map<number, PartitionRecord>;
}

/** Something that is true of one incarnation of a broker: its broker epoch, by id. Another incarnation starts without it. */
type OfIncarnation = Map<number, bigint>;

/**
 * What the controller knows of the cluster: of topics and registrations ZooKeeper's content, never ahead of it; of the brokers' incarnations
 * also what it has seen by itself. Changed by one event at a time, but for sessions, which come and go when they do.
 */
export class ClusterState {
  readonly brokers = new Map<number, LiveBroker>();
  readonly topics = new Map<string, TopicRecord>();
  /** Brokers with a session. */
  readonly connected: OfIncarnation = new Map();
  /** Brokers that are taken for dead though their registration stands (rules 39 to 43). */
  readonly suspected: OfIncarnation = new Map();
  /** Brokers that have asked to leave. */
  readonly leaving: OfIncarnation = new Map();
  /** Brokers that have registered as torn, also when they have been told since that all is settled. */
  readonly onceTorn: OfIncarnation = new Map();
  private readonly offlineReplicas = new Map<
    number,
    { readonly brokerEpoch: bigint; readonly partitions: Set<string> }
  >();

  constructor(readonly ownId: number) {}

  /** Forgets what ZooKeeper holds, which is about to be read again. */
  clear(): void {
    this.brokers.clear();
    this.topics.clear();
  }

  /** Whether something is true of the broker's present incarnation. */
  isNow(fact: OfIncarnation, id: number): boolean {
    const broker = this.brokers.get(id);
    return broker !== undefined && fact.get(id) === broker.info.epoch;
  }

  /** Notes something about the broker's present incarnation. */
  note(fact: OfIncarnation, id: number): void {
    const broker = this.brokers.get(id);
    if (broker !== undefined) fact.set(id, broker.info.epoch);
  }

  /** Whether the registered incarnation can be told what to do. The own broker always can. */
  isConnected(id: number): boolean {
    return id === this.ownId ? this.brokers.has(id) : this.isNow(this.connected, id);
  }

  isSuspected(id: number): boolean {
    return this.isNow(this.suspected, id);
  }

  /** How many registered brokers this controller has a session with, itself included. */
  connectedCount(): number {
    let count = 0;
    for (const id of this.brokers.keys()) if (this.isConnected(id)) count++;
    return count;
  }

  /** Says of each replica what the decisions go by. */
  standingOf(partition: PartitionRecord): ReplicaStanding {
    const torn = (id: number) => this.brokers.get(id)?.torn === true;
    const dark = (id: number) => this.isReplicaOffline(partition, id);
    const present: IsLive = (id) =>
      this.isConnected(id) && !this.isSuspected(id) && !this.isNow(this.leaving, id) && !dark(id);
    return {
      present,
      torn,
      intact: (id) => present(id) && !torn(id) && !this.isNow(this.onceTorn, id),
      mayLead: (id) => present(id) && !torn(id),
      registered: (id) => this.brokers.has(id) && !dark(id),
      connected: (id) => this.isConnected(id),
      suspected: (id) => this.isSuspected(id),
      leaving: (id) => this.isNow(this.leaving, id),
      brokerEpoch: (id) => this.brokers.get(id)?.info.epoch,
    };
  }

  /** Whether the broker has said that the replica's log directory is offline. */
  isReplicaOffline(partition: PartitionRecord, id: number): boolean {
    const offline = this.offlineReplicas.get(id);
    if (offline === undefined || offline.brokerEpoch !== this.brokers.get(id)?.info.epoch) return false;
    return offline.partitions.has(keyOf(partition.topic.topicId, partition.partition));
  }

  hasOfflineReplicas(id: number): boolean {
    return (this.offlineReplicas.get(id)?.partitions.size ?? 0) > 0;
  }

  /** The replica can be read and written again. @returns whether that is news */
  markReplicaOnline(partition: PartitionRecord, id: number): boolean {
    if (!this.isReplicaOffline(partition, id)) return false;
    this.offlineReplicas.get(id)?.partitions.delete(keyOf(partition.topic.topicId, partition.partition));
    return true;
  }

  /** Notes that the replica's log directory is offline, until the broker's next incarnation. @returns whether that is news */
  markReplicaOffline(partition: PartitionRecord, id: number): boolean {
    const broker = this.brokers.get(id);
    if (broker === undefined || this.isReplicaOffline(partition, id)) return false;
    const brokerEpoch = broker.info.epoch;
    let offline = this.offlineReplicas.get(id);
    if (offline?.brokerEpoch !== brokerEpoch) {
      offline = { brokerEpoch, partitions: new Set() };
      this.offlineReplicas.set(id, offline);
    }
    offline.partitions.add(keyOf(partition.topic.topicId, partition.partition));
    return true;
  }

  *partitions(): Generator<PartitionRecord> {
    for (const topic of this.topics.values()) yield* topic.partitions.values();
  }

  *partitionsOn(brokerId: number): Generator<PartitionRecord> {
    for (const partition of this.partitions()) if (partition.replicas.includes(brokerId)) yield partition;
  }

  partition(topic: string, partition: number): PartitionRecord | undefined {
    return this.topics.get(topic)?.partitions.get(partition);
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

/** The partition's name for ever. */
export function identityOf({ topic, partition }: PartitionRecord): PartitionIdentity {
  return { topic: topic.name, topicId: topic.topicId, partition };
}

function keyOf(topicId: string, partition: number): string {
  return `${topicId}/${partition}`;
}
