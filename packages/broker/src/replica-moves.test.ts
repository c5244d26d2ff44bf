import {
  type AlterReplicaLogDirsRequestInput,
  alterReplicaLogDirs,
  deleteTopics,
  describeLogDirs,
} from "@ottla/protocol";
import { RunningCluster } from "./testing/running-cluster";
import { WireClient } from "./testing/wire-client";

jest.setTimeout(30_000);

const DIRS = ["/data/a", "/data/b"];

let cluster: RunningCluster;

afterEach(() => cluster.close());

async function start(brokers: number, configs: Readonly<Record<string, string>> = {}): Promise<void> {
  cluster = await RunningCluster.start({
    brokers,
    configs: {
      "log.dirs": DIRS.join(),
      "default.replication.factor": String(brokers),
      "min.insync.replicas": "1",
      ...configs,
    },
  });
}

async function asking<T>(id: number, question: (client: WireClient) => Promise<T>): Promise<T> {
  const client = await WireClient.connect(cluster.broker(id).portOf());
  try {
    return await question(client);
  } finally {
    client.close();
  }
}

/** Asks a broker to have replicas in one of its directories. @returns the errors */
async function move(id: number, path: string, topics: Readonly<Record<string, readonly number[]>>): Promise<string[]> {
  const dirs: AlterReplicaLogDirsRequestInput["dirs"] = [
    { path, topics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions: [...partitions] })) },
  ];
  const answer = await asking(id, (client) => client.request(alterReplicaLogDirs, 2, { dirs }));
  return answer.results.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
}

/** Where a broker says that partition 0 of a topic lies, and where its copy. */
async function placesOf(id: number, topic: string) {
  const answer = await asking(id, (client) => client.request(describeLogDirs, 4, { topics: null }));
  const places: { current: string[]; future: string[]; lag: number } = { current: [], future: [], lag: 0 };
  for (const { logDir, topics } of answer.results) {
    for (const { isFutureKey, offsetLag } of topics.find(({ name }) => name === topic)?.partitions ?? []) {
      if (isFutureKey) {
        places.future.push(logDir);
        places.lag = Number(offsetLag);
      } else places.current.push(logDir);
    }
  }
  return places;
}

async function placeOf(id: number, topic: string): Promise<string> {
  return (await placesOf(id, topic)).current.join();
}

const otherThan = (path: string): string => DIRS.find((one) => one !== path) ?? "";

async function isIn(id: number, topic: string, path: string): Promise<void> {
  await cluster.until(`${topic} lies in ${path} alone`, async () => {
    const { current, future } = await placesOf(id, topic);
    return current.join() === path && future.length === 0;
  });
}

async function produceMany(topic: string, from: number, count: number): Promise<string[]> {
  const values = Array.from({ length: count }, (_, index) => `${topic} ${from + index}`);
  for (const value of values) await cluster.produce(topic, value);
  return values;
}

describe("a replica that is asked into another log directory", () => {
  it("moves while it is written to, keeps every record, and leaves nothing behind", async () => {
    await start(3);
    await cluster.create("t", [1, 2, 3]);
    const before = await produceMany("t", 0, 50);
    const { leader } = cluster.state("t");
    const follower = leader === 1 ? 2 : 1;
    for (const id of [leader, follower]) {
      const target = otherThan(await placeOf(id, "t"));
      const during = produceMany("t", before.length, 50);
      expect(await move(id, target, { t: [0] })).toEqual(["NONE"]);
      await isIn(id, "t", target);
      before.push(...(await during));
      expect(await cluster.consume("t")).toEqual(before);
      expect(cluster.disk(id).exists(`${otherThan(target)}/t-0`)).toBe(false);
      await cluster.until("all are in sync", () => cluster.state("t").isr.length === 3);
    }
    // It goes on as the same replica, also as another process.
    for (const id of [leader, follower]) {
      const place = await placeOf(id, "t");
      await cluster.stop(id);
      await cluster.startBroker(id);
      await cluster.until("all are in sync", () => cluster.state("t").isr.length === 3);
      expect(await placeOf(id, "t")).toBe(place);
    }
    expect(await cluster.consume("t")).toEqual(before);
  });

  it("goes on with what was copied when the broker was killed meanwhile", async () => {
    await start(1, { "replica.alter.log.dirs.io.max.bytes.per.second": "2000", "ottla.log.scrub.interval.ms": "-1" });
    await cluster.create("t", [1]);
    const values = await produceMany("t", 0, 60);
    const target = otherThan(await placeOf(1, "t"));
    // One batch after the other would take seconds; all are one read, which is paid for afterwards.
    expect(await move(1, target, { t: [0] })).toEqual(["NONE"]);
    await cluster.until("something is copied", async () => {
      const { future, lag } = await placesOf(1, "t");
      return future.join() === target && lag < values.length;
    });
    await cluster.kill(1);
    const folders = cluster.disk(1).list(target);
    expect(folders.filter((name) => name.endsWith("-future"))).toHaveLength(1);
    await cluster.startBroker(1);
    await isIn(1, "t", target);
    expect(await cluster.consume("t")).toEqual(values);
    expect(cluster.disk(1).list(target)).not.toContainEqual(expect.stringMatching(/-future$/));
  });

  it("is deleted with its copy, and stays where it is when it is called back", async () => {
    await start(1, { "replica.alter.log.dirs.io.max.bytes.per.second": "1", "ottla.log.scrub.interval.ms": "-1" });
    await cluster.create("t", [1]);
    await produceMany("t", 0, 10);
    const place = await placeOf(1, "t");
    const target = otherThan(place);
    await move(1, target, { t: [0] });
    expect(await placesOf(1, "t")).toMatchObject({ current: [place], future: [target] });
    expect(await move(1, place, { t: [0] })).toEqual(["NONE"]);
    const copies = () =>
      cluster
        .disk(1)
        .list(target)
        .filter((name) => name.endsWith("-future"));
    await cluster.until("the copy is gone", () => copies().length === 0);
    expect(await placesOf(1, "t")).toMatchObject({ current: [place], future: [] });

    await move(1, target, { t: [0] });
    expect(copies()).toHaveLength(1);
    await asking(1, (client) =>
      client.request(deleteTopics, 6, {
        topics: [{ name: "t", topicId: "AAAAAAAAAAAAAAAAAAAAAA" }],
        timeoutMs: 10_000,
      }),
    );
    await cluster.until("the copy is gone", () => copies().length === 0);
  });

  it("is made there if it is not here yet; what cannot be is refused by name", async () => {
    await start(1);
    for (const [topic, path] of [
      ["first", "/data/b"],
      ["second", "/data/b"],
      ["third", "/data/a"],
    ] as const) {
      expect(await move(1, path, { [topic]: [0] })).toEqual(["REPLICA_NOT_AVAILABLE"]);
      await cluster.create(topic, [1]);
      expect(await placeOf(1, topic)).toBe(path);
    }
    expect(await move(1, "/data/c", { first: [0] })).toEqual(["LOG_DIR_NOT_FOUND"]);
    expect(await move(1, "/data/b", { first: [0], ["x".repeat(215)]: [0] })).toEqual([
      "NONE",
      "INVALID_TOPIC_EXCEPTION",
    ]);
    cluster.disk(1).inject({ pathContains: "/data/b", code: "EIO" });
    expect(await move(1, "/data/b", { third: [0] })).toEqual(["KAFKA_STORAGE_ERROR"]);
    expect(await move(1, "/data/b", { third: [0] })).toEqual(["KAFKA_STORAGE_ERROR"]);
    expect(await placeOf(1, "third")).toBe("/data/a");
  });
});
