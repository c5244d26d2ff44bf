import { type FetchRequestInput, fetch as fetchApi, produce as produceApi, scanBatches } from "@ottla/protocol";
import { batchOf, produceOf } from "../testing/produced-batches";
import { idOf, ServingPartitions } from "../testing/serving-partitions";

let broker: ServingPartitions;
beforeEach(async () => {
  broker = await ServingPartitions.open();
});
afterEach(() => broker.close());

interface Asked {
  readonly topic: string;
  readonly index?: number;
  readonly offset?: number;
  readonly maxBytes?: number;
  readonly currentLeaderEpoch?: number;
  readonly lastFetchedEpoch?: number;
}
type Options = Partial<Omit<FetchRequestInput, "topics">> & { readonly version?: number };

function fetchOf(asked: readonly Asked[], { version = 12, ...options }: Options): FetchRequestInput {
  const usesIds = version >= 13;
  return {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    ...options,
    forgottenTopicsData: options.forgottenTopicsData ?? [],
    topics: asked.map(({ topic, index = 0, offset = 0, maxBytes = 1_000_000, ...more }) => ({
      ...(usesIds ? { topicId: idOf(topic) } : { topic }),
      partitions: [{ partition: index, fetchOffset: BigInt(offset), partitionMaxBytes: maxBytes, ...more }],
    })),
  };
}
const fetch = (asked: readonly Asked[], options: Options = {}) =>
  broker.ask(fetchApi, options.version ?? 12, fetchOf(asked, options));
const begin = (asked: readonly Asked[], options: Options = {}) =>
  broker.begin(fetchApi, options.version ?? 12, fetchOf(asked, options));

/** Produces a batch for each list of values. */
async function produced(topic: string, ...batches: string[][]): Promise<void> {
  for (const values of batches) await broker.ask(produceApi, 9, produceOf(topic, batchOf(values)));
}
/** First offsets of the batches in a partition's records. */
function basesOf(partition: { readonly records: readonly Buffer[] | null } | undefined): number[] {
  return scanBatches(Buffer.concat(partition?.records ?? [])).batches.map((batch) => batch.baseOffset);
}

describe("a fetch", () => {
  it("returns whole batches from the one that holds the offset", async () => {
    broker.topic("orders");
    await produced("orders", ["a", "b"], ["c", "d"], ["e"]);
    const answer = await fetch([{ topic: "orders", offset: 3 }]);
    const partition = answer.responses[0]?.partitions[0];
    expect(basesOf(partition)).toEqual([2, 4]);
    expect(partition).toMatchObject({
      errorCode: "NONE",
      highWatermark: 5n,
      lastStableOffset: 5n,
      logStartOffset: 0n,
      abortedTransactions: null,
      preferredReadReplica: -1,
    });
    expect(broker.releasedAnswers).toBe(1);
  });

  it.each([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])("is served in version %i", async (version) => {
    broker.topic("orders");
    await produced("orders", ["a"], ["b"]);
    const answer = await fetch([{ topic: "orders" }], { version });
    expect(basesOf(answer.responses[0]?.partitions[0])).toEqual([0, 1]);
  });

  it.each([0, 1, 2, 3])("gets UNSUPPORTED_VERSION for each partition in version %i, at once", async (version) => {
    broker.topic("orders");
    await produced("orders", ["a"]);
    const answer = await fetch([{ topic: "orders" }], { version, maxWaitMs: 60_000 });
    expect(answer.responses[0]?.partitions[0]).toMatchObject({ errorCode: "UNSUPPORTED_VERSION", highWatermark: -1n });
  });

  it("lists no aborted transactions for a reader of committed ones", async () => {
    broker.topic("orders");
    await produced("orders", ["a"]);
    const answer = await fetch([{ topic: "orders" }, { topic: "orders", offset: 1 }], { isolationLevel: 1 });
    expect(answer.responses.flatMap((topic) => topic.partitions).map((p) => p.abortedTransactions)).toEqual([[], []]);
  });

  it("ends at the high watermark, and finds nothing between it and the log's end", async () => {
    broker.topic("orders", { replicas: [1, 2], isr: [1] });
    await produced("orders", ["a"]);
    broker.topic("orders", { replicas: [1, 2], isr: [1, 2] });
    await broker.ask(produceApi, 9, produceOf("orders", batchOf(["b"]), { acks: 1 }));
    const answer = await fetch([{ topic: "orders" }]);
    expect(basesOf(answer.responses[0]?.partitions[0])).toEqual([0]);
    const beyond = (await fetch([{ topic: "orders", offset: 2 }])).responses[0]?.partitions[0];
    expect(beyond).toMatchObject({ errorCode: "NONE", records: [] });
  });
});

describe("the limits of a fetch", () => {
  const sized = async (...sizes: number[]) => {
    for (const [index, size] of sizes.entries()) {
      broker.topic(`t${index}`);
      await produced(`t${index}`, ["x".repeat(size)], ["y".repeat(size)]);
    }
  };

  it("let the first batch found through, however large, and only that", async () => {
    await sized(1000, 1000);
    const answer = await fetch([
      { topic: "t0", maxBytes: 10 },
      { topic: "t1", maxBytes: 10 },
    ]);
    expect(answer.responses.map(({ partitions }) => basesOf(partitions[0]))).toEqual([[0], []]);
  });

  it("bound each partition, and all of them together", async () => {
    await sized(100, 100, 100);
    const each = await fetch([{ topic: "t0", maxBytes: 250 }, { topic: "t1" }]);
    expect(each.responses.map(({ partitions }) => basesOf(partitions[0]))).toEqual([[0], [0, 1]]);
    const all = await fetch([{ topic: "t0" }, { topic: "t1" }, { topic: "t2" }], { maxBytes: 600 });
    expect(all.responses.map(({ partitions }) => basesOf(partitions[0]))).toEqual([[0, 1], [0], []]);
  });
});

describe("a fetch that cannot be served", () => {
  it.each<[string, Asked, Options, string]>([
    ["from a topic nobody knows", { topic: "nowhere" }, {}, "UNKNOWN_TOPIC_OR_PARTITION"],
    ["from a topic id nobody knows", { topic: "nowhere" }, { version: 13 }, "UNKNOWN_TOPIC_ID"],
    ["from a partition beyond the last", { topic: "orders", index: 5 }, {}, "UNKNOWN_TOPIC_OR_PARTITION"],
    ["from a partition led elsewhere", { topic: "away" }, {}, "NOT_LEADER_OR_FOLLOWER"],
    ["past the log's end", { topic: "orders", offset: 9 }, {}, "OFFSET_OUT_OF_RANGE"],
    ["before the log's start", { topic: "orders", offset: -5 }, {}, "OFFSET_OUT_OF_RANGE"],
    ["with an epoch that has passed", { topic: "orders", currentLeaderEpoch: 2 }, {}, "FENCED_LEADER_EPOCH"],
    ["with an epoch still to come", { topic: "orders", currentLeaderEpoch: 4 }, {}, "UNKNOWN_LEADER_EPOCH"],
    ["as a follower", { topic: "orders" }, { replicaId: 2 }, "NOT_LEADER_OR_FOLLOWER"],
    ["of zstd by a client too old for it", { topic: "zstd" }, { version: 9 }, "UNSUPPORTED_COMPRESSION_TYPE"],
    ["with a last epoch beyond all known", { topic: "orders", lastFetchedEpoch: 9 }, {}, "OFFSET_OUT_OF_RANGE"],
  ])("%s is told so at once", async (_what, asked, options, errorCode) => {
    broker.topic("orders", { leaderEpoch: 3 });
    broker.topic("away", { leader: 2, replicas: [2] });
    broker.topic("zstd", { configs: { "compression.type": "zstd" } });
    const answer = await fetch([asked], { maxWaitMs: 60_000, ...options });
    expect(answer.responses[0]?.partitions[0]).toMatchObject({ errorCode, highWatermark: -1n, records: [] });
  });

  it("is told where its log parts from the leader's", async () => {
    broker.topic("orders", { leaderEpoch: 3 });
    await produced("orders", ["a", "b"]);
    broker.topic("orders", { leaderEpoch: 5 });
    await produced("orders", ["c"]);
    const answer = await fetch([{ topic: "orders", offset: 3, lastFetchedEpoch: 4 }]);
    expect(answer.responses[0]?.partitions[0]).toMatchObject({
      errorCode: "NONE",
      divergingEpoch: { epoch: 3, endOffset: 2n },
      records: [],
    });
  });

  it("learns the leader and its address, from version 16 on", async () => {
    broker.topic("away", { leader: 2, replicas: [2], leaderEpoch: 6 });
    const answer = await fetch([{ topic: "away" }], { version: 16 });
    expect(answer.responses[0]?.partitions[0]).toMatchObject({ currentLeader: { leaderId: 2, leaderEpoch: 6 } });
    expect(answer.nodeEndpoints).toMatchObject([{ nodeId: 2, host: "host-2", port: 9092 }]);
  });
});

describe("a fetch at the end of the log", () => {
  it("waits, and is answered by the commit that brings what it lacks", async () => {
    broker.topic("orders");
    const call = begin([{ topic: "orders" }], { maxWaitMs: 60_000 });
    await broker.clock.advanceAsync(30_000);
    expect(call.isAnswered).toBe(false);
    await produced("orders", ["a"]);
    expect(await call.answer).toMatchObject({
      responses: [{ partitions: [{ errorCode: "NONE", highWatermark: 1n }] }],
    });
  });

  it("is not woken by what is appended but not committed", async () => {
    broker.topic("orders", { replicas: [1, 2] });
    const call = begin([{ topic: "orders" }], { maxWaitMs: 60_000 });
    await broker.ask(produceApi, 9, produceOf("orders", batchOf(["a"]), { acks: 1 }));
    await broker.settle();
    expect(call.isAnswered).toBe(false);
    broker.topic("orders", { replicas: [1, 2], isr: [1] });
    await broker.settle();
    const answer = await call.answer;
    expect(typeof answer === "symbol" ? [] : basesOf(answer.responses[0]?.partitions[0])).toEqual([0]);
  });

  it("waits until minBytes are there, over all its partitions", async () => {
    broker.topic("a");
    broker.topic("b");
    const call = begin([{ topic: "a" }, { topic: "b" }], { maxWaitMs: 60_000, minBytes: 150 });
    await produced("a", ["x"]);
    await broker.settle();
    expect(call.isAnswered).toBe(false);
    await produced("b", ["x"]);
    await broker.settle();
    expect(call.isAnswered).toBe(false);
    await produced("a", ["y"]);
    await broker.settle();
    const answer = await call.answer;
    expect(typeof answer === "symbol" ? [] : answer.responses.map((t) => basesOf(t.partitions[0]))).toEqual([
      [0, 1],
      [0],
    ]);
  });

  it("is answered with what there is when its time is up", async () => {
    broker.topic("orders");
    const call = begin([{ topic: "orders" }], { maxWaitMs: 500 });
    await broker.clock.advanceAsync(500);
    expect(await call.answer).toMatchObject({ errorCode: "NONE", responses: [{ partitions: [{ records: [] }] }] });
  });

  it.each([
    ["that must read from the leader", { version: 10 }, {}, "NOT_LEADER_OR_FOLLOWER"],
    ["that names the epoch it knows", {}, { currentLeaderEpoch: 0 }, "FENCED_LEADER_EPOCH"],
    ["that may read from a follower", {}, {}, "NONE"],
  ])("%s is answered when leadership goes", async (_who, options, asked, errorCode) => {
    broker.topic("orders", { replicas: [1, 2], isr: [1, 2] });
    const call = begin([{ topic: "orders", ...asked }], { maxWaitMs: 60_000, ...options });
    await broker.settle();
    broker.topic("orders", { replicas: [1, 2], leader: 2, leaderEpoch: 1 });
    await broker.settle();
    expect(await call.answer).toMatchObject({ responses: [{ partitions: [{ errorCode }] }] });
  });

  it("leaves no timer and no watcher behind when its connection closes", async () => {
    broker.topic("orders");
    const timers = broker.clock.pendingTimers;
    const call = begin([{ topic: "orders" }], { maxWaitMs: 60_000 });
    await broker.settle();
    expect([broker.clock.pendingTimers, broker.partition("orders").watcherCount]).toEqual([timers + 1, 1]);
    call.disconnect();
    await broker.settle();
    expect(call.isAnswered).toBe(true);
    expect([broker.clock.pendingTimers, broker.partition("orders").watcherCount]).toEqual([timers, 0]);
  });
});

describe("a fetch session", () => {
  const both = [{ topic: "a" }, { topic: "b" }];
  const start = async () => {
    broker.topic("a");
    broker.topic("b");
    await produced("a", ["1"]);
    const answer = await fetch(both, { version: 17, sessionId: 0, sessionEpoch: 0 });
    expect(answer.responses).toHaveLength(2);
    expect(answer.sessionId).toBeGreaterThan(0);
    return answer.sessionId;
  };

  it("tells only of partitions with news", async () => {
    const sessionId = await start();
    const quiet = await fetch([{ topic: "a", offset: 1 }], { version: 17, sessionId, sessionEpoch: 1 });
    expect(quiet).toMatchObject({ errorCode: "NONE", sessionId, responses: [] });
    await produced("b", ["2"]);
    const answer = await fetch([], { version: 17, sessionId, sessionEpoch: 2 });
    expect(answer.responses).toMatchObject([{ topicId: idOf("b"), partitions: [{ highWatermark: 1n }] }]);
  });

  it("waits for all its partitions, named or not", async () => {
    const sessionId = await start();
    await fetch([{ topic: "a", offset: 1 }], { version: 17, sessionId, sessionEpoch: 1 });
    const call = begin([], { version: 17, sessionId, sessionEpoch: 2, maxWaitMs: 60_000 });
    await broker.settle();
    expect(call.isAnswered).toBe(false);
    await produced("a", ["3"]);
    await broker.settle();
    expect(await call.answer).toMatchObject({ responses: [{ topicId: idOf("a") }] });
  });

  it("puts a partition that had records behind the others", async () => {
    const sessionId = await start();
    await produced("a", ["2"]);
    await produced("b", ["2"]);
    const first = await fetch([], { version: 17, sessionId, sessionEpoch: 1, maxBytes: 1 });
    expect(first.responses.filter((t) => t.partitions[0]?.records?.length)).toMatchObject([{ topicId: idOf("a") }]);
    const second = await fetch([], { version: 17, sessionId, sessionEpoch: 2, maxBytes: 1 });
    expect(second.responses.filter((t) => t.partitions[0]?.records?.length)).toMatchObject([{ topicId: idOf("b") }]);
  });

  it("forgets partitions, and ends with the last of them", async () => {
    const sessionId = await start();
    const forget = (topic: string) => ({ forgottenTopicsData: [{ topicId: idOf(topic), partitions: [0] }] });
    await fetch([], { version: 17, sessionId, sessionEpoch: 1, ...forget("a") });
    await produced("a", ["2"]);
    expect((await fetch([], { version: 17, sessionId, sessionEpoch: 2 })).responses).toEqual([]);
    const last = await fetch([], { version: 17, sessionId, sessionEpoch: 3, ...forget("b") });
    expect(last).toMatchObject({ sessionId: 0, responses: [] });
    expect(broker.services.fetchSessions.count).toBe(0);
  });

  it.each<[string, Options, string]>([
    ["an epoch out of turn", { sessionEpoch: 2 }, "INVALID_FETCH_SESSION_EPOCH"],
    ["a session nobody knows", { sessionId: 1, sessionEpoch: 1 }, "FETCH_SESSION_ID_NOT_FOUND"],
    ["names where it began with ids", { version: 12, sessionEpoch: 1 }, "FETCH_SESSION_TOPIC_ID_ERROR"],
  ])("refuses %s as a whole", async (_what, options, errorCode) => {
    const sessionId = await start();
    const answer = await fetch([], { version: 17, sessionId, ...options });
    expect(answer).toMatchObject({ errorCode, sessionId: 0, responses: [] });
  });

  it("tells an error, and the partition again once it is over", async () => {
    const sessionId = await start();
    const wrong = await fetch([{ topic: "b", offset: 99 }], { version: 17, sessionId, sessionEpoch: 1 });
    expect(wrong.responses.find((t) => t.topicId === idOf("b"))?.partitions[0]?.errorCode).toBe("OFFSET_OUT_OF_RANGE");
    const right = await fetch([{ topic: "b", offset: 0 }], { version: 17, sessionId, sessionEpoch: 2 });
    expect(right.responses.find((t) => t.topicId === idOf("b"))?.partitions[0]?.errorCode).toBe("NONE");
  });

  it("ends when its client asks without one", async () => {
    const sessionId = await start();
    expect((await fetch(both, { version: 17, sessionId, sessionEpoch: -1 })).sessionId).toBe(0);
    expect(broker.services.fetchSessions.count).toBe(0);
  });
});
