import {
  type Api,
  type CreatePartitionsRequest,
  type CreateTopicsRequest,
  createPartitions,
  createTopics,
  type DeleteTopicsRequest,
  type DescribeConfigsRequest,
  deleteTopics,
  describeCluster,
  describeConfigs,
} from "@ottla/protocol";

/** The APIs that {@link administer} answers. */
export const ADMINISTRATION: readonly Api[] = [
  createTopics,
  deleteTopics,
  createPartitions,
  describeConfigs,
  describeCluster,
] as readonly Api[];

/** What a broker that holds `topics` (name to number of partitions) answers; undefined for an API that is not about topics. */
export function administer(
  topics: Map<string, number>,
  brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[],
  api: Pick<Api, "key">,
  request: unknown,
): object | undefined {
  switch (api.key) {
    case createTopics.key:
      return { topics: (request as CreateTopicsRequest).topics.map((topic) => create(topics, topic)) };
    case deleteTopics.key: {
      const { topics: structs, topicNames } = request as DeleteTopicsRequest;
      const names = [...structs.map(({ name }) => name ?? ""), ...topicNames];
      return {
        responses: names.map((name) => ({
          name,
          errorCode: topics.delete(name) ? "NONE" : "UNKNOWN_TOPIC_OR_PARTITION",
        })),
      };
    }
    case createPartitions.key:
      return {
        throttleTimeMs: 0,
        results: (request as CreatePartitionsRequest).topics.map(({ name, count }) => grow(topics, name, count)),
      };
    case describeConfigs.key:
      return {
        throttleTimeMs: 0,
        results: (request as DescribeConfigsRequest).resources.map(({ resourceType, resourceName }) => ({
          errorCode: "NONE",
          errorMessage: null,
          resourceType,
          resourceName,
          configs: [config("min.insync.replicas", "2", 1), config("retention.ms", "604800000", 5)],
        })),
      };
    case describeCluster.key:
      return {
        throttleTimeMs: 0,
        errorCode: "NONE",
        clusterId: "fake",
        controllerId: 1,
        brokers: brokers.map(({ nodeId, host, port }) => ({ brokerId: nodeId, host, port })),
      };
    default:
      return undefined;
  }
}

function create(
  topics: Map<string, number>,
  { name, numPartitions, assignments }: CreateTopicsRequest["topics"][number],
) {
  if (topics.has(name))
    return { name, errorCode: "TOPIC_ALREADY_EXISTS", errorMessage: `Topic '${name}' already exists.` };
  topics.set(name, assignments.length > 0 ? assignments.length : Math.max(1, numPartitions));
  return { name, errorCode: "NONE", errorMessage: null };
}

function grow(topics: Map<string, number>, name: string, count: number) {
  const current = topics.get(name) ?? 0;
  if (count <= current)
    return {
      name,
      errorCode: "INVALID_PARTITIONS",
      errorMessage: `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`,
    };
  topics.set(name, count);
  return { name, errorCode: "NONE" };
}

function config(name: string, value: string, configSource: number) {
  return { name, value, readOnly: false, configSource, isSensitive: false, synonyms: [] };
}
