import type { PartitionAssignment } from "@ottla/controller";
import { EPOCH_DURING_DELETE } from "@ottla/controller";
import { describeLogDirs, fetch as fetchApi, produce as produceApi } from "@ottla/protocol";
import { DiskError } from "@ottla/runtime";
import { batchOf, produceOf } from "../testing/produced-batches";
import { idOf, ServingPartitions } from "../testing/serving-partitions";

let broker: ServingPartitions;
beforeEach(async () => {
  broker = await ServingPartitions.open();
});
afterEach(() => broker.close());

const assignment = (topic: string, changes: Partial<PartitionAssignment> = {}): PartitionAssignment => ({
  topic,
  topicId: idOf(topic),
  partition: 0,
  leader: 1,
  leaderEpoch: 0,
  isr: [1],
  partitionEpoch: 0,
  controllerEpoch: 1,
  replicas: [1],
  addingReplicas: [],
  removingReplicas: [],
  isNew: true,
  recovering: false,
  ...changes,
});
const lead = (partition: PartitionAssignment, header: object = {}, on = broker) =>
  on.services.partitions.apply({
    kind: "leaderAndIsr",
    ...on.header(),
    ...header,
    partitions: [partition],
    liveLeaders: [],
    full: false,
    tailSettled: true,
  });
const stop = (topic: string, changes: object = {}) =>
  broker.services.partitions.apply({
    kind: "stopReplica",
    ...broker.header(),
    partitions: [{ topic, topicId: idOf(topic), partition: 0, leaderEpoch: 0, deleteLog: true, ...changes }],
  });
const done = { error: "NONE", partitionErrors: [] };

describe("a broker that takes the controller's commands", () => {
  it("makes the log of a new partition and leads it", () => {
    expect(lead(assignment("orders"))).toEqual(done);
    expect(broker.partition("orders").leaderEpoch).toBe(0);
    expect(broker.disk.exists("/data/logs/orders-0")).toBe(true);
  });

  it("takes a command twice without harm", async () => {
    lead(assignment("orders"));
    await broker.ask(produceApi, 9, produceOf("orders", batchOf(["a"])));
    expect(lead(assignment("orders"))).toEqual(done);
    expect(broker.partition("orders").log.logEndOffset).toBe(1);
  });

  it("refuses a controller older than one it has heard, and a command for another incarnation", () => {
    expect(lead(assignment("a"), { controllerEpoch: 5 })).toEqual(done);
    expect(lead(assignment("b"), { controllerEpoch: 4 })).toEqual({
      error: "STALE_CONTROLLER_EPOCH",
      partitionErrors: [],
    });
    expect(lead(assignment("b"), { controllerEpoch: 5, brokerEpoch: 39n })).toMatchObject({
      error: "STALE_BROKER_EPOCH",
    });
    expect(lead(assignment("b"), { controllerEpoch: 9, brokerEpoch: 41n })).toMatchObject({
      error: "STALE_BROKER_EPOCH",
    });
    // A command that was not meant for this incarnation does not count as heard either.
    expect(lead(assignment("b"), { controllerEpoch: 5 })).toEqual(done);
    expect(broker.services.partitions.get("b", 0)).toBeDefined();
  });

  it("answers for each partition it cannot take", () => {
    lead(assignment("orders", { leaderEpoch: 4 }));
    const errorOf = (changes: Partial<PartitionAssignment>) =>
      lead(assignment("orders", changes)).partitionErrors[0]?.error;
    expect(errorOf({ leaderEpoch: 3 })).toBe("STALE_CONTROLLER_EPOCH");
    expect(errorOf({ leaderEpoch: 5, topicId: idOf("another") })).toBe("INCONSISTENT_TOPIC_ID");
    expect(errorOf({ leaderEpoch: 5, replicas: [2] })).toBe("UNKNOWN_TOPIC_OR_PARTITION");
    expect(broker.partition("orders").leaderEpoch).toBe(4);
  });

  it("says so when the disk has no place for a partition", () => {
    broker.disk.inject({ operation: "mkdir", pathContains: "orders", code: "ENOSPC" });
    expect(lead(assignment("orders")).partitionErrors).toMatchObject([{ error: "KAFKA_STORAGE_ERROR" }]);
  });

  it("is ready when one incarnation has been told everything", async () => {
    let isReady = false;
    const ready = broker.services.partitions.whenReady(new AbortController().signal).then(() => (isReady = true));
    broker.metadata([], true);
    await broker.settle();
    expect(isReady).toBe(false);
    broker.services.partitions.apply({
      kind: "leaderAndIsr",
      ...broker.header(),
      partitions: [],
      liveLeaders: [],
      full: true,
      tailSettled: true,
    });
    await ready;
    expect(isReady).toBe(true);
  });

  it("stops waiting to be ready when told to", async () => {
    const stopping = new AbortController();
    const ready = broker.services.partitions.whenReady(stopping.signal);
    stopping.abort(new Error("enough"));
    await expect(ready).rejects.toThrow("enough");
  });
});

describe("a broker told to stop a replica", () => {
  it("deletes the log where it is told to, and fails those who wait", async () => {
    lead(assignment("orders", { isr: [1, 2], replicas: [1, 2] }));
    broker.metadata([{ ...assignment("orders"), offlineReplicas: [] }]);
    const call = broker.begin(produceApi, 9, produceOf("orders", batchOf(["a"]), { timeoutMs: 60_000 }));
    await broker.settle();
    expect(stop("orders", { leaderEpoch: EPOCH_DURING_DELETE })).toEqual(done);
    await broker.settle();
    expect(await call.answer).toMatchObject({
      responses: [{ partitionResponses: [{ errorCode: "NOT_LEADER_OR_FOLLOWER" }] }],
    });
    expect(broker.services.partitions.get("orders", 0)).toBeUndefined();
    expect(broker.disk.exists("/data/logs/orders-0")).toBe(false);
  });

  it("sends clients on, though it has not heard yet who leads now", () => {
    lead(assignment("orders"));
    broker.metadata([{ ...assignment("orders"), offlineReplicas: [] }]);
    expect(stop("orders")).toEqual(done);
    expect(broker.services.partitions.find("orders", 0)).toBe("NOT_LEADER_OR_FOLLOWER");
  });

  it("keeps the log where it is told to, and leads it again later", async () => {
    lead(assignment("orders"));
    await broker.ask(produceApi, 9, produceOf("orders", batchOf(["a"])));
    expect(stop("orders", { deleteLog: false })).toEqual(done);
    expect(broker.services.partitions.get("orders", 0)).toBeUndefined();
    expect(lead(assignment("orders", { leaderEpoch: 1 }))).toEqual(done);
    expect(broker.partition("orders").log.logEndOffset).toBe(1);
  });

  it("never touches a topic of the same name with another id", () => {
    lead(assignment("orders"));
    const reply = stop("orders", { topicId: idOf("before"), leaderEpoch: EPOCH_DURING_DELETE });
    expect(reply.partitionErrors).toMatchObject([{ error: "INCONSISTENT_TOPIC_ID" }]);
    expect(broker.partition("orders").leaderEpoch).toBe(0);
  });

  it("ignores a late word from an earlier epoch", () => {
    lead(assignment("orders", { leaderEpoch: 3 }));
    expect(stop("orders", { leaderEpoch: 2 }).partitionErrors).toMatchObject([{ error: "FENCED_LEADER_EPOCH" }]);
    expect(stop("nowhere")).toEqual(done);
  });
});

describe("a broker that has restarted", () => {
  it("does not lead in an epoch that its log already holds, and leads in the next", async () => {
    lead(assignment("orders", { leaderEpoch: 4 }));
    await broker.ask(produceApi, 9, produceOf("orders", batchOf(["a"])));
    const { disk } = broker;
    await broker.close({ clean: true });
    broker = await ServingPartitions.open({ disk });
    expect(lead(assignment("orders", { leaderEpoch: 4 })).partitionErrors).toMatchObject([
      { error: "FENCED_LEADER_EPOCH" },
    ]);
    expect(lead(assignment("orders", { leaderEpoch: 5 }))).toEqual(done);
    const { log } = broker.partition("orders");
    expect([log.logEndOffset, log.highWatermark, log.lastEpoch]).toEqual([1, 1, 5]);
  });

  it("learns the topic id of a log that lost it from the controller, and keeps to it", async () => {
    lead(assignment("orders"));
    const { disk } = broker;
    await broker.close({ clean: true });
    disk.remove("/data/logs/orders-0/partition.metadata");
    broker = await ServingPartitions.open({ disk });
    expect(lead(assignment("orders", { leaderEpoch: 1 }))).toEqual(done);
    expect(broker.partition("orders").log.topicId).toBe(idOf("orders"));
    expect(lead(assignment("orders", { leaderEpoch: 2, topicId: idOf("another") })).partitionErrors).toMatchObject([
      { error: "INCONSISTENT_TOPIC_ID" },
    ]);
  });

  it("recognises a producer's retries from before", async () => {
    const batch = () => batchOf(["a"], { producerId: 3n, producerEpoch: 0, baseSequence: 0 });
    lead(assignment("orders"));
    await broker.ask(produceApi, 9, produceOf("orders", batch()));
    const { disk } = broker;
    await broker.close({ clean: true });
    broker = await ServingPartitions.open({ disk });
    lead(assignment("orders", { leaderEpoch: 1 }));
    const answer = await broker.ask(produceApi, 9, produceOf("orders", batch()));
    expect(answer.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: "NONE", baseOffset: 0n });
    expect(broker.partition("orders").log.logEndOffset).toBe(1);
  });
});

describe("a change of a topic's configuration", () => {
  it("holds from the next batch on", async () => {
    broker.topic("orders");
    const send = async () =>
      (await broker.ask(produceApi, 9, produceOf("orders", batchOf(["a".repeat(500)])))).responses[0]
        ?.partitionResponses[0]?.errorCode;
    expect(await send()).toBe("NONE");
    broker.services.topicConfigs.setOverrides("orders", { "max.message.bytes": "100" });
    expect(await send()).toBe("MESSAGE_TOO_LARGE");
    broker.services.topicConfigs.setOverrides("orders", {});
    expect(await send()).toBe("NONE");
  });

  it("of min.insync.replicas lets waiting records commit", async () => {
    broker.topic("orders", { replicas: [1, 2], isr: [1], configs: { "min.insync.replicas": "2" } });
    await broker.ask(produceApi, 9, produceOf("orders", batchOf(["a"]), { acks: 1 }));
    expect(broker.partition("orders").log.highWatermark).toBe(0);
    broker.services.topicConfigs.setOverrides("orders", { "min.insync.replicas": "1" });
    expect(broker.partition("orders").log.highWatermark).toBe(1);
  });
});

describe("a broker that stops", () => {
  it("says that it leads no more, to those who wait and those who still come, not that its disk failed", async () => {
    broker.topic("orders");
    const fetched = broker.ask(fetchApi, 11, {
      maxWaitMs: 30_000,
      minBytes: 1,
      topics: [{ topic: "orders", partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }] }],
      forgottenTopicsData: [],
    });
    broker.services.partitions.stop();
    expect((await fetched).responses[0]?.partitions[0]?.errorCode).toBe("NOT_LEADER_OR_FOLLOWER");
    const late = await broker.ask(produceApi, 9, produceOf("orders", batchOf(["a"])));
    expect(late.responses[0]?.partitionResponses[0]?.errorCode).toBe("NOT_LEADER_OR_FOLLOWER");
  });
});

describe("a broker one of whose log directories cannot be used", () => {
  const failure = new DiskError("open", "/data/bad/.lock", { code: "EIO" });
  beforeEach(async () => {
    await broker.close();
    broker = await ServingPartitions.open({ unusableDirectories: [{ path: "/data/bad", failure }] });
  });

  it("makes no log of a replica that may lie there, and says that it is offline", () => {
    const reply = lead(assignment("orders", { isNew: false }));
    expect(reply.partitionErrors).toEqual([{ topic: "orders", partition: 0, error: "KAFKA_STORAGE_ERROR" }]);
    expect(broker.disk.exists("/data/logs/orders-0")).toBe(false);
    broker.metadata([{ ...assignment("orders"), offlineReplicas: [1] }]);
    expect(broker.services.partitions.find("orders", 0)).toBe("KAFKA_STORAGE_ERROR");
  });

  it("makes those of new partitions, but never of one that has counted as offline", () => {
    expect(lead(assignment("new"))).toEqual(done);
    lead(assignment("orders", { isNew: false }));
    expect(lead(assignment("orders", { isNew: true })).partitionErrors).toMatchObject([
      { error: "KAFKA_STORAGE_ERROR" },
    ]);
    // A topic made again under its name is another one.
    expect(lead(assignment("orders", { isNew: true, topicId: idOf("another") }))).toEqual(done);
  });

  it("does not call deleted what may lie there", () => {
    expect(stop("orders").partitionErrors).toMatchObject([{ error: "KAFKA_STORAGE_ERROR" }]);
    expect(stop("orders", { deleteLog: false })).toEqual(done);
    lead(assignment("new"));
    expect(stop("new")).toEqual(done);
  });

  it("shows it to those who ask for its log directories", async () => {
    const answer = await broker.ask(describeLogDirs, 4, { topics: null });
    expect(answer.results.map(({ logDir, errorCode }) => [logDir, errorCode])).toEqual([
      ["/data/logs", "NONE"],
      ["/data/bad", "KAFKA_STORAGE_ERROR"],
    ]);
  });
});

describe("a replica whose directory fails", () => {
  it("answers KAFKA_STORAGE_ERROR while it is taken for the leader, and sends clients on once another one leads", async () => {
    lead(assignment("orders", { replicas: [1, 2], isr: [1, 2] }));
    const partition = broker.partition("orders");
    broker.metadata([{ ...assignment("orders"), offlineReplicas: [] }]);
    broker.disk.inject({ operation: "write", pathContains: ".log", code: "ENOSPC" });
    const answer = await broker.ask(produceApi, 9, produceOf("orders", batchOf(["a"]), { acks: 1 }));
    expect(answer.responses[0]?.partitionResponses[0]?.errorCode).toBe("KAFKA_STORAGE_ERROR");
    expect(broker.services.partitions.find("orders", 0)).toBe(partition);
    expect(lead(assignment("orders", { leaderEpoch: 1, leader: 2 })).partitionErrors).toMatchObject([
      { error: "KAFKA_STORAGE_ERROR" },
    ]);
    broker.metadata([{ ...assignment("orders"), leader: 2, leaderEpoch: 1, offlineReplicas: [1] }]);
    expect(broker.services.partitions.find("orders", 0)).toBe("NOT_LEADER_OR_FOLLOWER");
  });
});
