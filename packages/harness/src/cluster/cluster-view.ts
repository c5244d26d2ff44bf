import {
  brokerRegistration,
  type Coordination,
  controller,
  partitionState,
  topic,
  ZooKeeperCoordination,
} from "@ottla/coordination";
import { type Closable, silentLogger, systemClock, systemRandom } from "@ottla/runtime";

/** A partition as ZooKeeper has it. */
export interface PartitionView {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  /** -1 when nobody leads, or nothing is known yet. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
}

/** The cluster's own truth, read from ZooKeeper: it needs no broker to answer, and it is the same for Ottla and Apache Kafka. */
export class ClusterView implements Closable {
  private constructor(private readonly coordination: Coordination) {}

  static async connect(connectString: string): Promise<ClusterView> {
    const coordination = await ZooKeeperCoordination.connect({
      connectString,
      sessionTimeoutMs: 30_000,
      connectionTimeoutMs: 20_000,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
    return new ClusterView(coordination);
  }

  /** The broker that `/controller` names; null while there is none. */
  async controllerId(): Promise<number | null> {
    const node = await this.coordination.get(controller.path);
    return node === null ? null : controller.decode(node.data).brokerId;
  }

  async isRegistered(brokerId: number): Promise<boolean> {
    return (await this.coordination.get(brokerRegistration.path(brokerId))) !== null;
  }

  /** All partitions of a topic, in order; none when there is no such topic. */
  async partitions(name: string): Promise<PartitionView[]> {
    const node = await this.coordination.get(topic.path(name));
    if (node === null) return [];
    const { partitions } = topic.decode(node.data, topic.path(name));
    return Promise.all(
      [...partitions].map(async ([partition, replicas]) => {
        const path = partitionState.path(name, partition);
        const state = await this.coordination.get(path);
        const known = state === null ? NOTHING_KNOWN : partitionState.decode(state.data, path);
        const { leader, leaderEpoch, isr } = known;
        return { topic: name, partition, replicas, leader, leaderEpoch, isr };
      }),
    );
  }

  /** Whether every partition of these topics is led and has all its replicas in sync. */
  async isWhole(topics: readonly string[]): Promise<boolean> {
    const partitions = (await Promise.all(topics.map((name) => this.partitions(name)))).flat();
    return partitions.every(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length);
  }

  async close(): Promise<void> {
    await this.coordination.close();
  }
}

const NOTHING_KNOWN = { leader: -1, leaderEpoch: -1, isr: [] };
