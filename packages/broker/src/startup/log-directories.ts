import { resolve } from "node:path";
import { type Clock, type Disk, DiskError, type Logger, type Random, Scope } from "@ottla/runtime";
import {
  type CleanerSettings,
  defaultLogDirectorySettings,
  type LogConfig,
  LogDirectory,
  type LogDirectorySettings,
} from "@ottla/storage";
import type { BrokerConfig } from "../config/broker-config";
import type { TopicConfigs } from "../config/topic-configs";
import type { Machine } from "../machine";
import type { DirectoryReport } from "../startup-banner";
import { finishInterruptedMoves } from "./interrupted-moves";
import { LossNotes } from "./loss-notes";
import { NoLogDirectoryLeft } from "./no-log-directory-left";

/** A directory of `log.dirs` that could not be opened: it is offline until the broker is started again. */
export interface UnusableLogDirectory {
  readonly path: string;
  readonly failure: DiskError;
}

export interface LogDirectories {
  readonly logs: readonly LogDirectory[];
  /** Those that the disk refused, while others could be opened. */
  readonly unusable: readonly UnusableLogDirectory[];
  /**
   * Writes down whose the directories are. One whose disk refuses goes offline, as long as another works.
   *
   * @throws InconsistentMetaProperties when one is another broker's or cluster's, NoLogDirectoryLeft when none works any more
   */
  claim(owner: { readonly brokerId: number; readonly clusterId: string }): Promise<void>;
  /** Makes everything durable and leaves the marker that spares the next start recovery. */
  close(): Promise<void>;
}

/** A partition lies in two log directories, and nobody can say which of the two logs counts. */
export class DuplicatePartition extends Error {
  override readonly name = "DuplicatePartition";
  constructor(
    readonly partition: string,
    readonly paths: readonly [string, string],
  ) {
    super(
      `${partition} lies both in ${paths[0]} and in ${paths[1]}: one of the two has to be moved away by hand; ` +
        "where one directory has failed before, or was copied, it is the one from there",
    );
  }
}

/**
 * Opens every directory of `log.dirs`. One whose disk fails is left out as long as another works, as Kafka does.
 *
 * @throws DirectoryLocked, InconsistentMetaProperties, CheckpointMalformed, DuplicatePartition, NoLogDirectoryLeft
 */
export async function openLogDirectories(
  options: {
    readonly config: BrokerConfig;
    readonly topicConfigs: TopicConfigs;
    readonly machine: Machine;
    readonly disk: Disk;
    readonly clock: Clock;
    readonly random: Random;
    readonly logger: Logger;
  },
  signal: AbortSignal,
): Promise<LogDirectories> {
  const { config, topicConfigs, machine, disk, clock, random } = options;
  const logger = options.logger.with({ component: "logs" });
  return Scope.opening(async (opening) => {
    const logs: LogDirectory[] = [];
    const unusable: UnusableLogDirectory[] = [];
    const paths = new Set(config.logDirectories.map((directory) => resolve(directory)));
    const notes = LossNotes.read(disk, paths, logger);
    for (const path of paths) {
      try {
        const directory = await LogDirectory.open({
          disk,
          clock,
          random,
          logger,
          path,
          // Checked and filled in once the cluster has taken this broker in: a start that is refused leaves no mark.
          brokerId: null,
          clusterId: null,
          bootId: machine.bootId,
          configOf: (topic) => configWhileLoading(topicConfigs, topic),
          settings: settingsOf(config),
          lossNotedOf: (directoryId) => notes.of(directoryId),
          noteLossElsewhere: (directoryId, reason) => notes.add(directoryId, reason, logs),
          signal,
        });
        opening.defer(() => directory.close({ clean: true }));
        logs.push(directory);
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
        logger.error("log directory cannot be used, its replicas are offline until the next start", { path, error });
        unusable.push({ path, failure: error });
        keepLocked(disk, path, opening, logger);
      }
    }
    if (logs.length === 0) throw new NoLogDirectoryLeft(unusable);
    await finishInterruptedMoves(logs, logger);
    refuseDuplicates(logs);
    await notes.settle(logs);
    const opened = opening.release();
    return { logs, unusable, claim: (owner) => claim(logs, owner, logger), close: () => opened.close() };
  });
}

/** What the start screen says about a directory. */
export function reportOf(directory: LogDirectory): DirectoryReport {
  const { summary } = directory;
  return { ...summary, path: directory.path, tornReasons: summary.condition === "torn" ? summary.reasons : [] };
}

/** No other process shall take what this one may not have let go of altogether (rule 51), if the disk still takes a lock. */
function keepLocked(disk: Disk, path: string, opening: Scope, logger: Logger): void {
  try {
    const lock = disk.tryLock(`${path}/.lock`);
    if (lock !== null) opening.defer(() => lock.close());
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    logger.debug("cannot be locked either", { path, error });
  }
}

function refuseDuplicates(logs: readonly LogDirectory[]): void {
  const seen = new Map<string, string>();
  for (const directory of logs) {
    for (const { topic, partition } of directory.logs()) {
      const name = `${topic}-${partition}`;
      const before = seen.get(name);
      if (before !== undefined) throw new DuplicatePartition(name, [before, directory.path]);
      seen.set(name, directory.path);
    }
  }
}

async function claim(
  logs: readonly LogDirectory[],
  { brokerId, clusterId }: { readonly brokerId: number; readonly clusterId: string },
  logger: Logger,
): Promise<void> {
  for (const directory of logs) {
    try {
      await directory.setClusterId(clusterId);
      await directory.setBrokerId(brokerId);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      logger.error("log directory failed at the start, its replicas are offline", { path: directory.path, error });
    }
  }
  const failures = logs.flatMap(({ path, failure }) => (failure === null ? [] : [{ path, failure }]));
  if (failures.length === logs.length) throw new NoLogDirectoryLeft(failures);
}

/**
 * A topic's configs lie in ZooKeeper, which is asked at the same time, and may take longer than the first look for old segments waits. Until
 * they have been read nothing is deleted: the defaults may be stricter than what the topic was promised.
 */
function configWhileLoading(topicConfigs: TopicConfigs, topic: string): LogConfig {
  const config = topicConfigs.logConfig(topic);
  return topicConfigs.has(topic) ? config : { ...config, cleanupPolicy: { delete: false, compact: false } };
}

const settingsOf = (config: BrokerConfig): LogDirectorySettings => ({
  ...defaultLogDirectorySettings,
  recoveryPointCheckpointIntervalMs: Math.min(
    config.get("log.flush.offset.checkpoint.interval.ms"),
    defaultLogDirectorySettings.recoveryPointCheckpointIntervalMs,
  ),
  logStartCheckpointIntervalMs: config.get("log.flush.start.offset.checkpoint.interval.ms"),
  highWatermarkCheckpointIntervalMs: config.get("replica.high.watermark.checkpoint.interval.ms"),
  initialTaskDelayMs: config.get("log.initial.task.delay.ms"),
  retentionCheckIntervalMs: config.get("log.retention.check.interval.ms"),
  producerIdExpirationMs: config.get("producer.id.expiration.ms"),
  producerIdExpirationCheckIntervalMs: config.get("producer.id.expiration.check.interval.ms"),
  cleaner: cleanerSettingsOf(config),
});

/** Read at each use, since most of them may change while the broker runs. Each directory has a cleaner; they share the memory. */
const cleanerSettingsOf = (config: BrokerConfig): CleanerSettings => ({
  get enabled() {
    return config.get("log.cleaner.enable");
  },
  get dedupeBufferBytes() {
    return config.get("log.cleaner.dedupe.buffer.size") / config.logDirectories.length;
  },
  get loadFactor() {
    return config.get("log.cleaner.io.buffer.load.factor");
  },
  get ioBufferBytes() {
    return config.get("log.cleaner.io.buffer.size");
  },
  get ioBytesPerSecondMax() {
    return config.get("log.cleaner.io.max.bytes.per.second");
  },
  get backoffMs() {
    return config.get("log.cleaner.backoff.ms");
  },
});
