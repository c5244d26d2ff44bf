import { type Admin, ConfigResourceTypes, type Kafka } from "kafkajs";
import { kafka } from "./kafkajs-client";
import { kcat } from "./kcat";
import { LocalBroker } from "./local-broker";

describe("kafkajs against one broker", () => {
  let broker: LocalBroker;
  let client: Kafka;
  let admin: Admin;

  beforeAll(async () => {
    broker = await LocalBroker.start();
    client = kafka(broker.bootstrapServer);
    admin = client.admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin?.disconnect();
    await broker?.close();
  });

  it("creates topics with the broker's defaults, describes, grows and deletes them", async () => {
    expect(await admin.createTopics({ topics: [{ topic: "orders" }, { topic: "wide", numPartitions: 3 }] })).toBe(true);
    expect(await admin.createTopics({ topics: [{ topic: "orders" }] })).toBe(false);
    expect(await admin.listTopics()).toEqual(expect.arrayContaining(["orders", "wide"]));

    await admin.createPartitions({ topicPartitions: [{ topic: "wide", count: 5 }] });
    const { topics } = await admin.fetchTopicMetadata({ topics: ["wide"] });
    expect(
      topics[0]?.partitions
        .map(({ partitionId, leader, isr }) => ({ partitionId, leader, isr }))
        .toSorted((a, b) => a.partitionId - b.partitionId),
    ).toEqual([0, 1, 2, 3, 4].map((partitionId) => ({ partitionId, leader: 1, isr: [1] })));

    await admin.deleteTopics({ topics: ["wide"] });
    expect(await admin.listTopics()).not.toContain("wide");
  });

  it("changes and describes a topic's configs", async () => {
    await admin.createTopics({
      topics: [{ topic: "configured", configEntries: [{ name: "retention.ms", value: "60000" }] }],
    });
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: "configured",
          configEntries: [{ name: "cleanup.policy", value: "compact" }],
        },
      ],
    });

    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        { type: ConfigResourceTypes.TOPIC, name: "configured", configNames: ["cleanup.policy", "retention.ms"] },
      ],
    });

    const values = Object.fromEntries(
      (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
    );
    expect(values).toEqual({ "cleanup.policy": "compact", "retention.ms": "604800000" });
  });

  it("produces with acks 0, 1 and all, idempotently too, and the records are there in order", async () => {
    await admin.createTopics({ topics: [{ topic: "produced" }] });
    for (const [acks, idempotent] of [
      [0, false],
      [1, false],
      [-1, false],
      [-1, true],
    ] as const) {
      const producer = client.producer({ idempotent, maxInFlightRequests: 1 });
      await producer.connect();
      for (let i = 0; i < 20; i++)
        await producer.send({
          topic: "produced",
          acks,
          messages: [{ key: `${acks}`, value: `${acks} ${idempotent} ${i}`, headers: { n: `${i}` } }],
        });
      await producer.disconnect();
    }

    const read = await kcat(broker.bootstrapServer, [
      "-C",
      "-q",
      "-t",
      "produced",
      "-o",
      "beginning",
      "-e",
      "-f",
      "%s %h\n",
    ]);

    const expected = [
      ["0", "false"],
      ["1", "false"],
      ["-1", "false"],
      ["-1", "true"],
    ].flatMap(([acks, idempotent]) => Array.from({ length: 20 }, (_, i) => `${acks} ${idempotent} ${i} n=${i}`));
    expect(read.stdout.toString().trimEnd().split("\n")).toEqual(expected);
  });

  it("deletes records and lists offsets", async () => {
    await admin.createTopics({ topics: [{ topic: "trimmed" }] });
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic: "trimmed", messages: Array.from({ length: 10 }, (_, i) => ({ value: `${i}` })) });
    await producer.disconnect();

    // kafkajs looks for the leader in what it knows already: this makes it know the topic.
    await admin.fetchTopicOffsets("trimmed");
    await admin.deleteTopicRecords({ topic: "trimmed", partitions: [{ partition: 0, offset: "4" }] });

    expect(await admin.fetchTopicOffsets("trimmed")).toEqual([{ partition: 0, offset: "10", high: "10", low: "4" }]);
  });

  it("describes the cluster", async () => {
    const { brokers, controller, clusterId } = await admin.describeCluster();
    expect(brokers).toEqual([{ nodeId: 1, host: "127.0.0.1", port: broker.port }]);
    expect(controller).toBe(1);
    expect(clusterId).toMatch(/^[\w-]{22}$/);
  });
});
