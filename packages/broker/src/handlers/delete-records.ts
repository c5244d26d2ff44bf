import { type DeleteRecordsResponseInput, deleteRecords, type ErrorName } from "@ottla/protocol";
import { type Clock, DiskError } from "@ottla/runtime";
import type { Partition } from "../partitions/partition";
import { type Handler, handles, type RequestContext } from "./handler";
import { isInternalTopic } from "./internal-topics";

type PartitionAnswer = DeleteRecordsResponseInput["topics"][number]["partitions"][number];

/** Stands for the high watermark. */
const HIGH_WATERMARK = -1;

/**
 * Raises the log start of partitions: records below it are gone.
 *
 * Answered once they are gone from every live replica: the low watermark, the least log start of these, has passed the offset asked for.
 */
export const deleteRecordsHandler: Handler<typeof deleteRecords> = handles(
  deleteRecords,
  [0, 2],
  async (request, context) => {
    const deadlineMs = context.services.clock.monotonicMs() + Math.max(0, request.timeoutMs);
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: Promise.all(
        partitions.map(({ partitionIndex, offset }) =>
          deleteBefore(name, partitionIndex, Number(offset), deadlineMs, context),
        ),
      ),
    }));
    const answered = [];
    for (const { name, partitions } of topics) answered.push({ name, partitions: await partitions });
    return { throttleTimeMs: 0, topics: answered };
  },
);

async function deleteBefore(
  topic: string,
  partitionIndex: number,
  asked: number,
  deadlineMs: number,
  { services, signal }: RequestContext,
): Promise<PartitionAnswer> {
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
    partition.deleteRecordsBefore(offset);
  } catch (failure) {
    if (!(failure instanceof DiskError)) throw failure;
    services.logger.error("records could not be deleted", { topic, partition: partitionIndex, error: failure });
    return failed("KAFKA_STORAGE_ERROR");
  }
  const isAlive = (id: number): boolean => services.metadata.broker(id) !== undefined;
  const passed = await lowWatermarkPasses(partition, offset, { isAlive, deadlineMs, clock: services.clock, signal });
  if (passed !== "NONE") return failed(passed);
  return { partitionIndex, lowWatermark: BigInt(partition.lowWatermark(isAlive)), errorCode: "NONE" };
}

/** Waits until every live replica has deleted what lies below `offset`. */
function lowWatermarkPasses(
  partition: Partition,
  offset: number,
  wait: {
    readonly isAlive: (brokerId: number) => boolean;
    readonly deadlineMs: number;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<"NONE" | "REQUEST_TIMED_OUT" | "NOT_LEADER_OR_FOLLOWER"> {
  const look = () => {
    if (partition.leader === null) return "NOT_LEADER_OR_FOLLOWER";
    return partition.lowWatermark(wait.isAlive) >= offset ? "NONE" : null;
  };
  const now = look();
  if (now !== null) return Promise.resolve(now);
  return new Promise((resolve) => {
    const settle = (outcome: "NONE" | "REQUEST_TIMED_OUT" | "NOT_LEADER_OR_FOLLOWER"): void => {
      unwatch();
      timer.cancel();
      wait.signal.removeEventListener("abort", giveUp);
      resolve(outcome);
    };
    const giveUp = (): void => settle(look() ?? "REQUEST_TIMED_OUT");
    const unwatch = partition.watchLogStarts(() => {
      const outcome = look();
      if (outcome !== null) settle(outcome);
    });
    const timer = wait.clock.setTimer(Math.max(0, wait.deadlineMs - wait.clock.monotonicMs()), giveUp);
    wait.signal.addEventListener("abort", giveUp, { once: true });
  });
}
