import type { Producer } from "kafkajs";
import { kafka } from "./kafkajs-client";
import { kcat } from "./kcat";
import { LocalBroker } from "./local-broker";
import { until } from "./until";

/** The hand-run form of issue's proof uses twenty; each takes about two seconds. */
const CRASHES = Number(process.env.OTTLA_CRASHES ?? 4);

describe("a broker killed with -9 in the middle of a produce load", () => {
  it("has every acknowledged record of an idempotent producer once, in dense offsets, after each restart", async () => {
    const broker = await LocalBroker.start({ properties: { "log.segment.bytes": "4000000" } });
    const client = kafka(broker.bootstrapServer);
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "survivors", numPartitions: 1 }] });
    await admin.disconnect();
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const load = new Load(producer);

    for (let crash = 0; crash < CRASHES; crash++) {
      const before = load.acknowledged;
      await until("the load makes progress", 20_000, () => load.acknowledged > before + 2000);
      await broker.kill();
      await broker.startProcess();
    }
    await load.stop();
    await producer.disconnect();

    const read = await kcat(broker.bootstrapServer, [
      "-C",
      "-q",
      "-t",
      "survivors",
      "-o",
      "beginning",
      "-e",
      "-f",
      "%o %s\n",
    ]);
    const rows = read.stdout
      .toString("latin1")
      .trimEnd()
      .split("\n")
      .map((row) => row.split(" ", 2).map(Number));
    expect(rows.map(([offset]) => offset)).toEqual(rows.map((_, i) => i));
    // Everything sent was acknowledged in the end, so nothing may be missing, doubled or out of order.
    expect(rows.map(([, value]) => value)).toEqual(rows.map((_, i) => i));
    expect(rows.length).toBe(load.acknowledged);
    await broker.close();
  });
});

/** Sends numbered records without pause; kafkajs itself retries what a crash interrupted. */
class Load {
  acknowledged = 0;
  private sent = 0;
  private stopping = false;
  private readonly running: Promise<void>;

  constructor(private readonly producer: Producer) {
    this.running = this.run();
    // A failure is reported by `stop`; until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  stop(): Promise<void> {
    this.stopping = true;
    return this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const messages = Array.from({ length: 100 }, () => ({ value: `${this.sent++} ${PADDING}` }));
      await this.producer.send({ topic: "survivors", acks: -1, timeout: 5000, messages });
      this.acknowledged += messages.length;
    }
  }
}

const PADDING = "x".repeat(200);
