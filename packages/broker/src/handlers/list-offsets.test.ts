import {
  deleteRecords as deleteRecordsApi,
  listOffsets as listOffsetsApi,
  produce as produceApi,
} from "@ottla/protocol";
import { batchOf, produceOf } from "../testing/produced-batches";
import { ServingPartitions } from "../testing/serving-partitions";

const START_MS = 1_700_000_000_000;
let broker: ServingPartitions;
beforeEach(async () => {
  broker = await ServingPartitions.open();
  broker.topic("orders", { leaderEpoch: 2 });
  broker.topic("empty");
  for (const [index, values] of [["a", "b"], ["c"], ["d"]].entries()) {
    const batch = batchOf(values, { timestamp: START_MS + 1000 * (index === 1 ? 5 : index) });
    await broker.ask(produceApi, 9, produceOf("orders", batch));
  }
});
afterEach(() => broker.close());

interface Options {
  readonly version?: number;
  readonly isolationLevel?: number;
  readonly replicaId?: number;
  readonly currentLeaderEpoch?: number;
  readonly maxNumOffsets?: number;
}

async function offsetOf(topic: string, timestamp: number, options: Options = {}) {
  const { version = 9, isolationLevel = 0, replicaId = -1, ...more } = options;
  const answer = await broker.ask(listOffsetsApi, version, {
    replicaId,
    isolationLevel,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: BigInt(timestamp), ...more }] }],
  });
  return answer.topics[0]?.partitions[0];
}

describe("ListOffsets", () => {
  it.each<[string, number, object]>([
    ["the latest", -1, { offset: 4n, timestamp: -1n, leaderEpoch: 2 }],
    ["the earliest", -2, { offset: 0n, timestamp: -1n, leaderEpoch: 2 }],
    ["that of the largest timestamp", -3, { offset: 2n, timestamp: BigInt(START_MS + 5000), leaderEpoch: 2 }],
    ["the earliest on local disk", -4, { offset: 0n, timestamp: -1n }],
    ["the latest in remote storage, which there is none of", -5, { offset: -1n, timestamp: -1n, leaderEpoch: -1 }],
    ["the first record at or after a time", START_MS + 1, { offset: 2n, timestamp: BigInt(START_MS + 5000) }],
    ["a time that all records lie after", 0, { offset: 0n, timestamp: BigInt(START_MS) }],
    ["a time after all records", START_MS + 6000, { offset: -1n, timestamp: -1n, leaderEpoch: -1 }],
  ])("finds %s", async (_what, timestamp, expected) => {
    expect(await offsetOf("orders", timestamp)).toMatchObject({ errorCode: "NONE", ...expected });
  });

  it("finds nothing by time in an empty log, and its one offset by name", async () => {
    expect(await offsetOf("empty", 0)).toMatchObject({ errorCode: "NONE", offset: -1n, timestamp: -1n });
    expect(await offsetOf("empty", -3)).toMatchObject({ errorCode: "NONE", offset: -1n, timestamp: -1n });
    expect(await offsetOf("empty", -1)).toMatchObject({ errorCode: "NONE", offset: 0n });
  });

  it.each([
    [-3, 6],
    [-4, 7],
    [-5, 8],
    [-6, 9],
  ])("refuses timestamp %i in version %i", async (timestamp, version) => {
    expect(await offsetOf("orders", timestamp, { version })).toMatchObject({ errorCode: "UNSUPPORTED_VERSION" });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("is served in version %i", async (version) => {
    expect(await offsetOf("orders", -1, { version })).toMatchObject({ errorCode: "NONE", offset: 4n });
  });

  it("lists where segments begin in version 0", async () => {
    expect(await offsetOf("orders", -1, { version: 0, maxNumOffsets: 10 })).toMatchObject({
      oldStyleOffsets: [4n, 0n],
    });
    expect(await offsetOf("orders", -2, { version: 0, maxNumOffsets: 10 })).toMatchObject({ oldStyleOffsets: [0n] });
    expect(await offsetOf("orders", -1, { version: 0, maxNumOffsets: 1 })).toMatchObject({ oldStyleOffsets: [4n] });
  });

  it.each<[string, string, Options, string]>([
    ["an unknown topic", "nowhere", {}, "UNKNOWN_TOPIC_OR_PARTITION"],
    ["a partition led elsewhere", "away", {}, "NOT_LEADER_OR_FOLLOWER"],
    ["an epoch that has passed", "orders", { currentLeaderEpoch: 1 }, "FENCED_LEADER_EPOCH"],
    ["an epoch still to come", "orders", { currentLeaderEpoch: 3 }, "UNKNOWN_LEADER_EPOCH"],
  ])("refuses %s", async (_what, topic, options, errorCode) => {
    broker.topic("away", { leader: 2, replicas: [2] });
    expect(await offsetOf(topic, -1, options)).toMatchObject({ errorCode, offset: -1n });
  });

  it("refuses a partition named twice", async () => {
    const partition = { partitionIndex: 0, timestamp: -1n };
    const answer = await broker.ask(listOffsetsApi, 9, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: "orders", partitions: [partition, partition] }],
    });
    expect(answer.topics[0]?.partitions.map((p) => p.errorCode)).toEqual(["INVALID_REQUEST", "INVALID_REQUEST"]);
  });

  it("does not know the latest before a new leader has committed what earlier ones had", async () => {
    broker.topic("shared", { replicas: [1, 2], isr: [1, 2] });
    await broker.ask(produceApi, 9, produceOf("shared", batchOf(["a"]), { acks: 1 }));
    broker.topic("shared", { replicas: [1, 2], isr: [1, 2], leaderEpoch: 1 });
    expect(await offsetOf("shared", -1)).toMatchObject({ errorCode: "OFFSET_NOT_AVAILABLE" });
    expect(await offsetOf("shared", -1, { version: 4 })).toMatchObject({ errorCode: "LEADER_NOT_AVAILABLE" });
    expect(await offsetOf("shared", -2)).toMatchObject({ errorCode: "NONE", offset: 0n });
    expect(await offsetOf("shared", -1, { replicaId: -2 })).toMatchObject({ errorCode: "NONE", offset: 1n });
  });
});

describe("DeleteRecords", () => {
  const deleteBefore = async (topic: string, offset: number) => {
    const answer = await broker.ask(deleteRecordsApi, 2, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: BigInt(offset) }] }],
      timeoutMs: 1000,
    });
    return answer.topics[0]?.partitions[0];
  };

  it("raises the log start, for readers too", async () => {
    expect(await deleteBefore("orders", 3)).toMatchObject({ errorCode: "NONE", lowWatermark: 3n });
    expect(await offsetOf("orders", -2)).toMatchObject({ offset: 3n });
    expect(await deleteBefore("orders", 1)).toMatchObject({ errorCode: "NONE", lowWatermark: 3n });
  });

  it("takes -1 for the high watermark", async () => {
    expect(await deleteBefore("orders", -1)).toMatchObject({ errorCode: "NONE", lowWatermark: 4n });
  });

  it.each<[string, string, number, string]>([
    ["beyond the high watermark", "orders", 5, "OFFSET_OUT_OF_RANGE"],
    ["at a negative offset", "orders", -2, "OFFSET_OUT_OF_RANGE"],
    ["of a compacted topic", "compacted", 0, "POLICY_VIOLATION"],
    ["of an internal topic", "__consumer_offsets", 0, "INVALID_TOPIC_EXCEPTION"],
    ["of an unknown topic", "nowhere", 0, "UNKNOWN_TOPIC_OR_PARTITION"],
  ])("refuses to delete %s", async (_what, topic, offset, errorCode) => {
    broker.topic("compacted", { configs: { "cleanup.policy": "compact" } });
    expect(await deleteBefore(topic, offset)).toMatchObject({ errorCode, lowWatermark: -1n });
  });
});
