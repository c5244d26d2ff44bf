import { Admin, ClusterClient } from "@ottla/client";
import { explain } from "@ottla/runtime";
import type { Command, Io } from "../io";
import { ClientProperties } from "../options/client-properties";
import { bootstrapServers, CONNECTION_OPTIONS } from "../options/connection-options";
import type { OptionTable, ParsedOptions } from "../options/option-table";
import { readPropertiesFile } from "../options/properties-file";
import { UsageError } from "../options/usage-error";
import { runTool } from "../run-tool";
import { stderrLogger } from "../stderr-logger";
import {
  alterTopics,
  createTopic,
  deleteTopics,
  describeTopics,
  listTopics,
  type TopicAction,
} from "../topics/topic-actions";

/** Creates, lists, describes, alters and deletes topics. */
export const topics: Command = {
  name: "topics",
  summary: "creates, lists, describes, alters and deletes topics",
  run: (argv, io) => runTool(TABLE, argv, io, (options) => run(options, io)),
};

async function run(options: ParsedOptions, io: Io): Promise<number> {
  const named = [...ACTIONS.keys()].filter((name) => options.has(name));
  const action = ACTIONS.get(named[0] ?? "");
  if (action === undefined || named.length !== 1)
    throw new UsageError("Command must include exactly one action: --list, --describe, --create, --alter or --delete");
  refuseMisplaced(options, named[0]!);
  const file = options.get("command-config");
  const properties = new ClientProperties(file === undefined ? [] : [readPropertiesFile(file)]);
  const cluster = new ClusterClient({
    ...properties.cluster(),
    clientId: properties.get("client.id") ?? "topics",
    bootstrapServers: await bootstrapServers(options, properties.get("bootstrap.servers"), io.signal),
    logger: stderrLogger(io.stderr),
  });
  const interrupt = () => void cluster.close();
  io.signal.addEventListener("abort", interrupt, { once: true });
  for (const line of properties.unread()) io.stderr.write(`warning: ${line}\n`);
  try {
    await action(new Admin(cluster), options, io);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const message = (error as Error).name === "TopicCommandError" ? (error as Error).message : explain(error);
    // Where Kafka's tool writes it; with --json standard output is JSON or nothing.
    (options.has("json") ? io.stderr : io.stdout).write(`Error while executing topic command : ${message}\n`);
    return 1;
  } finally {
    io.signal.removeEventListener("abort", interrupt);
    await cluster.close();
  }
}

const ACTIONS: ReadonlyMap<string, TopicAction> = new Map([
  ["create", createTopic],
  ["list", listTopics],
  ["describe", describeTopics],
  ["alter", alterTopics],
  ["delete", deleteTopics],
]);

/** Options and the actions they go with; what stands nowhere here goes with all. */
const GOES_WITH: ReadonlyMap<string, readonly string[]> = new Map([
  ["partitions", ["create", "alter"]],
  ["replication-factor", ["create"]],
  ["replica-assignment", ["create", "alter"]],
  ["config", ["create", "alter"]],
  ["if-not-exists", ["create"]],
  ["if-exists", ["alter", "delete", "describe"]],
  ["topic-id", ["describe"]],
  ["exclude-internal", ["list", "describe"]],
  ["under-replicated-partitions", ["describe"]],
  ["unavailable-partitions", ["describe"]],
  ["under-min-isr-partitions", ["describe"]],
  ["at-min-isr-partitions", ["describe"]],
  ["topics-with-overrides", ["describe"]],
  ["partition-size-limit-per-response", ["describe"]],
]);

function refuseMisplaced(options: ParsedOptions, action: string): void {
  for (const [name, actions] of GOES_WITH) {
    if (options.has(name) && !actions.includes(action))
      throw new UsageError(`Option "[${action}]" can't be used with option "[${name}]"`);
  }
}

const TABLE: OptionTable = {
  command: "topics",
  summary: topics.summary,
  example: "topics --bootstrap-server localhost:9092 --create --topic orders --partitions 3",
  groups: [
    { title: "Where", options: CONNECTION_OPTIONS },
    {
      title: "What to do (exactly one)",
      options: [
        { name: "create", help: "create a topic" },
        { name: "list", help: "print the names of topics" },
        { name: "describe", help: "print topics with their partitions" },
        { name: "alter", help: "raise the number of partitions" },
        { name: "delete", help: "delete topics" },
      ],
    },
    {
      title: "Which topics",
      options: [
        { name: "topic", value: "name|regex", help: "a name for --create, else a regular expression" },
        { name: "topic-id", value: "uuid", help: "for --describe" },
        { name: "exclude-internal", help: "without the topics that the cluster keeps for itself" },
        { name: "if-exists", help: "say nothing about a topic that is not there" },
        { name: "if-not-exists", help: "say nothing about a topic that is there already" },
      ],
    },
    {
      title: "Creating and altering",
      options: [
        { name: "partitions", value: "n", help: "how many; the broker's default otherwise" },
        { name: "replication-factor", value: "n", help: "replicas of each; the broker's default otherwise" },
        {
          name: "replica-assignment",
          value: "1:2,2:1",
          help: "the brokers of each partition instead of the two above",
        },
        { name: "config", value: "key=value", repeatable: true, help: "a config of the new topic" },
        { name: "delete-config", value: "key", help: "an old flag", hidden: true },
        { name: "force", help: "of no effect", hidden: true },
        { name: "disable-rack-aware", help: "of no effect", hidden: true },
      ],
    },
    {
      title: "Describing only",
      options: [
        { name: "under-replicated-partitions", help: "partitions whose ISR lacks a replica" },
        { name: "unavailable-partitions", help: "partitions without a leader" },
        { name: "under-min-isr-partitions", help: "partitions with fewer in sync than min.insync.replicas" },
        { name: "at-min-isr-partitions", help: "partitions with exactly that many" },
        { name: "topics-with-overrides", help: "topics with configs of their own" },
        { name: "partition-size-limit-per-response", value: "n", help: "of no effect", hidden: true },
      ],
    },
    {
      title: "Output and settings",
      options: [
        { name: "json", help: "print JSON instead" },
        { name: "command-config", value: "file", help: "client settings, a properties file" },
      ],
    },
  ],
};
