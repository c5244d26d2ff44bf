/**
 * One partition's effective topic configs, as far as its log goes by them. Names, defaults and meaning are Kafka's; sizes are bytes and
 * times milliseconds. What Kafka writes as -1 ("unlimited") or as the largest long is `Infinity` here.
 */
export interface LogConfig {
  /** `segment.bytes`: a segment never grows past it, and no batch may be larger. */
  readonly segmentBytes: number;
  /** `segment.ms`: age at which a segment that has records is closed. */
  readonly segmentMs: number;
  /** `segment.jitter.ms`: a random part of it is taken off `segmentMs`, so that partitions do not all roll at once. */
  readonly segmentJitterMs: number;
  /** `segment.index.bytes`: largest size of one index file. */
  readonly segmentIndexBytes: number;
  /** `index.interval.bytes`: an index entry follows when more than this was appended since the last one. */
  readonly indexIntervalBytes: number;
  /** `retention.ms`; Infinity keeps everything. */
  readonly retentionMs: number;
  /** `retention.bytes`; Infinity keeps everything. */
  readonly retentionBytes: number;
  readonly cleanupPolicy: { readonly delete: boolean; readonly compact: boolean };
  /** `min.cleanable.dirty.ratio`: share of bytes not yet cleaned from which a log is compacted, 0 to 1. */
  readonly minCleanableDirtyRatio: number;
  /** `min.compaction.lag.ms`: a segment with a record younger than this is not touched. */
  readonly minCompactionLagMs: number;
  /** `max.compaction.lag.ms`: a log with an older record not yet cleaned is compacted whatever its ratio. */
  readonly maxCompactionLagMs: number;
  /** `delete.retention.ms`: how long a tombstone stays once it has been come upon by the cleaner. */
  readonly deleteRetentionMs: number;
  /** `flush.messages`: records after which the log is made durable; 1 holds every answer back until it is. */
  readonly flushMessages: number;
  /** `flush.ms`: longest time records stay unsynced. */
  readonly flushMs: number;
  /** `max.message.bytes`: checked before the log is asked to append; kept here for those who ask. */
  readonly maxMessageBytes: number;
  /** `file.delete.delay.ms`: how long files renamed `.deleted` stay. */
  readonly fileDeleteDelayMs: number;
  /** `preallocate`: accepted and without effect, since Node cannot reserve file space. */
  readonly preallocate: boolean;
  readonly messageTimestampType: "CreateTime" | "LogAppendTime";
}

/** Age at which a segment is closed: a compacted log's early enough for `max.compaction.lag.ms`, since open ones are not cleaned. */
export function segmentMsOf(config: LogConfig): number {
  return config.cleanupPolicy.compact ? Math.min(config.segmentMs, config.maxCompactionLagMs) : config.segmentMs;
}

/** Kafka's defaults. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * 24 * 3600 * 1000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 * 1024 * 1024,
  indexIntervalBytes: 4096,
  retentionMs: 7 * 24 * 3600 * 1000,
  retentionBytes: Number.POSITIVE_INFINITY,
  cleanupPolicy: { delete: true, compact: false },
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.POSITIVE_INFINITY,
  deleteRetentionMs: 24 * 3600 * 1000,
  flushMessages: Number.POSITIVE_INFINITY,
  flushMs: Number.POSITIVE_INFINITY,
  maxMessageBytes: 1024 * 1024 + 12,
  fileDeleteDelayMs: 60_000,
  preallocate: false,
  messageTimestampType: "CreateTime",
};
