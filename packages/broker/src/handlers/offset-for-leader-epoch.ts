import { type ErrorName, offsetForLeaderEpoch } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/** Tells where a leader epoch ends, so that a consumer finds out whether what it read has been cut off since (KIP-320). */
export const offsetForLeaderEpochHandler: Handler<typeof offsetForLeaderEpoch> = handles(
  offsetForLeaderEpoch,
  [0, 4],
  (request, { services }) => {
    const topics = request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
        const partition = services.partitions.find(topic, index);
        const failed = (errorCode: ErrorName) => ({ errorCode, partition: index, leaderEpoch: -1, endOffset: -1n });
        if (typeof partition === "string") return failed(partition);
        const error = partition.check(currentLeaderEpoch);
        if (error !== "NONE") return failed(error);
        const { epoch, endOffset } = partition.log.endOffsetFor(leaderEpoch);
        return { errorCode: "NONE" as const, partition: index, leaderEpoch: epoch, endOffset: BigInt(endOffset) };
      }),
    }));
    return { topics };
  },
);
