import { type ListOffsetsResponse, listOffsets } from "@ottla/protocol";
import { KafkaError } from "../kafka-error";
import type { ClusterClient } from "./cluster-client";
import { byTopic, formatTopicPartition, type TopicPartition } from "./topic-partition";

/** Which offset of a partition: one with a name, or the first whose timestamp (ms) is at or after the given one. */
export type OffsetSpec = "earliest" | "latest" | "max-timestamp" | { readonly timestampMs: number };

export type IsolationLevel = "read_uncommitted" | "read_committed";

export interface FoundOffset extends TopicPartition {
  /** -1 when no record has such a timestamp. */
  readonly offset: number;
  /** Of the record found; -1 for offsets with a name. */
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

export interface OffsetQuery extends TopicPartition {
  readonly spec: OffsetSpec;
}

/**
 * Asks the leaders for offsets, again and again while leaders move.
 *
 * @param options.isolationLevel whether "latest" is the high watermark or the last stable offset
 * @returns the answers in the order of the queries
 * @throws KafkaError, DeadlineExceeded, Aborted
 */
export async function lookUpOffsets(
  cluster: ClusterClient,
  queries: readonly OffsetQuery[],
  options: {
    readonly isolationLevel?: IsolationLevel;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<FoundOffset[]> {
  const found = new Map<string, FoundOffset>();
  await cluster.retry("looking up offsets", options, async () => {
    const missing = queries.filter((query) => !found.has(formatTopicPartition(query)));
    const byLeader = await groupedByLeader(cluster, missing, options.signal);
    await Promise.all(
      [...byLeader].map(async ([leaderId, group]) => {
        const answer = await cluster.request(
          leaderId,
          listOffsets,
          requestFor(cluster, group, options.isolationLevel),
          options,
        );
        for (const one of offsetsIn(answer)) found.set(formatTopicPartition(one), one);
      }),
    );
    const left = queries.find((query) => !found.has(formatTopicPartition(query)));
    if (left !== undefined)
      throw new KafkaError(
        "UNKNOWN_SERVER_ERROR",
        formatTopicPartition(left),
        "the leader's answer does not mention it",
      );
  });
  return queries.map((query) => found.get(formatTopicPartition(query))!);
}

async function groupedByLeader(
  cluster: ClusterClient,
  queries: readonly OffsetQuery[],
  signal?: AbortSignal,
): Promise<Map<number, OffsetQuery[]>> {
  const groups = new Map<number, OffsetQuery[]>();
  for (const query of queries) {
    const topic = await cluster.topic(query.topic, { signal });
    const partition = topic.partitions[query.partition];
    if (partition === undefined)
      throw new KafkaError(
        "UNKNOWN_TOPIC_OR_PARTITION",
        formatTopicPartition(query),
        `the topic has ${topic.partitions.length} partitions`,
      );
    if (partition.leaderId < 0) throw new KafkaError("LEADER_NOT_AVAILABLE", formatTopicPartition(query));
    const group = groups.get(partition.leaderId);
    if (group === undefined) groups.set(partition.leaderId, [query]);
    else group.push(query);
  }
  return groups;
}

function requestFor(cluster: ClusterClient, queries: readonly OffsetQuery[], isolationLevel?: IsolationLevel) {
  return {
    replicaId: -1,
    isolationLevel: isolationLevel === "read_committed" ? 1 : 0,
    topics: [...byTopic(queries)].map(([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, spec }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: cluster.metadata.topics.get(name)?.partitions[partition]?.leaderEpoch ?? -1,
        timestamp: typeof spec === "string" ? NAMED[spec] : BigInt(spec.timestampMs),
      })),
    })),
  };
}

function offsetsIn(answer: ListOffsetsResponse): FoundOffset[] {
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => {
      const topicPartition = { topic: name, partition: partition.partitionIndex };
      if (partition.errorCode !== "NONE")
        throw new KafkaError(partition.errorCode, formatTopicPartition(topicPartition));
      return {
        ...topicPartition,
        offset: Number(partition.offset),
        timestamp: Number(partition.timestamp),
        leaderEpoch: partition.leaderEpoch,
      };
    }),
  );
}

/** Of ListOffsets. */
const NAMED = { latest: -1n, earliest: -2n, "max-timestamp": -3n } as const;
