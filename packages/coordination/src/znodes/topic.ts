import { encodeJson, ZnodeJson } from "./znode-json";

/** A topic's id and assignment. Replica lists are broker ids, the preferred leader first. */
export interface TopicNode {
  /** 22 characters of base64url; null where an older writer left it out: the controller then assigns one. */
  readonly topicId: string | null;
  readonly partitions: ReadonlyMap<number, readonly number[]>;
  /** Replicas that a running reassignment adds, and those it will remove, by partition. */
  readonly addingReplicas: ReadonlyMap<number, readonly number[]>;
  readonly removingReplicas: ReadonlyMap<number, readonly number[]>;
}

/** `/brokers/topics/T`, persistent. */
export const topic = {
  parent: "/brokers/topics",
  path: (name: string): string => `/brokers/topics/${name}`,
  /** Parents of the partition states; made by the controller, without data. */
  partitionsPath: (name: string): string => `/brokers/topics/${name}/partitions`,
  partitionPath: (name: string, partition: number): string => `/brokers/topics/${name}/partitions/${partition}`,

  /** Always version 3. */
  encode(node: TopicNode): Buffer {
    return encodeJson({
      partitions: Object.fromEntries(node.partitions),
      topic_id: node.topicId ?? undefined,
      adding_replicas: Object.fromEntries(node.addingReplicas),
      removing_replicas: Object.fromEntries(node.removingReplicas),
      version: 3,
    });
  },

  decode(data: Buffer | null, path = "/brokers/topics/T"): TopicNode {
    const json = ZnodeJson.parse(path, data);
    return {
      topicId: json.stringOr("topic_id", null),
      partitions: json.replicaMap("partitions"),
      addingReplicas: json.replicaMap("adding_replicas"),
      removingReplicas: json.replicaMap("removing_replicas"),
    };
  },
} as const;
