import { type ErrorName, type OffsetDeleteRequest, offsetDelete } from "@ottla/protocol";
import { CONSUMER_PROTOCOL_TYPE } from "../groups/machine/subscriptions";
import { type Handler, handles, type RequestContext } from "./handler";

/** Deletes offsets that no member of the group is consuming from (KIP-496). */
export const offsetDeleteHandler: Handler<typeof offsetDelete> = handles(
  offsetDelete,
  [0, 0],
  async (request, context) => {
    const { groups } = context.services;
    const refuse = (errorCode: ErrorName) => ({ throttleTimeMs: 0, errorCode, topics: [] });
    if (request.groupId === "") return refuse("INVALID_GROUP_ID");
    const found = groups.find(request.groupId);
    if (typeof found === "string") return refuse(found);
    if (found === undefined || found.group.state === "Dead") return refuse("GROUP_ID_NOT_FOUND");
    const { state, protocolType } = found.group;
    if (state !== "Empty" && protocolType !== CONSUMER_PROTOCOL_TYPE) return refuse("NON_EMPTY_GROUP");
    const judged = judge(request, context, (topic) => state !== "Empty" && found.group.isSubscribedTo(topic));
    const error = await groups.forget(
      found,
      judged.filter((asked) => asked.error === "NONE"),
    );
    if (error !== "NONE") return refuse(error);
    const answers = judged.values();
    return {
      throttleTimeMs: 0,
      errorCode: "NONE",
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: answers.next().value?.error ?? "NONE",
        })),
      })),
    };
  },
);

/** In the order of the request. */
function judge(
  { topics }: OffsetDeleteRequest,
  { services }: RequestContext,
  isInUse: (topic: string) => boolean,
): { readonly topic: string; readonly partition: number; readonly error: ErrorName }[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex }) => {
      const isKnown = services.metadata.partition(name, partitionIndex) !== undefined;
      const error = isKnown ? (isInUse(name) ? "GROUP_SUBSCRIBED_TO_TOPIC" : "NONE") : "UNKNOWN_TOPIC_OR_PARTITION";
      return { topic: name, partition: partitionIndex, error };
    }),
  );
}
