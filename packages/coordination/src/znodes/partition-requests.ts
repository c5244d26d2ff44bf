import { sequenceNumberOf } from "./sequential-name";
import { encodeJson, ZnodeJson } from "./znode-json";

export interface TopicPartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** `/admin/delete_topics/T`, persistent, no data: the topic is to go. The controller removes the node last. */
export const deleteTopic = {
  parent: "/admin/delete_topics",
  path: (topic: string): string => `/admin/delete_topics/${topic}`,
} as const;

/** `/admin/reassign_partitions`, persistent: legacy tools ask for a reassignment; the controller removes it when all are done. */
export const reassignPartitions = {
  path: "/admin/reassign_partitions",

  encode: (requests: readonly (TopicPartitionName & { readonly replicas: readonly number[] })[]): Buffer =>
    encodeJson({
      version: 1,
      partitions: requests.map(({ topic, partition, replicas }) => ({ topic, partition, replicas })),
    }),

  decode(data: Buffer | null): (TopicPartitionName & { readonly replicas: readonly number[] })[] {
    return ZnodeJson.parse(this.path, data)
      .objects("partitions")
      .map((entry) => ({ ...partitionIn(entry), replicas: entry.integers("replicas") }));
  },
} as const;

/** `/admin/preferred_replica_election`, persistent: legacy tools ask for preferred leaders; the controller removes it. */
export const preferredReplicaElection = {
  path: "/admin/preferred_replica_election",
  encode: encodePartitions,

  decode(data: Buffer | null): TopicPartitionName[] {
    return ZnodeJson.parse(this.path, data).objects("partitions").map(partitionIn);
  },
} as const;

/** `/isr_change_notification/isr_change_NNNNNNNNNN`, persistent sequential: leaders of a protocol before 2.7 wrote ISRs themselves. */
export const isrChange = {
  parent: "/isr_change_notification",
  prefix: "/isr_change_notification/isr_change_",
  sequenceOf: (name: string): number | null => sequenceNumberOf("isr_change_", name),
  encode: encodePartitions,

  decode(data: Buffer | null, path = "/isr_change_notification/isr_change_N"): TopicPartitionName[] {
    return ZnodeJson.parse(path, data).objects("partitions").map(partitionIn);
  },
} as const;

function encodePartitions(partitions: readonly TopicPartitionName[]): Buffer {
  return encodeJson({ version: 1, partitions: partitions.map(({ topic, partition }) => ({ topic, partition })) });
}

function partitionIn(entry: ZnodeJson): TopicPartitionName {
  return { topic: entry.string("topic"), partition: entry.integer("partition") };
}
