import { silentLogger, systemClock, systemRandom } from "@ottla/runtime";
import { BrokerRegistration, type RegistrationEvent } from "./membership";
import { endSession } from "./testing/end-session";
import { FaultyProxy } from "./testing/faulty-proxy";
import { until } from "./testing/until";
import { findZooKeeper } from "./testing/zookeeper-installation";
import { ZooKeeperServer } from "./testing/zookeeper-server";
import { brokerRegistration } from "./znodes/broker-registration";
import { ZooKeeperCoordination } from "./zookeeper/zookeeper-coordination";

jest.setTimeout(40_000);
const installed = findZooKeeper() !== null || process.env["CI"] === "true";

(installed ? describe : describe.skip)("a broker's registration on a real ensemble", () => {
  let server: ZooKeeperServer;
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
  });

  afterAll(async () => {
    for (const opened of open.toReversed()) await opened.close();
    await server.close();
  });

  /** A broker process: its registration, what it was told, and the network between it and the ensemble. */
  async function broker(incarnation: string) {
    const proxy = await FaultyProxy.start(server.port);
    const coordination = await ZooKeeperCoordination.connect({
      connectString: `${proxy.connectString}/kafka`,
      sessionTimeoutMs: 20_000,
      connectionTimeoutMs: 5000,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
    open.push(proxy, coordination);
    const registration = await BrokerRegistration.register({
      coordination,
      clock: systemClock,
      logger: silentLogger,
      brokerId: 1,
      lockedDirectories: ["dir"],
      describe: () => ({
        ...brokerRegistration.decode(Buffer.from('{"version":1,"host":"h","port":9092}')),
        ottla: {
          rpc: "h:1",
          directories: ["dir"],
          bootId: "boot",
          pidNamespace: null,
          pid: 1,
          startTime: null,
          incarnation,
          torn: false,
        },
      }),
    });
    const events: RegistrationEvent[] = [];
    registration.onChange((event) => events.push(event));
    return { proxy, coordination, registration, events };
  }

  it("takes over from a killed process within moments, comes back after an expiry, and yields to its successor", async () => {
    const first = await broker("i1");
    first.proxy.swallow();
    const startedMs = performance.now();
    const second = await broker("i2");
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(second.registration.brokerEpoch > first.registration.brokerEpoch).toBe(true);

    const before = second.registration.brokerEpoch;
    const granted = second.proxy.session;
    second.proxy.refuse();
    if (granted !== null) await endSession(server.port, granted, 5000);
    second.proxy.heal();
    await until("registered again", () => second.events.length > 0);
    expect(second.events).toEqual([{ kind: "registered", brokerEpoch: second.registration.brokerEpoch }]);
    expect(second.registration.brokerEpoch > before).toBe(true);

    first.proxy.heal();
    await until("the first learns it", () => first.events.length > 0);
    expect(first.events).toMatchObject([{ kind: "replaced", by: { ottla: { incarnation: "i2" } } }]);
  });
});
