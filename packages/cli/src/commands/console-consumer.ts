import {
  Admin,
  AssignedConsumer,
  ClusterClient,
  type PartitionAssignment,
  type StartPosition,
  type TopicMetadata,
} from "@ottla/client";
import { DeadlineExceeded, explain } from "@ottla/runtime";
import type { Command, Io } from "../io";
import { ClientProperties } from "../options/client-properties";
import { bootstrapServers, CONNECTION_OPTIONS } from "../options/connection-options";
import { keyValues } from "../options/key-value";
import { type OptionTable, type ParsedOptions, wholeNumber } from "../options/option-table";
import { readPropertiesFile } from "../options/properties-file";
import { topicFilter } from "../options/topic-filter";
import { UsageError } from "../options/usage-error";
import { printRecords } from "../records/print-records";
import { type RecordFormat, recordFormat } from "../records/record-format";
import { runTool } from "../run-tool";
import { stderrLogger } from "../stderr-logger";

/** Records become lines on standard output. */
export const consoleConsumer: Command = {
  name: "console-consumer",
  summary: "prints the records of a topic, one a line",
  run: (argv, io) => runTool(TABLE, argv, io, (options) => run(options, io)),
};

async function run(options: ParsedOptions, io: Io): Promise<number> {
  const selection = selectionOf(options);
  const format = formatOf(options);
  const file = options.get("consumer.config");
  const properties = new ClientProperties([
    keyValues("consumer-property", options.all("consumer-property")),
    file === undefined ? new Map() : readPropertiesFile(file),
  ]);
  refuseGroups(options, properties);
  const start = startOf(options, properties);
  const recordsMax = options.integer("max-messages", -1) ?? -1;
  const isolationLevel = isolationOf(options, properties);
  const cluster = new ClusterClient({
    ...properties.cluster(),
    clientId: properties.get("client.id") ?? "console-consumer",
    bootstrapServers: await bootstrapServers(options, properties.get("bootstrap.servers"), io.signal),
    logger: stderrLogger(io.stderr),
  });
  const consumer = new AssignedConsumer({
    cluster,
    assignments: [],
    isolationLevel,
    onOutOfRange: start.outOfRange,
    fetchWaitMs: properties.integer("fetch.max.wait.ms"),
    fetchBytesMin: properties.integer("fetch.min.bytes"),
    fetchBytesMax: properties.integer("fetch.max.bytes"),
    partitionBytesMax: properties.integer("max.partition.fetch.bytes"),
    checkCrcs: properties.boolean("check.crcs"),
  });
  for (const line of properties.unread()) io.stderr.write(`warning: ${line}\n`);
  let processed = 0;
  try {
    await assign(consumer, cluster, selection, start.position, io);
    const end = await printRecords({
      io,
      consumer,
      format,
      recordsMax: recordsMax < 0 ? Number.POSITIVE_INFINITY : recordsMax,
      silenceMsMax: options.integer("timeout-ms", 0),
      skipsErrors: options.has("skip-message-on-error"),
      onProcessed: (records) => {
        processed += records;
      },
    });
    if (end === "output closed") io.stderr.write("Unable to write to standard out, closing consumer.\n");
    if (end === "silence")
      io.stderr.write(`No record arrived for ${options.get("timeout-ms")} ms, closing consumer.\n`);
    return 0;
  } catch (error) {
    if (io.signal.aborted) return 0;
    io.stderr.write(`error: ${error instanceof UsageError ? error.message : explain(error)}\n`);
    return 1;
  } finally {
    await consumer.close();
    await cluster.close();
    io.stderr.write(`Processed a total of ${processed} messages\n`);
    if (options.has("enable-systest-events")) io.stdout.write("shutdown_complete\n");
  }
}

/** What is read: one topic, one partition of it, or all topics that match. */
type Selection =
  | { readonly kind: "topic"; readonly topic: string; readonly partition: number | null }
  | { readonly kind: "include"; readonly matches: (topic: string) => boolean };

function selectionOf(options: ParsedOptions): Selection {
  const topic = options.get("topic");
  const include = options.get("include");
  if ((topic === undefined) === (include === undefined))
    throw new UsageError("Exactly one of --topic and --include is required.");
  const partition = options.integer("partition", 0);
  if (partition !== undefined && topic === undefined)
    throw new UsageError("The topic is required when partition is specified.");
  return topic === undefined
    ? { kind: "include", matches: topicFilter("include", include ?? "", { internal: false }) }
    : { kind: "topic", topic, partition: partition ?? null };
}

function refuseGroups(options: ParsedOptions, properties: ClientProperties): void {
  options.excludes("partition", "group");
  if (options.has("group") || properties.get("group.id") !== undefined)
    throw new UsageError(
      "--group is not supported yet: this version has no consumer groups. Without it all partitions are read; --partition reads one.",
    );
}

function startOf(
  options: ParsedOptions,
  properties: ClientProperties,
): { readonly position: StartPosition; readonly outOfRange: "earliest" | "latest" } {
  options.excludes("from-beginning", "offset");
  if (options.has("offset") && !options.has("partition"))
    throw new UsageError("The partition is required when offset is specified.");
  const reset = properties.oneOf("auto.offset.reset", ["earliest", "latest"]);
  if (options.has("from-beginning") && reset === "latest")
    throw new UsageError(
      "Can't simultaneously specify --from-beginning and 'auto.offset.reset=latest', please remove one of them.",
    );
  const named = options.has("from-beginning") ? "earliest" : (reset ?? "latest");
  const offset = options.get("offset")?.trim().toLowerCase();
  if (offset === undefined) return { position: named, outOfRange: named };
  if (offset === "earliest" || offset === "latest") return { position: offset, outOfRange: offset };
  if (!/^\d+$/.test(offset))
    throw new UsageError(
      `The provided offset value '${offset}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative number.`,
    );
  return { position: { offset: wholeNumber("--offset", offset, 0) }, outOfRange: named };
}

function isolationOf(options: ParsedOptions, properties: ClientProperties) {
  const fromProperties = properties.oneOf("isolation.level", ISOLATION_LEVELS);
  const level = options.get("isolation-level");
  if (level === undefined) return fromProperties ?? "read_uncommitted";
  const found = ISOLATION_LEVELS.find((one) => one === level.toLowerCase());
  if (found === undefined)
    throw new UsageError(`--isolation-level is one of ${ISOLATION_LEVELS.join(", ")}, not '${level}'`);
  return found;
}

function formatOf(options: ParsedOptions): RecordFormat | null {
  const file = options.get("formatter-config");
  const properties = new Map([
    ...(file === undefined ? [] : readPropertiesFile(file)),
    ...keyValues("property", options.all("property")),
  ]);
  for (const field of ["key", "value"]) {
    const name = options.get(`${field}-deserializer`);
    if (name !== undefined) properties.set(`${field}.deserializer`, name);
  }
  const formatter = options.get("formatter");
  const name = formatter?.slice(formatter.lastIndexOf(".") + 1) ?? "DefaultMessageFormatter";
  if (name === "NoOpMessageFormatter") return null;
  if (name !== "DefaultMessageFormatter")
    throw new UsageError(
      `--formatter ${formatter} is not supported yet; known are DefaultMessageFormatter and NoOpMessageFormatter`,
    );
  return recordFormat(properties);
}

/** Begins with the partitions there are, and reads those that come to be from their beginning. */
async function assign(
  consumer: AssignedConsumer,
  cluster: ClusterClient,
  selection: Selection,
  start: StartPosition,
  io: Io,
): Promise<void> {
  if (selection.kind === "topic" && selection.partition !== null) {
    const { topic, partition } = selection;
    const known = await untilThere(cluster, topic, io);
    if (partition >= known.partitions.length)
      throw new UsageError(
        `topic ${topic} has ${known.partitions.length} partitions, the first of them 0; there is no partition ${partition}`,
      );
    consumer.assign([{ topic, partition, start }]);
    return;
  }
  const admin = new Admin(cluster);
  const found =
    selection.kind === "topic"
      ? [await untilThere(cluster, selection.topic, io)]
      : (await admin.listTopics({ signal: io.signal })).filter(({ name }) => selection.matches(name));
  if (found.length === 0) io.stderr.write("warning: no topic matches yet\n");
  for (const { name } of selection.kind === "include" ? found : []) await cluster.topic(name, { signal: io.signal });
  consumer.assign(found.flatMap((topic) => assignmentsOf(topic, start)));
  // The consumer passes over those it has.
  const more = (topics: Iterable<TopicMetadata>) =>
    consumer.assign(
      [...topics]
        .filter(({ name }) => selection.kind === "topic" || selection.matches(name))
        .flatMap((topic) => assignmentsOf(topic, "earliest")),
    );
  cluster.onMetadata(({ topics }) => more(topics.values()));
}

/** A topic that is not there yet is waited for, as Kafka's tool does. */
async function untilThere(cluster: ClusterClient, topic: string, io: Io): Promise<TopicMetadata> {
  for (;;) {
    try {
      return await cluster.topic(topic, { timeoutMs: PATIENCE_MS, signal: io.signal });
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      io.stderr.write(`warning: topic ${topic} cannot be read yet: ${explain(error.cause)}\n`);
    }
  }
}

function assignmentsOf({ name, partitions }: TopicMetadata, start: StartPosition): PartitionAssignment[] {
  return partitions.map(({ partition }) => ({ topic: name, partition, start }));
}

/** Between two complaints about a topic that is not there. */
const PATIENCE_MS = 5_000;
const ISOLATION_LEVELS = ["read_uncommitted", "read_committed"] as const;

const TABLE: OptionTable = {
  command: "console-consumer",
  summary: consoleConsumer.summary,
  example: "console-consumer --bootstrap-server localhost:9092 --topic orders --from-beginning",
  groups: [
    {
      title: "Where from",
      options: [
        ...CONNECTION_OPTIONS,
        { name: "topic", value: "name", help: "the topic to read (this or --include is required)" },
        { name: "include", value: "regex", help: "the topics to read" },
        { name: "whitelist", value: "regex", help: "as --include", replacedBy: "include" },
        { name: "partition", value: "n", help: "read only this one" },
        { name: "group", value: "id", help: "not supported yet", hidden: true },
        { name: "new-consumer", help: "of no effect", hidden: true },
      ],
    },
    {
      title: "From where to where",
      options: [
        { name: "from-beginning", help: "everything that is there, not only what comes" },
        { name: "offset", value: "earliest|latest|n", help: "where to begin; needs --partition" },
        { name: "max-messages", value: "n", help: "end after so many" },
        { name: "timeout-ms", value: "ms", help: "end when nothing arrives for so long" },
        { name: "isolation-level", value: "level", help: "read_uncommitted (default) or read_committed" },
        { name: "skip-message-on-error", help: "go on after a record that cannot be read" },
      ],
    },
    {
      title: "Printing",
      options: [
        {
          name: "property",
          value: "key=value",
          repeatable: true,
          help: "print.timestamp, print.partition, print.offset, print.headers, print.key, print.value, key.separator, line.separator, headers.separator, null.literal, {key,value,headers}.deserializer",
        },
        { name: "formatter-property", value: "key=value", help: "", aliasOf: "property" },
        { name: "formatter-config", value: "file", help: "the same from a file" },
        { name: "formatter", value: "class", help: "Kafka's DefaultMessageFormatter or NoOpMessageFormatter" },
        { name: "key-deserializer", value: "class", help: "one of Kafka's, by its name" },
        { name: "value-deserializer", value: "class", help: "one of Kafka's, by its name" },
        { name: "enable-systest-events", help: "print shutdown_complete at the end", hidden: true },
      ],
    },
    {
      title: "Consumer settings by Kafka's names",
      options: [
        { name: "consumer-property", value: "key=value", repeatable: true, help: "one setting" },
        { name: "consumer.config", value: "file", help: "a properties file" },
        { name: "command-property", value: "key=value", help: "", aliasOf: "consumer-property" },
        { name: "command-config", value: "file", help: "", aliasOf: "consumer.config" },
      ],
    },
  ],
};
