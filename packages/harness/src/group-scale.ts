/**
 * What many groups cost: how long they take to form, what their heartbeats cost the brokers, how many commits a second they get through.
 *
 *     node packages/harness/dist/group-scale.js [--groups 1000] [--members 5] [--seconds 15] [--brokers 3]
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { sleep, systemClock } from "@ottla/runtime";
import { LocalCluster } from "./cluster/local-cluster";
import { createdTopic } from "./groups/created-topic";
import { GroupLoad } from "./groups/group-load";

const HEARTBEAT_MS = 3_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      groups: { type: "string", default: "1000" },
      members: { type: "string", default: "5" },
      seconds: { type: "string", default: "15" },
      brokers: { type: "string", default: "3" },
    },
  });
  const cluster = await LocalCluster.start({ brokers: Number(values.brokers) });
  const seconds = Number(values.seconds);
  const topic = await createdTopic(cluster.bootstrapServers, "work", 12);
  const loadOf = (commitEveryMs: number) =>
    new GroupLoad({
      bootstrapServers: cluster.bootstrapServers,
      topic,
      partitions: 12,
      groups: Number(values.groups),
      membersEach: Number(values.members),
      sessionTimeoutMs: 60_000,
      heartbeatEveryMs: HEARTBEAT_MS,
      commitEveryMs,
    });
  try {
    const quiet = loadOf(0);
    const startedMs = systemClock.monotonicMs();
    await quiet.start(180_000);
    const joinedMs = systemClock.monotonicMs() - startedMs;
    const joins = quiet.all.reduce((sum, member) => sum + member.joins, 0);
    print(
      `${quiet.all.length} members of ${values.groups} groups are in after ${(joinedMs / 1000).toFixed(1)} s, ${joins} joins`,
    );
    const heartbeats = () => quiet.all.reduce((sum, member) => sum + member.heartbeats, 0);
    const before = { heartbeats: heartbeats(), cpuMs: cpuMs(cluster) };
    await sleep(systemClock, seconds * 1000);
    const sent = heartbeats() - before.heartbeats;
    const usedMs = cpuMs(cluster) - before.cpuMs;
    print(
      `${Math.round(sent / seconds)} heartbeats a second: ${((usedMs / seconds / 1000) * 100).toFixed(1)} % of one core ` +
        `for all brokers, ${((usedMs * 1000) / sent).toFixed(0)} us each`,
    );
    print(`troubles: ${JSON.stringify(quiet.troubles(startedMs + joinedMs))}`);
    await quiet.stop();

    const busy = loadOf(1);
    await busy.start(180_000);
    const busyMs = systemClock.monotonicMs();
    const commits = busy.commits;
    const busyCpuMs = cpuMs(cluster);
    await sleep(systemClock, seconds * 1000);
    const tookS = (systemClock.monotonicMs() - busyMs) / 1000;
    const committed = busy.commits - commits;
    print(
      `${Math.round(committed / tookS)} offsets committed a second by all, each as soon as the last one was; ` +
        `${(((cpuMs(cluster) - busyCpuMs) * 1000) / committed).toFixed(0)} us of all brokers each`,
    );
    print(`anomalies: ${busy.findings().length}`);
    await busy.stop();
  } finally {
    await cluster.close();
  }
}

/** Of all brokers, user and system. */
function cpuMs(cluster: LocalCluster): number {
  return cluster.brokerIds.reduce((sum, id) => {
    const stat = readFileSync(`/proc/${cluster.brokers.pidOf(id)}/stat`, "utf8");
    // After the name in parentheses: utime and stime are the 12th and 13th, in hundredths of a second.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * 10;
  }, 0);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  () => process.exit(0),
  (failure: unknown) => {
    console.error(failure);
    process.exit(1);
  },
);
