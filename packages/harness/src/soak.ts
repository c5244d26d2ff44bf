import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { apacheKafka, type BrokerProgram, ottla } from "./cluster/broker-program";
import { LocalCluster } from "./cluster/local-cluster";
import { type FaultKind, parseFaults } from "./faults/fault-plan";
import { judgeRun } from "./judge-run";
import { javaLibrary, librdkafkaLibrary } from "./load/foreign-libraries";
import { kafkajsLibrary } from "./load/kafkajs-library";
import type { ProducerLibrary } from "./load/load-producer";
import { ottlaLibrary } from "./load/ottla-library";
import { reportText } from "./report/report-text";
import { soak } from "./soak-run";

const USAGE = `soak.js [options]: load a cluster of processes, break it, heal it, and say whether it kept its promises.
  --brokers N           3
  --zookeepers 1|3      1
  --program NAME        ottla; or apache-kafka, whose jars APACHE_KAFKA_LIB names
  --kills TARGET:N,...  kill -9 and restart: leader, follower, controller, leader+controller, any, all, zookeeper
  --bounces ...         the same with SIGTERM
  --pauses ...          the same with SIGSTOP and SIGCONT
  --cuts ...            brokers cut from ZooKeeper, and from nobody else
  --clients NAME,...    ottla, kafkajs, librdkafka (confluent-kafka for Python), java (APACHE_KAFKA_LIB); default: those there are
  --settings CLASS      safe (acks=all, idempotent), default (acks=all) or weak (acks=1)
  --rate N              sends a second of each client, 200
  --partitions N        6, of each topic
  --topic-every MS      a topic is added to the load that often, 10000; 0 for never
  --quiet MIN-MAX       milliseconds before each fault, 2000-5000
  --hold MIN-MAX        milliseconds until it is healed, 500-3000
  --end MS              load after the last fault, 5000
  --seed N              of faults and pace; drawn from the clock when absent
  --override K=V        a broker's property; may be repeated
  --dir DIR             where cluster and histories go; stays at the end
  --judge DIR           judges the history in DIR again, and does nothing else
Exit code: 0 when nothing forbidden happened, 1 when something did, 2 for wrong options.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      brokers: { type: "string", default: "3" },
      zookeepers: { type: "string", default: "1" },
      program: { type: "string", default: "ottla" },
      kills: { type: "string" },
      bounces: { type: "string" },
      pauses: { type: "string" },
      cuts: { type: "string" },
      clients: { type: "string" },
      settings: { type: "string", default: "safe" },
      rate: { type: "string", default: "200" },
      partitions: { type: "string", default: "6" },
      "topic-every": { type: "string", default: "10000" },
      judge: { type: "string" },
      quiet: { type: "string", default: "2000-5000" },
      hold: { type: "string", default: "500-3000" },
      end: { type: "string", default: "5000" },
      seed: { type: "string" },
      override: { type: "string", multiple: true, default: [] },
      dir: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (values.judge !== undefined) {
    const { verdict } = await judgeRun(values.judge);
    process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
    process.exitCode = verdict.ok ? 0 : 1;
    return;
  }
  const settings = values.settings;
  if (settings !== "safe" && settings !== "default" && settings !== "weak")
    throw new UsageError(`settings ${settings}`);
  const requested: readonly (readonly [FaultKind, string | undefined])[] = [
    ["kill", values.kills],
    ["bounce", values.bounces],
    ["pause", values.pauses],
    ["cut", values.cuts],
  ];
  const faults = requested.flatMap(([kind, text]) => (text === undefined ? [] : parse(() => parseFaults(kind, text))));
  const brokers = count("brokers", values.brokers);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : count("seed", values.seed);
  const libraries = librariesNamed(values.clients);
  const folder = values.dir ?? mkdtempSync(join(tmpdir(), "ottla-soak-"));
  const properties = Object.fromEntries(values.override.map(keyAndValue));
  process.stderr.write(`soak: seed ${seed}, everything is in ${folder}\n`);

  const cluster = await LocalCluster.start({
    brokers,
    zookeepers: values.zookeepers === "3" ? 3 : 1,
    program: programNamed(values.program),
    properties,
    linksThatCut: values.cuts !== undefined,
    folder: join(folder, "cluster"),
  });
  try {
    const report = await soak({
      cluster,
      folder,
      seed,
      faults,
      pace: { quietMs: range("quiet", values.quiet), holdMs: range("hold", values.hold) },
      libraries,
      settings,
      sendsPerSecond: count("rate", values.rate),
      partitions: count("partitions", values.partitions),
      topicEveryMs: count("topic-every", values["topic-every"]),
      replicationFactor: Math.min(3, brokers),
      quietEndMs: count("end", values.end),
    });
    process.stdout.write(reportText(report));
    process.exitCode = report.passed ? 0 : 1;
  } finally {
    await cluster.close({ keepFolder: true });
  }
}

class UsageError extends Error {}

function librariesNamed(names: string | undefined): ProducerLibrary[] {
  const makers: Readonly<Record<string, () => ProducerLibrary | null>> = {
    ottla: () => ottlaLibrary,
    kafkajs: () => kafkajsLibrary,
    librdkafka: librdkafkaLibrary,
    java: javaLibrary,
  };
  if (names === undefined) return Object.values(makers).flatMap((make) => make() ?? []);
  return names.split(",").map((name) => {
    const library = makers[name]?.();
    if (library === undefined) throw new UsageError(`there is no client ${name}`);
    if (library === null) throw new UsageError(`${name} is not installed here`);
    return library;
  });
}

function programNamed(name: string): BrokerProgram {
  if (name === "ottla") return ottla;
  const lib = process.env["APACHE_KAFKA_LIB"];
  if (name !== "apache-kafka") throw new UsageError(`there is no program ${name}`);
  if (lib === undefined) throw new UsageError("APACHE_KAFKA_LIB must name the folder of Kafka's jars");
  return apacheKafka(lib);
}

function parse<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function count(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`--${option} is ${text}, not a number`);
  return Number(text);
}

function range(option: string, text: string): readonly [number, number] {
  const [min = "", max = min] = text.split("-");
  return [count(option, min), Math.max(count(option, min), count(option, max))];
}

function keyAndValue(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--override ${text} is not key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

main().catch((error: unknown) => {
  const wrongOptions =
    error instanceof UsageError || (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(wrongOptions ? `${(error as Error).message}\n${USAGE}\n` : `${(error as Error).stack}\n`);
  process.exit(wrongOptions ? 2 : 1);
});
