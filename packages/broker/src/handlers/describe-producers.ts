import { describeProducers, type ErrorName } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/** Describes the idempotent producers that a partition's leader remembers. */
export const describeProducersHandler: Handler<typeof describeProducers> = handles(
  describeProducers,
  [0, 0],
  (request, { services }) => {
    const topics = request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        const failed = (errorCode: ErrorName) => ({
          partitionIndex,
          errorCode,
          errorMessage: null,
          activeProducers: [],
        });
        const partition = services.partitions.find(name, partitionIndex);
        if (typeof partition === "string") return failed(partition);
        const error = partition.check(-1);
        if (error !== "NONE") return failed(error);
        const activeProducers = partition.log.producers().map((producer) => ({
          producerId: producer.producerId,
          producerEpoch: producer.producerEpoch,
          lastSequence: producer.batches.at(-1)?.lastSequence ?? -1,
          lastTimestamp: BigInt(producer.lastTimestamp),
          coordinatorEpoch: producer.coordinatorEpoch,
          currentTxnStartOffset: BigInt(producer.currentTransactionFirstOffset ?? -1),
        }));
        return { partitionIndex, errorCode: "NONE" as const, errorMessage: null, activeProducers };
      }),
    }));
    return { throttleTimeMs: 0, topics };
  },
);
