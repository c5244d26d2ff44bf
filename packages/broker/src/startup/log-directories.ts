import { resolve } from "node:path";
import { type Clock, type Disk, DiskError, type Logger, type Random, Scope } from "@ottla/runtime";
import { defaultLogDirectorySettings, type LogConfig, LogDirectory, type LogDirectorySettings } from "@ottla/storage";
import type { BrokerConfig } from "../config/broker-config";
import type { TopicConfigs } from "../config/topic-configs";
import type { Machine } from "../machine";
import type { DirectoryReport } from "../startup-banner";

export interface LogDirectories {
  readonly logs: readonly LogDirectory[];
  /** Makes everything durable and leaves the marker that spares the next start recovery. */
  close(): Promise<void>;
}

/**
 * Opens every directory of `log.dirs`. One whose disk fails is left out as long as another works, as Kafka does.
 *
 * @throws DirectoryLocked, InconsistentMetaProperties, CheckpointMalformed, or DiskError when no directory works
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
    const failures: DiskError[] = [];
    for (const path of new Set(config.logDirectories.map((directory) => resolve(directory)))) {
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
          signal,
        });
        opening.defer(() => directory.close({ clean: true }));
        logs.push(directory);
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
        logger.error("log directory cannot be used", { path, error });
        failures.push(error);
      }
    }
    const [failure] = failures;
    if (logs.length === 0 && failure !== undefined) throw failure;
    const opened = opening.release();
    return { logs, close: () => opened.close() };
  });
}

/** What the start screen says about a directory. */
export function reportOf(directory: LogDirectory): DirectoryReport {
  const { summary } = directory;
  return { ...summary, path: directory.path, tornReasons: summary.condition === "torn" ? summary.reasons : [] };
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
});
