import {
  type ErrorName,
  type OffsetCommitRequest,
  type OffsetCommitResponseInput,
  offsetCommit,
} from "@ottla/protocol";
import type { CommittedOffset } from "../groups/machine/committed-offsets";
import { type Handler, handles, type RequestContext } from "./handler";

type PartitionRequest = OffsetCommitRequest["topics"][number]["partitions"][number];

/** Stores how far a group has consumed; version 0 in ZooKeeper, where consumers of before 0.9 keep it. */
export const offsetCommitHandler: Handler<typeof offsetCommit> = handles(
  offsetCommit,
  [0, 9],
  async (request, context) => {
    const { services, header } = context;
    const errors = new Map<PartitionRequest, ErrorName>();
    const sound: (Asked & { readonly committed: CommittedOffset })[] = [];
    for (const asked of partitionsOf(request)) {
      const error = judge(asked, context);
      if (error === "NONE")
        sound.push({ ...asked, committed: committedBy(asked.given, request, services.clock.nowMs()) });
      else errors.set(asked.given, error);
    }
    if (header.apiVersion === 0) {
      await Promise.all(
        sound.map(async (asked) => {
          const { topic, partition, committed } = asked;
          const error = await services.legacyOffsets.store(request.groupId, topic, partition, committed.offset);
          errors.set(asked.given, error);
        }),
      );
    } else if (sound.length > 0) {
      const error = await services.groups.commit(request.groupId, {
        memberId: request.memberId,
        groupInstanceId: request.groupInstanceId,
        generation: request.generationIdOrMemberEpoch,
        offsets: sound,
      });
      for (const { given } of sound) errors.set(given, error);
    }
    return answer(request, errors);
  },
);

interface Asked {
  readonly topic: string;
  readonly partition: number;
  readonly given: PartitionRequest;
}

function* partitionsOf({ topics }: OffsetCommitRequest): Iterable<Asked> {
  for (const { name, partitions } of topics) {
    for (const given of partitions) yield { topic: name, partition: given.partitionIndex, given };
  }
}

function judge({ topic, partition, given }: Asked, { services }: RequestContext): ErrorName {
  if (services.metadata.partition(topic, partition) === undefined) return "UNKNOWN_TOPIC_OR_PARTITION";
  // No log gets there, and not every such number could be kept as it is.
  if (!isSafe(given.committedOffset)) return "OFFSET_OUT_OF_RANGE";
  const lengthMax = services.config.get("offset.metadata.max.bytes");
  return (given.committedMetadata?.length ?? 0) > lengthMax ? "OFFSET_METADATA_TOO_LARGE" : "NONE";
}

function committedBy(
  given: PartitionRequest,
  { retentionTimeMs }: OffsetCommitRequest,
  nowMs: number,
): CommittedOffset {
  return {
    offset: Number(given.committedOffset),
    leaderEpoch: given.committedLeaderEpoch,
    metadata: given.committedMetadata ?? "",
    commitTimestampMs:
      given.commitTimestamp === -1n || !isSafe(given.commitTimestamp) ? nowMs : Number(given.commitTimestamp),
    // Beyond what can be counted is for ever as well as that.
    expireTimestampMs:
      retentionTimeMs === -1n ? null : Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, nowMs + Number(retentionTimeMs))),
  };
}

function answer(
  { topics }: OffsetCommitRequest,
  errors: ReadonlyMap<PartitionRequest, ErrorName>,
): OffsetCommitResponseInput {
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((given) => ({
        partitionIndex: given.partitionIndex,
        errorCode: errors.get(given) ?? "UNKNOWN_SERVER_ERROR",
      })),
    })),
  };
}

function isSafe(value: bigint): boolean {
  return Number.isSafeInteger(Number(value));
}
