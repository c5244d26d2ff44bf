/** How compaction works, for all logs of a directory. They are read anew for each log that is cleaned. */
export interface CleanerSettings {
  /** `log.cleaner.enable` */
  readonly enabled: boolean;
  /** `log.cleaner.dedupe.buffer.size`: bytes for the map of keys; what does not fit takes another pass. */
  readonly dedupeBufferBytes: number;
  /** `log.cleaner.io.buffer.load.factor`: how full that map may get, 0 to 1. */
  readonly loadFactor: number;
  /** `log.cleaner.io.buffer.size`: bytes read at a time; a larger batch makes it grow. */
  readonly ioBufferBytes: number;
  /** `log.cleaner.io.max.bytes.per.second`, read and written together. */
  readonly ioBytesPerSecondMax: number;
  /** `log.cleaner.backoff.ms`: rest when nothing is to do. */
  readonly backoffMs: number;
}

/** Kafka's defaults. */
export const defaultCleanerSettings: CleanerSettings = {
  enabled: true,
  dedupeBufferBytes: 128 * 1024 * 1024,
  loadFactor: 0.9,
  ioBufferBytes: 512 * 1024,
  ioBytesPerSecondMax: Number.POSITIVE_INFINITY,
  backoffMs: 15_000,
};
