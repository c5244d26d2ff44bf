import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalCluster } from "./cluster/local-cluster";
import { parseFaults } from "./faults/fault-plan";
import { judgeRun } from "./judge-run";
import { kafkajsLibrary } from "./load/kafkajs-library";
import { ottlaLibrary } from "./load/ottla-library";
import { reportText } from "./report/report-text";
import { soak } from "./soak-run";

const SEED = Number(process.env.OTTLA_SEED ?? 1);

/** The long form is `soak.js`. */
describe(`brokers under load, killed, bounced, paused and cut from ZooKeeper (seed ${SEED})`, () => {
  it.each([1, 3])("keep every promise made to idempotent producers at acks=all: %i of them", async (brokers) => {
    const folder = mkdtempSync(join(tmpdir(), "ottla-soak-"));
    const cluster = await LocalCluster.start({ brokers, linksThatCut: true });
    let passed = false;
    try {
      const report = await soak({
        cluster,
        folder,
        seed: SEED,
        faults: [...parseFaults("leader:3", "kill"), ...parseFaults("bounce:controller,pause:leader,cut:controller")],
        pace: { quietMs: [300, 800], holdMs: [0, 300] },
        libraries: [ottlaLibrary, kafkajsLibrary],
        settings: "safe",
        sendsPerSecond: 200,
        partitions: 3,
        topicEveryMs: 2000,
        replicationFactor: Math.min(3, brokers),
        quietEndMs: 500,
        finalReadsLimitMs: 60_000,
      });
      if (!report.passed) throw new Error(`${reportText(report)}\nhistory: ${folder}, cluster: ${cluster.folder}`);

      expect(report.faults.length).toBe(6);
      expect(report.verdict.anomalies).toEqual([]);
      // A run that wrote next to nothing would pass as well; it must not.
      expect(report.verdict.acknowledgedValues).toBeGreaterThan(500);
      expect(report.verdict.polledRecords).toBeGreaterThanOrEqual(report.verdict.acknowledgedValues);
      expect((await judgeRun(folder)).verdict).toEqual(report.verdict);
      passed = true;
    } finally {
      await cluster.close({ keepFolder: !passed });
      if (passed) rmSync(folder, { recursive: true });
    }
  });
});
