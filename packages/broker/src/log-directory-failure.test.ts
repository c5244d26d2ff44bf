import { deleteTopics, describeLogDirs, metadata } from "@ottla/protocol";
import { RunningCluster, type RunningClusterOptions } from "./testing/running-cluster";
import { WireClient } from "./testing/wire-client";

let cluster: RunningCluster;
afterEach(() => cluster.close());

const TWO_DIRECTORIES = { "log.dirs": "/data/a,/data/b" };

async function threeBrokers(options: RunningClusterOptions = {}): Promise<void> {
  cluster = await RunningCluster.start({ ...options, configs: { ...TWO_DIRECTORIES, ...options.configs } });
}

/** Brokers that run, but for these. */
const others = (...ids: readonly (number | null)[]): number[] => cluster.running.filter((id) => !ids.includes(id));

const replica = (id: number, topic: string) => cluster.broker(id).services.partitions.get(topic, 0);

/** The log directory in which a broker keeps a partition. */
function directoryOf(id: number, topic: string): string {
  const found = cluster
    .broker(id)
    .services.partitions.logDirectories.find(({ path }) => cluster.disk(id).exists(`${path}/${topic}-0`));
  if (found === undefined) throw new Error(`broker ${id} has no log of ${topic}`);
  return found.path;
}

async function ask<T>(id: number, question: (client: WireClient) => Promise<T>): Promise<T> {
  const client = await WireClient.connect(cluster.broker(id).portOf());
  try {
    return await question(client);
  } finally {
    client.close();
  }
}

/** What clients of a broker are told of partition 0. */
async function told(id: number, topic: string) {
  const answer = await ask(id, (client) =>
    client.request(metadata, 9, { topics: [{ name: topic }], allowAutoTopicCreation: false }),
  );
  return answer.topics[0]?.partitions[0];
}

async function directoriesTold(id: number): Promise<Record<string, string>> {
  const answer = await ask(id, (client) => client.request(describeLogDirs, 4, { topics: null }));
  return Object.fromEntries(answer.results.map(({ logDir, errorCode }) => [logDir, errorCode]));
}

const inSync = (topic: string): number => cluster.state(topic).isr.length;

/** Two topics led by the same broker, one in each of its directories. */
async function oneTopicInEach(leader: number): Promise<{ lost: string; kept: string }> {
  for (const topic of ["lost", "kept"]) {
    await cluster.create(topic, [leader, ...others(leader)]);
    await cluster.produce(topic, "before");
  }
  expect(directoryOf(leader, "lost")).not.toBe(directoryOf(leader, "kept"));
  return { lost: directoryOf(leader, "lost"), kept: directoryOf(leader, "kept") };
}

describe.each(["EIO", "ENOSPC", "EROFS"])("one of a leader's two directories fails with %s", (code) => {
  it("its partitions are led by others at once, the other directory's stay, and all come back healed", async () => {
    await threeBrokers({ oneMachine: true });
    const leader = others(cluster.controllerId)[0] ?? 0;
    const paths = await oneTopicInEach(leader);
    cluster.disk(leader).inject({ pathContains: `${paths.lost}/`, code });

    expect(await cluster.produce("lost", "after")).toBeLessThan(1000);
    await cluster.until("the replica is out", () => inSync("lost") === 2);
    expect(cluster.state("lost").leader).not.toBe(leader);
    expect(cluster.state("kept")).toMatchObject({ leader, leader_epoch: 0 });
    await cluster.produce("kept", "after");

    for (const id of cluster.running)
      await cluster.until(`clients of broker ${id} know`, async () => {
        const partition = await told(id, "lost");
        return partition?.leaderId !== leader && partition?.offlineReplicas.join() === String(leader);
      });
    expect((await told(leader, "kept"))?.offlineReplicas).toEqual([]);
    expect(await directoriesTold(leader)).toEqual({ [paths.lost]: "KAFKA_STORAGE_ERROR", [paths.kept]: "NONE" });
    // Who has not heard of it yet is sent to look for the leader.
    expect((await cluster.produceTo(leader, "lost", "nowhere")).error).toBe("NOT_LEADER_OR_FOLLOWER");

    await cluster.stop(leader);
    cluster.disk(leader).heal();
    await cluster.startBroker(leader);
    await cluster.until("all are in sync", () => inSync("lost") === 3 && inSync("kept") === 3);
    expect(await cluster.consume("lost")).toEqual(["before", "after"]);
    expect(await cluster.consume("kept")).toEqual(["before", "after"]);
    await cluster.until("the log is whole again", () => replica(leader, "lost")?.log.highWatermark === 2);
    expect(await directoriesTold(leader)).toEqual({ [paths.lost]: "NONE", [paths.kept]: "NONE" });
  });
});

describe("one of a follower's two directories fails", () => {
  it("the follower leaves the ISR at once, and the leader and its epoch stay (rule 29)", async () => {
    await threeBrokers();
    const follower = others(cluster.controllerId)[0] ?? 0;
    await cluster.create("orders", [...others(follower), follower]);
    await cluster.produce("orders", "before");
    const { leader, leader_epoch } = cluster.state("orders");
    cluster.disk(follower).inject({ pathContains: `${directoryOf(follower, "orders")}/`, code: "EIO" });
    expect(await cluster.produce("orders", "after")).toBeLessThan(1000);
    expect(cluster.state("orders")).toMatchObject({ leader, leader_epoch });
    expect(inSync("orders")).toBe(2);
  });
});

jest.setTimeout(30000);
describe("a follower whose directory fails by another partition's write", () => {
  it("holds up no record, neither at once nor when the controller's refusal to let it in again is a second old", async () => {
    await threeBrokers();
    const broker = others(cluster.controllerId)[0] ?? 0;
    const paths = await oneTopicInEach(broker);
    await cluster.create("followed", [...others(broker), broker]);
    await cluster.produce("followed", "before");
    expect(directoryOf(broker, "followed")).toBe(paths.lost);
    cluster.disk(broker).inject({ pathContains: `${paths.lost}/`, code: "EIO" });
    await cluster.produce("lost", "after");
    const endMs = performance.now() + 2500;
    for (let i = 0; performance.now() < endMs; i++)
      expect(await cluster.produce("followed", `${i}`)).toBeLessThan(1000);
  });
});

describe("a directory that cannot be used when its broker starts", () => {
  const stopAndBreak = async (id: number, path: string) => {
    await cluster.stop(id);
    cluster.disk(id).inject({ pathContains: `${path}/`, code: "EIO" });
    await cluster.startBroker(id);
  };

  it("keeps the others from nothing; its replicas are offline, and nothing is made in their place", async () => {
    await threeBrokers();
    const broker = others(cluster.controllerId)[0] ?? 0;
    const paths = await oneTopicInEach(broker);
    await stopAndBreak(broker, paths.lost);

    await cluster.until("the other directory's replica is in sync", () => inSync("kept") === 3);
    await cluster.produce("lost", "after");
    expect(inSync("lost")).toBe(2);
    expect(cluster.disk(broker).exists(`${paths.kept}/lost-0`)).toBe(false);
    expect(await directoriesTold(broker)).toEqual({ [paths.lost]: "KAFKA_STORAGE_ERROR", [paths.kept]: "NONE" });
    for (const id of cluster.running)
      await cluster.until(`clients of broker ${id} know`, async () => {
        return (await told(id, "lost"))?.offlineReplicas.join() === String(broker);
      });

    // New partitions have a place all the same.
    await cluster.create("new", [broker, ...others(broker)]);
    await cluster.produce("new", "a");
    expect(directoryOf(broker, "new")).toBe(paths.kept);

    await cluster.stop(broker);
    cluster.disk(broker).heal();
    await cluster.startBroker(broker);
    await cluster.until("all are in sync", () => inSync("lost") === 3 && inSync("kept") === 3);
    expect(await cluster.consume("lost")).toEqual(["before", "after"]);
  });

  it("is known to the next controller too", async () => {
    await threeBrokers();
    const first = cluster.controllerId ?? 0;
    const broker = others(first)[0] ?? 0;
    const paths = await oneTopicInEach(broker);
    await stopAndBreak(broker, paths.lost);
    await cluster.until("the replica is out", () => inSync("lost") === 2);
    await cluster.stop(first);
    await cluster.until("another one controls", () => cluster.controllerId !== null);
    for (const id of cluster.running)
      await cluster.until(`clients of broker ${id} know`, async () => {
        const offline = (await told(id, "lost"))?.offlineReplicas;
        return offline?.length === 2 && offline.includes(broker) && offline.includes(first);
      });
    expect(cluster.state("lost").leader).not.toBe(broker);
    expect(await cluster.consume("lost")).toEqual(["before"]);
  });
});

describe("a replica alone in its ISR whose directory fails", () => {
  it("leaves the partition without a leader until the disk is healed, and nothing is lost", async () => {
    await threeBrokers({ oneMachine: true });
    const alone = others(cluster.controllerId)[0] ?? 0;
    const [helper = 0] = others(alone, cluster.controllerId);
    await cluster.create("orders", [alone, helper], { "min.insync.replicas": "1" });
    await cluster.stop(helper);
    await cluster.produce("orders", "kept");
    expect(cluster.state("orders").isr).toEqual([alone]);
    await cluster.startBroker(helper);
    await cluster.until("both are in sync", () => inSync("orders") === 2);
    await cluster.stop(helper);
    await cluster.until("one is alone", () => inSync("orders") === 1);
    await cluster.produce("orders", "alone");
    cluster.disk(alone).inject({ pathContains: `${directoryOf(alone, "orders")}/`, code: "ENOSPC" });
    await cluster.until("nobody leads", async () => {
      await cluster.produceTo(alone, "orders", "refused").catch(() => null);
      return cluster.state("orders").leader === -1;
    });
    await cluster.startBroker(helper);
    expect(await cluster.staysSo(300, () => cluster.state("orders").leader === -1)).toBe(true);
    await cluster.stop(alone);
    cluster.disk(alone).heal();
    await cluster.startBroker(alone);
    await cluster.until("both are in sync", () => inSync("orders") === 2);
    expect((await cluster.consume("orders")).slice(0, 2)).toEqual(["kept", "alone"]);
  });
});

describe("a topic deleted while a replica's directory is offline", () => {
  const deleteTopic = (name: string) =>
    ask(cluster.controllerId ?? 0, (client) => client.request(deleteTopics, 5, { topicNames: [name], timeoutMs: 0 }));
  const isThere = (topic: string): boolean => cluster.ensemble.textAt(`/brokers/topics/${topic}`) !== null;

  it.each(["since it ran", "since its start"])(
    "%s is gone for good once the disk is back, and not before",
    async (since) => {
      await threeBrokers({ oneMachine: true });
      const broker = others(cluster.controllerId)[0] ?? 0;
      const paths = await oneTopicInEach(broker);
      if (since === "since its start") await cluster.stop(broker);
      cluster.disk(broker).inject({ pathContains: `${paths.lost}/`, code: "EIO" });
      if (since === "since its start") await cluster.startBroker(broker);
      else await cluster.produce("lost", "after");
      await cluster.until("the replica is out", () => inSync("lost") === 2);

      await deleteTopic("lost");
      await deleteTopic("kept");
      await cluster.until("the other topic is gone", () => !isThere("kept"));
      expect(await cluster.staysSo(200, () => isThere("lost"))).toBe(true);

      await cluster.stop(broker);
      cluster.disk(broker).heal();
      await cluster.startBroker(broker);
      await cluster.until("the topic is gone", () => !isThere("lost"));
      expect(cluster.disk(broker).exists(`${paths.lost}/lost-0`)).toBe(false);
    },
  );
});

describe("a broker's only directory that fails", () => {
  it("ends it with what to do about it, and has its mark when it is started again", async () => {
    cluster = await RunningCluster.start();
    const broker = others(cluster.controllerId)[0] ?? 0;
    await cluster.create("orders", [broker, ...others(broker)]);
    await cluster.produce("orders", "before");
    cluster.disk(broker).inject({ pathContains: "/orders-0/", code: "EIO" });
    await cluster.produceTo(broker, "orders", "refused");
    await cluster.until("the broker ends", () => cluster.fatal(broker).length > 0);
    expect(String(cluster.fatal(broker)[0])).toContain("/data/logs: write /data/logs/orders-0/");
    expect(cluster.disk(broker).readFile("/data/logs/meta.properties").toString()).toContain("ottla.torn=write");
    await cluster.kill(broker);
    expect(await cluster.produce("orders", "after")).toBeLessThan(2000);

    cluster.disk(broker).heal();
    await cluster.startBroker(broker);
    await cluster.until("all are in sync", () => inSync("orders") === 3);
    expect((await cluster.consume("orders")).filter((value) => value !== "refused")).toEqual(["before", "after"]);
  });
});
