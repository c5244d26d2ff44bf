import { sleep } from "@ottla/runtime";
import { fingerprintOf } from "./fingerprint";
import { type SimulatedCluster, type SimulatedClusterOptions, simulatedCluster } from "./simulated-cluster";

jest.setTimeout(60_000);

const opened: SimulatedCluster[] = [];
afterEach(async () => {
  for (const cluster of opened.splice(0)) await cluster.close();
});

async function clusterWith(options: Partial<SimulatedClusterOptions> = {}): Promise<SimulatedCluster> {
  const cluster = await simulatedCluster({ seed: 1, ...options });
  opened.push(cluster);
  return cluster;
}

/** A topic of one partition on all brokers, led by the first of `replicas`. */
async function withTopic(replicas: readonly number[], options: Partial<SimulatedClusterOptions> = {}) {
  const cluster = await clusterWith(options);
  await cluster.createTopic("t", { assignment: [replicas] });
  return cluster;
}

const value = (text: string): Buffer => Buffer.from(text);

/** Sends one record after the other, until it is told to stop. */
function steadyProducer(cluster: SimulatedCluster, name = "producer") {
  const client = cluster.client(name);
  const producer = client.producer({ requestTimeoutMs: 3_000 }, { requestTimeoutMs: 3_000, connectTimeoutMs: 1_000 });
  const acked: string[] = [];
  let stopped = false;
  let gapMs = 0;
  let lastMs = cluster.nowMs;
  let sent = 0;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const text = `${name}-${sent++}`;
      await producer.send({ topic: "t", value: value(text) });
      acked.push(text);
      gapMs = Math.max(gapMs, cluster.nowMs - lastMs);
      lastMs = cluster.nowMs;
      await sleep(client.clock, 10);
    }
  };
  const ended = loop();
  return {
    acked,
    get longestGapMs() {
      return Math.max(gapMs, cluster.nowMs - lastMs);
    },
    async stop() {
      stopped = true;
      await cluster.done(ended);
    },
  };
}

async function readAll(cluster: SimulatedCluster, count: number): Promise<string[]> {
  const consumer = cluster.client("reader").consumer({
    assignments: [{ topic: "t", partition: 0, start: "earliest" }],
  });
  const values: string[] = [];
  const reading = (async () => {
    while (values.length < count) {
      for (const batch of await consumer.poll({ timeoutMs: 500 }))
        for (const record of batch.records()) values.push(record.value?.toString() ?? "");
    }
    await consumer.close();
  })();
  await cluster.done(reading);
  return values;
}

describe("a simulated cluster", () => {
  it("serves producers and consumers, and costs no real time for what waits", async () => {
    const cluster = await withTopic([1, 2, 3]);
    const producer = cluster.client("producer").producer();
    const sends = Array.from({ length: 100 }, (_, i) => producer.send({ topic: "t", value: value(`v${i}`) }));
    expect(await cluster.done(Promise.all(sends))).toHaveLength(100);
    expect(await readAll(cluster, 100)).toEqual(Array.from({ length: 100 }, (_, i) => `v${i}`));
    await cluster.run(600_000);
    expect(cluster.isWhole).toBe(true);
  });

  it("runs the same way for the same seed, and another way for another", async () => {
    const run = async (seed: number): Promise<string> => {
      const cluster = await withTopic([1, 2, 3], { seed });
      const producer = steadyProducer(cluster);
      await cluster.run(300);
      cluster.kill(1);
      await cluster.run(2_000);
      await cluster.restart(1);
      cluster.zooKeeper.expireAll();
      await cluster.run(3_000);
      await producer.stop();
      expect(producer.acked.length).toBeGreaterThan(100);
      return `${producer.acked.length} ${fingerprintOf(cluster)}`;
    };
    const first = await run(5);
    expect(await run(5)).toBe(first);
    expect(await run(6)).not.toBe(first);
  });

  it.each<[string, number, (cluster: SimulatedCluster) => Promise<void> | void]>([
    ["the leader is killed", 1_000, (cluster) => cluster.kill(1)],
    ["the leader is stopped", 1_000, (cluster) => cluster.stop(1)],
    ["the leader's machine loses power", 8_000, (cluster) => cluster.losePower(1)],
    ["the leader is cut off from all others", 8_000, (cluster) => cluster.network.isolate(1)],
    ["the leader stands still", 21_000, (cluster) => cluster.pause(1)],
    ["the leader is cut off from ZooKeeper", 3_000, (cluster) => cluster.zooKeeper.cut(1)],
    ["the leader's path to ZooKeeper drops packets", 3_000, (cluster) => cluster.zooKeeper.cutUnnoticed(1)],
    ["the quorum is lost", 1_000, (cluster) => cluster.zooKeeper.loseQuorum()],
    ["nothing of the leader arrives at one follower", 7_000, (cluster) => cluster.network.cutOneWay(1, 2)],
    ["nothing of one follower arrives at the leader", 7_000, (cluster) => cluster.network.cutOneWay(2, 1)],
    ["a firewall stands between the leader and one follower", 2_000, (cluster) => cluster.network.refuse(1, 2)],
    ["the leader's wall clock goes back an hour", 1_000, (cluster) => cluster.setWallClock(1, -3_600_000)],
    ["a follower's clocks run at half the speed", 1_000, (cluster) => cluster.setDrift(2, 0.5)],
    [
      "a follower comes back with an empty disk",
      1_000,
      (cluster) => {
        cluster.kill(3);
        cluster.wipeDisk(3);
        return cluster.restart(3);
      },
    ],
    ["all sessions end", 2_000, (cluster) => cluster.zooKeeper.expireAll()],
    ["the followers' links are slow", 1_000, (cluster) => cluster.network.slowDown(2, 100)],
    [
      "one follower's disk is slow",
      1_000,
      (cluster) => {
        cluster.disk(2).delays.syncMs = 200;
      },
    ],
    ["a follower's disk breaks", 1_000, (cluster) => cluster.disk(3).inject({ code: "EIO" })],
  ])("goes on when %s, and is whole again after healing", async (_what, gapMsMax, befall) => {
    const cluster = await withTopic([1, 2, 3], { logLines: 200 });
    const producer = steadyProducer(cluster);
    await cluster.run(500);
    await befall(cluster);
    await cluster.run(25_000);
    cluster.healAll();
    await cluster.restart(...cluster.down);
    await cluster.until("the cluster is whole", () => cluster.isWhole);
    await producer.stop();
    expect(await readAll(cluster, producer.acked.length)).toEqual(producer.acked);
    expect(producer.longestGapMs).toBeLessThan(gapMsMax);
  });
});
