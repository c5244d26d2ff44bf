import type { GroupDescription, TopicPartition } from "@ottla/client";

/** A committed offset beside the end of its partition, and who is reading it. */
export interface OffsetRow extends TopicPartition {
  /** Null where nothing is committed. */
  readonly currentOffset: number | null;
  /** Null where nobody leads the partition. */
  readonly logEndOffset: number | null;
  readonly consumer: GroupDescription["members"][number] | null;
}

/** `--describe --offsets`, in Kafka's columns. */
export function offsetsTable(groupId: string, rows: readonly OffsetRow[]): string {
  return table(
    [
      ["GROUP", 15],
      ["TOPIC", 15],
      ["PARTITION", 10],
      ["CURRENT-OFFSET", 15],
      ["LOG-END-OFFSET", 15],
      ["LAG", 15],
      ["CONSUMER-ID", 15],
      ["HOST", 15],
      ["CLIENT-ID", 0],
    ],
    rows.map(({ topic, partition, currentOffset, logEndOffset, consumer }) => [
      groupId,
      topic,
      partition,
      currentOffset,
      logEndOffset,
      lagOf(currentOffset, logEndOffset),
      consumer?.memberId,
      consumer?.host,
      consumer?.clientId,
    ]),
  );
}

export function lagOf(currentOffset: number | null, logEndOffset: number | null): number | null {
  return currentOffset === null || logEndOffset === null ? null : logEndOffset - currentOffset;
}

/** `--describe --members`. The column of instance ids is there where some member has one. */
export function membersTable({ groupId, members }: GroupDescription, isVerbose: boolean): string {
  const hasInstances = members.some(({ groupInstanceId }) => groupInstanceId !== null);
  const columns: Column[] = [
    ["GROUP", 15],
    ["CONSUMER-ID", 15],
    ...(hasInstances ? ([["GROUP-INSTANCE-ID", 17]] as Column[]) : []),
    ["HOST", 15],
    ["CLIENT-ID", 15],
    ["#PARTITIONS", 15],
    ...(isVerbose ? ([["ASSIGNMENT", 0]] as Column[]) : []),
  ];
  return table(
    columns,
    members.map(({ memberId, groupInstanceId, host, clientId, assignment }) => [
      groupId,
      memberId,
      ...(hasInstances ? [groupInstanceId] : []),
      host,
      clientId,
      assignment.length,
      ...(isVerbose ? [assignmentText(assignment)] : []),
    ]),
  );
}

/** `--describe --state`. */
export function stateTable(group: GroupDescription): string {
  const { nodeId, host, port } = group.coordinator;
  return table(
    [
      ["GROUP", 25],
      ["COORDINATOR (ID)", 25],
      ["ASSIGNMENT-STRATEGY", 20],
      ["STATE", 15],
      ["#MEMBERS", 0],
    ],
    [[group.groupId, `${host}:${port}  (${nodeId})`, group.assignor, group.state, group.members.length]],
  );
}

type Column = readonly [title: string, width: number];
type Cell = string | number | null | undefined;

/** Columns as wide as what stands in them, at least as wide as said; a blank line comes first. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => row.map((cell) => String(cell ?? "-")))];
  const widths = columns.map(([, width], column) => Math.max(width, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row.map((cell, column) => (columns[column]?.[1] === 0 ? cell : cell.padEnd(widths[column] ?? 0))).join(" "),
  );
  return `\n${lines.join("\n")}\n`;
}

/** `(0,1),(2)`: the partitions of each topic. */
function assignmentText(assignment: readonly TopicPartition[]): string {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of assignment) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  const texts = [...topics].map(([topic, partitions]) => `${topic}(${partitions.toSorted((a, b) => a - b).join(",")})`);
  return texts.length === 0 ? "-" : texts.join(", ");
}
