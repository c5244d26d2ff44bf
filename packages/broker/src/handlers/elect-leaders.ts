import { electLeaders } from "@ottla/protocol";
import { type Handler, handles } from "./handler";
import { byTopic } from "./partitions-by-topic";

/** Has leaders elected: the preferred replicas, or, where nobody in sync is left and loss is accepted, any that lives. */
export const electLeadersHandler: Handler<typeof electLeaders> = handles(
  electLeaders,
  [0, 2],
  async (request, { services, header, signal }) => {
    const { controller } = services;
    const type = header.apiVersion >= ELECTION_TYPE_VERSION ? request.electionType : PREFERRED;
    if (type !== PREFERRED && type !== UNCLEAN)
      return { throttleTimeMs: 0, errorCode: "INVALID_REQUEST", replicaElectionResults: [] };
    const partitions =
      request.topicPartitions?.flatMap(({ topic, partitions: indexes }) =>
        indexes.map((partition) => ({ topic, partition })),
      ) ?? null;
    const outcomes = await controller.electLeaders(
      { kind: type === PREFERRED ? "preferred" : "unclean", partitions },
      { timeoutMs: request.timeoutMs },
      signal,
    );
    // Asked about everything, a broker without the duty has no partition to name in its refusal.
    const elsewhere = outcomes.length === 0 ? !controller.isActive : outcomes[0]?.error === "NOT_CONTROLLER";
    return {
      throttleTimeMs: 0,
      errorCode: elsewhere ? "NOT_CONTROLLER" : "NONE",
      replicaElectionResults: [...byTopic(outcomes)].map(([topic, ofTopic]) => ({
        topic,
        partitionResult: ofTopic.map(({ partition, error, message }) => ({
          partitionId: partition,
          errorCode: error,
          errorMessage: message,
        })),
      })),
    };
  },
);

const ELECTION_TYPE_VERSION = 1;
const PREFERRED = 0;
const UNCLEAN = 1;
