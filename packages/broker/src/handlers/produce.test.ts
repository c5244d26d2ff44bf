import { produce as produceApi } from "@ottla/protocol";
import { batchOf, produceOf } from "../testing/produced-batches";
import { ServingPartitions } from "../testing/serving-partitions";
import { CLOSE_CONNECTION, NO_RESPONSE } from "./handler";
import { RefusedSequences } from "./refused-sequences";

let broker: ServingPartitions;
beforeEach(async () => {
  broker = await ServingPartitions.open();
});
afterEach(() => broker.close());

/** Produces to one partition and gives its part of the answer. */
async function produce(topic: string, batch: Buffer, options: { acks?: number; index?: number } = {}, version = 9) {
  const answer = await broker.ask(produceApi, version, produceOf(topic, batch, options));
  return answer.responses[0]?.partitionResponses[0];
}

describe("a produced batch", () => {
  it.each([1, -1])("is appended and answered with its offset, acks=%i", async (acks) => {
    broker.topic("orders");
    expect(await produce("orders", batchOf(["a", "b"]), { acks })).toMatchObject({ errorCode: "NONE", baseOffset: 0n });
    expect(await produce("orders", batchOf(["c"]), { acks })).toMatchObject({
      errorCode: "NONE",
      baseOffset: 2n,
      logAppendTimeMs: -1n,
      logStartOffset: 0n,
    });
    expect(broker.partition("orders").log.highWatermark).toBe(3);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])("is taken in version %i", async (version) => {
    broker.topic("orders");
    expect(await produce("orders", batchOf(["a"]), {}, version)).toMatchObject({ errorCode: "NONE", baseOffset: 0n });
  });

  it("has no answer with acks=0, and closes the connection when it is refused", async () => {
    broker.topic("orders");
    const sent = await broker.call(produceApi, 9, produceOf("orders", batchOf(["a"]), { acks: 0 }));
    expect(sent).toBe(NO_RESPONSE);
    expect(broker.partition("orders").log.logEndOffset).toBe(1);
    const refused = await broker.call(produceApi, 9, produceOf("nowhere", batchOf(["a"]), { acks: 0 }));
    expect(refused).toBe(CLOSE_CONNECTION);
  });

  it("carries the broker's time where the topic says LogAppendTime", async () => {
    broker.topic("orders", { configs: { "message.timestamp.type": "LogAppendTime" } });
    expect(await produce("orders", batchOf(["a"]))).toMatchObject({ logAppendTimeMs: BigInt(broker.clock.nowMs()) });
  });

  it("is written together with others of its tick, in the order they came", async () => {
    broker.topic("orders");
    const calls = ["a", "b", "c"].map((value) => broker.begin(produceApi, 9, produceOf("orders", batchOf([value]))));
    expect(broker.partition("orders").log.logEndOffset).toBe(0);
    await broker.settle();
    const answers = await Promise.all(calls.map((call) => call.answer));
    const offsets = answers.map((answer) =>
      typeof answer === "symbol" ? null : answer.responses[0]?.partitionResponses[0]?.baseOffset,
    );
    expect(offsets).toEqual([0n, 1n, 2n]);
  });
});

describe("a produced batch that cannot be taken", () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ["to a topic nobody knows", () => produce("nowhere", batchOf(["a"])), "UNKNOWN_TOPIC_OR_PARTITION"],
    [
      "to a partition beyond the last",
      () => produce("orders", batchOf(["a"]), { index: 7 }),
      "UNKNOWN_TOPIC_OR_PARTITION",
    ],
    ["to an internal topic", () => produce("__consumer_offsets", batchOf(["a"])), "INVALID_TOPIC_EXCEPTION"],
    ["with acks=2", () => produce("orders", batchOf(["a"]), { acks: 2 }), "INVALID_REQUIRED_ACKS"],
    ["with a wrong checksum", () => produce("orders", damaged(batchOf(["a"]))), "CORRUPT_MESSAGE"],
    ["that is empty", () => produce("orders", Buffer.alloc(0)), "INVALID_RECORD"],
    ["larger than max.message.bytes", () => produce("small", batchOf(["a".repeat(500)])), "MESSAGE_TOO_LARGE"],
    ["larger than a segment", () => produce("segments", batchOf(["a".repeat(5000)])), "RECORD_LIST_TOO_LARGE"],
    [
      "in a transaction",
      () =>
        produce("orders", batchOf(["a"], { producerId: 5n, producerEpoch: 0, baseSequence: 0, isTransactional: true })),
      "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    ],
  ])("%s", async (_what, send, errorCode) => {
    broker.topic("orders");
    broker.topic("__consumer_offsets");
    broker.topic("small", { configs: { "max.message.bytes": "200" } });
    broker.topic("segments", { configs: { "segment.bytes": "1024" } });
    expect(await send()).toMatchObject({ errorCode, baseOffset: -1n });
    expect(broker.partition("orders").log.logEndOffset).toBe(0);
  });

  it("does not hold up the other partitions of its request", async () => {
    broker.topic("orders", { partitions: 2 });
    const answer = await broker.ask(produceApi, 9, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        {
          name: "orders",
          partitionData: [
            { index: 0, records: [damaged(batchOf(["a"]))] },
            { index: 1, records: [batchOf(["b"])] },
          ],
        },
      ],
    });
    expect(answer.responses[0]?.partitionResponses).toMatchObject([
      { index: 0, errorCode: "CORRUPT_MESSAGE" },
      { index: 1, errorCode: "NONE", baseOffset: 0n },
    ]);
  });

  it("names the leader and its address when another broker leads, from version 10 on", async () => {
    broker.topic("away", { leader: 2, replicas: [2], leaderEpoch: 4 });
    const answer = await broker.ask(produceApi, 10, produceOf("away", batchOf(["a"])));
    expect(answer.responses[0]?.partitionResponses[0]).toMatchObject({
      errorCode: "NOT_LEADER_OR_FOLLOWER",
      currentLeader: { leaderId: 2, leaderEpoch: 4 },
    });
    expect(answer.nodeEndpoints).toEqual([{ nodeId: 2, host: "host-2", port: 9092, rack: null }]);
    expect(await produce("away", batchOf(["a"]), {}, 9)).toMatchObject({ errorCode: "NOT_LEADER_OR_FOLLOWER" });
  });

  it("leaves nothing behind when the disk refuses, and neither do those of its tick", async () => {
    broker.topic("orders");
    await produce("orders", batchOf(["kept"]));
    broker.disk.inject({ operation: "write", pathContains: ".log", code: "EIO" });
    const calls = [1, 2].map(() => broker.begin(produceApi, 9, produceOf("orders", batchOf(["lost"]))));
    await broker.settle();
    for (const call of calls) {
      expect(await call.answer).toMatchObject({
        responses: [{ partitionResponses: [{ errorCode: "KAFKA_STORAGE_ERROR", baseOffset: -1n }] }],
      });
    }
    expect(broker.partition("orders").log.logEndOffset).toBe(1);
    expect(await produce("orders", batchOf(["later"]))).toMatchObject({ errorCode: "KAFKA_STORAGE_ERROR" });
  });
});

describe("an idempotent producer", () => {
  const numbered = (baseSequence: number, ...values: string[]) =>
    batchOf(values, { producerId: 9n, producerEpoch: 0, baseSequence });

  it("gets the first offset again for a retry, and the log keeps one copy", async () => {
    broker.topic("orders");
    expect(await produce("orders", numbered(0, "a", "b"))).toMatchObject({ errorCode: "NONE", baseOffset: 0n });
    expect(await produce("orders", numbered(2, "c"))).toMatchObject({ errorCode: "NONE", baseOffset: 2n });
    expect(await produce("orders", numbered(0, "a", "b"))).toMatchObject({ errorCode: "NONE", baseOffset: 0n });
    expect(broker.partition("orders").log.logEndOffset).toBe(3);
  });

  it("is refused a gap, also one that lies within a tick", async () => {
    broker.topic("orders");
    const calls = [numbered(0, "a"), numbered(2, "c")].map((batch) =>
      broker.begin(produceApi, 9, produceOf("orders", batch)),
    );
    await broker.settle();
    expect(await calls[0]?.answer).toMatchObject({ responses: [{ partitionResponses: [{ errorCode: "NONE" }] }] });
    expect(await calls[1]?.answer).toMatchObject({
      responses: [{ partitionResponses: [{ errorCode: "OUT_OF_ORDER_SEQUENCE_NUMBER" }] }],
    });
  });

  it("waits with its sixth unanswered batch for one partition", async () => {
    broker.topic("orders", { replicas: [1, 2] });
    const send = (sequence: number) => broker.begin(produceApi, 9, produceOf("orders", numbered(sequence, "x")));
    const calls = [0, 1, 2, 3, 4].map(send);
    await broker.settle();
    expect(calls.map((call) => call.admission)).toEqual([null, null, null, null, null]);
    const sixth = send(5);
    expect(sixth.admission).toBeInstanceOf(Promise);
    let isAdmitted = false;
    void sixth.admission?.then(() => (isAdmitted = true));
    await broker.settle();
    expect(isAdmitted).toBe(false);
    broker.clock.advance(1000); // The first one's time is up, and it is answered.
    await broker.settle();
    expect(isAdmitted).toBe(true);
  });
});

describe("an idempotent producer with several batches under way, the first of which is refused", () => {
  const pipelined = () => {
    const options = { refusedSequences: new RefusedSequences() };
    return async (...sequences: number[]) => {
      const calls = sequences.map((baseSequence) => {
        const batch = batchOf([String(baseSequence)], { producerId: 9n, producerEpoch: 0, baseSequence });
        return broker.begin(produceApi, 9, produceOf("orders", batch), options);
      });
      await broker.settle();
      const answers = await Promise.all(calls.map(({ answer }) => answer));
      return answers.map((answer) =>
        typeof answer === "symbol" ? answer : answer.responses[0]?.partitionResponses[0]?.errorCode,
      );
    };
  };

  it.each<[string, () => void, () => void, string]>([
    [
      "the broker leads again before the next one comes",
      () => broker.topic("orders", { leader: 2, leaderEpoch: 1, replicas: [1, 2], isr: [1] }),
      () => broker.topic("orders", { leaderEpoch: 2, replicas: [1, 2], isr: [1] }),
      "NOT_LEADER_OR_FOLLOWER",
    ],
    [
      "a later leader epoch had been heard of, and this broker leads in it",
      () => broker.partition("orders").leadershipHeard(1),
      () => broker.topic("orders", { leaderEpoch: 1, replicas: [1, 2], isr: [1] }),
      "NOT_LEADER_OR_FOLLOWER",
    ],
    [
      "enough replicas are in sync again",
      () => broker.partition("orders").leader?.onMinInsyncReplicas(2, 0),
      () => broker.partition("orders").leader?.onMinInsyncReplicas(1, 0),
      "NOT_ENOUGH_REPLICAS",
    ],
  ])("is told of no gap: %s", async (_what, away, back, error) => {
    for (const known of [true, false]) {
      broker.topic("orders", { replicas: [1, 2], isr: [1] });
      const send = pipelined();
      if (known) expect(await send(0, 1)).toEqual(["NONE", "NONE"]);
      const first = known ? 2 : 0;
      away();
      expect(await send(first)).toEqual([error]);
      back();
      expect(await send(first + 1, first + 2)).toEqual([error, error]);
      expect(await send(first, first + 1, first + 2)).toEqual(["NONE", "NONE", "NONE"]);
      await broker.close();
      broker = await ServingPartitions.open();
    }
  });

  it("goes on here after the batch was taken by another leader meanwhile", async () => {
    broker.topic("orders", { replicas: [1, 2], isr: [1] });
    const send = pipelined();
    expect(await send(0)).toEqual(["NONE"]);
    broker.topic("orders", { replicas: [1, 2], isr: [1], leader: 2, leaderEpoch: 1 });
    expect(await send(1, 2)).toEqual(["NOT_LEADER_OR_FOLLOWER", "NOT_LEADER_OR_FOLLOWER"]);
    broker.topic("orders", { replicas: [1, 2], isr: [1], leaderEpoch: 2 });
    // As the follower would have got it from the other leader.
    expect(await pipelined()(1, 2)).toEqual(["NONE", "NONE"]);
    expect(await send(3)).toEqual(["NONE"]);
  });
});

describe("acks=all on a partition with another replica in its ISR", () => {
  it("waits for it, and times out without it", async () => {
    broker.topic("orders", { replicas: [1, 2] });
    const call = broker.begin(produceApi, 9, produceOf("orders", batchOf(["a"]), { timeoutMs: 1000 }));
    await broker.settle();
    await broker.clock.advanceAsync(999);
    expect(call.isAnswered).toBe(false);
    await broker.clock.advanceAsync(1);
    expect(await call.answer).toMatchObject({
      responses: [{ partitionResponses: [{ errorCode: "REQUEST_TIMED_OUT", baseOffset: -1n }] }],
    });
  });

  it("is answered when the follower leaves the ISR", async () => {
    broker.topic("orders", { replicas: [1, 2] });
    const timersBefore = broker.clock.pendingTimers;
    const call = broker.begin(produceApi, 9, produceOf("orders", batchOf(["a"])));
    await broker.settle();
    broker.topic("orders", { replicas: [1, 2], isr: [1] });
    await broker.settle();
    expect(await call.answer).toMatchObject({ responses: [{ partitionResponses: [{ errorCode: "NONE" }] }] });
    expect(broker.clock.pendingTimers).toBe(timersBefore);
  });

  it("fails when leadership goes, and survives a new epoch of the same leader", async () => {
    broker.topic("orders", { replicas: [1, 2] });
    const first = broker.begin(produceApi, 9, produceOf("orders", batchOf(["a"]), { timeoutMs: 60_000 }));
    await broker.settle();
    broker.topic("orders", { replicas: [1, 2], leaderEpoch: 1 });
    await broker.settle();
    expect(first.isAnswered).toBe(false);
    broker.topic("orders", { replicas: [1, 2], leaderEpoch: 2, leader: 2 });
    await broker.settle();
    expect(await first.answer).toMatchObject({
      responses: [{ partitionResponses: [{ errorCode: "NOT_LEADER_OR_FOLLOWER" }] }],
    });
  });

  it("is refused before the log while too few replicas are in sync", async () => {
    broker.topic("orders", { replicas: [1, 2], isr: [1], configs: { "min.insync.replicas": "2" } });
    expect(await produce("orders", batchOf(["a"]))).toMatchObject({ errorCode: "NOT_ENOUGH_REPLICAS" });
    expect(await produce("orders", batchOf(["a"]), { acks: 1 })).toMatchObject({ errorCode: "NONE", baseOffset: 0n });
    expect(broker.partition("orders").log.highWatermark).toBe(0);
  });

  it("hears of a change of role in its own tick: nothing is written", async () => {
    broker.topic("orders", { replicas: [1, 2], isr: [1] });
    const call = broker.begin(produceApi, 9, produceOf("orders", batchOf(["a"])));
    broker.topic("orders", { replicas: [1, 2], isr: [1, 2], leader: 2, leaderEpoch: 1 });
    await broker.settle();
    expect(await call.answer).toMatchObject({
      responses: [{ partitionResponses: [{ errorCode: "NOT_LEADER_OR_FOLLOWER" }] }],
    });
    expect(broker.partition("orders").log.logEndOffset).toBe(0);
  });
});

describe("flush.messages=1", () => {
  it("answers only what the device holds, and commits nothing else", async () => {
    broker.topic("orders", { configs: { "flush.messages": "1" } });
    const call = broker.begin(produceApi, 9, produceOf("orders", batchOf(["a"]), { acks: 1 }));
    broker.clock.runTick();
    const { log } = broker.partition("orders");
    expect(log.logEndOffset).toBe(1);
    expect([call.isAnswered, log.highWatermark]).toEqual([false, 0]);
    await broker.settle();
    expect(await call.answer).toMatchObject({ responses: [{ partitionResponses: [{ errorCode: "NONE" }] }] });
    expect(log.highWatermark).toBe(1);
  });
});

function damaged(batch: Buffer): Buffer {
  const copy = Buffer.from(batch);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 0xff;
  return copy;
}
