import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalCluster } from "./cluster/local-cluster";
import { mayMakeNetworks, NamespaceNetwork } from "./cluster/namespaces/namespace-network";
import { parseFaults } from "./faults/fault-plan";
import { kafkajsLibrary } from "./load/kafkajs-library";
import { ottlaLibrary } from "./load/ottla-library";
import { reportText } from "./report/report-text";
import { soak } from "./soak-run";

const SEED = Number(process.env.OTTLA_SEED ?? 1);
const SESSION_MS = 3000;
/** Half a minute on a quiet machine. */
const TIMEOUT_MS = 240_000;

// Who is not root cannot make a network that breaks; whoever is, must have the tools for it.
const asRoot = mayMakeNetworks() ? describe : describe.skip;

/** The long form is `soak.js --network namespaces`. */
asRoot(
  `three brokers and three ZooKeepers, each on a machine of its own as far as the network goes; needs root (seed ${SEED})`,
  () => {
    it(
      "keep every promise while links, sessions, processes and the ensemble's leader fail",
      async () => {
        const folder = mkdtempSync(join(tmpdir(), "ottla-faults-"));
        const cluster = await LocalCluster.start({
          zookeepers: 3,
          network: await NamespaceNetwork.start(),
          properties: { "zookeeper.session.timeout.ms": String(SESSION_MS) },
        });
        let passed = false;
        try {
          const report = await soak({
            cluster,
            folder,
            seed: SEED,
            faults: parseFaults(
              `cut-out:leader@${SESSION_MS},kill:zookeeper-leader,pause:leader@${SESSION_MS + 1000},bounce:controller,expire:any`,
            ),
            pace: { quietMs: [300, 800], holdMs: [0, 300] },
            libraries: [ottlaLibrary, kafkajsLibrary],
            settings: "safe",
            sendsPerSecond: 100,
            partitions: 3,
            topicEveryMs: 4000,
            replicationFactor: 3,
            quietEndMs: 500,
            finalReadsLimitMs: 30_000,
          });
          if (!report.passed) throw new Error(`${reportText(report)}\nhistory: ${folder}, cluster: ${cluster.folder}`);

          expect(report.faults.map(({ kind, wholeAfterMs }) => (wholeAfterMs === null ? "" : kind)).sort()).toEqual([
            "bounce",
            "cut-out",
            "expire",
            "kill",
            "pause",
          ]);
          // A cut that cut nothing, or a session that stayed, would pass as well; they must not.
          expect(report.probeErrors).not.toEqual({});
          expect(report.elections).toBeGreaterThan(2);
          expect(report.uncleanElections).toBe(0);
          expect(report.verdict.acknowledgedValues).toBeGreaterThan(300);
          passed = true;
        } finally {
          await cluster.close({ keepFolder: !passed });
          if (passed) rmSync(folder, { recursive: true });
        }
      },
      TIMEOUT_MS,
    );
  },
);
