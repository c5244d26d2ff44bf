import { parseArgs } from "node:util";
import { Admin, AssignedConsumer, ClusterClient, Producer } from "@ottla/client";
import { LocalCluster } from "./cluster/local-cluster";
import { until } from "./until";

const USAGE = `usage: scripts/failover-demo.sh [--brokers 3] [--seconds 3]

Starts a cluster of its own, writes and reads numbered records under acks=all, kills the leader with -9, starts it again, and says what
happened when. Exit code 0 when every acknowledged record was read back once, in order; 1 otherwise.
  --seconds N   load before the kill, after it, and after the return`;

const TOPIC = "orders";
const RECORDS_PER_SECOND = 500;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      brokers: { type: "string", default: "3" },
      seconds: { type: "string", default: "3" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    print(USAGE);
    return 0;
  }
  const seconds = Number(values.seconds);
  const brokers = Number(values.brokers);
  if (!(seconds > 0) || !(brokers >= 2)) {
    process.stderr.write(`--seconds takes a number above 0, --brokers one from 2\n\n${USAGE}\n`);
    return 2;
  }
  const story = new Story();
  const cluster = await LocalCluster.start({ brokers });
  let verdict = false;
  try {
    story.tell(`${brokers} brokers are ready, on ${cluster.bootstrapServers}`);
    verdict = await demonstrate(cluster, story, seconds * 1000);
  } finally {
    await cluster.close({ keepFolder: !verdict });
    if (!verdict) print(`logs stay in ${cluster.folder}`);
  }
  return verdict ? 0 : 1;
}

async function demonstrate(cluster: LocalCluster, story: Story, phaseMs: number): Promise<boolean> {
  const connect = (clientId: string) => new ClusterClient({ bootstrapServers: cluster.bootstrapServers, clientId });
  // Connections of their own: a broker answers in order, so a write would wait behind a read that waits for it.
  const client = connect("failover-demo-writer");
  const readingClient = connect("failover-demo-reader");
  const replicationFactor = Math.min(3, cluster.brokerIds.length);
  const [created] = await new Admin(client).createTopics([{ name: TOPIC, partitions: 1, replicationFactor }]);
  if (created?.error) throw created.error;
  await until("the topic is led and whole", 10_000, () => cluster.view.isWhole());
  const before = await leadership(cluster);
  story.tell(`topic ${TOPIC}: leader ${before.leader}, in sync ${before.isr.join(",")}, min.insync.replicas 2`);

  const writer = new Writer(client);
  const reader = new Reader(readingClient);
  await pause(phaseMs);

  story.tell(`kill -9 of broker ${before.leader}, the leader, at ${writer.acknowledged.length} acknowledged records`);
  const killedAt = performance.now();
  await cluster.brokers.kill(before.leader);
  let after = await leadership(cluster);
  await until("another leader is elected", 40_000, async () => {
    after = await leadership(cluster);
    return after.leader !== before.leader && after.leader >= 0;
  });
  story.tell(`broker ${after.leader} leads, leader epoch ${after.leaderEpoch}, in sync ${after.isr.join(",")}`);
  const electedAt = performance.now();
  await until("a record is acknowledged again", 40_000, () => writer.lastAckAt > electedAt);
  story.tell(`records are acknowledged again; nothing was for ${writer.longestSilenceMs(killedAt).toFixed(0)} ms`);
  await pause(phaseMs);

  await cluster.brokers.start(before.leader);
  story.tell(`broker ${before.leader} is back`);
  await until("it is in sync again", 40_000, async () => {
    after = await leadership(cluster);
    return after.isr.length === replicationFactor;
  });
  story.tell(`in sync again: ${after.isr.join(",")}`);
  await pause(phaseMs);

  await writer.stop();
  story.tell(
    `load ended: ${writer.written} written, ${writer.acknowledged.length} acknowledged, ${writer.failed} failed`,
  );
  await until("everything acknowledged is read", 30_000, () => reader.seen.size >= writer.acknowledged.length);
  await reader.stop();
  await client.close();
  await readingClient.close();
  return judge(writer, reader, story, killedAt);
}

function judge(writer: Writer, reader: Reader, story: Story, killedAt: number): boolean {
  const lost = writer.acknowledged.filter((value) => !reader.seen.has(value)).length;
  const faults = [
    lost > 0 ? `${lost} acknowledged record(s) LOST` : "",
    reader.repeated > 0 ? `${reader.repeated} record(s) read twice` : "",
    reader.outOfOrder > 0 ? `${reader.outOfOrder} record(s) out of order` : "",
  ].filter((fault) => fault !== "");
  story.tell(`read back: ${reader.seen.size} different records`);
  print("");
  print(
    faults.length === 0
      ? `verdict: nothing lost, nothing doubled, everything in order; longest time without an acknowledgement ${writer.longestSilenceMs(killedAt).toFixed(0)} ms`
      : `verdict: ${faults.join(", ")}`,
  );
  return faults.length === 0;
}

/** Writes numbers in order, at a steady rate, and notes when each is acknowledged. */
class Writer {
  readonly acknowledged: number[] = [];
  written = 0;
  failed = 0;
  lastAckAt = performance.now();
  private readonly ackTimes: number[] = [];
  private readonly producer: Producer;
  private stopping = false;
  private readonly running: Promise<void>;

  constructor(cluster: ClusterClient) {
    this.producer = new Producer({ cluster, lingerMs: 1 });
    this.running = this.run();
  }

  /** The longest pause between two acknowledgements that ended after `sinceMs`. */
  longestSilenceMs(sinceMs: number): number {
    return this.ackTimes.reduce((longest, at, i) => {
      const before = this.ackTimes[i - 1];
      return before === undefined || at < sinceMs ? longest : Math.max(longest, at - before);
    }, 0);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
    await this.producer.flush();
    await this.producer.close();
  }

  private async run(): Promise<void> {
    const started = performance.now();
    while (!this.stopping) {
      const due = ((performance.now() - started) / 1000) * RECORDS_PER_SECOND;
      while (this.written < due) if (!this.write()) await this.producer.ready(TOPIC);
      await pause(2);
    }
  }

  private write(): boolean {
    const value = this.written;
    const record = { topic: TOPIC, partition: 0, value: Buffer.from(String(value)) };
    const taken = this.producer.enqueue(record, (error) => {
      if (error !== null) {
        this.failed++;
        return;
      }
      this.acknowledged.push(value);
      this.lastAckAt = performance.now();
      this.ackTimes.push(this.lastAckAt);
    });
    if (taken) this.written++;
    return taken;
  }
}

/** Reads along from the beginning, and notes what comes twice or out of order. */
class Reader {
  readonly seen = new Set<number>();
  repeated = 0;
  outOfOrder = 0;
  private last = -1;
  private readonly consumer: AssignedConsumer;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(cluster: ClusterClient) {
    this.consumer = new AssignedConsumer({ cluster, assignments: [{ topic: TOPIC, partition: 0, start: "earliest" }] });
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.consumer.close();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      for (const batch of await this.consumer.poll({ timeoutMs: 200 })) {
        for (const record of batch.records()) this.take(Number(record.value?.toString()));
      }
    }
  }

  private take(value: number): void {
    if (this.seen.has(value)) this.repeated++;
    else if (value < this.last) this.outOfOrder++;
    this.seen.add(value);
    this.last = Math.max(this.last, value);
  }
}

/** What happened when, in seconds since the start. */
class Story {
  private readonly began = performance.now();

  tell(what: string): void {
    print(`${((performance.now() - this.began) / 1000).toFixed(3).padStart(8)} s  ${what}`);
  }
}

async function leadership(
  cluster: LocalCluster,
): Promise<{ leader: number; leaderEpoch: number; isr: readonly number[] }> {
  const [partition] = await cluster.view.partitions(TOPIC);
  return partition ?? { leader: -1, leaderEpoch: -1, isr: [] };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
