import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Admin, ClusterClient, formatTopicPartition, lookUpOffsets, type TopicPartition } from "@ottla/client";
import { explain, Scope, SeededRandom, sleep, systemClock } from "@ottla/runtime";
import type { ClusterUnderTest } from "./cluster/cluster-under-test";
import { ElectionMonitor } from "./cluster/election-monitor";
import { MemoryPeaks } from "./cluster/memory-peaks";
import { compareReplicas, type ReplicaDifference } from "./cluster/replica-equality";
import { type FaultChoice, type Pace, planFaults, type RequestedFaults, randomFaults } from "./faults/fault-plan";
import { Nemesis } from "./faults/nemesis";
import type { HistoryEvent, SettingsClass } from "./history/history-event";
import { LineFileWriter } from "./history/line-file-writer";
import type { NemesisEvent } from "./history/nemesis-event";
import { nowMs } from "./history/now";
import { HISTORY_FILE, judgeRun, NEMESIS_FILE } from "./judge-run";
import { ConsumerWorker } from "./load/consumer-worker";
import { readEverything } from "./load/final-reads";
import { GapProbe } from "./load/gap-probe";
import { Keyspace } from "./load/keyspace";
import type { ConsumerLibrary } from "./load/load-consumer";
import type { ProducerLibrary } from "./load/load-producer";
import { ottlaConsumer } from "./load/ottla-consumer";
import { ProducerWorker } from "./load/producer-worker";
import { TopicMaker } from "./load/topic-maker";
import { ValueSequence } from "./load/value-sequence";
import { reportText } from "./report/report-text";
import { type RunReport, reportOn } from "./report/run-report";
import { until } from "./until";

export interface SoakOptions {
  readonly cluster: ClusterUnderTest;
  /** History, nemesis and report go there. */
  readonly folder: string;
  readonly seed: number;
  readonly faults: readonly RequestedFaults[];
  /** Faults at random after those, for so long; none by default. */
  readonly random?: { readonly choices: readonly FaultChoice[]; readonly forMs: number };
  readonly pace: Pace;
  readonly libraries: readonly ProducerLibrary[];
  /** Who reads along; our own client by default. */
  readonly consumers?: readonly ConsumerLibrary[];
  readonly settings: SettingsClass;
  /** Of each producer. */
  readonly sendsPerSecond: number;
  /** Of each topic. */
  readonly partitions: number;
  /** Another topic under load is made that often, and the load moves on to the newest two; 0 for one topic all the time. */
  readonly topicEveryMs: number;
  readonly replicationFactor: number;
  /** Logs of the load begin behind so many records that were deleted; 0 by default. */
  readonly logStart?: number;
  /** How long the load goes on after the last fault. */
  readonly quietEndMs: number;
  /** How long the final reads may take; 200,000 ms by default. */
  readonly finalReadsLimitMs?: number;
}

/** One run: load, faults, healing, final reads, verdict. What went wrong is in the report; it throws only when there can be none. */
export async function soak(options: SoakOptions): Promise<RunReport> {
  const { cluster, folder } = options;
  const client = new ClusterClient({ bootstrapServers: cluster.bootstrapServers, clientId: "harness" });
  const history = new LineFileWriter<HistoryEvent>(join(folder, HISTORY_FILE));
  const nemesis = new LineFileWriter<NemesisEvent>(join(folder, NEMESIS_FILE));
  const problems: string[] = [];
  const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      problems.push(`${what}: ${explain(error)}`);
    }
  };
  const { partitions, replicationFactor } = options;
  const keyspace = new Keyspace(WRITTEN_TOPICS);
  const topics = new TopicMaker({
    cluster: client,
    keyspace,
    partitions,
    replicationFactor,
    everyMs: options.topicEveryMs,
    logStart: options.logStart ?? 0,
  });
  // What still runs when something throws is stopped here; what was stopped before does not mind.
  const running = new Scope();
  const started = <T extends { stop(): Promise<void> }>(one: T): T => {
    running.own({ close: () => one.stop() });
    return one;
  };
  try {
    await createProbeTopic(client, options);
    started(topics);
    await topics.start();
    await until("the topics are whole", 60_000, () => cluster.view.isWhole());

    const startedAtMs = nowMs();
    const acknowledged = new AcknowledgedEnds();
    const load = started(
      startLoad(options, keyspace, (event) => {
        history.write(event);
        acknowledged.accept(event);
      }),
    );
    const { bootstrapServers } = cluster;
    const probe = started(new GapProbe({ bootstrapServers, topic: PROBE_TOPIC, partitions }));
    const everyTopic = () => [...keyspace.topics, PROBE_TOPIC];
    const monitor = started(new ElectionMonitor(cluster.view, everyTopic));
    // Plans follow from the seed alone, whatever is drawn while they are carried out.
    const random = new SeededRandom(options.seed);
    const plan = planFaults(options.faults, options.pace, new SeededRandom(options.seed));
    const endless = randomFaults(options.random?.choices ?? [], options.pace, new SeededRandom(options.seed));
    const memory = started(MemoryPeaks.watch(cluster));
    const sink = (event: NemesisEvent) => {
      nemesis.write(event);
      // Faults are few: whoever looks on sees each at once.
      nemesis.flush();
    };
    const aimed = () => [...keyspace.written, ...keysOf(PROBE_TOPIC, partitions)];
    // A library that is still starting would see no gap, and seem to do well.
    await until("every library has something acknowledged", LOAD_START_MS, () =>
      options.libraries.every(({ name }) => acknowledged.workers.has(name)),
    );
    const hand = new Nemesis({ cluster, keys: aimed, random, sink });
    await attempt("faults", () => hand.carryOut(plan));
    if (options.random !== undefined && problems.length === 0) {
      const { forMs } = options.random;
      await attempt("random faults", () => hand.carryOut(endless, forMs));
    }
    await sleep(systemClock, options.quietEndMs);
    const loadEndedAtMs = nowMs();
    await attempt("topics", () => topics.stop());
    await attempt("probe", () => probe.stop());
    await attempt("load", () => load.stop());
    await attempt("elections", () => monitor.stop());
    await attempt("memory", () => memory.stop());
    await attempt("final reads", () =>
      finalReads(client, options, keyspace, acknowledged, (event) => history.write(event)),
    );
    await history.close();
    await nemesis.close();

    for (const breach of monitor.invariants.breaches) problems.push(`elections: ${breach}`);
    const judged = await judgeRun(folder);
    const told = Object.keys(judged.verdict.errors).filter((error) => OUT_OF_ORDER.test(error));
    if (options.settings === "safe")
      for (const error of told) problems.push(`an idempotent producer was told: ${error}`);
    const report = reportOn({
      cluster: cluster.name,
      brokers: cluster.brokerIds.length,
      zookeepers: cluster.ensemble.ids.length,
      seed: options.seed,
      libraries: options.libraries.map(({ name }) => name),
      verdict: judged.verdict,
      nemesis: judged.nemesis,
      libraryGaps: judged.libraryGaps,
      probeGaps: probe.gaps,
      probeErrors: probe.errors,
      replicaDifferences: await settledDifferences(cluster, everyTopic()),
      elections: monitor.invariants.elections,
      uncleanElections: monitor.invariants.uncleanElections,
      memoryPeaks: memory.peaks,
      topics: keyspace.topics.length,
      startedAtMs,
      loadEndedAtMs,
      problems,
    });
    writeFileSync(join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(folder, "report.txt"), reportText(report));
    return report;
  } finally {
    await attempt("stopping", async () => running.close());
    await history.close();
    await nemesis.close();
    await client.close();
  }
}

async function createProbeTopic(client: ClusterClient, options: SoakOptions): Promise<void> {
  const { partitions, replicationFactor } = options;
  const outcomes = await new Admin(client).createTopics([{ name: PROBE_TOPIC, partitions, replicationFactor }]);
  for (const { error } of outcomes) if (error !== null) throw error;
}

function startLoad(
  options: SoakOptions,
  keyspace: Keyspace,
  sink: (event: HistoryEvent) => void,
): { stop(): Promise<void> } {
  const { bootstrapServers } = options.cluster;
  const values = new ValueSequence();
  const { settings, sendsPerSecond } = options;
  const workers = [
    ...options.libraries.map(
      (library) =>
        new ProducerWorker({
          name: library.name,
          library,
          settings,
          bootstrapServers,
          keyspace,
          values,
          sendsPerSecond,
          sink,
        }),
    ),
    ...(options.consumers ?? [ottlaConsumer]).map(
      (library) => new ConsumerWorker({ name: `reader-${library.name}`, library, bootstrapServers, keyspace, sink }),
    ),
  ];
  return {
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}

async function finalReads(
  client: ClusterClient,
  options: SoakOptions,
  keyspace: Keyspace,
  acknowledged: AcknowledgedEnds,
  sink: (event: HistoryEvent) => void,
): Promise<void> {
  const ends = await lookUpOffsets(
    client,
    keyspace.keys.map((key) => ({ ...key, spec: "latest" })),
  );
  const goal = new Map(
    ends.map((end) => {
      const key = formatTopicPartition(end);
      return [key, Math.max(end.offset, acknowledged.endOf(key))];
    }),
  );
  const { bootstrapServers } = options.cluster;
  const limitMs = options.finalReadsLimitMs;
  const complete = await readEverything({ name: "final", bootstrapServers, keyspace, sink, until: goal, limitMs });
  if (!complete) throw new Error("not everything that was acknowledged could be read within the limit");
}

/** Followers may be a moment behind when the load has ended; differences that stay are real. */
async function settledDifferences(
  cluster: ClusterUnderTest,
  topics: readonly string[],
): Promise<readonly ReplicaDifference[]> {
  let differences: readonly ReplicaDifference[] = [];
  try {
    await until("replicas are equal", EQUAL_WITHIN_MS, async () => {
      differences = await differencesNow(cluster, topics);
      return differences.length === 0;
    });
  } catch (error) {
    if (differences.length === 0) throw error;
  }
  return differences;
}

async function differencesNow(
  cluster: ClusterUnderTest,
  topics: readonly string[],
): Promise<readonly ReplicaDifference[]> {
  const partitions = (await Promise.all(topics.map((topic) => cluster.view.partitions(topic)))).flat();
  return partitions.flatMap((partition) => {
    const name = formatTopicPartition(partition);
    const directories = new Map(partition.replicas.map((id) => [id, cluster.logDirectory(id, name)]));
    return compareReplicas(directories, name);
  });
}

/** For each key the offset behind the last one that was acknowledged. */
class AcknowledgedEnds {
  /** Names of the workers that had something acknowledged. */
  readonly workers = new Set<string>();
  private readonly ends = new Map<string, number>();
  private readonly underWay = new Map<string, { readonly key: string; readonly count: number }>();

  accept(event: HistoryEvent): void {
    if (!("f" in event) || event.f !== "send") return;
    const operation = `${event.process} ${event.op}`;
    if (event.type === "invoke") {
      this.underWay.set(operation, event);
      return;
    }
    const send = this.underWay.get(operation);
    this.underWay.delete(operation);
    if (event.type !== "ok") return;
    this.workers.add(event.process.slice(0, event.process.indexOf("#")));
    if (event.offset === null || send === undefined) return;
    this.ends.set(send.key, Math.max(this.endOf(send.key), event.offset + send.count));
  }

  endOf(key: string): number {
    return this.ends.get(key) ?? 0;
  }
}

const keysOf = (topic: string, partitions: number): TopicPartition[] =>
  Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));

/** However a library words OUT_OF_ORDER_SEQUENCE_NUMBER. */
const OUT_OF_ORDER = /out.?of.?order.?sequence/i;
const WRITTEN_TOPICS = 2;
const PROBE_TOPIC = "probe";
const LOAD_START_MS = 60_000;
const EQUAL_WITHIN_MS = 30_000;
