import { Aborted, type Clock, type Closable, DiskError, type Logger, sleep } from "@ottla/runtime";
import type { Partition } from "./partition";

export interface LogScrubOptions {
  readonly partitions: { all(): Iterable<Partition>; get(topic: string, index: number): Partition | undefined };
  /** `ottla.log.scrub.interval.ms`: rest between two rounds; -1: none at all. */
  readonly intervalMs: number;
  /** `ottla.log.scrub.bytes.per.second`. */
  readonly bytesPerSecond: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Read in one go: no more than a push, so that nobody waits for long behind it. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Reads every log through now and then, at a gentle pace, and takes the checksums. What a consumer or a follower reads is checked anyway; this
 * finds what nobody reads: in a follower's log, or in old segments, while another replica still has it.
 */
export class LogScrub implements Closable {
  private readonly closing = new AbortController();
  private running: Promise<void> | null = null;

  constructor(private readonly options: LogScrubOptions) {}

  /** Begins with a round: a broker that was killed may have come back with a damaged disk. */
  start(): void {
    if (this.options.intervalMs >= 0) this.running ??= this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { clock, intervalMs } = this.options;
    const { signal } = this.closing;
    try {
      for (;;) {
        // Even a round over empty logs takes a moment: the rest may be 0.
        await sleep(clock, FIRST_REST_MS, signal);
        for (const partition of this.options.partitions.all()) await this.readThrough(partition, signal);
        await sleep(clock, Math.min(intervalMs, REST_MS_MAX), signal);
      }
    } catch (failure) {
      if (!signal.aborted) throw failure;
    }
  }

  private async readThrough({ log, topic, index }: Partition, signal: AbortSignal): Promise<void> {
    const { partitions, clock, bytesPerSecond, logger } = this.options;
    const { logEndOffset } = log;
    try {
      for (let offset = log.logStartOffset; offset < Math.min(logEndOffset, log.logEndOffset); ) {
        if (partitions.get(topic, index)?.log !== log || log.offline !== null) return;
        const { nextOffset, bytes } = await log.verify(offset, CHUNK_BYTES, signal);
        offset = nextOffset;
        await sleep(clock, (bytes / bytesPerSecond) * 1000, signal);
      }
    } catch (failure) {
      if (failure instanceof Aborted || !(failure instanceof DiskError)) throw failure;
      // It is taken away just now, or its disk fails: whoever needs it will find out, and do what has to be done.
      logger.warn("a log could not be read through", { topic, partition: index, failure });
    }
  }
}

const FIRST_REST_MS = 500;
/** Timers take no more. */
const REST_MS_MAX = 2 ** 31 - 1;
