import {
  describeLogDirs as describeLogDirsApi,
  describeProducers as describeProducersApi,
  findCoordinator as findCoordinatorApi,
  initProducerId as initProducerIdApi,
  offsetForLeaderEpoch as offsetForLeaderEpochApi,
  produce as produceApi,
} from "@ottla/protocol";
import { batchOf, produceOf } from "../testing/produced-batches";
import { ServingPartitions } from "../testing/serving-partitions";

let broker: ServingPartitions;
beforeEach(async () => {
  broker = await ServingPartitions.open();
});
afterEach(() => broker.close());

describe("OffsetForLeaderEpoch", () => {
  it("tells where each epoch ended", async () => {
    broker.topic("orders", { leaderEpoch: 2 });
    await broker.ask(produceApi, 9, produceOf("orders", batchOf(["a", "b"])));
    broker.topic("orders", { leaderEpoch: 5 });
    await broker.ask(produceApi, 9, produceOf("orders", batchOf(["c"])));
    const answers = await Promise.all(
      [1, 2, 4, 5, 6].map(async (leaderEpoch) => {
        const answer = await broker.ask(offsetForLeaderEpochApi, 4, {
          topics: [{ topic: "orders", partitions: [{ partition: 0, leaderEpoch }] }],
        });
        return answer.topics[0]?.partitions[0];
      }),
    );
    expect(answers.map((p) => [p?.leaderEpoch, p?.endOffset])).toEqual([
      [1, 0n],
      [2, 2n],
      [2, 2n],
      [5, 3n],
      [-1, -1n],
    ]);
  });
});

describe("InitProducerId", () => {
  const ask = (transactionalId: string | null, version = 4) =>
    broker.ask(initProducerIdApi, version, { transactionalId, transactionTimeoutMs: 1000 });

  it.each([0, 1, 2, 3, 4, 5])("gives a producer an id and epoch 0 in version %i", async (version) => {
    expect(await ask(null, version)).toMatchObject({ errorCode: "NONE", producerId: 0n, producerEpoch: 0 });
    expect(await ask(null, version)).toMatchObject({ errorCode: "NONE", producerId: 1n, producerEpoch: 0 });
  });

  it("refuses transactions with an error that clients do not retry", async () => {
    expect(await ask("tx")).toMatchObject({ errorCode: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", producerId: -1n });
    expect(await ask("")).toMatchObject({ errorCode: "INVALID_REQUEST" });
  });
});

describe("FindCoordinator", () => {
  it("of transactions is refused for good, for one key or several", async () => {
    const [keyType, errorCode] = [1, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"];
    const one = await broker.ask(findCoordinatorApi, 3, { key: "g", keyType });
    expect(one).toMatchObject({ errorCode, nodeId: -1 });
    const several = await broker.ask(findCoordinatorApi, 4, { keyType, coordinatorKeys: ["g", "h"] });
    expect(several.coordinators).toMatchObject([
      { key: "g", errorCode },
      { key: "h", errorCode },
    ]);
  });
});

describe("DescribeProducers", () => {
  it("lists the producers a partition remembers", async () => {
    broker.topic("orders");
    const batch = batchOf(["a", "b"], {
      producerId: 12n,
      producerEpoch: 3,
      baseSequence: 0,
      timestamp: 1_700_000_000_123,
    });
    await broker.ask(produceApi, 9, produceOf("orders", batch));
    const answer = await broker.ask(describeProducersApi, 0, {
      topics: [{ name: "orders", partitionIndexes: [0, 1] }],
    });
    expect(answer.topics[0]?.partitions).toMatchObject([
      {
        errorCode: "NONE",
        activeProducers: [
          {
            producerId: 12n,
            producerEpoch: 3,
            lastSequence: 1,
            lastTimestamp: 1_700_000_000_123n,
            coordinatorEpoch: -1,
            currentTxnStartOffset: -1n,
          },
        ],
      },
      { errorCode: "UNKNOWN_TOPIC_OR_PARTITION", activeProducers: [] },
    ]);
  });
});

describe("DescribeLogDirs", () => {
  it("lists sizes by topic and partition, all or those asked for", async () => {
    broker.topic("orders", { partitions: 2 });
    broker.topic("other");
    const batch = batchOf(["a"]);
    await broker.ask(produceApi, 9, produceOf("orders", batch));
    const all = await broker.ask(describeLogDirsApi, 4, { topics: null });
    expect(all.results).toMatchObject([
      {
        errorCode: "NONE",
        logDir: "/data/logs",
        topics: [
          {
            name: "orders",
            partitions: [
              { partitionIndex: 0, partitionSize: BigInt(batch.length), offsetLag: 0n, isFutureKey: false },
              { partitionIndex: 1, partitionSize: 0n },
            ],
          },
          { name: "other" },
        ],
      },
    ]);
    const some = await broker.ask(describeLogDirsApi, 1, { topics: [{ topic: "orders", partitions: [1] }] });
    expect(some.results[0]?.topics).toMatchObject([{ name: "orders", partitions: [{ partitionIndex: 1 }] }]);
  });
});
