import { ClusterClient } from "@ottla/client";
import { explain } from "@ottla/runtime";
import {
  deleteGroups,
  deleteOffsets,
  describeGroups,
  type GroupAction,
  groupTool,
  listGroups,
  resetOffsets,
} from "../groups/group-actions";
import type { Command, Io } from "../io";
import { ClientProperties } from "../options/client-properties";
import { bootstrapServers, CONNECTION_OPTIONS } from "../options/connection-options";
import type { OptionTable, ParsedOptions } from "../options/option-table";
import { readPropertiesFile } from "../options/properties-file";
import { UsageError } from "../options/usage-error";
import { runTool } from "../run-tool";
import { stderrLogger } from "../stderr-logger";

/** Lists, describes and deletes consumer groups, and resets what they have committed. */
export const consumerGroups: Command = {
  name: "consumer-groups",
  summary: "lists, describes, resets and deletes consumer groups",
  run: (argv, io) => runTool(TABLE, argv, io, (options) => run(options, io)),
};

async function run(options: ParsedOptions, io: Io): Promise<number> {
  const named = [...ACTIONS.keys()].filter((name) => options.has(name));
  const action = ACTIONS.get(named[0] ?? "");
  if (action === undefined || named.length !== 1)
    throw new UsageError(
      "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets.",
    );
  const file = options.get("command-config");
  const properties = new ClientProperties(file === undefined ? [] : [readPropertiesFile(file)]);
  const timeoutMs = options.integer("timeout", 1);
  const cluster = new ClusterClient({
    ...properties.cluster(),
    ...(timeoutMs === undefined ? {} : { apiTimeoutMs: timeoutMs }),
    clientId: properties.get("client.id") ?? "consumer-groups",
    bootstrapServers: await bootstrapServers(options, properties.get("bootstrap.servers"), io.signal),
    logger: stderrLogger(io.stderr),
  });
  const interrupt = () => void cluster.close();
  io.signal.addEventListener("abort", interrupt, { once: true });
  for (const line of properties.unread()) io.stderr.write(`warning: ${line}\n`);
  try {
    return await action(groupTool(cluster, options, io));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    io.stderr.write(`\nError: Executing consumer group command failed due to ${explain(error)}\n`);
    return 1;
  } finally {
    io.signal.removeEventListener("abort", interrupt);
    await cluster.close();
  }
}

const ACTIONS: ReadonlyMap<string, GroupAction> = new Map([
  ["list", listGroups],
  ["describe", describeGroups],
  ["delete", deleteGroups],
  ["reset-offsets", resetOffsets],
  ["delete-offsets", deleteOffsets],
]);

const TABLE: OptionTable = {
  command: "consumer-groups",
  summary: consumerGroups.summary,
  example: "consumer-groups --bootstrap-server localhost:9092 --describe --group billing",
  groups: [
    { title: "Where", options: CONNECTION_OPTIONS },
    {
      title: "What to do (exactly one)",
      options: [
        { name: "list", help: "print the names of groups" },
        { name: "describe", help: "print what groups have committed, and who reads it" },
        { name: "delete", help: "delete groups without members" },
        { name: "reset-offsets", help: "move what a group without members has committed" },
        { name: "delete-offsets", help: "forget what a group has committed for a topic" },
      ],
    },
    {
      title: "Which groups and topics",
      options: [
        { name: "group", value: "name", repeatable: true, help: "a group" },
        { name: "all-groups", help: "every group" },
        { name: "topic", value: "name[:0,1]", repeatable: true, help: "a topic, or some of its partitions" },
        { name: "all-topics", help: "everything the group has committed" },
      ],
    },
    {
      title: "Describing",
      options: [
        { name: "offsets", help: "offsets and lag; the default" },
        { name: "members", help: "members, and how many partitions each owns" },
        {
          name: "state",
          value: "states",
          bareValue: "",
          help: "state and coordinator; with --list: only in these states",
        },
        { name: "verbose", help: "with --members: which partitions" },
      ],
    },
    {
      title: "Resetting",
      options: [
        { name: "to-earliest", help: "to the first record" },
        { name: "to-latest", help: "to the end" },
        { name: "to-current", help: "to where it is" },
        { name: "to-offset", value: "n", help: "to this offset" },
        { name: "shift-by", value: "n", help: "by so many records, back when below 0" },
        { name: "to-datetime", value: "time", help: "to the first record since, YYYY-MM-DDTHH:mm:SS.sss" },
        { name: "dry-run", help: "only print what would come of it; the default" },
        { name: "execute", help: "do it" },
        { name: "export", help: "print it as CSV" },
      ],
    },
    {
      title: "Output and settings",
      options: [
        { name: "json", help: "print JSON instead" },
        { name: "timeout", value: "ms", help: "how long to try" },
        { name: "command-config", value: "file", help: "client settings, a properties file" },
      ],
    },
  ],
};
