import { parseArgs } from "node:util";
import { Admin, ClusterClient, Connection, parseBootstrapServers } from "@ottla/client";
import { apacheKafka, GapProbe, LocalCluster, ottla, until } from "@ottla/harness";
import { type MetadataResponse, metadata } from "@ottla/protocol";
import { sleep, systemClock } from "@ottla/runtime";
import { processorSeconds, resident, say } from "./process-figures";

/**
 * What many partitions cost a cluster of three: to create them, to hold them idle, and to move their leaderships when a broker dies.
 *
 *     node packages/bench/dist/many-partitions.js [--partitions 1000] [--kills 4] [--program ottla|apache-kafka]
 *
 * The failover counts from the kill until a surviving broker's metadata name the dead one as no partition's leader; beside it stands the
 * longest time without an acknowledged write in a sample of partitions, all of which need the dead broker's acknowledgement or leave.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      partitions: { type: "string", default: "1000" },
      kills: { type: "string", default: "4" },
      program: { type: "string", default: "ottla" },
    },
  });
  const partitions = Number(values.partitions);
  const program = values.program === "apache-kafka" ? apacheKafka(process.env["APACHE_KAFKA_LIB"] ?? "") : ottla;
  const cluster = await LocalCluster.start({ program, properties: { "leader.imbalance.check.interval.seconds": "5" } });
  const client = new ClusterClient({ bootstrapServers: cluster.bootstrapServers });
  try {
    const admin = new Admin(client);
    const memory = () => cluster.brokerIds.map((id) => resident(cluster.brokers.pidOf(id) ?? 0));
    say("resident memory before", memory(), "MB");

    const beganMs = performance.now();
    const [outcome] = await admin.createTopics([{ name: TOPIC, partitions, replicationFactor: 3 }]);
    if (outcome?.error) throw outcome.error;
    say(`${partitions} partitions created, answered`, [performance.now() - beganMs], "ms");
    await until("every broker names every leader", 120_000, async () => {
      const answers = await Promise.all(cluster.brokerIds.map((id) => ask(cluster, id)));
      return answers.every((answer) => leaders(answer).length === partitions && !leaders(answer).includes(-1));
    });
    say("until every broker names every leader", [performance.now() - beganMs], "ms");
    await until("all replicas are in sync", 120_000, () => cluster.view.isWhole());
    say("until all replicas are in sync", [performance.now() - beganMs], "ms");

    await sleep(systemClock, IDLE_MS / 4);
    const before = cluster.brokerIds.map((id) => processorSeconds(cluster.brokers.pidOf(id) ?? 0));
    await sleep(systemClock, IDLE_MS);
    const used = cluster.brokerIds.map((id, i) => processorSeconds(cluster.brokers.pidOf(id) ?? 0) - (before[i] ?? 0));
    say(
      "idle, processor of a broker",
      used.map((seconds) => (seconds * 100_000) / IDLE_MS),
      "% of a core",
      1,
    );
    say("idle, resident memory", memory(), "MB");

    const moved: Record<string, number[]> = { broker: [], controller: [] };
    const silent: Record<string, number[]> = { broker: [], controller: [] };
    for (let kill = 0; kill < Number(values.kills); kill++) {
      const controller = await cluster.view.controllerId();
      const kind = kill % 2 === 0 ? "broker" : "controller";
      const victim =
        kind === "controller" ? (controller ?? 1) : (cluster.brokerIds.find((id) => id !== controller) ?? 1);
      const result = await failover(cluster, victim);
      moved[kind]?.push(result.movedMs);
      silent[kind]?.push(result.silentMs);
      await until("every broker leads its share", 120_000, async () => {
        const answer = await ask(cluster, 1);
        return cluster.brokerIds.every(
          (id) => leaders(answer).filter((leader) => leader === id).length > partitions / 4,
        );
      });
    }
    for (const kind of ["broker", "controller"]) {
      say(`kill -9 of a ${kind}: all leaderships moved`, moved[kind] ?? [], "ms");
      say(`kill -9 of a ${kind}: longest without a write`, silent[kind] ?? [], "ms");
    }
    say("resident memory at the end", memory(), "MB");
  } finally {
    await client.close();
    await cluster.close();
  }
}

async function failover(cluster: LocalCluster, victim: number): Promise<{ movedMs: number; silentMs: number }> {
  const probe = new GapProbe({ bootstrapServers: cluster.bootstrapServers, topic: TOPIC, partitions: SAMPLE });
  const witness = cluster.brokerIds.find((id) => id !== victim) ?? 1;
  await sleep(systemClock, SETTLE_MS);
  const killedMs = Date.now();
  const beganMs = performance.now();
  await cluster.brokers.kill(victim);
  await until(
    "all leaderships have moved",
    120_000,
    async () => !leaders(await ask(cluster, witness)).includes(victim),
  );
  const movedMs = performance.now() - beganMs;
  await sleep(systemClock, SETTLE_MS);
  const silentMs = longest(probe, killedMs);
  await cluster.brokers.start(victim);
  await until("all replicas are in sync", 120_000, () => cluster.view.isWhole());
  await probe.stop();
  return { movedMs, silentMs };
}

function longest(probe: GapProbe, fromMs: number): number {
  const gap = probe.gaps.longest(fromMs, Date.now());
  return gap === null ? 0 : gap.toMs - gap.fromMs;
}

function leaders(answer: MetadataResponse): number[] {
  return answer.topics[0]?.partitions.map(({ leaderId }) => leaderId) ?? [];
}

const asking = new Map<string, Connection>();

async function ask(cluster: LocalCluster, id: number): Promise<MetadataResponse> {
  const address = cluster.bootstrapServers.split(",")[cluster.brokerIds.indexOf(id)] ?? "";
  let connection = asking.get(address);
  if (connection?.isOpen !== true) {
    const { host, port } = parseBootstrapServers(address)[0] ?? { host: "", port: 0 };
    const patience = { connectTimeoutMs: 5000, requestTimeoutMs: 5000 };
    connection = await Connection.open({ host, port, clientId: "bench", clock: systemClock, ...patience });
    asking.set(address, connection);
  }
  const request = { topics: [{ name: TOPIC }], allowAutoTopicCreation: false };
  return connection.send(metadata, request, { versionMax: 9 });
}

const TOPIC = "many";
const IDLE_MS = 20_000;
const SETTLE_MS = 3000;
/** Partitions that the probe writes to. */
const SAMPLE = 30;

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
