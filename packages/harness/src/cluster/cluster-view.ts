import {
  brokerRegistration,
  type Coordination,
  controller,
  partitionState,
  topic,
  ZooKeeperCoordination,
} from "@ottla/coordination";
import { type Closable, silentLogger, systemClock, systemRandom } from "@ottla/runtime";
import type { ObservedPartition } from "../checker/election-invariants";

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

  /** The session in which a broker is registered; null while it is not. */
  async sessionOf(brokerId: number): Promise<bigint | null> {
    const node = await this.coordination.get(brokerRegistration.path(brokerId));
    return node?.stat.ephemeralOwner ?? null;
  }

  /** All partitions of a topic, in order, with version -1 while nothing is known of them; none when there is no such topic. */
  async partitions(name: string): Promise<ObservedPartition[]> {
    for (;;) {
      const node = await this.coordination.get(topic.path(name));
      if (node === null) return [];
      const found = await this.partitionsOf(name, node.data);
      // Replicas and states of one moment: a reassignment changes both, one after the other.
      const now = await this.coordination.get(topic.path(name));
      if (now?.stat.version === node.stat.version) return found;
    }
  }

  private partitionsOf(name: string, data: Buffer | null): Promise<ObservedPartition[]> {
    const { partitions } = topic.decode(data, topic.path(name));
    return Promise.all(
      [...partitions].map(async ([partition, replicas]) => {
        const path = partitionState.path(name, partition);
        const state = await this.coordination.get(path);
        if (state === null) return { topic: name, partition, replicas, ...NOTHING_KNOWN };
        const { leader, leaderEpoch, isr, controllerEpoch } = partitionState.decode(state.data, path);
        const { version } = state.stat;
        return { topic: name, partition, replicas, leader, leaderEpoch, isr, controllerEpoch, version };
      }),
    );
  }

  /** Names of all topics. */
  async topics(): Promise<readonly string[]> {
    return (await this.coordination.children("/brokers/topics"))?.names ?? [];
  }

  /** Whether every partition of every topic is led and has all its replicas in sync. */
  async isWhole(): Promise<boolean> {
    return (await this.notWhole()).length === 0;
  }

  /** The partitions that keep the cluster from being whole. */
  async notWhole(): Promise<readonly ObservedPartition[]> {
    const partitions = (await Promise.all((await this.topics()).map((name) => this.partitions(name)))).flat();
    return partitions.filter(({ leader, isr, replicas }) => leader < 0 || isr.length < replicas.length);
  }

  async close(): Promise<void> {
    await this.coordination.close();
  }
}

const NOTHING_KNOWN = { leader: -1, leaderEpoch: -1, isr: [], controllerEpoch: -1, version: -1 };
