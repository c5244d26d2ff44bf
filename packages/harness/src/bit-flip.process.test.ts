import { closeSync, openSync, readdirSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LocalCluster } from "./cluster/local-cluster";
import { compareReplicas } from "./cluster/replica-equality";
import { kafka } from "./kafkajs-client";
import { kcat } from "./kcat";
import { until } from "./until";

const TOPIC = "flips";
/** More than a broker keeps in memory, so that the beginning is read from files. */
const RECORDS = 100_000;

describe("bits that flip in the files of replicas", () => {
  it("are never served, and within 30 s every replica has again what was written, byte by byte", async () => {
    const cluster = await LocalCluster.start({
      properties: { "ottla.log.scrub.interval.ms": "1000", "log.segment.bytes": "2000000" },
    });
    let isDone = false;
    try {
      const admin = kafka(cluster.bootstrapServers.split(",")[0] ?? "").admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1, replicationFactor: 3 }] });
      await admin.disconnect();
      const lines = Array.from({ length: RECORDS }, (_, i) => `${i} ${"flip".repeat(20)}\n`).join("");
      await kcat(cluster.bootstrapServers, ["-P", "-t", TOPIC, "-X", "acks=all", "-X", "batch.num.messages=500"], {
        input: lines,
      });

      for (const { role, what, file, position } of FLIPS) {
        const leader = await leaderOf(cluster);
        const victim = role === "leader" ? leader : (cluster.brokerIds.find((id) => id !== leader) ?? leader);
        const path = join(cluster.logDirectory(victim), `${TOPIC}-0`, file(segmentsOf(cluster, victim)));
        flipBit(path, position);
        // The consumer takes checksums, too: it would fail if it got what was flipped.
        const consume = ["-C", "-q", "-e", "-t", TOPIC, "-o", "beginning", "-X", "check.crcs=true"];
        const read = await kcat(cluster.bootstrapServers, consume);
        expect(`${role}, ${what}: ${read.stdout.toString("latin1") === lines}`).toBe(`${role}, ${what}: true`);
        await until(`the replicas are equal after a flip in the ${role}'s ${what}`, 30_000, async () => {
          const [partition] = await cluster.view.partitions(TOPIC);
          return partition?.isr.length === 3 && areEqual(cluster);
        });
      }
      isDone = true;
    } finally {
      await cluster.close({ keepFolder: !isDone });
    }
  });
});

interface Flip {
  readonly role: "leader" | "follower";
  readonly what: string;
  /** Chooses among the names of the segments, without suffix. */
  readonly file: (segments: readonly string[]) => string;
  readonly position: number;
}

const closed = (segments: readonly string[]): string => `${segments[1]}.log`;
const active = (segments: readonly string[]): string => `${segments.at(-1)}.log`;
const index = (segments: readonly string[]): string => `${segments[1]}.index`;

const FLIPS: readonly Flip[] = (["leader", "follower"] as const).flatMap((role) => [
  { role, what: "closed segment, in a record", file: closed, position: 300_000 },
  { role, what: "closed segment, in a batch's length", file: closed, position: 10 },
  { role, what: "closed segment, in a base offset", file: closed, position: 6 },
  { role, what: "active segment", file: active, position: 1000 },
  { role, what: "index", file: index, position: 13 },
]);

function flipBit(path: string, position: number): void {
  const file = openSync(path, "r+");
  try {
    const byte = Buffer.alloc(1);
    if (readSync(file, byte, 0, 1, position) !== 1) throw new Error(`${path} has no byte ${position}`);
    writeSync(file, Buffer.from([(byte[0] ?? 0) ^ 0x10]), 0, 1, position);
  } finally {
    closeSync(file);
  }
}

function areEqual(cluster: LocalCluster): boolean {
  const directories = new Map(cluster.brokerIds.map((id) => [id, cluster.logDirectory(id)]));
  try {
    return compareReplicas(directories, `${TOPIC}-0`).length === 0;
  } catch (failure) {
    // A file was cut away between its listing and its reading: one of them is just about to begin anew.
    if (failure instanceof Error && "code" in failure && failure.code === "ENOENT") return false;
    throw failure;
  }
}

function segmentsOf(cluster: LocalCluster, brokerId: number): string[] {
  const names = readdirSync(join(cluster.logDirectory(brokerId), `${TOPIC}-0`));
  return names.flatMap((name) => (name.endsWith(".log") ? [name.slice(0, -4)] : [])).toSorted();
}

async function leaderOf(cluster: LocalCluster): Promise<number> {
  const [partition] = await cluster.view.partitions(TOPIC);
  if (partition === undefined || partition.leader < 0) throw new Error(`${TOPIC} has no leader`);
  return partition.leader;
}
