import { Admin, type ClusterClient, GroupAdmin, type GroupDescription, type TopicPartition } from "@ottla/client";
import type { Io } from "../io";
import type { ParsedOptions } from "../options/option-table";
import { UsageError } from "../options/usage-error";
import { lagOf, membersTable, type OffsetRow, offsetsTable, stateTable, table } from "./group-tables";
import { newOffsets } from "./offset-reset";
import { partitionsInScope } from "./reset-scope";

export interface GroupTool {
  readonly groups: GroupAdmin;
  readonly admin: Admin;
  readonly options: ParsedOptions;
  readonly io: Io;
}

export function groupTool(cluster: ClusterClient, options: ParsedOptions, io: Io): GroupTool {
  return { groups: new GroupAdmin(cluster), admin: new Admin(cluster), options, io };
}

/** @returns the exit code */
export type GroupAction = (tool: GroupTool) => Promise<number>;

export const listGroups: GroupAction = async ({ groups, options, io }) => {
  const states = (options.get("state") ?? "").toLowerCase().split(",").filter(Boolean);
  const listed = (await groups.listGroups()).filter(
    ({ state }) => states.length === 0 || states.includes(state.toLowerCase()),
  );
  if (options.has("json")) writeJson(io, listed);
  else if (options.has("state")) {
    const rows = listed.map(({ groupId, state }) => [groupId, state]);
    io.stdout.write(
      table(
        [
          ["GROUP", 25],
          ["STATE", 20],
        ],
        rows,
      ).slice(1),
    );
  } else for (const { groupId } of listed) io.stdout.write(`${groupId}\n`);
  return 0;
};

export const describeGroups: GroupAction = async (tool) => {
  const { groups, options, io } = tool;
  options.excludes("members", "offsets", "state");
  options.excludes("state", "offsets");
  const shown: unknown[] = [];
  let code = 0;
  for (const groupId of await groupsNamed(tool)) {
    const group = await groups.describeGroup(groupId);
    const rows = options.has("members") || options.has("state") ? [] : await offsetRows(tool, group);
    if (group.state === "Dead" && rows.length === 0) {
      io.stderr.write(`\nError: Consumer group '${groupId}' does not exist.\n`);
      code = 1;
      continue;
    }
    if (options.has("json")) {
      shown.push({
        ...group,
        offsets: rows.map((row) => ({ ...row, lag: lagOf(row.currentOffset, row.logEndOffset) })),
      });
      continue;
    }
    tellState(group, io);
    if (options.has("state")) io.stdout.write(stateTable(group));
    else if (options.has("members")) {
      if (group.members.length > 0) io.stdout.write(membersTable(group, options.has("verbose")));
    } else if (rows.length > 0) io.stdout.write(offsetsTable(groupId, rows));
  }
  if (options.has("json")) writeJson(io, shown);
  return code;
};

export const deleteGroups: GroupAction = async (tool) => {
  const { groups, io } = tool;
  const named = await groupsNamed(tool);
  const failures: string[] = [];
  for (const groupId of named) {
    try {
      await groups.deleteGroup(groupId);
    } catch (error) {
      failures.push(`* Group '${groupId}' could not be deleted due to: ${(error as Error).message}`);
    }
  }
  if (failures.length === 0) {
    const names = named.map((groupId) => `'${groupId}'`).join(", ");
    io.stdout.write(`Deletion of requested consumer groups (${names}) was successful.\n`);
    return 0;
  }
  io.stderr.write(`\nError: Deletion of some consumer groups failed:\n${failures.join("\n")}\n`);
  return 1;
};

export const resetOffsets: GroupAction = async (tool) => {
  const { groups, admin, options, io } = tool;
  options.excludes("execute", "dry-run", "export");
  let code = 0;
  const all: (TopicPartition & { readonly groupId: string; readonly offset: number })[] = [];
  const named = await groupsNamed(tool);
  for (const groupId of named) {
    const { state } = await groups.describeGroup(groupId);
    if (state !== "Empty" && state !== "Dead") {
      io.stderr.write(
        `\nError: Assignments can only be reset if the group '${groupId}' is inactive, but the current state is ${state}.\n`,
      );
      code = 1;
      continue;
    }
    const committed = await groups.committedOffsets(groupId);
    const scope = await partitionsInScope(options, admin, committed);
    const offsets = await newOffsets(options, admin, scope, committed, (line) => io.stderr.write(`${line}\n`));
    if (options.has("execute")) await groups.commitOffsets(groupId, offsets);
    for (const offset of offsets) all.push({ groupId, ...offset });
  }
  if (options.has("json")) writeJson(io, all);
  else if (options.has("export")) {
    for (const { groupId, topic, partition, offset } of all) {
      io.stdout.write(`${[...(named.length > 1 ? [groupId] : []), topic, partition, offset].join(",")}\n`);
    }
  } else if (all.length > 0) {
    const rows = all.map(({ groupId, topic, partition, offset }) => [groupId, topic, partition, offset]);
    io.stdout.write(
      table(
        [
          ["GROUP", 30],
          ["TOPIC", 30],
          ["PARTITION", 10],
          ["NEW-OFFSET", 15],
        ],
        rows,
      ),
    );
  }
  return code;
};

export const deleteOffsets: GroupAction = async (tool) => {
  const { groups, admin, options, io } = tool;
  const [groupId, ...others] = await groupsNamed(tool);
  if (groupId === undefined || others.length > 0) throw new UsageError("--delete-offsets takes one --group");
  if (!options.has("topic")) throw new UsageError("--delete-offsets needs --topic");
  const scope = await partitionsInScope(options, admin, await groups.committedOffsets(groupId));
  const outcomes = await groups.deleteOffsets(groupId, scope);
  const rows = outcomes.map(({ topic, partition, error }) => [
    topic,
    partition,
    error === null ? "Successful" : `Error: ${error.message}`,
  ]);
  io.stdout.write(
    table(
      [
        ["TOPIC", 30],
        ["PARTITION", 15],
        ["STATUS", 15],
      ],
      rows,
    ),
  );
  return outcomes.some(({ error }) => error !== null) ? 1 : 0;
};

async function groupsNamed({ groups, options }: GroupTool): Promise<readonly string[]> {
  options.excludes("all-groups", "group");
  if (options.has("all-groups")) return (await groups.listGroups()).map(({ groupId }) => groupId);
  options.required("group");
  return [...new Set(options.all("group"))];
}

/** What is committed, and what members own without having committed anything. */
async function offsetRows({ groups, admin }: GroupTool, group: GroupDescription): Promise<OffsetRow[]> {
  const committed = await groups.committedOffsets(group.groupId);
  const keyOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`;
  const owners = new Map(
    group.members.flatMap((member) => member.assignment.map((at) => [keyOf(at), member] as const)),
  );
  const offsets = new Map(committed.map((at) => [keyOf(at), at.offset]));
  const owned = group.members.flatMap((member) => member.assignment);
  const partitions = new Map(
    [...committed, ...owned].map((at) => [keyOf(at), { topic: at.topic, partition: at.partition }]),
  );
  const ends = await endsOf(admin, [...partitions.values()]);
  return Array.from(partitions, ([key, at]) => ({
    ...at,
    currentOffset: offsets.get(key) ?? null,
    logEndOffset: ends.get(key) ?? null,
    consumer: owners.get(key) ?? null,
  }));
}

/** Ends of the partitions that are led; a topic may be gone. */
async function endsOf(admin: Admin, partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
  const topics = await admin.describeTopics([...new Set(partitions.map(({ topic }) => topic))]);
  const isLed = ({ topic, partition }: TopicPartition) =>
    (topics.find(({ name }) => name === topic)?.partitions[partition]?.leaderId ?? -1) >= 0;
  const found = await admin.listOffsets(partitions.filter(isLed).map((at) => ({ ...at, spec: "latest" as const })));
  return new Map(found.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]));
}

function tellState({ groupId, state, members }: GroupDescription, io: Io): void {
  if (state === "Empty") io.stderr.write(`\nConsumer group '${groupId}' has no active members.\n`);
  else if (state === "PreparingRebalance" || state === "CompletingRebalance")
    io.stderr.write(`\nWarning: Consumer group '${groupId}' is rebalancing.\n`);
  else if (state === "Dead" && members.length === 0) io.stderr.write(`\nConsumer group '${groupId}' is dead.\n`);
}

function writeJson(io: Io, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value)}\n`);
}
