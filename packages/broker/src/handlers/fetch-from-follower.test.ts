import { deleteRecords as deleteRecordsApi, fetch as fetchApi, produce as produceApi } from "@ottla/protocol";
import { batchOf, produceOf } from "../testing/produced-batches";
import { ServingPartitions } from "../testing/serving-partitions";

let broker: ServingPartitions;
afterEach(() => broker.close());

const open = async (configs: Record<string, string> = {}) => {
  broker = await ServingPartitions.open({ configs });
};
/** Broker 1 stands in rack "west", broker 2 in rack "east", both in sync. */
const twoRacks = () => {
  broker.topic("orders", { replicas: [1, 2], isr: [1, 2] });
  const brokers = [1, 2].map((id) => ({
    id,
    epoch: 40n,
    endpoints: [{ listenerName: "PLAINTEXT", host: `host-${id}`, port: 9092, securityProtocol: "PLAINTEXT" }],
    rack: id === 1 ? "west" : "east",
    rpc: null,
    incarnation: null,
  }));
  const header = broker.header();
  broker.services.partitions.apply({ kind: "updateMetadata", ...header, brokers, partitions: [], full: false });
};
const followerAt = (logEndOffset: number, logStartOffset = 0) =>
  broker.partition("orders").onFollowerAttached(2, 40n, { logEndOffset, logStartOffset });
const produce = async (values: readonly string[]) =>
  void (await broker.ask(produceApi, 9, produceOf("orders", batchOf(values), { acks: 1 })));
const fetch = async (options: { rackId?: string; offset?: number; version?: number }) => {
  const { rackId = "", offset = 0, version = 12 } = options;
  const partition = { partition: 0, fetchOffset: BigInt(offset), partitionMaxBytes: 1_000_000 };
  const answer = await broker.ask(fetchApi, version, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    rackId,
    topics: [{ topic: "orders", partitions: [partition] }],
    forgottenTopicsData: [],
  });
  return answer.responses[0]?.partitions[0];
};
const rackAware = { "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector" };

describe("a leader that sends consumers to replicas near them (KIP-392)", () => {
  it("names the in-sync follower in the consumer's rack, and returns no records", async () => {
    await open(rackAware);
    twoRacks();
    await produce(["a"]);
    followerAt(1);
    const partition = await fetch({ rackId: "east" });
    expect(partition).toMatchObject({ errorCode: "NONE", preferredReadReplica: 2, highWatermark: 1n });
    expect(Buffer.concat(partition?.records ?? [])).toHaveLength(0);
  });

  it.each([
    ["in its own rack", { rackId: "west" }, 1],
    ["in a rack without replicas", { rackId: "north" }, 1],
    ["that does not say where it stands", {}, 1],
    ["whose offset the follower does not hold yet", { rackId: "east", offset: 1 }, 0],
  ])("serves a consumer %s itself", async (_which, options, followerEnd) => {
    await open(rackAware);
    twoRacks();
    await produce(["a"]);
    followerAt(followerEnd);
    expect(await fetch(options)).toMatchObject({ errorCode: "NONE", preferredReadReplica: -1 });
  });

  it("serves everybody itself where no selector is configured", async () => {
    await open();
    twoRacks();
    await produce(["a"]);
    followerAt(1);
    expect(await fetch({ rackId: "east" })).toMatchObject({ preferredReadReplica: -1 });
  });
});

describe("a follower", () => {
  it("serves consumers up to its own high watermark, and only those that may be sent to it", async () => {
    await open();
    broker.topic("orders", { replicas: [1, 2], isr: [1, 2], leader: 2 });
    const partition = broker.partition("orders");
    partition.appendPushed(batchOf(["a"]), { from: 0, leaderEpoch: 0 });
    expect(await fetch({})).toMatchObject({ errorCode: "NONE", highWatermark: 0n });
    expect(Buffer.concat((await fetch({}))?.records ?? [])).toHaveLength(0);
    partition.followProgress(1, 0);
    expect(Buffer.concat((await fetch({}))?.records ?? []).length).toBeGreaterThan(0);
    expect(await fetch({ version: 10 })).toMatchObject({ errorCode: "NOT_LEADER_OR_FOLLOWER" });
  });
});

describe("the deletion of records of a partition with followers", () => {
  const deleteUpTo = (offset: number) =>
    broker.begin(deleteRecordsApi, 2, {
      timeoutMs: 1000,
      topics: [{ name: "orders", partitions: [{ partitionIndex: 0, offset: BigInt(offset) }] }],
    });

  it("is answered once every live replica has deleted them", async () => {
    await open();
    broker.topic("orders", { replicas: [1, 2], isr: [1, 2] });
    await produce(["a", "b"]);
    followerAt(2);
    const timersBefore = broker.clock.pendingTimers;
    const call = deleteUpTo(1);
    await broker.settle();
    expect(call.isAnswered).toBe(false);
    broker.partition("orders").onFollowerAck(2, 40n, { logEndOffset: 2, logStartOffset: 1 });
    await broker.settle();
    expect(await call.answer).toMatchObject({ topics: [{ partitions: [{ errorCode: "NONE", lowWatermark: 1n }] }] });
    expect(broker.clock.pendingTimers).toBe(timersBefore);
  });

  it("is answered with REQUEST_TIMED_OUT when one of them does not in time, and deleted here all the same", async () => {
    await open();
    broker.topic("orders", { replicas: [1, 2], isr: [1, 2] });
    await produce(["a", "b"]);
    followerAt(2);
    const call = deleteUpTo(1);
    await broker.clock.advanceAsync(1000);
    expect(await call.answer).toMatchObject({ topics: [{ partitions: [{ errorCode: "REQUEST_TIMED_OUT" }] }] });
    expect(broker.partition("orders").log.logStartOffset).toBe(1);
  });

  it("does not wait for a replica whose broker is gone", async () => {
    await open();
    broker.topic("orders", { replicas: [1, 3], isr: [1] });
    await produce(["a", "b"]);
    const call = deleteUpTo(1);
    await broker.settle();
    expect(await call.answer).toMatchObject({ topics: [{ partitions: [{ errorCode: "NONE", lowWatermark: 1n }] }] });
  });
});
