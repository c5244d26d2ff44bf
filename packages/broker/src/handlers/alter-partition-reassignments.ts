import { alterPartitionReassignments } from "@ottla/protocol";
import { type Handler, handles } from "./handler";
import { byTopic } from "./partitions-by-topic";

/** Begins, replaces or cancels moves of partitions to other replicas; the answer comes when they are under way, not when they are done. */
export const alterPartitionReassignmentsHandler: Handler<typeof alterPartitionReassignments> = handles(
  alterPartitionReassignments,
  [0, 0],
  async (request, { services, signal }) => {
    const { controller } = services;
    const wanted = request.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, replicas }) => ({ topic: name, partition: partitionIndex, replicas })),
    );
    const outcomes = await controller.alterPartitionReassignments(wanted, { timeoutMs: request.timeoutMs }, signal);
    if (outcomes.length === 0 ? !controller.isActive : outcomes[0]?.error === "NOT_CONTROLLER")
      return { throttleTimeMs: 0, errorCode: "NOT_CONTROLLER", errorMessage: null, responses: [] };
    return {
      throttleTimeMs: 0,
      errorCode: "NONE",
      errorMessage: null,
      responses: [...byTopic(outcomes)].map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition, error, message }) => ({
          partitionIndex: partition,
          errorCode: error,
          errorMessage: message,
        })),
      })),
    };
  },
);
