import { type DeleteRecordsResponseInput, deleteRecords, type ErrorName } from "@ottla/protocol";
import { DiskError } from "@ottla/runtime";
import { type Handler, handles, type RequestContext } from "./handler";
import { isInternalTopic } from "./internal-topics";

type PartitionAnswer = DeleteRecordsResponseInput["topics"][number]["partitions"][number];

/** Stands for the high watermark. */
const HIGH_WATERMARK = -1;

/**
 * Raises the log start of partitions: records below it are gone.
 *
 * The low watermark in the answer is the least log start of all live replicas, which for a lone replica is its own.
 */
export const deleteRecordsHandler: Handler<typeof deleteRecords> = handles(
  deleteRecords,
  [0, 2],
  (request, context) => {
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) =>
        deleteBefore(name, partitionIndex, Number(offset), context),
      ),
    }));
    return { throttleTimeMs: 0, topics };
  },
);

function deleteBefore(
  topic: string,
  partitionIndex: number,
  asked: number,
  { services }: RequestContext,
): PartitionAnswer {
  const failed = (errorCode: ErrorName): PartitionAnswer => ({ partitionIndex, lowWatermark: -1n, errorCode });
  if (isInternalTopic(topic)) return failed("INVALID_TOPIC_EXCEPTION");
  const partition = services.partitions.find(topic, partitionIndex);
  if (typeof partition === "string") return failed(partition);
  const error = partition.check(-1);
  if (error !== "NONE") return failed(error);
  if (!services.topicConfigs.logConfig(topic).cleanupPolicy.delete) return failed("POLICY_VIOLATION");
  const offset = asked === HIGH_WATERMARK ? partition.log.highWatermark : asked;
  if (offset < 0 || offset > partition.log.highWatermark) return failed("OFFSET_OUT_OF_RANGE");
  try {
    return { partitionIndex, lowWatermark: BigInt(partition.deleteRecordsBefore(offset)), errorCode: "NONE" };
  } catch (failure) {
    if (!(failure instanceof DiskError)) throw failure;
    services.logger.error("records could not be deleted", { topic, partition: partitionIndex, error: failure });
    return failed("KAFKA_STORAGE_ERROR");
  }
}
