import { type FetchRequest, type FetchResponseInput, fetch } from "@ottla/protocol";
import { noteTold, type RequestedPartition } from "../partitions/fetch-session";
import type { FetchScope } from "../partitions/fetch-sessions";
import { CurrentLeaders } from "./current-leader";
import { FetchReading, type PartitionReading } from "./fetch-reading";
import { FetchWait } from "./fetch-wait";
import { CLOSE_CONNECTION, type Handler, handles, type RequestContext } from "./handler";

/**
 * Reads from partitions, at once or as soon as enough is committed.
 *
 * Without down-conversion versions 0 to 3 get UNSUPPORTED_VERSION for each partition; they are served because some clients look for
 * them before they use the newer ones.
 */
export const fetchHandler: Handler<typeof fetch> = handles(fetch, [0, 17], (request, context) =>
  answerFetch(request, context),
);

function answerFetch(request: FetchRequest, context: RequestContext): Answer | Promise<Answer> {
  const { apiVersion } = context.header;
  const usesTopicIds = apiVersion >= TOPIC_IDS_VERSION;
  const replicaId = apiVersion >= REPLICA_STATE_VERSION ? request.replicaState.replicaId : request.replicaId;
  const scope = scopeOf(request, context, usesTopicIds, replicaId);
  if (scope.kind === "refused") return { errorCode: scope.error, sessionId: 0, responses: [] };
  const reading = new FetchReading(scope.partitions, {
    services: context.services,
    signal: context.signal,
    apiVersion,
    usesTopicIds,
    isFollower: replicaId >= 0,
    readCommitted: request.isolationLevel === 1,
    rackId: request.rackId,
    listenerName: context.connection.listenerName,
    maxBytes: Math.min(
      apiVersion >= MAX_BYTES_VERSION ? Math.max(0, request.maxBytes) : INT_MAX,
      context.services.config.get("fetch.max.bytes"),
    ),
  });
  const answer = (readings: readonly PartitionReading[]): Answer => {
    context.afterAnswer(() => reading.release());
    return respond(readings, scope, context, { usesTopicIds, isPrivileged: replicaId >= 0 });
  };
  const done = (readings: readonly PartitionReading[]): Answer | Promise<Answer> => {
    if (reading.isWorthAnswering(request.minBytes) || request.maxWaitMs <= 0) return answer(readings);
    const wait = new FetchWait(reading, { minBytes: request.minBytes, maxWaitMs: request.maxWaitMs, context });
    return wait.untilWorthAnswering().then(answer);
  };
  const first = reading.read();
  const answered = first instanceof Promise ? first.then(done) : done(first);
  if (!(answered instanceof Promise)) return answered;
  return answered.catch((error: unknown) => {
    reading.release();
    // Whoever asked is gone, or the broker stops: there is nobody to answer.
    if (context.signal.aborted) return CLOSE_CONNECTION;
    throw error;
  });
}

function scopeOf(request: FetchRequest, context: RequestContext, usesTopicIds: boolean, replicaId: number): FetchScope {
  const hasSessions = context.header.apiVersion >= SESSIONS_VERSION;
  const partitions: RequestedPartition[] = [];
  for (const topic of request.topics) {
    for (const asked of topic.partitions) {
      partitions.push({
        topic: usesTopicIds ? topic.topicId : topic.topic,
        index: asked.partition,
        fetchOffset: Number(asked.fetchOffset),
        maxBytes: asked.partitionMaxBytes,
        currentLeaderEpoch: asked.currentLeaderEpoch,
        lastFetchedEpoch: asked.lastFetchedEpoch,
      });
    }
  }
  const forgotten = request.forgottenTopicsData.flatMap((topic) =>
    topic.partitions.map((index) => ({ topic: usesTopicIds ? topic.topicId : topic.topic, index })),
  );
  return context.services.fetchSessions.scopeOf({
    sessionId: hasSessions ? request.sessionId : 0,
    sessionEpoch: hasSessions ? request.sessionEpoch : -1,
    usesTopicIds,
    partitions,
    forgotten,
    isPrivileged: replicaId >= 0,
  });
}

function respond(
  readings: readonly PartitionReading[],
  scope: Exclude<FetchScope, { kind: "refused" }>,
  context: RequestContext,
  about: { readonly usesTopicIds: boolean; readonly isPrivileged: boolean },
): FetchResponseInput {
  const told: PartitionReading[] = [];
  for (const reading of readings) {
    const news = {
      isError: reading.error !== "NONE",
      recordsSizeBytes: reading.sizeBytes,
      highWatermark: reading.highWatermark,
      logStartOffset: reading.logStartOffset,
      hasDivergingEpoch: reading.divergingEpoch !== null,
    };
    if (scope.kind === "full") noteTold(reading.asked, news);
    else if (!scope.session.isNews(reading.asked, news) && reading.preferredReadReplica < 0) continue;
    told.push(reading);
  }
  const leaders = new CurrentLeaders(context.services, context.connection.listenerName);
  const responses = byTopic(told, about.usesTopicIds, context.header.apiVersion, leaders);
  const { nodeEndpoints } = leaders;
  const sessionId = sessionIdOf(scope, context, about);
  return { errorCode: "NONE", sessionId, responses, ...(nodeEndpoints.length > 0 ? { nodeEndpoints } : {}) };
}

function sessionIdOf(
  scope: Exclude<FetchScope, { kind: "refused" }>,
  { services }: RequestContext,
  about: { readonly usesTopicIds: boolean; readonly isPrivileged: boolean },
): number {
  if (scope.kind === "incremental") return scope.session.id;
  return scope.begins ? services.fetchSessions.begin(scope.partitions, about) : 0;
}

/** Partitions of one topic that follow each other share an entry, as Kafka answers. */
function byTopic(
  readings: readonly PartitionReading[],
  usesTopicIds: boolean,
  apiVersion: number,
  leaders: CurrentLeaders,
): FetchResponseInput["responses"] {
  const responses: { topic: string; partitions: PartitionAnswer[] }[] = [];
  for (const reading of readings) {
    let last = responses.at(-1);
    if (last === undefined || last.topic !== reading.asked.topic) {
      last = { topic: reading.asked.topic, partitions: [] };
      responses.push(last);
    }
    last.partitions.push(partitionAnswer(reading, apiVersion, leaders));
  }
  return responses.map(({ topic, partitions }) =>
    usesTopicIds ? { topicId: topic, partitions } : { topic, partitions },
  );
}

function partitionAnswer(reading: PartitionReading, apiVersion: number, leaders: CurrentLeaders): PartitionAnswer {
  const { divergingEpoch, error, topicName } = reading;
  const isElsewhere = error === "NOT_LEADER_OR_FOLLOWER" || error === "FENCED_LEADER_EPOCH";
  const namesLeader = isElsewhere && apiVersion >= CURRENT_LEADER_VERSION && topicName !== null;
  return {
    partitionIndex: reading.asked.index,
    errorCode: error,
    highWatermark: BigInt(reading.highWatermark),
    lastStableOffset: BigInt(reading.lastStableOffset),
    logStartOffset: BigInt(reading.logStartOffset),
    abortedTransactions: reading.abortedTransactions,
    records: reading.records,
    ...(reading.preferredReadReplica >= 0 ? { preferredReadReplica: reading.preferredReadReplica } : {}),
    ...(divergingEpoch === null
      ? {}
      : { divergingEpoch: { epoch: divergingEpoch.epoch, endOffset: BigInt(divergingEpoch.endOffset) } }),
    ...(namesLeader ? { currentLeader: leaders.of(topicName, reading.asked.index) } : {}),
  };
}

type Answer = FetchResponseInput | typeof CLOSE_CONNECTION;
type PartitionAnswer = FetchResponseInput["responses"][number]["partitions"][number];

const INT_MAX = 0x7fffffff;
const MAX_BYTES_VERSION = 3;
const SESSIONS_VERSION = 7;
const TOPIC_IDS_VERSION = 13;
const REPLICA_STATE_VERSION = 15;
const CURRENT_LEADER_VERSION = 16;
