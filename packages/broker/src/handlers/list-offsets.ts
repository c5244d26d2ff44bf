import {
  CorruptRecordError,
  type ErrorName,
  type ListOffsetsRequest,
  type ListOffsetsResponseInput,
  listOffsets,
} from "@ottla/protocol";
import { DiskError } from "@ottla/runtime";
import type { Partition } from "../partitions/partition";
import { type Handler, handles, type RequestContext } from "./handler";

type PartitionAnswer = ListOffsetsResponseInput["topics"][number]["partitions"][number];
type Asked = ListOffsetsRequest["topics"][number]["partitions"][number];

/** Offsets with names of their own; any other timestamp from 0 on is looked up. */
const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
/** First version that knows each of the later names. */
const SINCE: ReadonlyMap<number, number> = new Map([
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
]);
/** Reads up to the log's end, as replicas do, without being one. */
const DEBUG_CONSUMER = -2;
const LEADER_EPOCH_VERSION = 4;
/** Below this version OFFSET_NOT_AVAILABLE is not known. */
const OFFSET_NOT_AVAILABLE_VERSION = 5;

/** Looks up the offset of a timestamp, or the first, last or newest offset, in each partition. */
export const listOffsetsHandler: Handler<typeof listOffsets> = handles(listOffsets, [0, 9], (request, context) => {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name, partitions } of request.topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${partitionIndex}/${name}`;
      (seen.has(key) ? twice : seen).add(key);
    }
  }
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((asked) => {
      if (twice.has(`${asked.partitionIndex}/${name}`)) return failed(asked, "INVALID_REQUEST");
      return lookUp(name, asked, request, context);
    }),
  }));
  return { topics };
});

function lookUp(topic: string, asked: Asked, request: ListOffsetsRequest, context: RequestContext): PartitionAnswer {
  const { services, header } = context;
  const partition = services.partitions.find(topic, asked.partitionIndex);
  if (typeof partition === "string") return failed(asked, partition);
  const error = partition.check(asked.currentLeaderEpoch);
  if (error !== "NONE") return failed(asked, error);
  try {
    if (header.apiVersion === 0) return oldStyle(partition, asked, request);
    return modern(partition, asked, request, header.apiVersion);
  } catch (failure) {
    const isCorrupt = failure instanceof CorruptRecordError;
    if (!isCorrupt && !(failure instanceof DiskError)) throw failure;
    services.logger.error("offset lookup failed", { topic, partition: asked.partitionIndex, error: failure });
    return failed(asked, isCorrupt ? "CORRUPT_MESSAGE" : "KAFKA_STORAGE_ERROR");
  }
}

function modern(partition: Partition, asked: Asked, request: ListOffsetsRequest, version: number): PartitionAnswer {
  const { log } = partition;
  const timestamp = Number(asked.timestamp);
  const isClient = request.replicaId === -1;
  const bound = upperBound(partition, request);
  const isKnown = timestamp >= EARLIEST || version >= (SINCE.get(timestamp) ?? Number.POSITIVE_INFINITY);
  if (!isKnown) return failed(asked, "UNSUPPORTED_VERSION");
  // Until the high watermark reaches the start of this leader's epoch, "latest" might lie below what was committed before (KIP-207).
  const notAvailable = version >= OFFSET_NOT_AVAILABLE_VERSION ? "OFFSET_NOT_AVAILABLE" : "LEADER_NOT_AVAILABLE";
  const isUncertain = isClient && !partition.leader?.hasCaughtUpWithEpochStart;
  const answer = (offset: number, foundMs: number, leaderEpoch: number | null): PartitionAnswer => ({
    partitionIndex: asked.partitionIndex,
    errorCode: "NONE",
    timestamp: BigInt(foundMs),
    offset: BigInt(offset),
    ...(version >= LEADER_EPOCH_VERSION ? { leaderEpoch: leaderEpoch ?? -1 } : {}),
  });
  switch (timestamp) {
    case LATEST:
      return isUncertain ? failed(asked, notAvailable) : answer(bound, -1, partition.leaderEpoch);
    case EARLIEST:
    case EARLIEST_LOCAL:
      return answer(log.logStartOffset, -1, log.leaderEpochAt(log.logStartOffset));
    case LATEST_TIERED:
      return answer(-1, -1, null);
    default: {
      const found =
        timestamp === MAX_TIMESTAMP ? log.offsetOfMaxTimestamp(bound) : log.offsetForTimestamp(timestamp, bound);
      if (found !== null) return answer(found.offset, found.timestamp, found.leaderEpoch);
      return isUncertain && timestamp >= 0 ? failed(asked, notAvailable) : answer(-1, -1, null);
    }
  }
}

/** Offsets below this may be told: what is committed, unless a replica asks. */
function upperBound({ log }: Partition, request: ListOffsetsRequest): number {
  if (request.replicaId >= 0 || request.replicaId === DEBUG_CONSUMER) return log.logEndOffset;
  return request.isolationLevel === 1 ? log.lastStableOffset : log.highWatermark;
}

/** Version 0: where segments begin, newest first; for clients, offsets that are not committed become one high watermark. */
function oldStyle({ log }: Partition, asked: Asked, request: ListOffsetsRequest): PartitionAnswer {
  const bound = request.replicaId === -1 ? log.highWatermark : null;
  const offsets = log.legacyOffsetsBefore(Number(asked.timestamp), Math.max(0, asked.maxNumOffsets), bound);
  return { partitionIndex: asked.partitionIndex, errorCode: "NONE", oldStyleOffsets: offsets.map(BigInt) };
}

function failed(asked: Asked, errorCode: ErrorName): PartitionAnswer {
  return {
    partitionIndex: asked.partitionIndex,
    errorCode,
    oldStyleOffsets: [],
    timestamp: -1n,
    offset: -1n,
    leaderEpoch: -1,
  };
}
