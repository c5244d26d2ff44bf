import type { Consumer, Kafka } from "kafkajs";
import { LocalCluster } from "./cluster/local-cluster";
import { createdTopic } from "./groups/created-topic";
import { GroupLoad } from "./groups/group-load";
import { killCoordinators } from "./groups/killed-coordinators";
import { kafka } from "./kafkajs-client";
import { kcat } from "./kcat";
import { until } from "./until";

const PATIENCE_MS = 60_000;

describe("groups of a cluster of three processes", () => {
  let cluster: LocalCluster;

  beforeAll(async () => {
    cluster = await LocalCluster.start({ properties: { "group.initial.rebalance.delay.ms": "0" } });
  });
  afterAll(() => cluster?.close());

  it("keep members, generations and every commit when their coordinator is killed", async () => {
    const load = new GroupLoad({
      bootstrapServers: cluster.bootstrapServers,
      topic: await createdTopic(cluster.bootstrapServers, "work", 12),
      partitions: 12,
      groups: 3,
      membersEach: 3,
      commitEveryMs: 100,
    });
    try {
      await load.start(PATIENCE_MS);
      const generations = load.all.map(({ id, currentGeneration }) => `${id} ${currentGeneration}`);
      await killCoordinators(cluster, load, 1, ({ expulsions, joins, troubles }) => {
        expect({ expulsions, joins }).toEqual({ expulsions: 0, joins: 0 });
        // A kill that nobody noticed would show nothing.
        expect(troubles["connection lost"]).toBeGreaterThan(0);
      });
      expect(load.all.map(({ id, currentGeneration }) => `${id} ${currentGeneration}`)).toEqual(generations);
      expect(load.commits).toBeGreaterThan(100);
    } finally {
      await load.stop();
    }
    expect(load.findings()).toEqual([]);
  });

  it("give each partition one owner while members come, leave and crash", async () => {
    const load = new GroupLoad({
      bootstrapServers: cluster.bootstrapServers,
      topic: await createdTopic(cluster.bootstrapServers, "coming-and-going", 12),
      partitions: 12,
      groups: 1,
      membersEach: 1,
      sessionTimeoutMs: 6_000,
      commitEveryMs: 20,
    });
    const [groupId = ""] = load.groupIds;
    const members = load.members.get(groupId) ?? [];
    try {
      await load.start(PATIENCE_MS);
      for (let count = 2; count <= 6; count++) {
        const fresh = load.newMember(groupId);
        members.push(fresh);
        fresh.start();
        await load.untilSettled(PATIENCE_MS);
      }
      await members.splice(1, 1)[0]?.end({ leaves: true });
      await load.untilSettled(PATIENCE_MS);
      await members.splice(0, 1)[0]?.end({ leaves: false });
      await load.untilSettled(PATIENCE_MS);
      expect(members).toHaveLength(4);
    } finally {
      await load.stop();
    }
    expect(load.findings()).toEqual([]);
  });

  it.each([
    ["static", 1],
    ["dynamic", 4],
  ])(
    "whose %s members are restarted one after the other are in so many generations meanwhile: %i",
    async (kind, generations) => {
      const load = new GroupLoad({
        bootstrapServers: cluster.bootstrapServers,
        topic: await createdTopic(cluster.bootstrapServers, `restarted-${kind}`, 12),
        partitions: 12,
        groups: 1,
        membersEach: 3,
        sessionTimeoutMs: 20_000,
        commitEveryMs: 100,
        areStatic: kind === "static",
      });
      const [groupId = ""] = load.groupIds;
      const members = load.members.get(groupId) ?? [];
      try {
        await load.start(PATIENCE_MS);
        const seen = new Set([members[0]?.currentGeneration]);
        for (let seat = 0; seat < 3; seat++) {
          // Static members do not leave when they stop; others do.
          await members[seat]?.end({ leaves: kind === "dynamic" });
          members[seat] = load.newMember(groupId, seat);
          members[seat]?.start();
          await load.untilSettled(PATIENCE_MS);
          seen.add(members[seat]?.currentGeneration);
        }
        if (kind === "static") expect(seen.size).toBe(generations);
        else expect(seen.size).toBeGreaterThanOrEqual(generations);
      } finally {
        await load.stop();
      }
      expect(load.findings()).toEqual([]);
    },
  );

  it("have kafkajs consumers share the partitions, and every record is delivered", async () => {
    const client = kafka(cluster.bootstrapServers);
    const topic = await createdTopic(cluster.bootstrapServers, "delivered", 6);
    const producer = client.producer();
    await producer.connect();
    const send = (from: number, to: number) =>
      producer.send({
        topic,
        messages: Array.from({ length: to - from }, (_, i) => ({ partition: i % 6, value: String(from + i) })),
      });
    const seen = new Set<string>();
    const consumers: Consumer[] = [];
    try {
      await send(0, 300);
      for (let i = 0; i < 3; i++) consumers.push(await startedConsumer(client, topic, seen));
      await until("the first records are delivered", PATIENCE_MS, () => seen.size === 300);
      await consumers.shift()?.disconnect();
      await send(300, 600);
      await until("those of after a departure are delivered", PATIENCE_MS, () => seen.size === 600);
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.disconnect()));
      await producer.disconnect();
    }
  });

  it("have kcat -G go on where it left off", async () => {
    const topic = await createdTopic(cluster.bootstrapServers, "lines", 1);
    const first = cluster.bootstrapServers;
    const read = (count: number) =>
      kcat(first, ["-q", "-G", "kcat-group", "-X", "auto.offset.reset=earliest", "-c", String(count), topic]);
    await kcat(first, ["-P", "-t", topic], { input: "a\nb\nc\nd\n" });
    expect((await read(2)).stdout.toString()).toBe("a\nb\n");
    expect((await read(2)).stdout.toString()).toBe("c\nd\n");
  });
});

async function startedConsumer(client: Kafka, topic: string, seen: Set<string>): Promise<Consumer> {
  const consumer = client.consumer({
    groupId: "kafkajs-group",
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 200,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      seen.add(message.value?.toString() ?? "");
      return Promise.resolve();
    },
  });
  return consumer;
}
