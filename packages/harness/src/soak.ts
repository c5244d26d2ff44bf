import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { apacheKafka, type BrokerProgram, ottla } from "./cluster/broker-program";
import { LocalCluster } from "./cluster/local-cluster";
import { loopbackNetwork } from "./cluster/loopback-network";
import { NamespaceNetwork } from "./cluster/namespaces/namespace-network";
import type { Network } from "./cluster/network";
import { catalogue, faultNamed } from "./faults/catalogue";
import { parseChoices, parseFaults, type Span } from "./faults/fault-plan";
import { faultTargets, targetsThere } from "./faults/fault-target";
import { judgementText, judgeRuns } from "./judge-runs";
import { javaConsumer, javaLibrary, librdkafkaConsumer, librdkafkaLibrary } from "./load/foreign-libraries";
import { kafkajsLibrary } from "./load/kafkajs-library";
import type { ConsumerLibrary } from "./load/load-consumer";
import type { ProducerLibrary } from "./load/load-producer";
import { ottlaConsumer } from "./load/ottla-consumer";
import { ottlaLibrary } from "./load/ottla-library";
import { reportText } from "./report/report-text";
import { soak } from "./soak-run";

const USAGE = `soak.js [options]: load a cluster of processes, break it, heal it, and say whether it kept its promises.
  --brokers N           3
  --zookeepers 1|3      1
  --program NAME        ottla; or apache-kafka, whose jars APACHE_KAFKA_LIB names
  --network NAME        loopback; or namespaces, in which links can be cut (root, Linux, nftables)
  --clocks              brokers have clocks that can be set wrong (Linux, cc)
  --disks N             brokers have N log directories, the last one on a disk that can fail (Linux, cc)
  --faults FAULT,...    KIND:TARGET, in a drawn order; :N for so many of them, @MS or @MIN-MAX for how long it lasts,
                        KIND:TARGET/KIND:TARGET for two at a time, as in kill:leader:5,pause:any/isolate:controller@9000:2
  --random MINUTES      faults drawn at random from --faults, where also KIND alone is right: singly, and in pairs
  --kills TARGET:N,...  as --faults kill:TARGET:N; the same are --bounces, --pauses and --cuts
  --cut-manner HOW      of links: silent, refused, or either of them
  --clients NAME,...    ottla, kafkajs, librdkafka (confluent-kafka for Python), java (APACHE_KAFKA_LIB); default: those there are
  --consumers NAME,...  who reads along: ottla, librdkafka, java; default: those there are
  --settings CLASS      safe (acks=all, idempotent), default (acks=all) or weak (acks=1)
  --rate N              sends a second of each client, 200
  --partitions N        6, of each topic
  --topic-every MS      a topic is added to the load that often, 10000; 0 for never
  --replication-factor N  3, or all brokers where they are fewer
  --log-start N         logs of the load begin behind N deleted records, 0
  --quiet MIN-MAX       milliseconds before each fault, 2000-5000
  --hold MIN-MAX        milliseconds until it is healed, 500-3000
  --end MS              load after the last fault, 5000
  --seed N              of faults and pace; drawn from the clock when absent
  --override K=V        a broker's property; may be repeated
  --dir DIR             where cluster and histories go; stays at the end
  --judge DIR ...       judges the histories in these folders again, together, and does nothing else
Exit code: 0 when nothing forbidden happened, 1 when something did, 2 for wrong options.

Kinds of faults, and what becomes of those they hit:
${catalogue.map(({ kind, what }) => `  ${kind.padEnd(22)}${what}`).join("\n")}
Targets: ${faultTargets.join(", ")}.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      brokers: { type: "string", default: "3" },
      zookeepers: { type: "string", default: "1" },
      program: { type: "string", default: "ottla" },
      network: { type: "string", default: "loopback" },
      faults: { type: "string" },
      random: { type: "string" },
      "log-start": { type: "string", default: "0" },
      "replication-factor": { type: "string" },
      clocks: { type: "boolean", default: false },
      disks: { type: "string" },
      "cut-manner": { type: "string", default: "silent" },
      kills: { type: "string" },
      bounces: { type: "string" },
      pauses: { type: "string" },
      cuts: { type: "string" },
      clients: { type: "string" },
      consumers: { type: "string" },
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
    const runs = await judgeRuns([values.judge, ...positionals]);
    process.stdout.write(judgementText(runs));
    process.exitCode = runs.every(({ verdict }) => verdict.ok) ? 0 : 1;
    return;
  }
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is no option`);
  const settings = values.settings;
  if (settings !== "safe" && settings !== "default" && settings !== "weak")
    throw new UsageError(`settings ${settings}`);
  const zookeepers = values.zookeepers === "3" ? 3 : 1;
  const requested: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, values.random === undefined ? values.faults : undefined],
    ["kill", values.kills],
    ["bounce", values.bounces],
    ["pause", values.pauses],
    ["cut", values.cuts],
  ];
  const faults = requested.flatMap(([kind, text]) => (text === undefined ? [] : parse(() => parseFaults(text, kind))));
  const random =
    values.random === undefined
      ? undefined
      : {
          forMs: count("random", values.random) * 60_000,
          choices: parse(() =>
            parseChoices(values.faults ?? "kill,pause,cut", (kind) =>
              targetsThere(faultNamed(kind).targets, zookeepers),
            ),
          ),
        };
  const manner = values["cut-manner"];
  if (manner !== "silent" && manner !== "refused" && manner !== "either") throw new UsageError(`cut-manner ${manner}`);
  const brokers = count("brokers", values.brokers);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : count("seed", values.seed);
  const libraries = librariesNamed(values.clients);
  const folder = values.dir ?? mkdtempSync(join(tmpdir(), "ottla-soak-"));
  const properties = Object.fromEntries(values.override.map(keyAndValue));
  process.stderr.write(`soak: seed ${seed}, everything is in ${folder}\n`);

  const network = await networkNamed(values.network);
  const cluster = await LocalCluster.start({
    brokers,
    zookeepers,
    network,
    program: programNamed(values.program),
    properties,
    linksThatCut: network.faults === null,
    clocksThatShift: values.clocks,
    disksThatFail: values.disks !== undefined,
    logDirectoriesEach: count("disks", values.disks ?? "1"),
    folder: join(folder, "cluster"),
  });
  // Nothing of it is to stay behind when somebody ends this by hand.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      process.stderr.write(`soak: ${signal}, everything is stopped\n`);
      const exit = () => process.exit(1);
      cluster.close({ keepFolder: true }).then(exit, exit);
    });
  }
  try {
    const kinds = [...faults.flatMap(({ parts }) => parts), ...(random?.choices ?? [])].map(({ kind }) => kind);
    for (const kind of new Set(kinds)) {
      const refusal = faultNamed(kind).refusal(cluster);
      if (refusal !== null) throw new UsageError(refusal);
    }
    const report = await soak({
      cluster,
      folder,
      seed,
      faults,
      random,
      pace: { quietMs: range("quiet", values.quiet), holdMs: range("hold", values.hold), manner },
      libraries,
      consumers: consumersNamed(values.consumers),
      settings,
      sendsPerSecond: count("rate", values.rate),
      partitions: count("partitions", values.partitions),
      topicEveryMs: count("topic-every", values["topic-every"]),
      replicationFactor: Math.min(
        brokers,
        values["replication-factor"] === undefined ? 3 : count("replication-factor", values["replication-factor"]),
      ),
      logStart: count("log-start", values["log-start"]),
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
  return named(makers, names);
}

/** Those that are named; all that are installed here where none is. */
function named<Library>(makers: Readonly<Record<string, () => Library | null>>, names: string | undefined): Library[] {
  if (names === undefined) return Object.values(makers).flatMap((make) => make() ?? []);
  return names.split(",").map((name) => {
    const library = makers[name]?.();
    if (library === undefined) throw new UsageError(`there is no client ${name}`);
    if (library === null) throw new UsageError(`${name} is not installed here`);
    return library;
  });
}

function consumersNamed(names: string | undefined): ConsumerLibrary[] {
  const makers: Readonly<Record<string, () => ConsumerLibrary | null>> = {
    ottla: () => ottlaConsumer,
    librdkafka: librdkafkaConsumer,
    java: javaConsumer,
  };
  return named(makers, names);
}

function programNamed(name: string): BrokerProgram {
  if (name === "ottla") return ottla;
  const lib = process.env["APACHE_KAFKA_LIB"];
  if (name !== "apache-kafka") throw new UsageError(`there is no program ${name}`);
  if (lib === undefined) throw new UsageError("APACHE_KAFKA_LIB must name the folder of Kafka's jars");
  return apacheKafka(lib);
}

async function networkNamed(name: string): Promise<Network> {
  if (name === "loopback") return loopbackNetwork;
  if (name !== "namespaces") throw new UsageError(`there is no network ${name}`);
  const refusal = NamespaceNetwork.refusal();
  if (refusal !== null) throw new UsageError(refusal);
  return NamespaceNetwork.start();
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

function range(option: string, text: string): Span {
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
