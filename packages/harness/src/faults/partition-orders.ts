import { Admin, ClusterClient, isRetriable, KafkaError, type TopicPartition } from "@ottla/client";
import { CoordinationError } from "@ottla/coordination";
import { alterPartitionReassignments, type ErrorName, electLeaders, listPartitionReassignments } from "@ottla/protocol";
import { type Closable, DeadlineExceeded } from "@ottla/runtime";
import type { ClusterUnderTest } from "../cluster/cluster-under-test";

export interface Assignment extends TopicPartition {
  readonly replicas: readonly number[];
}

/** Gives a cluster orders about its partitions, over Kafka's protocol. */
export class PartitionOrders implements Closable {
  private readonly client: ClusterClient;
  private readonly admin: Admin;

  constructor(private readonly cluster: ClusterUnderTest) {
    const { bootstrapServers } = cluster;
    this.client = new ClusterClient({ bootstrapServers, clientId: "harness-orders", requestTimeoutMs: REQUEST_MS });
    this.admin = new Admin(this.client);
  }

  /** Where every partition lies, those of internal topics left out. */
  async assignments(): Promise<Assignment[]> {
    return (await Promise.all((await this.topics()).map((name) => this.cluster.view.partitions(name)))).flat();
  }

  /** @throws KafkaError when it is not taken for some partition */
  async reassign(assignments: readonly Assignment[]): Promise<void> {
    const topics = [...byTopic(assignments)].map(([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas: [...replicas] })),
    }));
    await this.order("reassignment", async (timeoutMs) => {
      const answer = await this.client.request("controller", alterPartitionReassignments, { timeoutMs, topics });
      throwUnlessNone(answer.errorCode, "reassignment");
      for (const { name, partitions } of answer.responses)
        for (const { errorCode, partitionIndex } of partitions) throwUnlessNone(errorCode, `${name}-${partitionIndex}`);
    });
  }

  /** Has the preferred leaders of these partitions elected, where they can be. @throws KafkaError */
  async electPreferred(partitions: readonly TopicPartition[]): Promise<void> {
    const topicPartitions = [...byTopic(partitions)].map(([topic, these]) => ({
      topic,
      partitions: these.map(({ partition }) => partition),
    }));
    await this.order("election", async (timeoutMs) => {
      const request = { electionType: 0, topicPartitions, timeoutMs };
      const answer = await this.client.request("controller", electLeaders, request);
      throwUnlessNone(answer.errorCode, "election");
    });
  }

  /** How many partitions are being moved. @throws KafkaError */
  async underWay(): Promise<number> {
    return this.order("reassignments", async (timeoutMs) => {
      const answer = await this.client.request("controller", listPartitionReassignments, { timeoutMs, topics: null });
      throwUnlessNone(answer.errorCode, "reassignments");
      return answer.topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
    });
  }

  /** Says how many bytes a second moves may take of each broker; null lifts that. @throws KafkaError */
  async throttle(bytesPerSecond: number | null): Promise<void> {
    const alteration = (name: string, value: string) =>
      bytesPerSecond === null
        ? { name, operation: "delete" as const, value: null }
        : { name, operation: "set" as const, value };
    const alter = (type: "broker" | "topic", name: string, key: string, value: string) =>
      this.admin.incrementalAlterConfigs({ type, name }, [
        alteration(`leader.replication.throttled.${key}`, value),
        alteration(`follower.replication.throttled.${key}`, value),
      ]);
    for (const id of this.cluster.brokerIds) await alter("broker", String(id), "rate", String(bytesPerSecond));
    for (const name of await this.topics()) await alter("topic", name, "replicas", "*");
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  /** The controller may move while we ask. */
  private order<T>(what: string, attempt: (timeoutMs: number) => Promise<T>): Promise<T> {
    return this.client.retry(what, { timeoutMs: REQUEST_MS }, attempt);
  }

  private async topics(): Promise<string[]> {
    return (await this.cluster.view.topics()).filter((name) => !name.startsWith("__"));
  }
}

/** Brokers and ZooKeeper are broken on purpose. @returns whether it was done, as far as we know */
export async function unlessAway(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (isRetriable(error) || error instanceof DeadlineExceeded || error instanceof CoordinationError) return false;
    // A replica was to go to a broker that is down just now.
    if (error instanceof KafkaError && error.name === "INVALID_REPLICA_ASSIGNMENT") return false;
    throw error;
  }
}

function byTopic<T extends TopicPartition>(partitions: readonly T[]): Map<string, T[]> {
  const topics = new Map<string, T[]>();
  for (const one of partitions) {
    const list = topics.get(one.topic) ?? [];
    list.push(one);
    topics.set(one.topic, list);
  }
  return topics;
}

function throwUnlessNone(error: ErrorName, what: string): void {
  if (error !== "NONE") throw new KafkaError(error, what);
}

const REQUEST_MS = 10_000;
