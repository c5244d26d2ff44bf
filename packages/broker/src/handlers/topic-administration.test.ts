import { createPartitions, createTopics, deleteTopics, metadata } from "@ottla/protocol";
import { RunningBroker } from "../testing/running-broker";
import type { WireClient } from "../testing/wire-client";

const NO_ID = "AAAAAAAAAAAAAAAAAAAAAA";
let running: RunningBroker;
let client: WireClient;
beforeAll(async () => {
  running = await RunningBroker.start();
  client = await running.client();
});
afterAll(() => running.close());

const wanted = (name: string, changes: object = {}) => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...changes,
});
const create = async (
  topics: ReturnType<typeof wanted>[],
  options: { validateOnly?: boolean; version?: number } = {},
) => {
  const { validateOnly = false, version = 7 } = options;
  return (await client.request(createTopics, version, { topics, timeoutMs: 5000, validateOnly })).topics;
};
const partitionsOf = async (name: string) =>
  (await client.request(metadata, 9, { topics: [{ name }], allowAutoTopicCreation: false, ...NO_OPERATIONS }))
    .topics[0];
const NO_OPERATIONS = { includeClusterAuthorizedOperations: false, includeTopicAuthorizedOperations: false };

describe("CreateTopics", () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])("makes topics in version %i", async (version) => {
    const name = `made-in-${version}`;
    const topics = [wanted(name, { numPartitions: 2 })];
    const answer = await client.request(createTopics, version, { topics, timeoutMs: 5000 });
    expect(answer.topics).toMatchObject([{ name, errorCode: "NONE" }]);
    expect((await partitionsOf(name))?.partitions).toHaveLength(2);
  });

  it("reports the effective configuration, and where each value comes from", async () => {
    const [topic] = await create([wanted("configured", { configs: [{ name: "retention.ms", value: "1000" }] })]);
    const entry = (name: string) => topic?.configs?.find((config) => config.name === name);
    expect(entry("retention.ms")).toMatchObject({ value: "1000", configSource: 1 });
    expect(entry("segment.bytes")).toMatchObject({ value: "1073741824", configSource: 5 });
  });

  it.each<[string, ReturnType<typeof wanted>, string]>([
    [
      "a replication factor above the number of brokers",
      wanted("r", { replicationFactor: 2 }),
      "INVALID_REPLICATION_FACTOR",
    ],
    ["no partitions", wanted("p", { numPartitions: 0 }), "INVALID_PARTITIONS"],
    ["an illegal name", wanted("a b"), "INVALID_TOPIC_EXCEPTION"],
    ["an unknown config", wanted("c", { configs: [{ name: "no.such", value: "1" }] }), "INVALID_CONFIG"],
  ])("refuses %s", async (_what, topic, errorCode) => {
    expect(await create([topic])).toMatchObject([{ errorCode, topicId: NO_ID }]);
    expect((await partitionsOf(topic.name))?.errorCode).not.toBe("NONE");
  });

  it("refuses a topic named twice, and makes the others", async () => {
    const answers = await create([wanted("twice"), wanted("once"), wanted("twice")]);
    expect(answers.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ["once", "NONE"],
      ["twice", "INVALID_REQUEST"],
    ]);
    expect((await partitionsOf("twice"))?.errorCode).toBe("UNKNOWN_TOPIC_OR_PARTITION");
  });

  it("writes nothing when it is only to validate", async () => {
    expect(await create([wanted("imagined")], { validateOnly: true })).toMatchObject([{ errorCode: "NONE" }]);
    expect((await partitionsOf("imagined"))?.errorCode).toBe("UNKNOWN_TOPIC_OR_PARTITION");
  });
});

describe("CreatePartitions", () => {
  const increase = async (name: string, count: number) =>
    (
      await client.request(createPartitions, 3, {
        topics: [{ name, count, assignments: null }],
        timeoutMs: 5000,
        validateOnly: false,
      })
    ).results;

  it("adds partitions that are led when it answers", async () => {
    await create([wanted("growing")]);
    expect(await increase("growing", 4)).toMatchObject([{ errorCode: "NONE" }]);
    expect((await partitionsOf("growing"))?.partitions.map((p) => p.leaderId)).toEqual([1, 1, 1, 1]);
  });

  it("refuses to shrink, and an unknown topic", async () => {
    await create([wanted("large", { numPartitions: 3 })]);
    expect(await increase("large", 2)).toMatchObject([{ errorCode: "INVALID_PARTITIONS" }]);
    expect(await increase("nowhere", 2)).toMatchObject([{ errorCode: "UNKNOWN_TOPIC_OR_PARTITION" }]);
  });
});

describe("DeleteTopics", () => {
  it.each([0, 1, 2, 3, 4, 5])("removes a topic by name in version %i", async (version) => {
    await create([wanted("doomed")]);
    const answer = await client.request(deleteTopics, version, { topicNames: ["doomed"], topics: [], timeoutMs: 5000 });
    expect(answer.responses).toMatchObject([{ name: "doomed", errorCode: "NONE" }]);
    expect((await partitionsOf("doomed"))?.errorCode).toBe("UNKNOWN_TOPIC_OR_PARTITION");
  });

  it("removes a topic by id in version 6", async () => {
    const [made] = await create([wanted("doomed")]);
    const topicId = made?.topicId ?? "";
    const answer = await client.request(deleteTopics, 6, { topics: [{ name: null, topicId }], timeoutMs: 5000 });
    expect(answer.responses).toMatchObject([{ name: "doomed", topicId, errorCode: "NONE" }]);
  });

  it("refuses what it does not know, and what is named twice or in two ways", async () => {
    const [made] = await create([wanted("kept")]);
    const topicId = made?.topicId ?? "";
    const remove = async (topics: { name: string | null; topicId: string }[]) =>
      (await client.request(deleteTopics, 6, { topics, timeoutMs: 5000 })).responses.map((one) => one.errorCode);
    expect(await remove([{ name: "nowhere", topicId: NO_ID }])).toEqual(["UNKNOWN_TOPIC_OR_PARTITION"]);
    expect(await remove([{ name: null, topicId: "bm93aGVyZS1hdC1hbGwtLQ" }])).toEqual(["UNKNOWN_TOPIC_ID"]);
    expect(await remove([{ name: "kept", topicId }])).toEqual(["INVALID_REQUEST"]);
    expect(
      await remove([
        { name: "kept", topicId: NO_ID },
        { name: "kept", topicId: NO_ID },
      ]),
    ).toEqual(["INVALID_REQUEST"]);
    expect((await partitionsOf("kept"))?.errorCode).toBe("NONE");
  });
});
