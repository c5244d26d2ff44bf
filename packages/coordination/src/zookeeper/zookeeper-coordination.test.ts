import { createServer, type Server } from "node:net";
import { SeededRandom, silentLogger, systemClock, systemRandom } from "@ottla/runtime";
import type { SessionEvent } from "../port";
import { FaultyProxy } from "../testing/faulty-proxy";
import { until } from "../testing/until";
import { findZooKeeper, HOW_TO_GET_ZOOKEEPER } from "../testing/zookeeper-installation";
import { ZooKeeperServer } from "../testing/zookeeper-server";
import { HardenedClient } from "./hardened-client";
import { exceptions, library } from "./library";
import { ZooKeeperCoordination, type ZooKeeperOptions } from "./zookeeper-coordination";

jest.setTimeout(40_000);
const installed = findZooKeeper() !== null || process.env["CI"] === "true";
if (!installed) console.warn(`specs of the real ensemble are skipped: ${HOW_TO_GET_ZOOKEEPER}`);

const SESSION_TIMEOUT_MS = 2000;

function connect(connectString: string, more: Partial<ZooKeeperOptions> = {}): Promise<ZooKeeperCoordination> {
  return ZooKeeperCoordination.connect({
    connectString,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    connectionTimeoutMs: 1500,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    ...more,
  });
}

function eventsOf(session: ZooKeeperCoordination): SessionEvent[] {
  const events: SessionEvent[] = [];
  session.onSession((event) => events.push(event));
  return events;
}

(installed ? describe : describe.skip)("a real ensemble behind a bad network", () => {
  let server: ZooKeeperServer;
  let proxy: FaultyProxy;
  let session: ZooKeeperCoordination;

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
  });

  afterAll(() => server.close());

  beforeEach(async () => {
    proxy = await FaultyProxy.start(server.port);
    session = await connect(proxy.connectString);
  });

  afterEach(async () => {
    await session.close();
    await proxy.close();
  });

  it("that swallows everything is noticed before the session is over; who waits is answered", async () => {
    const events = eventsOf(session);
    const startedMs = performance.now();
    proxy.swallow();
    await expect(session.get("/")).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
    await until("disconnected", () => events.includes("disconnected"));
    await until("lost", () => events.includes("lost"));
    const lostMs = performance.now() - startedMs;
    expect(lostMs).toBeLessThan(2 * SESSION_TIMEOUT_MS);
    proxy.heal();
    await until("renewed", () => events.includes("renewed"));
    expect(events).toEqual(["disconnected", "lost", "expired", "renewed"]);
    expect(await session.get("/")).not.toBeNull();
  });

  it("that swallows a connection being made is left for a better one", async () => {
    const events = eventsOf(session);
    proxy.swallow();
    proxy.cut();
    const { connections } = proxy;
    await until("it tried again and again", () => proxy.connections >= connections + 3);
    proxy.heal();
    await until("in contact again", () => session.session.state === "connected");
    expect(events[0]).toBe("disconnected");
  });

  it.each([1, 3, 4, 5, 15, 19, 20, 37, 60])(
    "that cuts after byte %i of a reply leaves nothing behind in the next connection",
    async (bytes) => {
      const path = `/cut-${bytes}`;
      await session.create(path, Buffer.alloc(200, 1));
      proxy.cutAfter(bytes);
      expect((await session.get(path))?.data).toEqual(Buffer.alloc(200, 1));
      expect(session.session.state).toBe("connected");
    },
  );

  it("keeps a thousand watches over a cut", async () => {
    await session.create("/watched", null);
    let told = 0;
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) => session.watchNode(`/watched/${"x".repeat(200)}-${i}`, () => void told++)),
    );
    proxy.cut();
    await until("each told of the reconnect", () => told === 1000);
    await session.create(`/watched/${"x".repeat(200)}-999`, null);
    await until("told of the change", () => told === 1001);
  });

  it("sees a server stop and start: same session, and calls that waited go through", async () => {
    const patient = await connect(proxy.connectString, { sessionTimeoutMs: 20_000, connectionTimeoutMs: 20_000 });
    const events = eventsOf(patient);
    const { id } = patient.session;
    await patient.create("/stays", null, { ephemeral: true });
    await server.stop();
    await until("disconnected", () => events.includes("disconnected"));
    const waiting = patient.get("/stays");
    await server.start();
    expect(await waiting).toMatchObject({ stat: { ephemeralOwner: id } });
    expect(patient.session).toMatchObject({ id, state: "connected" });
    expect(events).toEqual(["disconnected", "connected"]);
    await patient.close();
  });

  it("finishes each of many writes exactly once over many cuts", async () => {
    const seed = systemRandom.below(2 ** 31);
    console.log(`seed of the cuts: ${seed}`);
    const random = new SeededRandom(seed);
    await session.create("/counter", Buffer.from("0"));
    for (let i = 0; i < 150; i++) {
      if (i % 3 === 0) proxy.cutAfter(1 + random.below(200));
      const stat = await session.set("/counter", Buffer.from(`${i + 1}`), i);
      expect(stat.version).toBe(i + 1);
    }
    expect(proxy.connections).toBeGreaterThan(20);
    proxy.heal();
    expect((await session.get("/counter"))?.data?.toString()).toBe("150");
  });

  it("answers whoever still waits when it is closed", async () => {
    const waiting = Promise.allSettled(Array.from({ length: 100 }, () => session.get("/")));
    await session.close();
    for (const outcome of await waiting)
      if (outcome.status === "rejected") expect(["CONNECTION_LOSS", "SESSION_EXPIRED"]).toContain(outcome.reason.code);
  });

  it("makes a chroot that is missing, and keeps all paths below it", async () => {
    const rooted = await connect(`${proxy.connectString}/ottla/deep`);
    await rooted.ensurePath("/brokers/ids");
    expect(await rooted.create("/brokers/ids/n_", null, { sequential: true })).toBe("/brokers/ids/n_0000000000");
    expect((await rooted.children("/"))?.names).toEqual(["brokers"]);
    let told = 0;
    await rooted.watchChildren("/", () => void told++);
    await session.create("/ottla/deep/seen", null);
    await until("told below the chroot", () => told > 0);
    await rooted.sync();
    await rooted.multi([{ kind: "remove", path: "/seen", expectedVersion: 0 }]);
    expect(await session.get("/ottla/deep/seen")).toBeNull();
    await rooted.close();
  });

  it("finds the one server of three that answers", async () => {
    const refused = await FaultyProxy.start(1);
    const dead = refused.connectString;
    await refused.close();
    const found = await connect(`${dead},${proxy.connectString},${dead}`);
    expect(found.session.state).toBe("connected");
    await found.close();
  });
});

describe("an ensemble that cannot be reached", () => {
  let silent: Server;
  beforeAll((done) => {
    silent = createServer((socket) => void socket.resume()).listen(0, "127.0.0.1", done);
  });
  afterAll((done) => void silent.close(done));

  it("is named with what each of its servers did", async () => {
    const address = silent.address();
    const silentPort = typeof address === "object" && address !== null ? address.port : 0;
    const failed = connect(`127.0.0.1:1,127.0.0.1:${silentPort}/chroot`);
    await expect(failed).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
    const message = await failed.catch((error: unknown) => String(error));
    expect(message).toContain("127.0.0.1:1: ECONNREFUSED");
    expect(message).toContain(`127.0.0.1:${silentPort}: accepts connections but does not answer`);
    expect(message).toContain("within 1500 ms");
  });

  it("is not waited for once the caller gives up", async () => {
    const stop = new AbortController();
    const failed = connect("127.0.0.1:1", { signal: stop.signal, connectionTimeoutMs: 30_000 });
    setImmediate(() => stop.abort());
    await expect(failed).rejects.toMatchObject({ name: "Aborted" });
    await expect(connect("127.0.0.1:1", { signal: stop.signal })).rejects.toMatchObject({ name: "Aborted" });
  });
});

describe("the library underneath", () => {
  const quiet = {
    servers: [{ host: "127.0.0.1", port: 1 }],
    sessionTimeoutMs: 2000,
    clock: systemClock,
    logger: silentLogger,
    onConnected: () => {},
    onDisconnected: () => {},
    onLost: () => {},
    onExpired: () => {},
  };

  it("has the internals that the hardening reaches into", () => {
    const manager = library.createClient("h:1", { sessionTimeout: 1, spinDelay: 1, retries: 0 }).connectionManager;
    for (const method of [
      "onSocketData",
      "onSocketClosed",
      "onSocketError",
      "findNextServer",
      "updateTimeout",
      "connect",
    ] as const)
      expect(typeof manager[method]).toBe("function");
    expect(manager.packetQueue.queue).toEqual([]);
    expect(manager.pendingQueue).toEqual([]);
    expect(Object.keys(manager.watcherManager)).toEqual(["dataWatchers", "childWatchers", "existenceWatchers"]);
    expect(manager.zxid).toHaveLength(8);
  });

  it("can be closed before a connection stands, and settles", async () => {
    const client = new HardenedClient(quiet);
    client.connect();
    await client.close(1000);
    const never = new HardenedClient(quiet);
    await never.close(1000);
  });

  it("still takes version 0 for any in a transaction, which is why it is set afterwards", () => {
    const transaction = library.createClient("h:1", { sessionTimeout: 1, spinDelay: 1, retries: 0 }).transaction();
    expect(transaction.check("/a", 0).ops.at(-1)?.version).toBe(-1);
  });

  it("does not throw on error numbers that it does not know", async () => {
    const client = new HardenedClient(quiet);
    expect(exceptions.create(-118)).toMatchObject({ code: -118 });
    expect(exceptions.create(-101)).toMatchObject({ code: -101 });
    await client.close(0);
  });

  it("starts its request numbers again before they overflow", async () => {
    const client = new HardenedClient(quiet);
    const { connectionManager } = client.raw;
    connectionManager.xid = 0x7fff_fff0;
    connectionManager.xid += 1;
    expect(connectionManager.xid).toBe(0);
    await client.close(0);
  });
});
