import { type CleanerSettings, defaultCleanerSettings } from "./clean-settings";

/** How a log directory is looked after. Times are milliseconds; Infinity means never. */
export interface LogDirectorySettings {
  /** How often every log is asked whether a flush is due. */
  readonly flushCheckIntervalMs: number;
  /**
   * How often recovery points are written, if they moved. Kafka's `log.flush.offset.checkpoint.interval.ms` is 60 s; ours is short, because
   * what lies past them is read again after a kill.
   */
  readonly recoveryPointCheckpointIntervalMs: number;
  /** `log.flush.start.offset.checkpoint.interval.ms` */
  readonly logStartCheckpointIntervalMs: number;
  /** `replica.high.watermark.checkpoint.interval.ms` */
  readonly highWatermarkCheckpointIntervalMs: number;
  /** `log.initial.task.delay.ms`: from the start to the first look at retention. */
  readonly initialTaskDelayMs: number;
  /** `log.retention.check.interval.ms` */
  readonly retentionCheckIntervalMs: number;
  /** `producer.id.expiration.ms` */
  readonly producerIdExpirationMs: number;
  /** `producer.id.expiration.check.interval.ms` */
  readonly producerIdExpirationCheckIntervalMs: number;
  /** Bytes of recent batches that all logs together may keep in memory. */
  readonly tailCacheBytes: number;
  readonly cleaner: CleanerSettings;
}

/** Kafka's defaults, where it has the setting. */
export const defaultLogDirectorySettings: LogDirectorySettings = {
  flushCheckIntervalMs: 250,
  recoveryPointCheckpointIntervalMs: 1000,
  logStartCheckpointIntervalMs: 60_000,
  highWatermarkCheckpointIntervalMs: 5000,
  initialTaskDelayMs: 30_000,
  retentionCheckIntervalMs: 300_000,
  producerIdExpirationMs: 86_400_000,
  producerIdExpirationCheckIntervalMs: 600_000,
  tailCacheBytes: 64 * 1024 * 1024,
  cleaner: defaultCleanerSettings,
};
