import { type LogFields, type Logger, SimulatedClock, silentLogger } from "@ottla/runtime";
import { BrokerRegistration, type BrokerRegistrationOptions, type RegistrationEvent } from "./membership";
import type { MemoryCoordination } from "./memory/memory-coordination";
import { MemoryEnsemble } from "./memory/memory-ensemble";
import { CoordinationError } from "./port";
import { brokerRegistration, type RegisteredBroker } from "./znodes/broker-registration";

function cluster() {
  const clock = new SimulatedClock();
  const ensemble = new MemoryEnsemble({ clock });
  return {
    clock,
    ensemble,
    connect: (name: string) => ensemble.connect({ name, sessionTimeoutMs: 18_000, connectionTimeoutMs: 6000 }),
    options: (coordination: MemoryCoordination, process: Process = {}): BrokerRegistrationOptions => {
      return {
        coordination,
        clock,
        logger: process.logger ?? silentLogger,
        brokerId: 1,
        lockedDirectories: process.locked ?? ["dir"],
        describe: () => ({ ...broker(process), ottla: ottlaKeys(process) }),
        ...(process.signal ? { signal: process.signal } : {}),
      };
    },
  };
}

interface Process {
  readonly incarnation?: string;
  readonly bootId?: string;
  readonly locked?: readonly string[];
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
  torn?: boolean;
}

describe("a broker that registers", () => {
  it("makes an ephemeral node of version 1 in one transaction; the broker epoch is its czxid", async () => {
    const { ensemble, connect, options } = cluster();
    const session = await connect("b1");
    const registration = await BrokerRegistration.register(options(session));
    const node = await session.get("/brokers/ids/1");
    expect(node?.stat).toMatchObject({ version: 1, ephemeralOwner: session.session.id });
    expect(registration.brokerEpoch).toBe(node?.stat.czxid);
    expect(ensemble.transactions.at(-1)?.operations.map(({ kind }) => kind)).toEqual(["create", "set"]);
  });

  it("is registered once although the reply was lost beyond finding out", async () => {
    const { ensemble, connect, options } = cluster();
    const session = await connect("b1");
    await session.ensurePath("/brokers/ids");
    ensemble.loseNextReply(session, { verified: false });
    const registration = await BrokerRegistration.register(options(session));
    expect(registration.brokerEpoch).toBe((await session.get("/brokers/ids/1"))?.stat.czxid);
    expect(ensemble.transactions.filter(({ operations }) => operations.length > 1)).toHaveLength(1);
  });

  it("replaces a killed process of the same directory and boot at once, with the controller it was", async () => {
    const { ensemble, connect, options } = cluster();
    const old = await connect("old");
    const first = await BrokerRegistration.register(options(old, { incarnation: "i1" }));
    await old.create("/controller_epoch", Buffer.from("3"));
    await old.create("/controller", Buffer.from("{}"), { ephemeral: true });
    ensemble.disconnect(old);
    const session = await connect("new");
    const registration = await BrokerRegistration.register(options(session, { incarnation: "i2" }));
    expect(registration.brokerEpoch > first.brokerEpoch).toBe(true);
    expect(ensemble.textAt("/controller")).toBeNull();
    expect(ensemble.transactions.at(-1)?.operations.map(({ kind, path }) => [kind, path])).toEqual([
      ["remove", "/brokers/ids/1"],
      ["check", "/controller_epoch"],
      ["remove", "/controller"],
      ["create", "/brokers/ids/1"],
      ["set", "/brokers/ids/1"],
    ]);
  });

  it("leaves a controller alone that another session is", async () => {
    const { ensemble, connect, options } = cluster();
    const old = await connect("old");
    await BrokerRegistration.register(options(old, { incarnation: "i1" }));
    const other = await connect("other");
    await other.create("/controller_epoch", Buffer.from("3"));
    await other.create("/controller", Buffer.from("other"), { ephemeral: true });
    ensemble.disconnect(old);
    await BrokerRegistration.register(options(await connect("new"), { incarnation: "i2" }));
    expect(ensemble.textAt("/controller")).toBe("other");
  });

  it("waits for the old session's end, saying so each second, when death is not proved", async () => {
    const { clock, ensemble, connect, options } = cluster();
    const old = await connect("old");
    await BrokerRegistration.register(options(old, { incarnation: "i1", bootId: "before the power failed" }));
    ensemble.disconnect(old);
    const said = recorder();
    let registered = false;
    const wait = BrokerRegistration.register(
      options(await connect("new"), { incarnation: "i2", logger: said.logger }),
    ).then(() => (registered = true));
    await clock.advanceAsync(17_900);
    expect(registered).toBe(false);
    expect(said.messages.filter((message) => message.includes("waiting"))).toHaveLength(18);
    await clock.advanceAsync(200);
    expect(registered).toBe(true);
    await wait;
  });

  it("gives up when the other process stays alive, naming where it is", async () => {
    const { clock, connect, options } = cluster();
    await BrokerRegistration.register(options(await connect("old"), { incarnation: "i1", locked: ["dir"] }));
    const failed = BrokerRegistration.register(
      options(await connect("new"), { incarnation: "i2", locked: ["another"] }),
    ).catch((error: unknown) => error);
    await clock.advanceAsync(22_000);
    expect(String(await failed)).toContain("another broker with id 1 is alive at h:9092");
  });

  it("stops waiting when told to", async () => {
    const { clock, connect, options } = cluster();
    await BrokerRegistration.register(options(await connect("old"), { incarnation: "i1" }));
    const stop = new AbortController();
    const second = options(await connect("new"), { incarnation: "i2", locked: [], signal: stop.signal });
    const failed = BrokerRegistration.register(second).catch((error: unknown) => error);
    await clock.advanceAsync(1500);
    stop.abort();
    await clock.advanceAsync(0);
    expect(await failed).toMatchObject({ name: "Aborted" });
  });
});

describe("a registered broker", () => {
  it("registers again after its session expired, under a greater epoch", async () => {
    const { clock, ensemble, connect, options } = cluster();
    const session = await connect("b1");
    const registration = await BrokerRegistration.register(options(session));
    const events = eventsOf(registration);
    const before = registration.brokerEpoch;
    ensemble.expire(session);
    await clock.advanceAsync(1000);
    expect(registration.brokerEpoch > before).toBe(true);
    expect(events).toEqual([{ kind: "registered", brokerEpoch: registration.brokerEpoch }]);
    expect((await session.get("/brokers/ids/1"))?.stat.ephemeralOwner).toBe(session.session.id);
  });

  it("is replaced, and never registers again, once another process holds its node", async () => {
    const { clock, ensemble, connect, options } = cluster();
    const old = await connect("old");
    const registration = await BrokerRegistration.register(options(old, { incarnation: "i1" }));
    const events = eventsOf(registration);
    await BrokerRegistration.register(options(await connect("new"), { incarnation: "i2" }));
    await clock.advanceAsync(1000);
    expect(events).toMatchObject([{ kind: "replaced", by: { ottla: { incarnation: "i2" } } }]);
    ensemble.expire(old);
    await clock.advanceAsync(1000);
    expect(events).toHaveLength(1);
    expect(ensemble.textAt("/brokers/ids/1")).toContain('"i2"');
  });

  it("is replaced when somebody registered while it had no session", async () => {
    const { clock, ensemble, connect, options } = cluster();
    const old = await connect("old");
    const registration = await BrokerRegistration.register(options(old, { incarnation: "i1" }));
    const events = eventsOf(registration);
    ensemble.disconnect(old);
    await clock.advanceAsync(18_000);
    await BrokerRegistration.register(options(await connect("new"), { incarnation: "i2" }));
    ensemble.reconnect(old);
    await clock.advanceAsync(1000);
    expect(events).toMatchObject([{ kind: "replaced", by: { ottla: { incarnation: "i2" } } }]);
  });

  it("is replaced when its node is removed under a living session", async () => {
    const { clock, connect, options } = cluster();
    const registration = await BrokerRegistration.register(options(await connect("b1")));
    const events = eventsOf(registration);
    await (await connect("admin")).remove("/brokers/ids/1", null);
    await clock.advanceAsync(1000);
    expect(events).toEqual([{ kind: "replaced", by: null }]);
  });

  it("is not replaced by a mere cut", async () => {
    const { clock, ensemble, connect, options } = cluster();
    const session = await connect("b1");
    const registration = await BrokerRegistration.register(options(session));
    const events = eventsOf(registration);
    ensemble.disconnect(session);
    await clock.advanceAsync(5000);
    ensemble.reconnect(session);
    await clock.advanceAsync(1000);
    expect(events).toEqual([]);
  });

  it("registers again however often the ensemble refuses it, ever more slowly", async () => {
    const { clock, ensemble, connect, options } = cluster();
    const session = await connect("b1");
    const said = recorder();
    const registration = await BrokerRegistration.register(options(session, { logger: said.logger }));
    const events = eventsOf(registration);
    const refusals = jest
      .spyOn(session, "multi")
      .mockImplementation(() => Promise.reject(new CoordinationError("OTHER", "multi", "/brokers/ids/1")));
    ensemble.expire(session);
    await clock.advanceAsync(60_000);
    expect(refusals.mock.calls.length).toBeGreaterThan(10);
    expect(refusals.mock.calls.length).toBeLessThan(25);
    expect(events).toEqual([]);
    expect(said.messages.filter((message) => message.includes("not be registered again yet")).length).toBeGreaterThan(
      10,
    );
    refusals.mockRestore();
    await clock.advanceAsync(5000);
    expect(events).toEqual([{ kind: "registered", brokerEpoch: registration.brokerEpoch }]);
  });

  it("is replaced when a stranger registers between its look and its write", async () => {
    const { clock, ensemble, connect, options } = cluster();
    const old = await connect("old");
    const registration = await BrokerRegistration.register(options(old, { incarnation: "i1" }));
    const events = eventsOf(registration);
    const rival = await connect("new");
    const write = old.multi.bind(old);
    jest.spyOn(old, "multi").mockImplementationOnce(async (operations) => {
      await BrokerRegistration.register(options(rival, { incarnation: "i2" }));
      return write(operations);
    });
    ensemble.expire(old);
    for (let i = 0; i < 10; i++) await clock.advanceAsync(100);
    expect(events).toMatchObject([{ kind: "replaced", by: { ottla: { incarnation: "i2" } } }]);
  });

  it("finds out that it is replaced although the ensemble refused its first look", async () => {
    const { clock, connect, options } = cluster();
    const session = await connect("b1");
    const events = eventsOf(await BrokerRegistration.register(options(session)));
    jest.spyOn(session, "get").mockRejectedValueOnce(new CoordinationError("OTHER", "get", "/brokers/ids/1"));
    await (await connect("admin")).remove("/brokers/ids/1", null);
    await clock.advanceAsync(1000);
    expect(events).toEqual([{ kind: "replaced", by: null }]);
  });

  it("says that it cannot go on when a bug of its own keeps it from registering again", async () => {
    const { clock, ensemble, connect, options } = cluster();
    const session = await connect("b1");
    const registration = await BrokerRegistration.register(options(session));
    const events = eventsOf(registration);
    const bug = new TypeError("undefined is not a function");
    jest.spyOn(session, "multi").mockRejectedValueOnce(bug);
    ensemble.expire(session);
    await clock.advanceAsync(1000);
    expect(events).toEqual([{ kind: "failed", cause: bug }]);
  });

  it("stops trying at once when it is closed", async () => {
    const { clock, ensemble, connect, options } = cluster();
    const session = await connect("b1");
    const registration = await BrokerRegistration.register(options(session));
    const tries = jest
      .spyOn(session, "multi")
      .mockRejectedValue(new CoordinationError("OTHER", "multi", "/brokers/ids/1"));
    ensemble.expire(session);
    await clock.advanceAsync(30_000);
    await registration.close();
    const triesBefore = tries.mock.calls.length;
    await clock.advanceAsync(30_000);
    expect(tries).toHaveBeenCalledTimes(triesBefore);
  });

  it("clears torn in place: the epoch stays", async () => {
    const { connect, options } = cluster();
    const session = await connect("b1");
    const process: Process = { torn: true };
    const registration = await BrokerRegistration.register(options(session, process));
    const before = await session.get("/brokers/ids/1");
    expect(brokerRegistration.decode(before?.data ?? null).ottla?.torn).toBe(true);
    process.torn = false;
    await registration.refresh();
    const after = await session.get("/brokers/ids/1");
    expect(brokerRegistration.decode(after?.data ?? null).ottla?.torn).toBe(false);
    expect(after?.stat).toMatchObject({ czxid: before?.stat.czxid, version: 2 });
    expect(registration.brokerEpoch).toBe(before?.stat.czxid);
  });
});

function broker(process: Process): RegisteredBroker {
  return {
    version: 5,
    host: "h",
    port: 9092,
    jmxPort: -1,
    timestampMs: 1,
    endpoints: [{ listener: "PLAINTEXT", host: "h", port: 9092, securityProtocol: "PLAINTEXT" }],
    rack: null,
    features: new Map(),
    ottla: ottlaKeys(process),
  };
}

function ottlaKeys(process: Process): NonNullable<RegisteredBroker["ottla"]> {
  return {
    rpc: "h:19092",
    directories: ["dir"],
    bootId: process.bootId ?? "boot",
    pidNamespace: "ns",
    pid: 42,
    startTime: "1",
    incarnation: process.incarnation ?? "i",
    torn: process.torn ?? false,
  };
}

function eventsOf(registration: BrokerRegistration): RegistrationEvent[] {
  const events: RegistrationEvent[] = [];
  registration.onChange((event) => events.push(event));
  return events;
}

function recorder(): { readonly logger: Logger; readonly messages: string[] } {
  const messages: string[] = [];
  const say = (message: string, _fields?: LogFields) => void messages.push(message);
  const logger: Logger = { debug: say, info: say, warn: say, error: say, with: () => logger };
  return { logger, messages };
}
