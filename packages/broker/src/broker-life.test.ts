import { createServer } from "node:net";
import { InProcessNetwork } from "@ottla/cluster-rpc";
import { brokerRegistration, type MemoryCoordination, MemoryEnsemble } from "@ottla/coordination";
import {
  createTopics,
  describeCluster,
  describeConfigs,
  incrementalAlterConfigs,
  metadata,
  produce,
} from "@ottla/protocol";
import { type Random, SeededRandom, SimulatedDisk, silentLogger, systemClock } from "@ottla/runtime";
import { Broker } from "./broker";
import { BrokerConfig } from "./config/broker-config";
import { ListenFailed } from "./listener/listener";
import { Replaced } from "./startup/registration";
import { batchOf, produceOf } from "./testing/produced-batches";
import { WireClient } from "./testing/wire-client";

/** What outlives a broker, and what it is made of. */
class World {
  readonly ensemble = new MemoryEnsemble({ clock: systemClock });
  readonly disk = new SimulatedDisk({ nowMs: () => systemClock.nowMs() });
  readonly random: Random = new SeededRandom(11);
  readonly fatal: Error[] = [];
  session: MemoryCoordination | null = null;
  private readonly network = new InProcessNetwork({ clock: systemClock, logger: silentLogger });

  async start(configs: Readonly<Record<string, string>> = {}): Promise<Broker> {
    const given = Object.entries({
      "zookeeper.connect": "memory:1",
      "broker.id": "1",
      listeners: "PLAINTEXT://127.0.0.1:0",
      "log.dirs": "/data/logs",
      ...configs,
    });
    const broker = await Broker.start(
      {
        config: BrokerConfig.from(given.map(([key, value]) => ({ key, value, origin: "spec" }))),
        connect: async () => {
          this.session = await this.ensemble.connect({ name: "broker" });
          return this.session;
        },
        transport: this.network.transport(`broker-${configs["broker.id"] ?? 1}`),
        machine: {
          hostName: "localhost",
          bootId: "boot",
          pidNamespace: "pid:[1]",
          pid: 4711,
          startTime: "1",
          hasEnded: () => Promise.resolve(false),
        },
        disk: this.disk,
        clock: systemClock,
        random: this.random,
        logger: silentLogger,
        onFatal: (reason) => void this.fatal.push(reason),
      },
      new AbortController().signal,
    );
    started.push(broker);
    return broker;
  }
}

const started: Broker[] = [];
const clients: WireClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const broker of started.splice(0)) await broker.close();
});

async function clientOf(broker: Broker): Promise<WireClient> {
  const client = await WireClient.connect(broker.portOf());
  clients.push(client);
  return client;
}

const create = async (client: WireClient, name: string, configs: { name: string; value: string }[] = []) =>
  (
    await client.request(createTopics, 7, {
      topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs }],
      timeoutMs: 5000,
    })
  ).topics[0];

const send = async (client: WireClient, topic: string, value: string) =>
  (await client.request(produce, 9, produceOf(topic, batchOf([value])))).responses[0]?.partitionResponses[0];

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 5000;
  while (!(await condition())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("a broker that starts", () => {
  it("announces the port that the system chose, and itself as the controller", async () => {
    const broker = await new World().start();
    const client = await clientOf(broker);
    const cluster = await client.request(describeCluster, 1, { includeClusterAuthorizedOperations: false });
    expect(cluster).toMatchObject({
      errorCode: "NONE",
      clusterId: broker.report.clusterId,
      controllerId: 1,
      brokers: [{ brokerId: 1, host: "127.0.0.1", port: broker.portOf() }],
    });
  });

  it("tells each client the address of the listener it came in by", async () => {
    const broker = await new World().start({
      listeners: "IN://127.0.0.1:0,OUT://127.0.0.1:0",
      "listener.security.protocol.map": "IN:PLAINTEXT,OUT:PLAINTEXT",
      "advertised.listeners": "IN://inside:1,OUT://outside:2",
      "inter.broker.listener.name": "IN",
    });
    for (const [name, host] of [
      ["IN", "inside"],
      ["OUT", "outside"],
    ] as const) {
      const client = await WireClient.connect(broker.portOf(name));
      clients.push(client);
      const { brokers } = await client.request(metadata, 1, { topics: [] });
      expect(brokers.map((one) => one.host)).toEqual([host]);
    }
  });

  it("joins the cluster that another broker has begun, under that one's control", async () => {
    const world = new World();
    const first = await world.start();
    const second = await world.start({ "broker.id": "2", "log.dirs": "/data/other" });
    expect(second.report).toMatchObject({ brokerId: 2, controllerId: 1, clusterId: first.report.clusterId });
  });

  it("leaves nothing open when it fails half-way", async () => {
    const world = new World();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", () => resolve()));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(world.start({ listeners: `PLAINTEXT://127.0.0.1:${port}` })).rejects.toThrow(ListenFailed);
    await new Promise((resolve) => other.close(resolve));
    // The lock, the session and the port are free again.
    expect((await world.start({ listeners: `PLAINTEXT://127.0.0.1:${port}` })).portOf()).toBe(port);
  });

  it("is given an id when it has none, and remembers it", async () => {
    const world = new World();
    const first = await world.start({ "broker.id": "-1" });
    expect(first.report.brokerId).toBe(1001);
    await first.close();
    expect((await world.start({ "broker.id": "-1" })).report.brokerId).toBe(1001);
  });
});

describe("a broker whose session expires", () => {
  it("goes on serving, and registers again under a new epoch", async () => {
    const world = new World();
    const client = await clientOf(await world.start());
    await create(client, "orders");
    const path = brokerRegistration.path(1);
    const session = world.session;
    if (session === null) throw new Error("no session");
    const before = (await session.get(path))?.stat.czxid ?? 0n;
    world.ensemble.expire(session);
    expect(await send(client, "orders", "meanwhile")).toMatchObject({ errorCode: "NONE" });
    await until("the broker registers again", async () => ((await session.get(path))?.stat.czxid ?? 0n) > before);
    await until("topics can be created again", async () => {
      const outcome = await create(client, `later-${systemClock.monotonicMs()}`);
      return outcome?.errorCode === "NONE";
    });
    expect(await send(client, "orders", "afterwards")).toMatchObject({ errorCode: "NONE", baseOffset: 1n });
    expect(world.fatal).toEqual([]);
  });

  it("stops for good when another process has taken its place (rule 53)", async () => {
    const world = new World();
    await world.start();
    const rival = await world.ensemble.connect({ name: "rival" });
    const path = brokerRegistration.path(1);
    const data = (await rival.get(path))?.data ?? Buffer.alloc(0);
    await rival.multi([
      { kind: "remove", path, expectedVersion: null },
      { kind: "create", path, data, ephemeral: true },
    ]);
    await until("the process is told", () => world.fatal.length > 0);
    expect(world.fatal[0]).toBeInstanceOf(Replaced);
  });
});

describe("configs", () => {
  it("that a topic is created with hold from its first record", async () => {
    const client = await clientOf(await new World().start());
    await create(client, "small", [{ name: "max.message.bytes", value: "100" }]);
    expect(await send(client, "small", "x".repeat(200))).toMatchObject({ errorCode: "MESSAGE_TOO_LARGE" });
  });

  it("that are altered hold without a restart, and are still there after one", async () => {
    const world = new World();
    const broker = await world.start();
    const client = await clientOf(broker);
    await create(client, "orders");
    const alter = (configs: { name: string; configOperation: number; value: string | null }[]) =>
      client.request(incrementalAlterConfigs, 1, {
        resources: [{ resourceType: 2, resourceName: "orders", configs }],
        validateOnly: false,
      });
    expect((await alter([{ name: "max.message.bytes", configOperation: 0, value: "100" }])).responses).toMatchObject([
      { errorCode: "NONE" },
    ]);
    await until(
      "it holds",
      async () => (await send(client, "orders", "x".repeat(200)))?.errorCode === "MESSAGE_TOO_LARGE",
    );
    await broker.close();
    const again = await clientOf(await world.start());
    expect(await send(again, "orders", "x".repeat(200))).toMatchObject({ errorCode: "MESSAGE_TOO_LARGE" });
  });

  it("of all brokers reach topics that have none of their own", async () => {
    const client = await clientOf(await new World().start());
    await create(client, "orders");
    await client.request(incrementalAlterConfigs, 1, {
      resources: [
        {
          resourceType: 4,
          resourceName: "",
          configs: [{ name: "message.max.bytes", configOperation: 0, value: "100" }],
        },
      ],
      validateOnly: false,
    });
    await until(
      "it holds",
      async () => (await send(client, "orders", "x".repeat(200)))?.errorCode === "MESSAGE_TOO_LARGE",
    );
  });

  it("are refused one by one, each with its reason, and nothing is written", async () => {
    const client = await clientOf(await new World().start());
    await create(client, "orders");
    const { responses } = await client.request(incrementalAlterConfigs, 1, {
      resources: [
        {
          resourceType: 2,
          resourceName: "orders",
          configs: [{ name: "retention.ms", configOperation: 0, value: "banana" }],
        },
        { resourceType: 2, resourceName: "missing", configs: [] },
        { resourceType: 4, resourceName: "7", configs: [] },
        { resourceType: 8, resourceName: "1", configs: [] },
      ],
      validateOnly: false,
    });
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([
      "INVALID_CONFIG",
      "UNKNOWN_TOPIC_OR_PARTITION",
      "INVALID_REQUEST",
      "INVALID_REQUEST",
    ]);
    expect(responses[0]?.errorMessage).toMatch(
      /^Invalid config value for resource ConfigResource\(type=TOPIC, name='orders'\): Invalid value banana for configuration retention\.ms/,
    );
  });

  it("are described as Kafka describes them: value, source and synonyms", async () => {
    const client = await clientOf(await new World().start({ "log.segment.bytes": "2000000" }));
    await create(client, "orders", [{ name: "retention.ms", value: "1000000" }]);
    const describe = async (configurationKeys: string[]) =>
      (
        await client.request(describeConfigs, 4, {
          resources: [{ resourceType: 2, resourceName: "orders", configurationKeys }],
          includeSynonyms: true,
          includeDocumentation: false,
        })
      ).results[0];
    expect(await describe(["retention.ms", "flush.ms", "cleanup.policy", "segment.bytes"])).toMatchObject({
      errorCode: "NONE",
      errorMessage: "",
      configs: [
        {
          name: "cleanup.policy",
          value: "delete",
          configSource: 5,
          configType: 7,
          synonyms: [{ name: "log.cleanup.policy", value: "delete", source: 5 }],
        },
        { name: "flush.ms", value: "9223372036854775807", configSource: 5, configType: 5, synonyms: [] },
        {
          name: "retention.ms",
          value: "1000000",
          configSource: 1,
          configType: 5,
          synonyms: [{ name: "retention.ms", value: "1000000", source: 1 }],
        },
        {
          name: "segment.bytes",
          value: "2000000",
          configSource: 4,
          synonyms: [
            { name: "log.segment.bytes", value: "2000000", source: 4 },
            { name: "log.segment.bytes", value: "1073741824", source: 5 },
          ],
        },
      ],
    });
  });
});
