import { apiVersions, initProducerId, metadata, produce } from "@ottla/protocol";
import { SeededRandom } from "@ottla/runtime";
import { ClusterClient } from "../cluster/cluster-client";
import { until, valuesIn } from "../testing/collecting";
import { FakeBroker, refusal, versionsAnswer } from "../testing/fake-broker";
import { Producer } from "./producer";
import type { ProducerOptions } from "./producer-options";

describe("a producer", () => {
  let broker: FakeBroker;
  let cluster: ClusterClient;
  let producer: Producer;
  beforeEach(async () => {
    broker = await FakeBroker.start();
    broker.topics.set("t", 1);
    cluster = new ClusterClient({
      bootstrapServers: broker.address,
      retryBackoffMs: 5,
      requestTimeoutMs: 1_000,
      reconnectBackoffMs: 5,
    });
  });
  afterEach(async () => {
    await producer.close({ timeoutMs: 0 });
    await cluster.close();
    await broker.close();
  });
  const start = (options: Partial<ProducerOptions> = {}) => {
    producer = new Producer({ cluster, retryBackoffMs: 5, ...options });
    return producer;
  };
  const send = (value: string) => producer.send({ topic: "t", value: Buffer.from(value) });
  /** One batch for each record. */
  const single = { batchSizeBytes: 1 };
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

  it("tells where a record went", async () => {
    start();
    await send("a");
    expect(await producer.send({ topic: "t", value: Buffer.from("b"), timestamp: 42 })).toEqual({
      topic: "t",
      partition: 0,
      offset: 1,
      timestamp: 42,
    });
  });

  it("gathers what one tick sends in one batch", async () => {
    start();
    await send("first");
    await Promise.all(numbers(100).map(send));
    expect(broker.log("t").map(({ recordCount }) => recordCount)).toEqual([1, 100]);
  });

  it("waits linger.ms for a batch to fill, and not when told to send now", async () => {
    start({ lingerMs: 60_000 });
    await producer.ready("t");
    producer.enqueue({ topic: "t", value: Buffer.from("a") });
    await new Promise((resolve) => setImmediate(resolve));
    expect(broker.count("Produce")).toBe(0);
    await producer.flush();
    expect(valuesIn(broker.log("t"))).toEqual(["a"]);
  });

  it("has at most five batches of a partition unanswered, numbered one after the other", async () => {
    start(single);
    let open = 0;
    let most = 0;
    const release: (() => void)[] = [];
    broker.on(produce, async () => {
      most = Math.max(most, ++open);
      await new Promise<void>((resolve) => release.push(resolve));
      open--;
      return undefined;
    });
    const sent = Promise.all(numbers(12).map(send));
    for (let i = 0; i < 12; i++) {
      await until("the next request", () => release.length > 0);
      await new Promise((resolve) => setImmediate(resolve));
      release.shift()!();
    }
    await sent;
    expect(most).toBeLessThanOrEqual(5);
    expect(broker.log("t").map(({ baseSequence }) => baseSequence)).toEqual(numbers(12).map(Number));
  });

  it.each(["NOT_LEADER_OR_FOLLOWER", "NOT_ENOUGH_REPLICAS", "REQUEST_TIMED_OUT"] as const)(
    "sends again after %s, each record once and in order",
    async (error) => {
      start(single);
      let requests = 0;
      broker.on(produce, (request) => (++requests % 4 === 2 ? refusal(request, error) : undefined));
      await Promise.all(numbers(40).map(send));
      expect(valuesIn(broker.log("t"))).toEqual(numbers(40));
      expect(broker.log("t").every(({ producerEpoch }) => producerEpoch === 0)).toBe(true);
    },
  );

  it("sends again after a cut connection, each record once and in order, also when only the answer was lost", async () => {
    start(single);
    let requests = 0;
    broker.on(produce, (request) => {
      requests++;
      if (requests % 7 === 3) return "cut";
      if (requests % 7 !== 5) return undefined;
      broker.append(request);
      return "cut";
    });
    await Promise.all(numbers(20).map(send));
    expect(valuesIn(broker.log("t"))).toEqual(numbers(20));
  });

  it("refreshes its metadata when a leader is one no more", async () => {
    start();
    let requests = 0;
    broker.on(produce, (request) => (++requests === 1 ? refusal(request, "NOT_LEADER_OR_FOLLOWER") : undefined));
    const before = broker.count("Metadata");
    await send("a");
    expect(broker.count("Metadata")).toBeGreaterThan(before);
  });

  it("gives up a batch that is refused for good, and goes on under the next epoch without a gap", async () => {
    start(single);
    await send("a");
    let refused = false;
    broker.on(produce, (request) => {
      if (refused) return undefined;
      refused = true;
      return refusal(request, "INVALID_RECORD");
    });
    const results = await Promise.allSettled(["bad", "b", "c"].map(send));
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(results[0]).toMatchObject({ reason: { name: "INVALID_RECORD" } });
    expect(valuesIn(broker.log("t"))).toEqual(["a", "b", "c"]);
    expect(broker.log("t").map(({ producerEpoch, baseSequence }) => [producerEpoch, baseSequence])).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
  });

  it("splits a batch that is too large for the topic", async () => {
    start();
    await producer.ready("t");
    broker.on(produce, (request) => {
      const bytes = request.topicData[0]!.partitionData[0]!.records![0]!;
      return bytes.length > 400 ? refusal(request, "MESSAGE_TOO_LARGE") : undefined;
    });
    const offsets = await Promise.all(numbers(10).map((n) => send(n.padEnd(100, "."))));
    expect(valuesIn(broker.log("t")).map((value) => value.replace(/\.+/, ""))).toEqual(numbers(10));
    expect(offsets.map(({ offset }) => offset)).toEqual(numbers(10).map(Number));
  });

  it("gives up after its retries, with the broker's last word", async () => {
    start({ retries: 2 });
    broker.on(produce, (request) => refusal(request, "NOT_ENOUGH_REPLICAS"));
    await expect(send("a")).rejects.toMatchObject({ name: "NOT_ENOUGH_REPLICAS" });
    expect(broker.count("Produce")).toBe(3);
  });

  it("gives up when delivery.timeout.ms is over", async () => {
    start({ deliveryTimeoutMs: 60 });
    broker.on(produce, (request) => refusal(request, "NOT_ENOUGH_REPLICAS"));
    await expect(send("a")).rejects.toMatchObject({ name: "NOT_ENOUGH_REPLICAS" });
  });

  it("takes no more than buffer.memory, and takes again once there is room", async () => {
    start({ bufferBytes: 2_000, batchSizeBytes: 500 });
    await producer.ready("t");
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    broker.on(produce, async () => {
      await held;
      return undefined;
    });
    const record = { topic: "t", value: Buffer.alloc(100) };
    let taken = 0;
    while (producer.enqueue(record)) taken++;
    expect(taken).toBeLessThan(20);
    const room = producer.ready("t");
    release();
    await room;
    expect(producer.enqueue(record)).toBe(true);
    await producer.flush();
    expect(broker.log("t").reduce((sum, { recordCount }) => sum + recordCount, 0)).toBe(taken + 1);
  });

  it("expects no answer with acks 0, and numbers nothing", async () => {
    start({ acks: 0 });
    expect(await send("a")).toMatchObject({ offset: -1 });
    await until("the record", () => broker.log("t").length === 1);
    expect(broker.log("t")[0]!.hasProducerId).toBe(false);
    expect(broker.count("InitProducerId")).toBe(0);
  });

  it("goes without producer ids where the broker has none, unless they were asked for", async () => {
    broker.on(apiVersions, () => versionsAnswer([apiVersions, metadata, produce]));
    start();
    expect(await send("a")).toMatchObject({ offset: 0 });
    await producer.close();
    start({ idempotence: true });
    await expect(send("b")).rejects.toMatchObject({ name: "UNSUPPORTED_VERSION" });
  });

  it("waits while the coordinator of producer ids loads", async () => {
    start();
    let requests = 0;
    broker.on(initProducerId, () =>
      ++requests < 3
        ? { errorCode: "COORDINATOR_LOAD_IN_PROGRESS" as const, throttleTimeMs: 0, producerEpoch: -1 }
        : undefined,
    );
    await send("a");
    expect(requests).toBe(3);
  });

  it("waits max.block.ms for a topic, and then says what stood in the way", async () => {
    start({ maxBlockMs: 50 });
    await expect(producer.send({ topic: "absent", value: null })).rejects.toMatchObject({
      name: "DeadlineExceeded",
      cause: { name: "UNKNOWN_TOPIC_OR_PARTITION" },
    });
  });

  describe("whose leader moves while a batch is on its way", () => {
    let next: FakeBroker;
    beforeEach(async () => {
      next = await FakeBroker.start();
    });
    afterEach(() => next.close());

    it("sends nothing to the new leader before the old one has answered", async () => {
      for (const one of [broker, next]) {
        one.topics.set("t", 2);
        one.brokers = [broker, next].map(({ port }, i) => ({ nodeId: i + 1, host: "127.0.0.1", port }));
      }
      // Asks the last broker it is connected to for metadata: at the first they would stand behind the answer that does not come.
      const random = Object.assign(new SeededRandom(1), { below: (bound: number) => bound - 1 });
      await cluster.close();
      cluster = new ClusterClient({ bootstrapServers: next.address, retryBackoffMs: 5, random });
      await cluster.topic("t");
      await cluster.connection(2);
      start(single);
      const to = (partition: number, value: string) =>
        producer.send({ topic: "t", partition, value: Buffer.from(value) });
      const seen: number[] = [];
      next.on(produce, ({ topicData }) => {
        for (const { partitionData } of topicData) seen.push(...partitionData.map(({ index }) => index));
        return undefined;
      });
      let refuse = () => {};
      broker.on(
        produce,
        (request) =>
          new Promise((resolve) => {
            refuse = () => resolve(refusal(request, "NOT_LEADER_OR_FOLLOWER"));
          }),
      );
      const first = to(0, "first");
      await until("the first batch is on its way", () => broker.count("Produce") === 1);
      for (const one of [broker, next]) one.leaderId = 2;
      await cluster.refresh();
      const second = to(0, "second");
      await to(1, "elsewhere");
      expect(seen).toEqual([1]);
      refuse();
      await Promise.all([first, second]);
      expect(valuesIn(next.log("t", 0))).toEqual(["first", "second"]);
      expect(next.log("t", 0).map(({ producerEpoch, baseSequence }) => [producerEpoch, baseSequence])).toEqual([
        [0, 0],
        [0, 1],
      ]);
    });
  });

  describe("with sends that wait", () => {
    const filler = { topic: "t", value: Buffer.alloc(600) };
    /** Answers no Produce until it is called. */
    const hold = () => {
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      broker.on(produce, async () => {
        await held;
        return undefined;
      });
      return () => release();
    };

    it("keeps their order when a later call comes just as the topic becomes known", async () => {
      start();
      await send("before");
      broker.topics.set("new", 1);
      const sent: Promise<unknown>[] = [];
      const toNew = (value: string) => sent.push(producer.send({ topic: "new", value: Buffer.from(value) }));
      const stop = cluster.onMetadata(({ topics }) => {
        if (topics.has("new")) toNew("third");
      });
      toNew("first");
      toNew("second");
      await until("the third call", () => sent.length === 3);
      stop();
      await Promise.all(sent);
      expect(valuesIn(broker.log("new"))).toEqual(["first", "second", "third"]);
    });

    it("keeps their order when a later call comes just as there is room", async () => {
      start({ ...single, bufferBytes: 1_000 });
      await producer.ready("t");
      const release = hold();
      const later = producer.send(filler).then(() => Promise.all([send("c"), send("d")]));
      const waiting = [producer.send({ ...filler, value: Buffer.alloc(600, "a") }), send("b")];
      release();
      await Promise.all([...waiting, later]);
      expect(valuesIn(broker.log("t")).map((value) => value[0])).toEqual(["\0", "a", "b", "c", "d"]);
    });

    it("does not let those to one topic wait for those to another", async () => {
      start({ maxBlockMs: 5_000 });
      const absent = expect(producer.send({ topic: "absent", value: null })).rejects.toThrow("");
      expect(await send("a")).toMatchObject({ offset: 0 });
      await cluster.close();
      await absent;
    });

    it("ends each one's wait by its own signal, and the others go on", async () => {
      start({ ...single, bufferBytes: 1_000 });
      await producer.ready("t");
      const release = hold();
      const first = producer.send(filler);
      const [head, middle] = [new AbortController(), new AbortController()];
      const big = { topic: "t", value: Buffer.alloc(700, "x") };
      const aborted = [producer.send(big, head.signal), producer.send(big, middle.signal)];
      const last = producer.send({ topic: "t", value: Buffer.alloc(800, "l") });
      middle.abort();
      await expect(aborted[1]).rejects.toMatchObject({ name: "Aborted" });
      head.abort();
      await expect(aborted[0]).rejects.toMatchObject({ name: "Aborted" });
      release();
      await Promise.all([first, last]);
      expect(valuesIn(broker.log("t")).map((value) => value[0])).toEqual(["\0", "l"]);
    });

    it("takes sends again after all that waited have given up", async () => {
      start({ maxBlockMs: 50 });
      const all = await Promise.allSettled(numbers(3).map(() => producer.send({ topic: "late", value: null })));
      expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
      broker.topics.set("late", 1);
      expect(await producer.send({ topic: "late", value: null })).toMatchObject({ offset: 0 });
    });
  });

  it("refuses a record larger than max.request.size before it is sent", async () => {
    start({ requestBytesMax: 1_000 });
    await expect(send("x".repeat(1_000))).rejects.toMatchObject({ name: "MESSAGE_TOO_LARGE" });
  });
});
