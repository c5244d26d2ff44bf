import type { Disk } from "@ottla/runtime";
import { CheckpointMalformed } from "./checkpoint-file";

const FILE = "partition.metadata";

/**
 * The topic id that the partition in `directory` belongs to.
 *
 * @returns null when the file is missing (older brokers made none), or power failed before all of it was durable
 * @throws CheckpointMalformed when it says something else
 */
export function readPartitionMetadata(disk: Disk, directory: string): string | null {
  const path = partitionMetadataPath(directory);
  if (!disk.exists(path)) return null;
  const text = disk
    .readFile(path)
    .toString("utf8")
    .replace(/[\0\n]+$/, "");
  const idAt = BEFORE_ID.length;
  const isPart = BEFORE_ID.startsWith(text) || (text.startsWith(BEFORE_ID) && text.length < idAt + ID_LENGTH);
  if (isPart) return null;
  const topicId = text.slice(idAt);
  if (!text.startsWith(BEFORE_ID) || !/^[A-Za-z0-9_-]{22}$/.test(topicId)) {
    throw new CheckpointMalformed(path, "it does not name a topic id in version 0");
  }
  return topicId;
}

const BEFORE_ID = "version: 0\ntopic_id: ";
const ID_LENGTH = 22;

/** Writes the file, into the page cache; whoever made the directory makes both durable. */
export function writePartitionMetadata(disk: Disk, directory: string, topicId: string): void {
  const file = disk.open(partitionMetadataPath(directory), "create");
  try {
    const content = Buffer.from(BEFORE_ID + topicId);
    file.write([content], 0);
    file.truncate(content.length);
  } finally {
    file.close();
  }
}

export function partitionMetadataPath(directory: string): string {
  return `${directory}/${FILE}`;
}
