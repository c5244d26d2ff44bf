import {
  createPartitions,
  createTopics,
  deleteRecords,
  deleteTopics,
  describeCluster,
  listPartitionReassignments,
  ZERO_UUID,
} from "@ottla/protocol";
import type { ClusterBroker } from "../cluster/broker-address";
import type { ClusterClient } from "../cluster/cluster-client";
import type { TopicMetadata } from "../cluster/cluster-metadata";
import { type FoundOffset, type IsolationLevel, lookUpOffsets, type OffsetQuery } from "../cluster/offset-lookup";
import { formatTopicPartition, type TopicPartition } from "../cluster/topic-partition";
import { KafkaError, throwUnlessNone } from "../kafka-error";
import { alterConfigs, type ConfigAlteration, type ConfigEntry, type ConfigResource, readConfigs } from "./configs";
import { type Outcome, outcomeOf } from "./outcome";

export interface NewTopic {
  readonly name: string;
  /** The broker's `num.partitions` by default. */
  readonly partitions?: number;
  /** The broker's `default.replication.factor` by default. */
  readonly replicationFactor?: number;
  /** The brokers of each partition, preferred leader first; takes the place of the two above. */
  readonly assignment?: readonly (readonly number[])[];
  readonly configs?: Readonly<Record<string, string>>;
}

export interface NewPartitions {
  readonly name: string;
  /** The new total. */
  readonly count: number;
  /** The brokers of each new partition. */
  readonly assignment?: readonly (readonly number[])[];
}

export interface ClusterDescription {
  readonly clusterId: string;
  /** -1 when there is none. */
  readonly controllerId: number;
  readonly brokers: readonly ClusterBroker[];
}

/** What moves between brokers just now. */
export interface Reassignment extends TopicPartition {
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

interface CallOptions {
  /** For the operation with its retries; the cluster's `apiTimeoutMs` by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Creates, changes, describes and deletes topics and configurations.
 *
 * Calls that name several things answer for each; they throw only what concerns the whole request, once it cannot be tried again.
 */
export class Admin {
  /** @param cluster stays the caller's to close */
  constructor(private readonly cluster: ClusterClient) {}

  async createTopics(
    topics: readonly NewTopic[],
    options: CallOptions & { readonly validateOnly?: boolean } = {},
  ): Promise<Outcome[]> {
    return this.byController("creating topics", options, async (timeoutMs) => {
      const answer = await this.cluster.request("controller", createTopics, {
        topics: topics.map(({ name, partitions, replicationFactor, assignment, configs }) => ({
          name,
          numPartitions: assignment === undefined ? (partitions ?? -1) : -1,
          replicationFactor: assignment === undefined ? (replicationFactor ?? -1) : -1,
          assignments: (assignment ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
          configs: Object.entries(configs ?? {}).map(([key, value]) => ({ name: key, value })),
        })),
        timeoutMs,
        validateOnly: options.validateOnly ?? false,
      });
      return answer.topics.map(({ name, errorCode, errorMessage }) =>
        outcomeOf(name, `topic ${name}`, errorCode, errorMessage),
      );
    });
  }

  async deleteTopics(names: readonly string[], options: CallOptions = {}): Promise<Outcome[]> {
    return this.byController("deleting topics", options, async (timeoutMs) => {
      const connection = await this.cluster.connection("controller");
      const byStruct = connection.versions.newest(deleteTopics) >= 6;
      const answer = await connection.send(deleteTopics, {
        topics: byStruct ? names.map((name) => ({ name, topicId: ZERO_UUID })) : [],
        topicNames: byStruct ? [] : names,
        timeoutMs,
      });
      return answer.responses.map(({ name, errorCode, errorMessage }) =>
        outcomeOf(name ?? "", `topic ${name}`, errorCode, errorMessage),
      );
    });
  }

  async createPartitions(topics: readonly NewPartitions[], options: CallOptions = {}): Promise<Outcome[]> {
    return this.byController("adding partitions", options, async (timeoutMs) => {
      const answer = await this.cluster.request("controller", createPartitions, {
        topics: topics.map(({ name, count, assignment }) => ({
          name,
          count,
          assignments: assignment?.map((brokerIds) => ({ brokerIds })) ?? null,
        })),
        timeoutMs,
        validateOnly: false,
      });
      return answer.results.map(({ name, errorCode, errorMessage }) =>
        outcomeOf(name, `topic ${name}`, errorCode, errorMessage),
      );
    });
  }

  /** Every topic, in the order of their names. */
  async listTopics(options: CallOptions = {}): Promise<TopicMetadata[]> {
    return this.cluster.retry("listing topics", options, async () => {
      const { topics } = await this.cluster.fetchMetadata(null, options);
      return [...topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  /** The topics named, each with the error that it may have, such as UNKNOWN_TOPIC_OR_PARTITION. Nothing is created by asking. */
  async describeTopics(names: readonly string[], options: CallOptions = {}): Promise<TopicMetadata[]> {
    return this.cluster.retry("describing topics", options, async () => {
      const { topics } = await this.cluster.fetchMetadata(names, options);
      return [...topics.values()];
    });
  }

  /** @throws KafkaError */
  async describeCluster(options: CallOptions = {}): Promise<ClusterDescription> {
    return this.cluster.retry("describing the cluster", options, async () => {
      const answer = await this.cluster.request(
        "any",
        describeCluster,
        { includeClusterAuthorizedOperations: false },
        options,
      );
      throwUnlessNone(answer.errorCode, "cluster", answer.errorMessage);
      return {
        clusterId: answer.clusterId,
        controllerId: answer.controllerId,
        brokers: answer.brokers.map(({ brokerId, host, port, rack }) => ({ nodeId: brokerId, host, port, rack })),
      };
    });
  }

  /** @throws KafkaError */
  describeConfigs(
    resource: ConfigResource,
    options: { readonly keys?: readonly string[]; readonly signal?: AbortSignal } = {},
  ): Promise<ConfigEntry[]> {
    return readConfigs(this.cluster, resource, options);
  }

  /** @throws KafkaError */
  incrementalAlterConfigs(
    resource: ConfigResource,
    alterations: readonly ConfigAlteration[],
    options: { readonly validateOnly?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    return alterConfigs(this.cluster, resource, alterations, options);
  }

  /** @throws KafkaError */
  listOffsets(
    queries: readonly OffsetQuery[],
    options: CallOptions & { readonly isolationLevel?: IsolationLevel } = {},
  ): Promise<FoundOffset[]> {
    return lookUpOffsets(this.cluster, queries, options);
  }

  /**
   * Deletes records before an offset (-1: before the high watermark), partition by partition.
   *
   * @returns the log start offset of each partition afterwards
   * @throws KafkaError of the first partition that failed
   */
  async deleteRecords(
    before: readonly (TopicPartition & { readonly offset: number })[],
    options: CallOptions = {},
  ): Promise<(TopicPartition & { readonly lowWatermark: number })[]> {
    return Promise.all(
      before.map(async ({ topic, partition, offset }) => {
        const what = formatTopicPartition({ topic, partition });
        return this.cluster.retry(`deleting records of ${what}`, options, async (leftMs) => {
          const known = (await this.cluster.topic(topic, options)).partitions[partition];
          if (known === undefined) throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", what, "no such partition");
          if (known.leaderId < 0) throw new KafkaError("LEADER_NOT_AVAILABLE", what);
          const answer = await this.cluster.request(known.leaderId, deleteRecords, {
            topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset: BigInt(offset) }] }],
            timeoutMs: Math.min(leftMs, this.cluster.requestTimeoutMs),
          });
          const result = answer.topics[0]?.partitions[0];
          throwUnlessNone(result?.errorCode ?? "UNKNOWN_SERVER_ERROR", what);
          return { topic, partition, lowWatermark: Number(result?.lowWatermark ?? -1n) };
        });
      }),
    );
  }

  /** Moves under way; none where the cluster cannot tell. @throws KafkaError */
  async listReassignments(topics: readonly TopicMetadata[], options: CallOptions = {}): Promise<Reassignment[]> {
    return this.cluster.retry("listing reassignments", options, async (timeoutMs) => {
      const connection = await this.cluster.connection("controller");
      if (!connection.versions.supports(listPartitionReassignments)) return [];
      const answer = await connection.send(listPartitionReassignments, {
        timeoutMs: Math.min(timeoutMs, this.cluster.requestTimeoutMs),
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitionIndexes: partitions.map(({ partition }) => partition),
        })),
      });
      throwUnlessNone(answer.errorCode, "reassignments", answer.errorMessage);
      return answer.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, addingReplicas, removingReplicas }) => ({
          topic: name,
          partition: partitionIndex,
          addingReplicas,
          removingReplicas,
        })),
      );
    });
  }

  /** The controller may move while we ask; then the new one is asked. */
  private byController(
    what: string,
    options: CallOptions,
    attempt: (timeoutMs: number) => Promise<Outcome[]>,
  ): Promise<Outcome[]> {
    return this.cluster.retry(what, options, async (leftMs) => {
      const outcomes = await attempt(Math.min(leftMs, this.cluster.requestTimeoutMs));
      const moved = outcomes.find(({ error }) => error?.name === "NOT_CONTROLLER");
      if (moved?.error) throw moved.error;
      return outcomes;
    });
  }
}
