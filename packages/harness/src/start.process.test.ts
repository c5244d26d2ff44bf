import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort } from "./free-port";
import { kcat } from "./kcat";
import { LocalBroker } from "./local-broker";

describe("starting and stopping one broker", () => {
  let broker: LocalBroker;
  beforeAll(async () => {
    broker = await LocalBroker.start();
  });
  afterAll(() => broker?.close());

  it("says in one screen what it is, where it listens, what it found and how long it took", () => {
    expect(broker.output).toMatch(/Ottla \d/);
    expect(broker.output).toContain(`PLAINTEXT on 127.0.0.1:${broker.port}`);
    expect(broker.output).toContain(broker.logDirectory);
    expect(broker.output).toContain(broker.zookeeper.connectString);
  });

  it("refuses a second process on the same log directory, and names it", async () => {
    const second = broker.spawn(`listeners=PLAINTEXT://127.0.0.1:${await freePort()}`, "broker.id=2");
    const { code } = await second.ended;
    expect(code).toBe(1);
    expect(second.output).toContain(broker.logDirectory);
    expect(second.output).toMatch(/lock|in use|another/i);
  });

  it("names the listener and the port when the port is taken", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    const other = broker.spawn(
      `listeners=PLAINTEXT://127.0.0.1:${port}`,
      `log.dirs=${join(broker.folder, "data-3")}`,
      "broker.id=3",
    );
    expect((await other.ended).code).toBe(1);
    expect(other.output).toContain(String(port));
    expect(other.output).toMatch(/in use/);
    taken.close();
  });

  it("names the hosts it tried when no ZooKeeper answers", async () => {
    const nobody = await freePort();
    const other = broker.spawn(
      `zookeeper.connect=127.0.0.1:${nobody}`,
      "zookeeper.connection.timeout.ms=1500",
      `log.dirs=${join(broker.folder, "data-4")}`,
      `listeners=PLAINTEXT://127.0.0.1:${await freePort()}`,
    );
    expect((await other.ended).code).toBe(1);
    expect(other.output).toContain(`127.0.0.1:${nobody}`);
  });

  it.each([
    ["num.partitions=many", /num\.partitions.*many/s],
    ["log.retnetion.ms=5", /log\.retnetion\.ms.*log\.retention\.ms/s],
    ["sasl.enabled.mechanisms=PLAIN", /sasl\.enabled\.mechanisms/],
    ["listeners=SSL://127.0.0.1:0", /SSL|TLS/],
    ["log.message.downconversion.enable=true", /downconversion/],
  ])("answers %s with the key and what would be right", async (override, words) => {
    // An unknown key only warns, so the process is kept from starting by its directory, which is locked.
    const other = broker.spawn(override);
    expect((await other.ended).code).toBe(1);
    expect(other.output).toMatch(words);
  });

  it("leaves a clean-shutdown marker on SIGTERM and starts again without recovery", async () => {
    await kcat(broker.bootstrapServer, ["-P", "-t", "kept"], { input: "one\ntwo\n" });

    expect(await broker.stop()).toEqual({ code: 0, signal: null });
    expect(existsSync(join(broker.logDirectory, ".kafka_cleanshutdown"))).toBe(true);
    await broker.startProcess();

    expect(broker.output).toMatch(/closed cleanly/);
    const read = await kcat(broker.bootstrapServer, ["-C", "-q", "-t", "kept", "-o", "beginning", "-e"]);
    expect(read.stdout.toString()).toBe("one\ntwo\n");
  });

  it("does not wait for its old session when it was killed", async () => {
    await broker.kill();
    // ZooKeeper holds the dead broker's session for 18 s.
    expect(await broker.startProcess()).toBeLessThan(9000);
    const read = await kcat(broker.bootstrapServer, ["-C", "-q", "-t", "kept", "-o", "beginning", "-e"]);
    expect(read.stdout.toString()).toBe("one\ntwo\n");
  });
});
