import { brokerRegistration, type Coordination, ZooKeeperCoordination } from "@ottla/coordination";
import { silentLogger, systemClock, systemRandom } from "@ottla/runtime";
import { kcat } from "./kcat";
import { LocalBroker } from "./local-broker";
import { until } from "./until";

describe("ZooKeeper gone for a while", () => {
  let broker: LocalBroker;
  let watcher: Coordination;
  beforeAll(async () => {
    broker = await LocalBroker.start({ properties: { "zookeeper.session.timeout.ms": "2000" } });
    await kcat(broker.bootstrapServer, ["-P", "-t", "going-on"], { input: "before\n" });
    watcher = await ZooKeeperCoordination.connect({
      connectString: broker.zookeeper.connectString,
      sessionTimeoutMs: 20_000,
      connectionTimeoutMs: 10_000,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
  });
  afterAll(async () => {
    await watcher?.close();
    await broker?.close();
  });

  it("does not stop produce and fetch while it is down, and the same process is registered once it is back", async () => {
    const pid = broker.pid;
    await broker.zookeeper.stop();

    await kcat(broker.bootstrapServer, ["-P", "-t", "going-on", "-p", "0", "-X", "acks=all"], { input: "during\n" });
    expect(await everything()).toBe("before\nduring\n");

    await broker.zookeeper.start();
    await until("the broker is registered", 30_000, async () => (await registration()) !== null);
    await kcat(broker.bootstrapServer, ["-P", "-t", "made-after", "-p", "0"], { input: "after\n" });
    expect(broker.pid).toBe(pid);
    expect(broker.running).toBe(true);
  });

  it("has the broker register again, with a new epoch, after its session expired", async () => {
    const before = await registration();
    // Paused for longer than its session lasts, it is thought dead; what it does on waking is the matter.
    broker.signal("SIGSTOP");
    await until("its session has expired", 30_000, async () => (await registration()) === null);
    broker.signal("SIGCONT");

    await until("the broker is registered again", 30_000, async () => (await registration()) !== null);

    expect((await registration())?.epoch).not.toBe(before?.epoch);
    await kcat(broker.bootstrapServer, ["-P", "-t", "going-on", "-p", "0"], { input: "again\n" });
    expect(await everything()).toBe("before\nduring\nagain\n");
    await kcat(broker.bootstrapServer, ["-P", "-t", "made-by-the-new-session", "-p", "0"], { input: "1\n" });
  });

  async function everything(): Promise<string> {
    const read = await kcat(broker.bootstrapServer, ["-C", "-q", "-t", "going-on", "-p", "0", "-o", "beginning", "-e"]);
    return read.stdout.toString();
  }

  async function registration(): Promise<{ epoch: bigint } | null> {
    const node = await watcher.get(brokerRegistration.path(1));
    return node === null ? null : { epoch: node.stat.czxid };
  }
});
