import { type ErrorName, type OffsetFetchRequest, type OffsetFetchResponseInput, offsetFetch } from "@ottla/protocol";
import type { CoordinatedGroup } from "../groups/coordinated-group";
import { type Handler, handles, type RequestContext } from "./handler";
import { byTopic } from "./partitions-by-topic";

type TopicAnswer = NonNullable<OffsetFetchResponseInput["topics"]>[number];
type PartitionAnswer = TopicAnswer["partitions"][number];
/** Null asks for everything. */
type Wanted = readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;

/** Tells how far groups have consumed; version 0 from ZooKeeper, where consumers of before 0.9 keep it. */
export const offsetFetchHandler: Handler<typeof offsetFetch> = handles(offsetFetch, [0, 9], (request, context) => {
  const { apiVersion } = context.header;
  if (apiVersion === 0) return fromZooKeeper(request, context);
  if (apiVersion >= GROUPS_VERSION) {
    const groups = request.groups.map(({ groupId, topics }) => {
      const { error, topics: found } = offsetsOf(groupId, topics, request.requireStable, context);
      return { groupId, topics: found, errorCode: error };
    });
    return { groups };
  }
  const { error, topics } = offsetsOf(request.groupId, request.topics, request.requireStable, context);
  if (error === "NONE") return { topics, errorCode: "NONE" };
  // Version 1 has no place for it but the partitions.
  const refused = apiVersion < GROUP_ERROR_VERSION ? (request.topics ?? []).map((topic) => failed(topic, error)) : [];
  return { topics: refused, errorCode: error };
});

function offsetsOf(
  groupId: string,
  wanted: Wanted,
  requireStable: boolean,
  { services }: RequestContext,
): { readonly error: ErrorName; readonly topics: TopicAnswer[] } {
  const found = services.groups.find(groupId);
  if (typeof found === "string") return { error: found, topics: [] };
  const at = (topic: string, partition: number) => offsetAt(found, topic, partition, requireStable);
  if (wanted !== null) {
    const topics = wanted.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) => at(name, index)),
    }));
    return { error: "NONE", topics };
  }
  const all = [...byTopic(found === undefined ? [] : [...found.offsets.all()])];
  const topics = all.map(([name, ofTopic]) => ({
    name,
    partitions: ofTopic.map(({ partition }) => at(name, partition)),
  }));
  return { error: "NONE", topics };
}

function offsetAt(
  group: CoordinatedGroup | undefined,
  topic: string,
  partitionIndex: number,
  requireStable: boolean,
): PartitionAnswer {
  if (requireStable && group?.offsets.transactional.has(topic, partitionIndex) === true) {
    return { ...none(partitionIndex), errorCode: "UNSTABLE_OFFSET_COMMIT" };
  }
  const committed = group?.group.state === "Dead" ? undefined : group?.offsets.get(topic, partitionIndex);
  if (committed === undefined) return none(partitionIndex);
  return {
    partitionIndex,
    committedOffset: BigInt(committed.offset),
    committedLeaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    errorCode: "NONE",
  };
}

async function fromZooKeeper(
  request: OffsetFetchRequest,
  { services }: RequestContext,
): Promise<OffsetFetchResponseInput> {
  const topics = (request.topics ?? []).map(async ({ name, partitionIndexes }) => {
    const partitions = partitionIndexes.map(async (index): Promise<PartitionAnswer> => {
      if (services.metadata.partition(name, index) === undefined) {
        return { ...none(index), errorCode: "UNKNOWN_TOPIC_OR_PARTITION" };
      }
      const offset = await services.legacyOffsets.read(request.groupId, name, index);
      // To these consumers, an offset that nobody has committed is an unknown partition.
      if (offset === null) return { ...none(index), errorCode: "UNKNOWN_TOPIC_OR_PARTITION" };
      if (typeof offset === "string") return { ...none(index), errorCode: offset };
      return { ...none(index), committedOffset: BigInt(offset) };
    });
    return { name, partitions: await Promise.all(partitions) };
  });
  return { topics: await Promise.all(topics) };
}

function failed({ name, partitionIndexes }: NonNullable<Wanted>[number], errorCode: ErrorName): TopicAnswer {
  return { name, partitions: partitionIndexes.map((index) => ({ ...none(index), errorCode })) };
}

function none(partitionIndex: number): PartitionAnswer {
  return { partitionIndex, committedOffset: -1n, committedLeaderEpoch: -1, metadata: "", errorCode: "NONE" };
}

const GROUP_ERROR_VERSION = 2;
const GROUPS_VERSION = 8;
