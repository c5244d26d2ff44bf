import type { Random } from "@ottla/runtime";

/** What the name of a folder in a log directory says. */
export type PartitionDirectory =
  | { readonly kind: "partition"; readonly topic: string; readonly partition: number }
  /** A partition that was deleted; its files wait to be removed. */
  | { readonly kind: "deleted" }
  /** A replica moved between directories, or one that Kafka set aside: left alone. */
  | { readonly kind: "setAside" }
  | { readonly kind: "other" };

/** Longest name most file systems take. */
const LONGEST_NAME = 255;

export function partitionDirectoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** The name of a deleted partition's folder: unique, so that the topic can be made again at once. */
export function deletedDirectoryName(topic: string, partition: number, random: Random): string {
  const suffix = `-${partition}.${random.bytes(16).toString("hex")}-delete`;
  return topic.slice(0, LONGEST_NAME - suffix.length) + suffix;
}

/** The name of a copy that is to take the partition's place. Longer than a file system takes where the topic's name is nearly as long. */
export function futureDirectoryName(topic: string, partition: number, random: Random): string {
  return `${topic}-${partition}.${random.bytes(16).toString("hex")}-future`;
}

/** Whether a topic's name leaves room for what is added to it while a replica moves (KAFKA-4893). */
export function canHaveFuture(topic: string, partition: number): boolean {
  return topic.length + `-${partition}.-future`.length + 32 <= LONGEST_NAME;
}

export function readFutureDirectoryName(name: string): { readonly topic: string; readonly partition: number } | null {
  const [, topic, partition] = /^(.+)-(\d+)\.[0-9a-f]{32}-future$/.exec(name) ?? [];
  return topic === undefined ? null : { topic, partition: Number(partition) };
}

export function readPartitionDirectoryName(name: string): PartitionDirectory {
  if (/^.+-\d+\.[0-9a-f]{32}-delete$/.test(name)) return { kind: "deleted" };
  if (/^.+-\d+\.[0-9a-f]{32}-(future|stray)$/.test(name)) return { kind: "setAside" };
  const [, topic, partition] = /^([A-Za-z0-9._-]{1,249})-(\d{1,10})$/.exec(name) ?? [];
  if (topic === undefined || topic === "." || topic === ".." || Number(partition) > 2 ** 31 - 1)
    return { kind: "other" };
  return { kind: "partition", topic, partition: Number(partition) };
}
