/**
 * Kills coordinators under groups at work, and tells what that cost them:
 *
 *     node packages/harness/dist/group-failover.js [--kills 10] [--groups 5] [--members 4]
 */
import { parseArgs } from "node:util";
import { systemClock } from "@ottla/runtime";
import { LocalCluster } from "./cluster/local-cluster";
import { createdTopic } from "./groups/created-topic";
import { GroupLoad } from "./groups/group-load";
import { killCoordinators } from "./groups/killed-coordinators";

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "10" },
      groups: { type: "string", default: "5" },
      members: { type: "string", default: "4" },
    },
  });
  const cluster = await LocalCluster.start();
  const load = new GroupLoad({
    bootstrapServers: cluster.bootstrapServers,
    topic: await createdTopic(cluster.bootstrapServers, "work", 12),
    partitions: 12,
    groups: Number(values.groups),
    membersEach: Number(values.members),
    commitEveryMs: 100,
  });
  try {
    await load.start(60_000);
    const startedMs = systemClock.monotonicMs();
    const gaps: number[] = [];
    await killCoordinators(cluster, load, Number(values.kills), (kill) => {
      gaps.push(...kill.gapsMs);
      const { brokerId, gapsMs, troubles, expulsions, joins } = kill;
      process.stdout.write(
        `broker ${brokerId} killed: longest time without a commit ${gapsMs.map(Math.round).join(", ")} ms; ` +
          `${joins} joins, ${expulsions} new ids; ${JSON.stringify(troubles)}\n`,
      );
    });
    await load.stop();
    gaps.sort((a, b) => a - b);
    const findings = load.findings();
    for (const { anomaly, text } of findings) process.stdout.write(`${anomaly}: ${text}\n`);
    const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
    process.stdout.write(
      `${load.commits} offsets committed in ${seconds.toFixed(0)} s; ` +
        `without a commit: median ${Math.round(gaps[gaps.length >> 1] ?? 0)} ms, worst ${Math.round(gaps.at(-1) ?? 0)} ms; ` +
        `${findings.length} anomalies\n`,
    );
    return findings.length === 0;
  } finally {
    await load.stop();
    await cluster.close();
  }
}

main().then(
  (passed) => process.exit(passed ? 0 : 1),
  (failure: unknown) => {
    console.error(failure);
    process.exit(1);
  },
);
