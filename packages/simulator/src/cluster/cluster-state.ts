import type { SimulatedZooKeeper } from "./simulated-zookeeper";

/** A partition's state as ZooKeeper has it. */
export interface PartitionState {
  readonly leader: number;
  readonly leader_epoch: number;
  readonly isr: readonly number[];
  readonly controller_epoch: number;
}

interface TopicAssignment {
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

/** What ZooKeeper has of a cluster, past all latency and faults. Reading it again costs nothing until something is written. */
export class ClusterState {
  private readonly known = new Map<string, unknown>();
  private knownTopics: ReadonlyMap<string, number> | null = null;
  private writesSeen = 0;

  constructor(private readonly zooKeeper: SimulatedZooKeeper) {}

  /** Who has the controller's duty; null when nobody has. */
  get controllerId(): number | null {
    const node = this.read("/controller") as { readonly brokerid: number } | null;
    return node?.brokerid ?? null;
  }

  /** Null when the partition has none. */
  partition(topic: string, partition: number): PartitionState | null {
    return this.read(`/brokers/topics/${topic}/partitions/${partition}/state`) as PartitionState | null;
  }

  /** The brokers that shall hold a partition, preferred leader first; none when there is no such topic. */
  replicas(topic: string, partition: number): readonly number[] {
    const node = this.read(`/brokers/topics/${topic}`) as TopicAssignment | null;
    return node?.partitions[String(partition)] ?? [];
  }

  /** Topics and how many partitions each has. */
  topics(): ReadonlyMap<string, number> {
    this.forgetWhatChanged();
    if (this.knownTopics !== null) return this.knownTopics;
    const found = new Map<string, number>();
    for (const path of this.zooKeeper.ensemble.paths()) {
      const name = /^\/brokers\/topics\/([^/]+)$/.exec(path)?.[1];
      if (name === undefined) continue;
      const node = this.read(path) as TopicAssignment | null;
      if (node !== null) found.set(name, Object.keys(node.partitions).length);
    }
    this.knownTopics = found;
    return found;
  }

  private read(path: string): unknown {
    this.forgetWhatChanged();
    let node = this.known.get(path);
    if (node === undefined) this.known.set(path, (node = this.zooKeeper.read(path)));
    return node;
  }

  private forgetWhatChanged(): void {
    const writes = this.zooKeeper.transactions.length;
    if (writes === this.writesSeen) return;
    this.writesSeen = writes;
    this.known.clear();
    this.knownTopics = null;
  }
}
