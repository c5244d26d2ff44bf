import {
  apiVersions,
  createTopics,
  deleteTopics,
  fetch,
  initProducerId,
  metadata,
  produce,
  scanBatches,
} from "@ottla/protocol";
import { batchOf, produceOf } from "./testing/produced-batches";
import { RunningBroker } from "./testing/running-broker";
import type { WireClient } from "./testing/wire-client";

let running: RunningBroker;
let client: WireClient;
beforeEach(async () => {
  running = await RunningBroker.start();
  client = await running.client();
});
afterEach(() => running.close());

const create = (name: string, numPartitions = 1) =>
  client.request(createTopics, 7, {
    topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 5000,
  });
const send = async (topic: string, ...values: string[]) =>
  (await client.request(produce, 9, produceOf(topic, batchOf(values)))).responses[0]?.partitionResponses[0];
const read = async (topic: string, offset = 0) => {
  const answer = await client.request(fetch, 12, {
    maxWaitMs: 0,
    minBytes: 1,
    forgottenTopicsData: [],
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: BigInt(offset), partitionMaxBytes: 1_000_000 }] }],
  });
  const partition = answer.responses[0]?.partitions[0];
  return scanBatches(Buffer.concat(partition?.records ?? [])).batches.map((batch) => batch.baseOffset);
};

describe("a lone broker", () => {
  it("creates a topic, takes records and gives them back", async () => {
    expect((await create("orders", 3)).topics).toMatchObject([{ errorCode: "NONE", numPartitions: 3 }]);
    expect(await send("orders", "a", "b")).toMatchObject({ errorCode: "NONE", baseOffset: 0n });
    expect(await send("orders", "c")).toMatchObject({ errorCode: "NONE", baseOffset: 2n });
    expect(await read("orders")).toEqual([0, 2]);
  });

  it("makes a topic for the first who asks for it", async () => {
    const ask = async () =>
      (await client.request(metadata, 4, { topics: [{ name: "new" }], allowAutoTopicCreation: true })).topics[0]
        ?.errorCode;
    expect(await ask()).toBe("LEADER_NOT_AVAILABLE");
    for (let tries = 0; tries < 200 && (await ask()) !== "NONE"; tries++);
    expect(await ask()).toBe("NONE");
    expect(await send("new", "a")).toMatchObject({ errorCode: "NONE", baseOffset: 0n });
  });

  it("deletes a topic, and makes it again, empty", async () => {
    await create("orders");
    await send("orders", "a");
    const request = { topics: [{ name: "orders", topicId: "AAAAAAAAAAAAAAAAAAAAAA" }], timeoutMs: 5000 };
    expect((await client.request(deleteTopics, 6, request)).responses).toMatchObject([{ errorCode: "NONE" }]);
    expect(await send("orders", "b")).toMatchObject({ errorCode: "UNKNOWN_TOPIC_OR_PARTITION" });
    expect((await create("orders")).topics).toMatchObject([{ errorCode: "NONE" }]);
    expect(await read("orders")).toEqual([]);
  });

  it("gives each producer an id of its own", async () => {
    const ask = () => client.request(initProducerId, 4, { transactionalId: null, transactionTimeoutMs: 0 });
    const first = await ask();
    expect(first).toMatchObject({ errorCode: "NONE", producerEpoch: 0 });
    expect((await ask()).producerId).toBe(first.producerId + 1n);
  });

  it("lists in ApiVersions what it serves, so that older librdkafka compresses", async () => {
    const { apiKeys } = await client.request(apiVersions, 3, {
      clientSoftwareName: "spec",
      clientSoftwareVersion: "1",
    });
    const range = (key: number) =>
      apiKeys.filter((api) => api.apiKey === key).map((api) => [api.minVersion, api.maxVersion]);
    expect([range(0), range(1), range(10), range(22)]).toEqual([[[0, 11]], [[0, 17]], [[0, 6]], [[0, 5]]]);
  });

  it("answers many produce requests sent at once in their order", async () => {
    await create("orders");
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => send("orders", `v${index}`)));
    expect(answers.map((answer) => answer?.baseOffset)).toEqual(
      Array.from({ length: 200 }, (_, index) => BigInt(index)),
    );
  });

  it("has its records and leads again after a restart", async () => {
    await create("orders");
    await send("orders", "a", "b");
    const { ensemble, disk } = running;
    await running.close();
    running = await RunningBroker.start({ ensemble, disk });
    client = await running.client();
    expect(await send("orders", "c")).toMatchObject({ errorCode: "NONE", baseOffset: 2n });
    expect(await read("orders")).toEqual([0, 2]);
  });
});
