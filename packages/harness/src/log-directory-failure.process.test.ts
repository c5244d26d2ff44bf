import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Producer } from "kafkajs";
import { FailingDisks } from "./cluster/failing-disks";
import { LocalCluster, logDirectoryOf } from "./cluster/local-cluster";
import { compareReplicas } from "./cluster/replica-equality";
import { MountedDisk } from "./faults/mounted-disk";
import { kafka } from "./kafkajs-client";
import { kcat } from "./kcat";
import { LocalBroker } from "./local-broker";
import { until } from "./until";

const TOPIC = "orders";
const PARTITIONS = 4;
/** The broker that loses a disk; it leads everything at first. */
const VICTIM = 1;
/** From a full disk to the next acknowledged record; a busy machine takes longer than the quiet one's half a second. */
const GAP_MS_MAX = 5000;
const PATIENCE_MS = 60_000;

const whereMountable = MountedDisk.isPossible() ? describe : describe.skip;

whereMountable(
  "one of a broker's two log directories, on a disk of its own (needs root, and the right to mount)",
  () => {
    it("is full, then read-only at a start, then healed: its leaders move, the other's stay, nothing acknowledged is lost", async () => {
      const folder = mkdtempSync(join(tmpdir(), "ottla-disk-"));
      const disk = MountedDisk.mount(logDirectoryOf(folder, VICTIM, 2), 32);
      try {
        const cluster = await LocalCluster.start({ folder, logDirectoriesEach: 2 });
        try {
          await storyOf(cluster, disk);
        } finally {
          await cluster.close();
        }
      } finally {
        disk.unmount();
      }
      rmSync(folder, { recursive: true, force: true });
    });
  },
);

whereMountable("a broker's only log directory, on a disk that is full (needs root, and the right to mount)", () => {
  it("ends the process, which says what to do; with room again it starts, and has all it acknowledged", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ottla-disk-"));
    const disk = MountedDisk.mount(join(folder, "data"), 32);
    try {
      const broker = await LocalBroker.start({ properties: { "log.dirs": disk.path } });
      try {
        const load = await Load.start(broker.bootstrapServer, [VICTIM]);
        await until("the load makes progress", PATIENCE_MS, () => load.acknowledged > 500);
        disk.fill();
        await until("the process has ended", PATIENCE_MS, () => !broker.running);
        expect(broker.output).toMatch(/no log directory is left to work with/);
        expect(broker.output).toMatch(/ENOSPC; the disk is full: make room there/);
        disk.free();
        await broker.startProcess();
        const before = load.acknowledged;
        await until("the load goes on", PATIENCE_MS, () => load.acknowledged > before + 500);
        await load.stop();
        await everythingIsThere(broker.bootstrapServer, load);
      } finally {
        await broker.close();
      }
    } finally {
      disk.unmount();
    }
    rmSync(folder, { recursive: true, force: true });
  });
});

const whereDisksFail = FailingDisks.refusal() === null ? describe : describe.skip;

whereDisksFail.each(["EIO", "EROFS"] as const)(
  "one of a broker's two log directories answers every write with %s (needs Linux and a C compiler)",
  (failure) => {
    it("its leaders move, the other's stay, and nothing acknowledged is lost when it is healed", async () => {
      const folder = mkdtempSync(join(tmpdir(), "ottla-disk-"));
      const cluster = await LocalCluster.start({ folder, logDirectoriesEach: 2, disksThatFail: true });
      try {
        const led = async () => (await cluster.view.partitions(TOPIC)).filter(({ leader }) => leader === VICTIM);
        const load = await Load.start(cluster.bootstrapServers, [VICTIM, 2, 3]);
        await until("the load makes progress", PATIENCE_MS, () => load.acknowledged > 500);
        cluster.disks?.fail(VICTIM, failure);
        await until("half is led by others", PATIENCE_MS, async () => (await led()).length === PARTITIONS / 2);
        const before = load.acknowledged;
        await until("the load goes on", PATIENCE_MS, () => load.acknowledged > before + 500);
        expect(load.gapMsMax).toBeLessThan(GAP_MS_MAX);
        await cluster.brokers.stop(VICTIM);
        cluster.disks?.heal(VICTIM);
        await cluster.brokers.start(VICTIM);
        // The disk may have lost what it had accepted, and took no note of it: the other directory did.
        expect(cluster.brokers.output(VICTIM)).toMatch(new RegExp(`not confirmed since it was torn: .*${failure}`));
        await until("all is in sync again", PATIENCE_MS, () => cluster.view.isWhole());
        await load.stop();
        await everythingIsThere(cluster.bootstrapServers, load);
        await replicasAreEqual(cluster);
      } finally {
        await cluster.close();
      }
      rmSync(folder, { recursive: true, force: true });
    });
  },
);

async function storyOf(cluster: LocalCluster, disk: MountedDisk): Promise<void> {
  const { brokers, view } = cluster;
  const ledByVictim = async () => (await view.partitions(TOPIC)).filter(({ leader }) => leader === VICTIM);
  const inSyncAtVictim = async () => (await view.partitions(TOPIC)).filter(({ isr }) => isr.includes(VICTIM));
  const load = await Load.start(cluster.bootstrapServers, [VICTIM, 2, 3]);
  await until("the load makes progress", PATIENCE_MS, () => load.acknowledged > 500);
  const onDisk = readdirSync(disk.path).filter((name) => name.startsWith(`${TOPIC}-`));
  expect(onDisk).toHaveLength(PARTITIONS / 2);

  disk.fill();
  await until(
    "its partitions are led by others",
    PATIENCE_MS,
    async () => (await ledByVictim()).length === PARTITIONS / 2,
  );
  for (const { partition } of await ledByVictim()) expect(onDisk).not.toContain(`${TOPIC}-${partition}`);
  await until("its replicas are out", PATIENCE_MS, async () => (await inSyncAtVictim()).length === PARTITIONS / 2);
  let before = load.acknowledged;
  await until("the load goes on", PATIENCE_MS, () => load.acknowledged > before + 500);
  expect(load.gapMsMax).toBeLessThan(GAP_MS_MAX);

  // Read-only at the start: the broker goes on without it.
  await brokers.stop(VICTIM);
  disk.free();
  disk.makeReadOnly();
  await brokers.start(VICTIM);
  await until(
    "the other directory is in sync",
    PATIENCE_MS,
    async () => (await inSyncAtVictim()).length === PARTITIONS / 2,
  );
  before = load.acknowledged;
  await until("the load goes on", PATIENCE_MS, () => load.acknowledged > before + 500);
  for (const name of onDisk) expect(existsSync(join(cluster.logDirectory(VICTIM), name))).toBe(false);

  await brokers.stop(VICTIM);
  disk.makeWritable();
  await brokers.start(VICTIM);
  await until("all is in sync again", PATIENCE_MS, () => view.isWhole());
  await load.stop();
  await everythingIsThere(cluster.bootstrapServers, load);
  await replicasAreEqual(cluster);
}

async function replicasAreEqual(cluster: LocalCluster): Promise<void> {
  for (const { partition, replicas } of await cluster.view.partitions(TOPIC)) {
    const name = `${TOPIC}-${partition}`;
    const places = new Map(replicas.map((id) => [id, placeOf(cluster, id, name)]));
    expect(compareReplicas(places, name)).toEqual([]);
  }
}

function placeOf(cluster: LocalCluster, brokerId: number, partition: string): string {
  const places = [1, 2].map((nth) => logDirectoryOf(cluster.folder, brokerId, nth));
  const found = places.filter((place) => existsSync(join(place, partition)));
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${partition} lies in ${found.join(" and ")}`);
  return found[0];
}

/** Every value was acknowledged in the end, so each is there once, and in each partition in order. */
async function everythingIsThere(bootstrapServers: string, load: Load): Promise<void> {
  const read = await kcat(bootstrapServers, ["-C", "-q", "-t", TOPIC, "-o", "beginning", "-e", "-f", "%p %s\n"]);
  const rows = read.stdout.toString("latin1").trimEnd().split("\n");
  const values = rows.map((row) => row.split(" ", 2).map(Number)) as [number, number][];
  expect(values.map(([, value]) => value).sort((a, b) => a - b)).toEqual(values.map((_, i) => i));
  expect(values.length).toBe(load.acknowledged);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = values.filter(([of]) => of === partition).map(([, value]) => value);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
}

/** Sends numbered records to all partitions in turn; kafkajs itself retries what a fault interrupted. */
class Load {
  acknowledged = 0;
  gapMsMax = 0;
  private sent = 0;
  private stopping = false;
  private readonly running: Promise<void>;

  private constructor(private readonly producer: Producer) {
    this.running = this.run();
    // A failure is reported by `stop`; until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  static async start(bootstrapServers: string, replicas: readonly number[]): Promise<Load> {
    const client = kafka(bootstrapServers);
    const admin = client.admin();
    await admin.connect();
    const replicaAssignment = Array.from({ length: PARTITIONS }, (_, partition) => ({
      partition,
      replicas: [...replicas],
    }));
    await admin.createTopics({ topics: [{ topic: TOPIC, replicaAssignment }] });
    await admin.disconnect();
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    return new Load(producer);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
    await this.producer.disconnect();
  }

  private async run(): Promise<void> {
    const each = Array.from({ length: PARTITIONS }, (_, partition) => this.runPartition(partition));
    await Promise.all(each);
  }

  /**
   * One partition a request: where a request names several, and those that failed have moved to a broker that has answered for others,
   * kafkajs takes them for answered.
   */
  private async runPartition(partition: number): Promise<void> {
    while (!this.stopping) {
      const begunMs = performance.now();
      const messages = Array.from({ length: 5 }, () => ({ partition, value: `${this.sent++} ${PADDING}` }));
      await this.producer.send({ topic: TOPIC, acks: -1, timeout: 5000, messages });
      this.acknowledged += messages.length;
      this.gapMsMax = Math.max(this.gapMsMax, performance.now() - begunMs);
    }
  }
}

const PADDING = "x".repeat(100);
