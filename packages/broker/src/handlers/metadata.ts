import { type ErrorName, type MetadataRequest, type MetadataResponseInput, metadata, ZERO_UUID } from "@ottla/protocol";
import type { TopicMetadata } from "../metadata/metadata-cache";
import { type Handler, handles, type RequestContext } from "./handler";
import { isInternalTopic, TRANSACTION_STATE_TOPIC } from "./internal-topics";
import { isLegalTopicName } from "./topic-name";

type TopicAnswer = MetadataResponseInput["topics"][number];
type PartitionAnswer = TopicAnswer["partitions"][number];

/** Tells which brokers live, which topics exist and who leads them; makes topics that are not there where both sides agree to it. */
export const metadataHandler: Handler<typeof metadata> = handles(metadata, [0, 12], (request, context) => {
  const asked = topicsAsked(request, context);
  const known: TopicAnswer[] = [];
  const unknown: string[] = [];
  const unknownIds: TopicAnswer[] = [];
  for (const topic of asked) {
    if (typeof topic === "object") known.push(topicAnswer(topic, request, context));
    else if (topic.startsWith(BY_ID)) unknownIds.push(failedTopic(null, "UNKNOWN_TOPIC_ID", topic.slice(BY_ID.length)));
    else unknown.push(topic);
  }
  const answer = (missing: readonly TopicAnswer[]) => respond([...unknownIds, ...known, ...missing], request, context);
  if (unknown.length === 0) return answer([]);
  if (mayCreate(request, context)) return create(unknown, context).then(answer);
  return answer(
    unknown.map((name) =>
      failedTopic(name, isLegalTopicName(name) ? "UNKNOWN_TOPIC_OR_PARTITION" : "INVALID_TOPIC_EXCEPTION"),
    ),
  );
});

/** Marks a topic asked for by an id that is not known; no topic's name contains it. */
const BY_ID = "id:";

/** Topics in the order of the request; names stand for those that are not there. */
function topicsAsked(request: MetadataRequest, { services, header }: RequestContext): (TopicMetadata | string)[] {
  const cache = services.metadata;
  const wantsAll = request.topics === null || (header.apiVersion === 0 && request.topics.length === 0);
  if (wantsAll) return [...cache.topics()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const asked: (TopicMetadata | string)[] = [];
  for (const { name, topicId } of request.topics ?? []) {
    // Java's clients leave the name empty, not null, where they ask by id.
    if (topicId === ZERO_UUID && name !== null) {
      asked.push(cache.topic(name) ?? name);
      continue;
    }
    const found = cache.topicNameOf(topicId);
    asked.push((found === undefined ? undefined : cache.topic(found)) ?? `${BY_ID}${topicId}`);
  }
  return asked;
}

function mayCreate(request: MetadataRequest, { services }: RequestContext): boolean {
  return request.allowAutoTopicCreation && services.config.get("auto.create.topics.enable");
}

/**
 * Has topics made with the broker's defaults, without waiting for their leaders: the client is told to come back.
 *
 * Where the controller cannot be asked just now the topic is unknown, which clients take as a reason to come back, too.
 */
async function create(names: readonly string[], { services }: RequestContext): Promise<TopicAnswer[]> {
  // Where transactions are kept is made by their coordinator, which is not here yet.
  const legal = names.filter((name) => isLegalTopicName(name) && name !== TRANSACTION_STATE_TOPIC);
  const errors = await services.topicCreation.create(legal);
  return names.map((name) => {
    if (!isLegalTopicName(name)) return failedTopic(name, "INVALID_TOPIC_EXCEPTION");
    const error = errors.get(name);
    if (error === undefined || error === "NOT_CONTROLLER") return failedTopic(name, "UNKNOWN_TOPIC_OR_PARTITION");
    return failedTopic(name, COMING_SOON.has(error) ? "LEADER_NOT_AVAILABLE" : error);
  });
}

/** What a creation that was not waited for ends in when the topic will be there. */
const COMING_SOON: ReadonlySet<ErrorName> = new Set<ErrorName>(["NONE", "REQUEST_TIMED_OUT", "TOPIC_ALREADY_EXISTS"]);

function topicAnswer(topic: TopicMetadata, request: MetadataRequest, context: RequestContext): TopicAnswer {
  const partitions = [...topic.partitions.keys()]
    .sort((a, b) => a - b)
    .map((index) => partitionAnswer(topic, index, context));
  return {
    errorCode: "NONE",
    name: topic.name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(topic.name),
    partitions,
    ...(request.includeTopicAuthorizedOperations ? { topicAuthorizedOperations: ALL_TOPIC_OPERATIONS } : {}),
  };
}

function partitionAnswer(topic: TopicMetadata, index: number, context: RequestContext): PartitionAnswer {
  const { metadata: cache } = context.services;
  const partition = topic.partitions.get(index);
  const replicas = partition?.replicas ?? [];
  const leader = partition?.leader ?? -1;
  const { listenerName } = context.connection;
  let errorCode: ErrorName = "NONE";
  if (cache.broker(leader) === undefined) errorCode = "LEADER_NOT_AVAILABLE";
  else if (cache.endpointOf(leader, listenerName) === undefined) {
    errorCode = context.header.apiVersion >= LISTENER_NOT_FOUND_VERSION ? "LISTENER_NOT_FOUND" : "LEADER_NOT_AVAILABLE";
  }
  const isOffline = (id: number) =>
    cache.endpointOf(id, listenerName) === undefined || (partition?.offlineReplicas.includes(id) ?? false);
  return {
    errorCode,
    partitionIndex: index,
    leaderId: errorCode === "NONE" ? leader : -1,
    leaderEpoch: partition?.leaderEpoch ?? -1,
    replicaNodes: replicas,
    isrNodes: partition?.isr ?? [],
    offlineReplicas: replicas.filter(isOffline),
  };
}

function failedTopic(name: string | null, errorCode: ErrorName, topicId = ZERO_UUID): TopicAnswer {
  return { errorCode, name, topicId, isInternal: name !== null && isInternalTopic(name), partitions: [] };
}

function respond(
  topics: readonly TopicAnswer[],
  request: MetadataRequest,
  context: RequestContext,
): MetadataResponseInput {
  const { metadata: cache } = context.services;
  const brokers = cache.brokers().flatMap(({ id, rack }) => {
    const endpoint = cache.endpointOf(id, context.connection.listenerName);
    return endpoint === undefined ? [] : [{ nodeId: id, host: endpoint.host, port: endpoint.port, rack }];
  });
  return {
    brokers,
    clusterId: cache.clusterId,
    controllerId: cache.controllerId,
    topics,
    ...(request.includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: ALL_CLUSTER_OPERATIONS } : {}),
  };
}

const LISTENER_NOT_FOUND_VERSION = 6;

/** Bit n stands for operation n. Without ACLs everybody may do all that a topic knows (KIP-430). */
const ALL_TOPIC_OPERATIONS = operations(3, 4, 5, 6, 7, 8, 10, 11);
const ALL_CLUSTER_OPERATIONS = operations(5, 7, 8, 9, 10, 11, 12);

function operations(...codes: number[]): number {
  return codes.reduce((bits, code) => bits | (1 << code), 0);
}
