import { Aborted, type Clock, type Disk, type DiskError, type Logger, type Random } from "@ottla/runtime";
import type { DirectoryCheckpoints } from "./directory-checkpoints";
import type { LogConfig } from "./log-config";
import type { OpenFiles } from "./open-files";
import { readPartitionDirectoryName } from "./partition-directory-name";
import { PartitionLog } from "./partition-log";
import { readPartitionMetadata } from "./partition-metadata";
import type { TailBudget } from "./tail-cache";

export interface LoadingContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The log directory. */
  readonly path: string;
  readonly cleanShutdown: boolean;
  readonly checkpoints: DirectoryCheckpoints;
  readonly tailBudget: TailBudget;
  readonly openFiles: OpenFiles;
  readonly producerIdExpirationMs: number;
  configOf(topic: string): LogConfig;
  onFailure(log: { readonly topic: string; readonly partition: number }, error: DiskError): void;
  /** See `LogOptions`. */
  recoveryPointFell(): Promise<void>;
  /** Removes files and trees, one by one, while others have their turn. */
  removeLater(paths: readonly string[]): void;
  /** Recovery cut more off a partition than one incomplete batch. Awaited before the next one is loaded. */
  onDamage(partition: string, remarks: readonly string[]): Promise<void>;
}

export interface LoadedPartitions {
  readonly logs: readonly PartitionLog[];
  readonly segments: number;
  readonly sizeBytes: number;
  readonly recoveredPartitions: number;
  readonly bytesReread: number;
  readonly bytesCut: number;
  /** What deleted partitions left behind. */
  readonly deleted: readonly string[];
  /** Recovery cut a log below the recovery point on record. */
  readonly hasLoweredRecoveryPoint: boolean;
}

/** The event loop gets a turn at least this often while partitions load. */
const TURN_MS = 20;
const PROGRESS_MS = 2000;

/**
 * Opens every partition in a log directory, one after the other.
 *
 * @throws Aborted, DiskError or CheckpointMalformed; whatever was opened by then is closed again
 */
export async function loadPartitions(context: LoadingContext, signal: AbortSignal): Promise<LoadedPartitions> {
  const { clock, logger } = context;
  const deleted: string[] = [];
  const directories = partitionDirectories(context, deleted);
  const offsets = context.checkpoints.read();
  const logs: PartitionLog[] = [];
  const totals = { segments: 0, sizeBytes: 0, recoveredPartitions: 0, bytesReread: 0, bytesCut: 0 };
  let hasLoweredRecoveryPoint = false;
  let turnMs = clock.monotonicMs();
  let progressMs = turnMs;
  try {
    for (const { name, topic, partition } of directories) {
      if (signal.aborted) throw new Aborted(`loading ${context.path}`, signal.reason);
      const directory = `${context.path}/${name}`;
      const startedMs = clock.monotonicMs();
      const recoveryPoint = offsets.recoveryPoints.get(topic, partition) ?? 0;
      const { log, report } = await PartitionLog.open(
        {
          disk: context.disk,
          clock,
          random: context.random,
          logger: logger.with({ partition: name }),
          directory,
          topic,
          partition,
          topicId: readPartitionMetadata(context.disk, directory),
          config: context.configOf(topic),
          producerIdExpirationMs: context.producerIdExpirationMs,
          tailBudget: context.tailBudget,
          openFiles: context.openFiles,
          removeLater: (files) => context.removeLater(files),
          onFailure: (error) => context.onFailure({ topic, partition }, error),
          recoveryPointFell: () => context.recoveryPointFell(),
        },
        {
          cleanShutdown: context.cleanShutdown,
          recoveryPoint,
          logStartOffset: offsets.logStarts.get(topic, partition),
          highWatermark: offsets.highWatermarks.get(topic, partition),
          firstDirtyOffset: offsets.cleanerOffsets.get(topic, partition),
        },
        signal,
      );
      logs.push(log);
      totals.segments += log.segmentCount;
      totals.sizeBytes += log.sizeBytes;
      if (log.recoveryPoint < recoveryPoint) hasLoweredRecoveryPoint = true;
      if (report.recovered) totals.recoveredPartitions++;
      totals.bytesReread += report.bytesReread;
      totals.bytesCut += report.bytesCut;
      if (report.cut === "zeroTail" || report.cut === "damage") {
        logger.warn("recovery cut off damaged records", {
          partition: name,
          bytes: report.bytesCut,
          logEndOffset: log.logEndOffset,
          remarks: report.remarks,
        });
        await context.onDamage(name, report.remarks);
      }

      const nowMs = clock.monotonicMs();
      if (nowMs - startedMs > PROGRESS_MS || nowMs - progressMs > PROGRESS_MS) {
        logger.info("loading partitions", { loaded: logs.length, of: directories.length, last: name });
        progressMs = nowMs;
      }
      if (nowMs - turnMs > TURN_MS) {
        await new Promise<void>((resolve) => clock.afterTick(resolve));
        turnMs = clock.monotonicMs();
      }
    }
  } catch (failure) {
    for (const log of logs) await log.close({ clean: false });
    throw failure;
  }
  return { logs, ...totals, deleted, hasLoweredRecoveryPoint };
}

function partitionDirectories(
  context: LoadingContext,
  deleted: string[],
): { name: string; topic: string; partition: number }[] {
  const { disk, logger } = context;
  const found: { name: string; topic: string; partition: number }[] = [];
  for (const name of disk.list(context.path)) {
    const path = `${context.path}/${name}`;
    if (disk.stat(path)?.kind !== "directory") continue;
    const read = readPartitionDirectoryName(name);
    if (read.kind === "partition") found.push({ name, topic: read.topic, partition: read.partition });
    else if (read.kind === "deleted") {
      deleted.push(path);
      logger.info("a deleted partition is left to remove", { directory: path });
    } else logger.warn("passing over a folder that is no partition of this broker", { directory: path });
  }
  return found;
}
