import type { TopicCreation, TopicCreationOutcome } from "@ottla/controller";
import { type CreateTopicsRequest, type CreateTopicsResponseInput, createTopics } from "@ottla/protocol";
import { topicConfigEntries } from "./created-configs";
import { repeated } from "./duplicates";
import { type Handler, handles, type RequestContext } from "./handler";

type TopicAnswer = CreateTopicsResponseInput["topics"][number];
type Asked = CreateTopicsRequest["topics"][number];

/** Creates topics; the answer waits until they have leaders. */
export const createTopicsHandler: Handler<typeof createTopics> = handles(
  createTopics,
  [0, 7],
  async (request, context) => {
    const twice = repeated(request.topics.map(({ name }) => name));
    const asked = request.topics.filter(({ name }) => !twice.has(name));
    const outcomes = await create(asked, request, context);
    const refused = [...twice].map((name) => failed(name, "INVALID_REQUEST", "Found multiple entries for this topic."));
    const answers = outcomes.map((outcome, index) => answerOf(outcome, asked[index], context));
    return { topics: [...answers, ...refused] };
  },
);

async function create(
  asked: readonly Asked[],
  request: CreateTopicsRequest,
  { services, header, signal }: RequestContext,
): Promise<readonly TopicCreationOutcome[]> {
  if (asked.length === 0) return [];
  const wanted: TopicCreation[] = asked.map((topic) => ({
    name: topic.name,
    partitions: topic.numPartitions,
    replicationFactor: topic.replicationFactor,
    assignments: topic.assignments.map(({ partitionIndex, brokerIds }) => ({
      partition: partitionIndex,
      replicas: brokerIds,
    })),
    configs: topic.configs.map(({ name, value }) => ({ name, value })),
  }));
  const validateOnly = header.apiVersion >= VALIDATE_ONLY_VERSION && request.validateOnly;
  return await services.controller.createTopics(wanted, { timeoutMs: request.timeoutMs, validateOnly }, signal);
}

function answerOf(outcome: TopicCreationOutcome, asked: Asked | undefined, { services }: RequestContext): TopicAnswer {
  if (outcome.error !== "NONE") return failed(outcome.name, outcome.error, outcome.message);
  return {
    name: outcome.name,
    topicId: outcome.topicId,
    errorCode: "NONE",
    errorMessage: null,
    numPartitions: outcome.partitions,
    replicationFactor: outcome.replicationFactor,
    configs: topicConfigEntries(services.topicConfigs, asked?.configs ?? []),
  };
}

function failed(name: string, errorCode: TopicAnswer["errorCode"], errorMessage: string | null): TopicAnswer {
  return { name, errorCode, errorMessage, numPartitions: -1, replicationFactor: -1, configs: [] };
}

const VALIDATE_ONLY_VERSION = 1;
