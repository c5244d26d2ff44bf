import { listPartitionReassignments } from "@ottla/protocol";
import { type Handler, handles } from "./handler";
import { byTopic } from "./partitions-by-topic";

/** Lists moves of partitions that are under way: all, or those among the partitions asked for. */
export const listPartitionReassignmentsHandler: Handler<typeof listPartitionReassignments> = handles(
  listPartitionReassignments,
  [0, 0],
  async (request, { services, signal }) => {
    const asked =
      request.topics?.flatMap(({ name, partitionIndexes }) =>
        partitionIndexes.map((partition) => ({ topic: name, partition })),
      ) ?? null;
    const outcome = await services.controller.listPartitionReassignments(asked, signal);
    if (outcome.error !== "NONE")
      return { throttleTimeMs: 0, errorCode: outcome.error, errorMessage: null, topics: [] };
    return {
      throttleTimeMs: 0,
      errorCode: "NONE",
      errorMessage: null,
      topics: [...byTopic(outcome.reassignments)].map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition, replicas, adding, removing }) => ({
          partitionIndex: partition,
          replicas: [...replicas],
          addingReplicas: [...adding],
          removingReplicas: [...removing],
        })),
      })),
    };
  },
);
