import {
  apiVersions,
  BatchBuilder,
  buildEndTxnMarker,
  compressionReady,
  fetch,
  listOffsets,
  metadata,
} from "@ottla/protocol";
import { SeededRandom } from "@ottla/runtime";
import { ClusterClient } from "../cluster/cluster-client";
import { until } from "../testing/collecting";
import { FakeBroker } from "../testing/fake-broker";
import { AssignedConsumer } from "./assigned-consumer";
import type { AssignedConsumerOptions, StartPosition } from "./consumer-options";

describe("a consumer of assigned partitions", () => {
  let broker: FakeBroker;
  let cluster: ClusterClient;
  let consumer: AssignedConsumer;
  beforeEach(async () => {
    broker = await FakeBroker.start();
    broker.topics.set("t", 2);
    cluster = new ClusterClient({ bootstrapServers: broker.address, retryBackoffMs: 5, reconnectBackoffMs: 5 });
  });
  afterEach(async () => {
    await consumer.close();
    await cluster.close();
    await broker.close();
  });
  const start = (position: StartPosition, options: Partial<AssignedConsumerOptions> = {}) => {
    consumer = new AssignedConsumer({
      cluster,
      assignments: [{ topic: "t", partition: 0, start: position }],
      fetchWaitMs: 5,
      ...options,
    });
    return consumer;
  };
  const read = async (count: number) => {
    const values: string[] = [];
    while (values.length < count) {
      const batches = await consumer.poll({ timeoutMs: 3_000 });
      if (batches.length === 0) throw new Error(`nothing came after ${values.join()}`);
      for (const batch of batches) for (const { value } of batch.records()) values.push(String(value));
    }
    return values;
  };

  it("reads everything from the earliest offset, in order, and knows where it stands", async () => {
    for (const values of [["a", "b"], ["c"], ["d", "e"], ["f"]]) broker.plant("t", batchOf(values));
    start("earliest");
    expect(await read(6)).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(consumer.position({ topic: "t", partition: 0 })).toBe(6);
    expect(consumer.lag({ topic: "t", partition: 0 })).toBe(0);
  });

  it("gives each record once when the leader moves while it is asked", async () => {
    const next = await FakeBroker.start();
    try {
      for (const one of [broker, next]) {
        one.topics.set("t", 2);
        one.brokers = [broker, next].map(({ port }, i) => ({ nodeId: i + 1, host: "127.0.0.1", port }));
        one.plant("t", batchOf(["a", "b"]));
      }
      // Asks the last broker it is connected to for metadata: at the first they would stand behind the answer that does not come.
      const random = Object.assign(new SeededRandom(1), { below: (bound: number) => bound - 1 });
      await cluster.close();
      cluster = new ClusterClient({ bootstrapServers: next.address, retryBackoffMs: 5, random });
      await cluster.topic("t");
      await cluster.connection(2);
      const answers: (() => void)[] = [];
      broker.on(fetch, () => new Promise((resolve) => answers.push(() => resolve(undefined))));
      start({ offset: 0 });
      const first = read(2);
      await until("the old leader is asked", () => answers.length > 0);
      for (const one of [broker, next]) one.leaderId = 2;
      await cluster.refresh();
      expect(await first).toEqual(["a", "b"]);
      answers[0]?.();
      next.plant("t", batchOf(["c"]));
      broker.plant("t", batchOf(["c"]));
      expect(await read(1)).toEqual(["c"]);
      expect(consumer.position({ topic: "t", partition: 0 })).toBe(3);
    } finally {
      await next.close();
    }
  });

  it("does not ask a broker that is not the leader any more once it can be reached: it may have less, and would say so", async () => {
    const next = await FakeBroker.start();
    try {
      for (const one of [broker, next]) {
        one.topics.set("t", 2);
        one.brokers = [broker, next].map(({ port }, i) => ({ nodeId: i + 1, host: "127.0.0.1", port }));
      }
      next.plant("t", batchOf(["a", "b"]));
      await cluster.close();
      cluster = new ClusterClient({ bootstrapServers: next.address, retryBackoffMs: 5 });
      await cluster.topic("t");
      await cluster.connection(2);
      const answers: (() => void)[] = [];
      broker.on(apiVersions, () => new Promise((resolve) => answers.push(() => resolve(undefined))));
      start({ offset: 0 });
      const read2 = read(2);
      await until("the old leader is dialled", () => answers.length > 0);
      for (const one of [broker, next]) one.leaderId = 2;
      await cluster.refresh();
      answers[0]?.();
      expect(await read2).toEqual(["a", "b"]);
      expect(broker.count("Fetch")).toBe(0);
    } finally {
      await next.close();
    }
  });

  it("gives no record before the offset it was told to begin with, though its batch holds some", async () => {
    broker.plant("t", batchOf(["a", "b", "c"]));
    start({ offset: 1 });
    expect(await read(2)).toEqual(["b", "c"]);
  });

  it("reads from the latest offset what comes after it began", async () => {
    broker.plant("t", batchOf(["old"]));
    start("latest");
    await consumer.started();
    broker.plant("t", batchOf(["new"]));
    expect(await read(1)).toEqual(["new"]);
  });

  it("takes the end where no record reaches the timestamp it was told to begin with", async () => {
    broker.plant("t", batchOf(["old"]));
    let asked = 0;
    broker.on(listOffsets, ({ topics }) => {
      if (topics[0]!.partitions[0]!.timestamp < 0n) return undefined;
      asked++;
      return { topics: [{ name: "t", partitions: [{ partitionIndex: 0, errorCode: "NONE" as const, offset: -1n }] }] };
    });
    start({ timestampMs: 5 });
    await consumer.started();
    expect(asked).toBe(1);
    expect(consumer.position({ topic: "t", partition: 0 })).toBe(1);
  });

  it("says with an empty answer that nothing came in time", async () => {
    start("earliest");
    expect(await consumer.poll({ timeoutMs: 30 })).toEqual([]);
  });

  it.each(["NOT_LEADER_OR_FOLLOWER", "FENCED_LEADER_EPOCH", "UNKNOWN_LEADER_EPOCH", "KAFKA_STORAGE_ERROR"] as const)(
    "asks for metadata and goes on after %s",
    async (errorCode) => {
      broker.plant("t", batchOf(["a"]));
      let fetches = 0;
      broker.on(fetch, () => (++fetches === 1 ? failed(errorCode) : undefined));
      start("earliest");
      expect(await read(1)).toEqual(["a"]);
      expect(broker.count("Metadata")).toBeGreaterThan(1);
    },
  );

  it("goes on after a cut connection, with nothing twice", async () => {
    for (const value of ["a", "b", "c", "d", "e"]) broker.plant("t", batchOf([value]));
    let fetches = 0;
    broker.on(fetch, () => (++fetches === 2 ? "cut" : undefined));
    start("earliest");
    expect(await read(5)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("begins anew where it was told to when its offset is not in the log, or fails when it was told to do that", async () => {
    broker.plant("t", batchOf(["a", "b"]));
    start({ offset: 99 }, { onOutOfRange: "earliest" });
    expect(await read(2)).toEqual(["a", "b"]);
    await consumer.close();
    start({ offset: 99 }, { onOutOfRange: "none" });
    await expect(consumer.poll()).rejects.toMatchObject({ name: "OFFSET_OUT_OF_RANGE" });
  });

  it("refuses a batch whose checksum is wrong", async () => {
    const damaged = batchOf(["a"]);
    damaged[damaged.length - 2]! ^= 1;
    broker.plant("t", damaged);
    start("earliest");
    await expect(consumer.poll()).rejects.toThrow(/t-0 at offset 0: the checksum/);
  });

  it("shows no control records, and under read_committed nothing of what was aborted", async () => {
    const producer = { producerEpoch: 0, baseSequence: 0, isTransactional: true };
    broker.plant("t", batchOf(["aborted"], { ...producer, producerId: 1n }));
    broker.plant("t", batchOf(["kept"], { ...producer, producerId: 2n }));
    const marker = { producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1 };
    broker.plant("t", buildEndTxnMarker({ ...marker, producerId: 1n, type: "ABORT" }));
    broker.plant("t", buildEndTxnMarker({ ...marker, producerId: 2n, type: "COMMIT" }));
    broker.plant("t", batchOf(["later"], { ...producer, producerId: 1n, baseSequence: 1 }));
    const answer = () => ({
      responses: [
        {
          topic: "t",
          partitions: [
            {
              partitionIndex: 0,
              errorCode: "NONE" as const,
              highWatermark: 5n,
              abortedTransactions: [{ producerId: 1n, firstOffset: 0n }],
              records: broker.log("t").map(({ bytes }) => bytes),
            },
          ],
        },
      ],
    });
    let fetches = 0;
    broker.on(fetch, () => (++fetches === 1 ? answer() : undefined));
    start("earliest", { isolationLevel: "read_committed" });
    expect(await read(2)).toEqual(["kept", "later"]);
    await consumer.close();
    start("earliest");
    expect(await read(3)).toEqual(["aborted", "kept", "later"]);
  });

  it("reads compressed batches, zstd too", async () => {
    await compressionReady();
    for (const codec of ["gzip", "snappy", "lz4", "zstd"] as const) broker.plant("t", batchOf([codec], { codec }));
    start("earliest");
    expect(await read(4)).toEqual(["gzip", "snappy", "lz4", "zstd"]);
  });

  it("fetches by topic id from brokers that tell them", async () => {
    broker.plant("t", batchOf(["a"]));
    const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
    broker.on(metadata, () => ({
      brokers: broker.brokers,
      controllerId: 1,
      clusterId: "fake",
      topics: [
        {
          name: "t",
          topicId,
          errorCode: "NONE" as const,
          partitions: [
            {
              errorCode: "NONE" as const,
              partitionIndex: 0,
              leaderId: 1,
              leaderEpoch: 0,
              replicaNodes: [1],
              isrNodes: [1],
            },
          ],
        },
      ],
    }));
    broker.on(fetch, ({ topics }) => ({
      responses: [
        {
          topicId: topics[0]!.topicId,
          partitions: [
            {
              partitionIndex: 0,
              errorCode: "NONE" as const,
              highWatermark: 1n,
              records: topics[0]!.partitions[0]!.fetchOffset === 0n ? [broker.log("t")[0]!.bytes] : [],
            },
          ],
        },
      ],
    }));
    start("earliest");
    expect(await read(1)).toEqual(["a"]);
    expect(broker.seen.find(({ api }) => api === "Fetch")?.version).toBeGreaterThanOrEqual(13);
  });

  it("ends a wait when it is closed, or its signal aborts", async () => {
    start("latest");
    const leaving = new AbortController();
    const waiting = consumer.poll({ signal: leaving.signal });
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ name: "Aborted" });
    const other = consumer.poll();
    await consumer.close();
    await expect(other).rejects.toMatchObject({ name: "Aborted" });
  });
});

function batchOf(values: readonly string[], options: ConstructorParameters<typeof BatchBuilder>[0] = {}): Buffer {
  const builder = new BatchBuilder(options);
  for (const value of values) builder.append({ timestamp: 1, key: null, value: Buffer.from(value) });
  return builder.build();
}

function failed(
  errorCode: "NOT_LEADER_OR_FOLLOWER" | "FENCED_LEADER_EPOCH" | "UNKNOWN_LEADER_EPOCH" | "KAFKA_STORAGE_ERROR",
) {
  return {
    responses: [{ topic: "t", partitions: [{ partitionIndex: 0, errorCode, highWatermark: -1n, records: [] }] }],
  };
}
