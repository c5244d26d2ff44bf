import type { Disk } from "@ottla/runtime";
import { CheckpointMalformed } from "./checkpoint-file";

const FILE = "partition.metadata";

/**
 * The topic id that the partition in `directory` belongs to.
 *
 * @returns null when the file is missing (older brokers made none), or empty because power failed before it was durable
 * @throws CheckpointMalformed when it says something else
 */
export function readPartitionMetadata(disk: Disk, directory: string): string | null {
  const path = `${directory}/${FILE}`;
  if (!disk.exists(path)) return null;
  const text = disk.readFile(path).toString("utf8");
  if (/^\0*$/.test(text)) return null;
  const [, topicId] = /^version: 0\ntopic_id: ([A-Za-z0-9_-]{22})\n?$/.exec(text) ?? [];
  if (topicId === undefined) throw new CheckpointMalformed(path, "it does not name a topic id in version 0");
  return topicId;
}

/** Writes the file, into the page cache; whoever made the directory makes both durable. */
export function writePartitionMetadata(disk: Disk, directory: string, topicId: string): void {
  const file = disk.open(partitionMetadataPath(directory), "create");
  try {
    const content = Buffer.from(`version: 0\ntopic_id: ${topicId}`);
    file.write([content], 0);
    file.truncate(content.length);
  } finally {
    file.close();
  }
}

export function partitionMetadataPath(directory: string): string {
  return `${directory}/${FILE}`;
}
