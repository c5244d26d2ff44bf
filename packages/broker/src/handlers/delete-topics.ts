import type { TopicDeletion, TopicDeletionOutcome } from "@ottla/controller";
import { type DeleteTopicsRequest, type DeleteTopicsResponseInput, deleteTopics, ZERO_UUID } from "@ottla/protocol";
import { repeated } from "./duplicates";
import { type Handler, handles, type RequestContext } from "./handler";

type TopicAnswer = DeleteTopicsResponseInput["responses"][number];
interface Asked {
  readonly name: string | null;
  readonly topicId: string;
}

/** Deletes topics; the answer waits until they are gone. */
export const deleteTopicsHandler: Handler<typeof deleteTopics> = handles(
  deleteTopics,
  [0, 6],
  async (request, context) => {
    const asked = topicsAsked(request, context.header.apiVersion);
    const twice = repeated(asked.map(({ name, topicId }) => name ?? topicId));
    const refused: TopicAnswer[] = [];
    const sound: Asked[] = [];
    for (const topic of asked) {
      if (topic.name !== null && topic.topicId !== ZERO_UUID) {
        refused.push({
          ...topic,
          errorCode: "INVALID_REQUEST",
          errorMessage: "You may not specify both topic name and topic id.",
        });
      } else if (!twice.has(topic.name ?? topic.topicId)) sound.push(topic);
    }
    for (const key of twice) {
      const topic = asked.find(({ name, topicId }) => (name ?? topicId) === key);
      if (topic === undefined) continue;
      const what = topic.name === null ? "id" : "name";
      refused.push({ ...topic, errorCode: "INVALID_REQUEST", errorMessage: `Duplicate topic ${what}.` });
    }
    const outcomes = await remove(sound, request, context);
    return { responses: [...refused, ...outcomes.map((outcome, index) => answerOf(outcome, sound[index], context))] };
  },
);

function topicsAsked(request: DeleteTopicsRequest, version: number): Asked[] {
  if (version < IDS_VERSION) return request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
  return request.topics.map(({ name, topicId }) => ({ name, topicId }));
}

async function remove(
  asked: readonly Asked[],
  request: DeleteTopicsRequest,
  { services, signal }: RequestContext,
): Promise<readonly TopicDeletionOutcome[]> {
  if (asked.length === 0) return [];
  const wanted: TopicDeletion[] = asked.map(({ name, topicId }) => (name === null ? { topicId } : { name }));
  return await services.controller.deleteTopics(wanted, { timeoutMs: request.timeoutMs }, signal);
}

/** Kafka repeats what it was asked by: an id for an id, together with the name it stands for. */
function answerOf(outcome: TopicDeletionOutcome, asked: Asked | undefined, { header }: RequestContext): TopicAnswer {
  const byName = asked?.name !== null && asked !== undefined;
  const isDisabled = outcome.error === "TOPIC_DELETION_DISABLED" && header.apiVersion < DELETION_DISABLED_VERSION;
  return {
    name: outcome.name,
    topicId: byName ? ZERO_UUID : outcome.topicId,
    errorCode: isDisabled ? "INVALID_REQUEST" : outcome.error,
    errorMessage: outcome.message,
  };
}

const DELETION_DISABLED_VERSION = 3;
const IDS_VERSION = 6;
