import { type DescribeLogDirsRequest, type DescribeLogDirsResponseInput, describeLogDirs } from "@ottla/protocol";
import { DiskError } from "@ottla/runtime";
import type { LogDirectory, PartitionLog } from "@ottla/storage";
import type { Partition } from "../partitions/partition";
import { type Handler, handles } from "./handler";

/** Of a copy whose log is not here. */
const UNKNOWN_LAG = -1;

type DirectoryAnswer = DescribeLogDirsResponseInput["results"][number];

/** Describes this broker's log directories: replicas, their sizes, space left. */
export const describeLogDirsHandler: Handler<typeof describeLogDirs> = handles(
  describeLogDirs,
  [0, 4],
  (request, { services }) => {
    const { logDirectories, unusableDirectories } = services.partitions;
    const replicaOf = (topic: string, partition: number) => services.partitions.get(topic, partition);
    const results = [
      ...logDirectories.map((directory) => describe(directory, request, replicaOf)),
      ...unusableDirectories.map(({ path }) => offline(path)),
    ];
    return { throttleTimeMs: 0, errorCode: "NONE", results };
  },
);

function describe(
  directory: LogDirectory,
  request: DescribeLogDirsRequest,
  replicaOf: (topic: string, partition: number) => Partition | undefined,
): DirectoryAnswer {
  if (directory.failure !== null) return offline(directory.path);
  const byTopic = new Map<string, DirectoryAnswer["topics"][number]["partitions"][number][]>();
  const add = (log: PartitionLog, isFutureKey: boolean, offsetLag: number): void => {
    if (!isAsked(request, log.topic, log.partition)) return;
    let partitions = byTopic.get(log.topic);
    if (partitions === undefined) byTopic.set(log.topic, (partitions = []));
    const partitionSize = BigInt(log.sizeBytes);
    partitions.push({ partitionIndex: log.partition, partitionSize, offsetLag: BigInt(offsetLag), isFutureKey });
  };
  for (const log of directory.logs()) add(log, false, Math.max(0, log.highWatermark - log.logEndOffset));
  for (const copy of directory.futures.logs()) {
    const log = replicaOf(copy.topic, copy.partition)?.log;
    add(copy, true, log === undefined ? UNKNOWN_LAG : log.logEndOffset - copy.logEndOffset);
  }
  const topics = [...byTopic].map(([name, partitions]) => ({ name, partitions }));
  const { totalBytes, usableBytes } = spaceOf(directory);
  return { errorCode: "NONE", logDir: directory.path, topics, totalBytes, usableBytes };
}

function offline(path: string): DirectoryAnswer {
  return { errorCode: "KAFKA_STORAGE_ERROR", logDir: path, topics: [] };
}

function isAsked({ topics }: DescribeLogDirsRequest, topic: string, partition: number): boolean {
  if (topics === null) return true;
  return topics.some((asked) => asked.topic === topic && asked.partitions.includes(partition));
}

/** -1 where the file system does not say. */
function spaceOf(directory: LogDirectory): { readonly totalBytes: bigint; readonly usableBytes: bigint } {
  try {
    const { totalBytes, usableBytes } = directory.space();
    return { totalBytes: BigInt(totalBytes), usableBytes: BigInt(usableBytes) };
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return { totalBytes: -1n, usableBytes: -1n };
  }
}
