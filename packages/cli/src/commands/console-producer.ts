import { ClusterClient, Producer, type ProducerOptions } from "@ottla/client";
import { explain } from "@ottla/runtime";
import type { Command, Io } from "../io";
import { ClientProperties } from "../options/client-properties";
import { bootstrapServers, CONNECTION_OPTIONS } from "../options/connection-options";
import { keyValues } from "../options/key-value";
import type { OptionTable, ParsedOptions } from "../options/option-table";
import { readPropertiesFile } from "../options/properties-file";
import { UsageError } from "../options/usage-error";
import { LineError, lineFormat } from "../records/line-record";
import { produceLines } from "../records/produce-lines";
import { runTool } from "../run-tool";
import { stderrLogger } from "../stderr-logger";

/** Lines of standard input become records. */
export const consoleProducer: Command = {
  name: "console-producer",
  summary: "writes each line of standard input as a record",
  run: (argv, io) => runTool(TABLE, argv, io, (options) => run(options, io)),
};

async function run(options: ParsedOptions, io: Io): Promise<number> {
  const topic = options.required("topic");
  if (options.has("line-reader") && !/\bLineMessageReader$/.test(options.get("line-reader")!))
    throw new UsageError(
      `--line-reader ${options.get("line-reader")} is a Java class; lines are read as Kafka's LineMessageReader does`,
    );
  const format = lineFormat(
    new Map([
      ...(options.has("reader-config") ? readPropertiesFile(options.required("reader-config")) : []),
      ...keyValues("property", options.all("property")),
    ]),
  );
  const properties = propertiesOf(options);
  const cluster = new ClusterClient({
    ...properties.cluster(),
    clientId: properties.get("client.id") ?? "console-producer",
    bootstrapServers: await bootstrapServers(options, properties.get("bootstrap.servers"), io.signal),
    logger: stderrLogger(io.stderr),
  });
  let failedRecords = 0;
  const producer = new Producer({
    cluster,
    ...producerOptions(properties),
    onBatchFailed: (error, batch) => {
      failedRecords += batch.recordCount;
      const records = batch.recordCount === 1 ? "1 record" : `${batch.recordCount} records`;
      io.stderr.write(`error: ${records} for ${batch.topic}-${batch.partition} not delivered: ${explain(error)}\n`);
    },
  });
  for (const line of properties.unread()) io.stderr.write(`warning: ${line}\n`);
  try {
    await produceLines({
      io,
      producer,
      topic,
      format,
      isSync: options.has("sync"),
      lingersAsTold: options.has("timeout") || properties.get("linger.ms") !== LINGER_MS,
      lineBytesMax: LINE_BYTES_MAX,
    });
    await producer.close();
    if (failedRecords > 0) return 1;
    return io.signal.aborted ? INTERRUPTED : 0;
  } catch (error) {
    // What was read before is on its way, and stays so.
    await producer.close();
    if (!(error instanceof LineError)) throw error;
    io.stderr.write(`error: ${error.message}\n`);
    return 1;
  } finally {
    await cluster.close();
  }
}

/** A flag is stronger than a single property, which is stronger than a file, which is stronger than the tool's defaults. */
function propertiesOf(options: ParsedOptions): ClientProperties {
  const fromFlags = new Map<string, string>();
  for (const [flag, key] of FLAG_PROPERTIES) {
    const value = options.get(flag);
    if (value !== undefined) fromFlags.set(key, value);
  }
  if (options.has("sync") && !fromFlags.has("linger.ms")) fromFlags.set("linger.ms", "0");
  const file = options.get("producer.config");
  return new ClientProperties([
    fromFlags,
    keyValues("producer-property", options.all("producer-property")),
    file === undefined ? new Map() : readPropertiesFile(file),
    DEFAULTS,
  ]);
}

function producerOptions(properties: ClientProperties): Omit<ProducerOptions, "cluster"> {
  return {
    acks: { "0": 0, "1": 1, "-1": -1, all: -1 }[properties.oneOf("acks", ["0", "1", "-1", "all"]) ?? "all"] as
      | 0
      | 1
      | -1,
    idempotence: properties.boolean("enable.idempotence"),
    compression: properties.oneOf("compression.type", ["none", "gzip", "snappy", "lz4", "zstd"]),
    batchSizeBytes: properties.integer("batch.size"),
    lingerMs: properties.integer("linger.ms"),
    retries: properties.integer("retries"),
    retryBackoffMs: properties.integer("retry.backoff.ms"),
    requestTimeoutMs: properties.integer("request.timeout.ms"),
    deliveryTimeoutMs: properties.integer("delivery.timeout.ms"),
    maxInFlight: properties.integer("max.in.flight.requests.per.connection", 1),
    bufferBytes: properties.integer("buffer.memory"),
    requestBytesMax: properties.integer("max.request.size"),
    maxBlockMs: properties.integer("max.block.ms"),
  };
}

/** Longer than any record a broker takes by default; a bound on what is held for one line. */
const LINE_BYTES_MAX = 128 * 1024 * 1024;
/** 128 and SIGINT's number, as shells have it. */
const INTERRUPTED = 130;
const LINGER_MS = "1000";

/** Those of Kafka's console producer, which are not those of its producer. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ["acks", "-1"],
  ["batch.size", "16384"],
  ["linger.ms", LINGER_MS],
  ["retries", "3"],
  ["retry.backoff.ms", "100"],
  ["request.timeout.ms", "1500"],
  ["metadata.max.age.ms", "300000"],
  ["max.block.ms", "60000"],
  ["buffer.memory", "33554432"],
]);

const FLAG_PROPERTIES: readonly (readonly [flag: string, property: string])[] = [
  ["max-partition-memory-bytes", "batch.size"],
  ["batch-size", "batch.size"],
  ["compression-codec", "compression.type"],
  ["message-send-max-retries", "retries"],
  ["retry-backoff-ms", "retry.backoff.ms"],
  ["timeout", "linger.ms"],
  ["request-required-acks", "acks"],
  ["request-timeout-ms", "request.timeout.ms"],
  ["metadata-expiry-ms", "metadata.max.age.ms"],
  ["max-block-ms", "max.block.ms"],
  ["max-memory-bytes", "buffer.memory"],
];

const TABLE: OptionTable = {
  command: "console-producer",
  summary: consoleProducer.summary,
  example: "console-producer --bootstrap-server localhost:9092 --topic orders",
  groups: [
    {
      title: "Where to",
      options: [...CONNECTION_OPTIONS, { name: "topic", value: "name", help: "the topic to write to (required)" }],
    },
    {
      title: "Reading lines",
      options: [
        {
          name: "property",
          value: "key=value",
          repeatable: true,
          help: "parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, null.marker, ignore.error",
        },
        { name: "reader-config", value: "file", help: "the same from a file" },
        { name: "reader-property", value: "key=value", help: "", aliasOf: "property" },
        { name: "line-reader", value: "class", help: "only Kafka's own", hidden: true },
      ],
    },
    {
      title: "Sending",
      options: [
        { name: "sync", help: "wait for each record to be acknowledged before the next" },
        { name: "compression-codec", value: "none|gzip|snappy|lz4|zstd", bareValue: "gzip", help: "bare: gzip" },
        { name: "request-required-acks", value: "-1|0|1", help: "replicas that must have a record (-1: all in sync)" },
        { name: "batch-size", value: "bytes", help: "of a batch (16384)" },
        { name: "max-partition-memory-bytes", value: "bytes", help: "as --batch-size", hidden: true },
        {
          name: "timeout",
          value: "ms",
          help: "how long a batch waits to be filled (1000, less when nothing more is coming in)",
        },
        { name: "message-send-max-retries", value: "n", help: "tries after the first (3)" },
        { name: "retry-backoff-ms", value: "ms", help: "before each of them (100)" },
        { name: "request-timeout-ms", value: "ms", help: "for one answer (1500)" },
        { name: "max-block-ms", value: "ms", help: "for the topic to be known, and for room in memory (60000)" },
        { name: "max-memory-bytes", value: "bytes", help: "held at most (33554432)" },
        { name: "metadata-expiry-ms", value: "ms", help: "until metadata is asked for again (300000)" },
        { name: "socket-buffer-size", value: "bytes", help: "of no effect", hidden: true },
      ],
    },
    {
      title: "Producer settings by Kafka's names",
      options: [
        { name: "producer-property", value: "key=value", repeatable: true, help: "one setting" },
        { name: "producer.config", value: "file", help: "a properties file" },
        { name: "command-property", value: "key=value", help: "", aliasOf: "producer-property" },
        { name: "command-config", value: "file", help: "", aliasOf: "producer.config" },
      ],
    },
  ],
};
