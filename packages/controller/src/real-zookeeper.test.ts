import {
  brokerRegistration,
  type Coordination,
  findZooKeeper,
  HOW_TO_GET_ZOOKEEPER,
  PERSISTENT_PATHS,
  ZooKeeperCoordination,
  ZooKeeperServer,
} from "@ottla/coordination";
import { SeededRandom, silentLogger, systemClock, systemRandom } from "@ottla/runtime";
import { ConfigStore } from "./config-store";
import { Controller } from "./controller";
import { DEFAULT_CONFIG, topic } from "./testing/controller-harness";
import { RecordingChannel } from "./testing/recording-channel";

const WAIT = { timeoutMs: 20_000 };
const signal = new AbortController().signal;
const installed = findZooKeeper() !== null;

if (!installed && process.env.CI === undefined) console.warn(`skipped on a real ZooKeeper: ${HOW_TO_GET_ZOOKEEPER}`);

(installed || process.env.CI !== undefined ? describe : describe.skip)("on a real ZooKeeper", () => {
  let server: ZooKeeperServer;
  const closing: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
  }, 30_000);

  afterAll(async () => {
    for (const resource of closing.toReversed()) await resource.close();
    await server.close();
  }, 30_000);

  async function broker(id: number): Promise<Coordination> {
    const session = await ZooKeeperCoordination.connect({
      connectString: `127.0.0.1:${server.port}`,
      sessionTimeoutMs: 6_000,
      connectionTimeoutMs: 5_000,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
    closing.push(session);
    for (const path of PERSISTENT_PATHS) await session.ensurePath(path);
    const path = brokerRegistration.path(id);
    const endpoints = [{ listener: "PLAINTEXT", host: "127.0.0.1", port: 9091 + id, securityProtocol: "PLAINTEXT" }];
    const data = brokerRegistration.encode({ version: 5, host: "127.0.0.1", port: 9091 + id, jmxPort: -1, timestampMs: 1, endpoints, rack: null, features: new Map(), ottla: null }); // biome-ignore format: a record
    await session.multi([
      { kind: "create", path, data: null, ephemeral: true },
      { kind: "set", path, data, expectedVersion: 0 },
    ]);
    return session;
  }

  async function controller(id: number, coordination: Coordination): Promise<Controller> {
    const started = await Controller.start(
      {
        coordination,
        brokerId: id,
        clock: systemClock,
        random: new SeededRandom(id),
        logger: silentLogger,
        config: DEFAULT_CONFIG,
        channel: new RecordingChannel().as(id),
        validateTopicConfigs: () => null,
      },
      signal,
    );
    closing.push(started);
    return started;
  }

  it("topics are made, grown, configured and deleted, and a second controller takes over what there is", async () => {
    const [first, second] = [await broker(1), await broker(2)];
    const [one, two] = [await controller(1, first), await controller(2, second)];
    expect([one.isActive, two.isActive]).toEqual([true, false]);
    const brokerEpoch = (await second.get(brokerRegistration.path(2)))?.stat.czxid ?? 0n;
    const hello = { brokerId: 2, brokerEpoch, incarnation: "two" };
    expect(one.sessionOpened(hello, { end: () => {}, withoutZooKeeper: () => {} })).toMatchObject({
      controllerEpoch: 1,
    });

    const names = Array.from({ length: 200 }, (_, i) => `topic-${i}`);
    const created = await one.createTopics(names.map((name) => topic(name, 2, 2)), WAIT, signal); // biome-ignore format: one call
    expect(created.filter((outcome) => outcome.error === "NONE")).toHaveLength(200);
    const again = await one.createTopics([topic("topic-1")], WAIT, signal);
    expect(again).toMatchObject([{ error: "TOPIC_ALREADY_EXISTS" }]);
    const grown = await one.createPartitions([{ name: "topic-1", count: 120, assignments: null }], WAIT, signal);
    expect(grown).toMatchObject([{ error: "NONE" }]);

    const told: unknown[] = [];
    const configs = await ConfigStore.start(
      { coordination: second, clock: systemClock, logger: silentLogger },
      (entity, values) => told.push([entity.name, values]),
      signal,
    );
    closing.push(configs);
    await configs.alter({ type: "topics", name: "topic-1" }, () => ({ "retention.ms": "7" }));
    await until(() => told.length > 0);
    expect(told).toEqual([["topic-1", { "retention.ms": "7" }]]);

    const epoch = (await first.get(brokerRegistration.path(1)))?.stat.czxid ?? 0n;
    expect(await one.allocateProducerIds(1, epoch, signal)).toEqual({
      error: "NONE",
      firstProducerId: 0n,
      length: 1000,
    });
    expect(await one.allocateProducerIds(1, epoch, signal)).toMatchObject({ firstProducerId: 1000n });

    const deleted = await one.deleteTopics([{ name: "topic-1" }, { name: "topic-2" }], WAIT, signal);
    expect(deleted.map((outcome) => outcome.error)).toEqual(["NONE", "NONE"]);
    expect(await first.get("/brokers/topics/topic-1")).toBeNull();

    await one.close();
    await first.close();
    await until(() => two.isActive);
    const later = await two.createTopics([topic("later")], WAIT, signal);
    expect(later).toMatchObject([{ error: "NONE" }]);
    expect(two.epoch).toBe(2);
    const state = JSON.parse((await second.get("/brokers/topics/topic-0/partitions/0/state"))?.data?.toString() ?? "");
    expect(state).toMatchObject({ leader: 2, isr: [2] });
  }, 60_000);
});

async function until(holds: () => boolean): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 15_000;
  while (!holds()) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error("did not happen within 15 s");
    await new Promise<void>((resolve) => void systemClock.setTimer(10, resolve));
  }
}
