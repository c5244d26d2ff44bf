import {
  BatchBuilder,
  type BatchView,
  type CompressionCodec,
  contiguous,
  type ErrorName,
  type RecordToAppend,
  scanBatches,
} from "@ottla/protocol";
import { Aborted, type Clock, type Timer } from "@ottla/runtime";
import type { BrokerConfig } from "../config/broker-config";
import type { Partition } from "../partitions/partition";
import { type ProduceAppend, type ProduceOutcome, refused } from "../partitions/produce-append";

export interface OffsetsLogOptions {
  readonly config: BrokerConfig;
  readonly clock: Clock;
}

/** A partition of `__consumer_offsets` as its coordinator sees it: a log to write to, and to read once from end to end. */
export class OffsetsLog {
  constructor(
    readonly partition: Partition,
    private readonly options: OffsetsLogOptions,
  ) {}

  /**
   * Appends records as one batch, as any producer's are, and waits until they are as safe as `offsets.commit.required.acks` says. What one
   * tick appends is written with one call.
   *
   * @param baseSequence what Kafka's coordinator writes there: 0 with offsets, -1 with groups and tombstones
   */
  append(records: readonly RecordToAppend[], baseSequence: 0 | -1): Promise<ProduceOutcome> {
    const builder = this.builder(baseSequence);
    for (const record of records) builder.append(record);
    return this.write(builder);
  }

  /**
   * Appends records that need not be in one batch, in as many as it takes.
   *
   * @returns the first outcome that is an error, or else that of the first batch
   */
  async appendEach(records: readonly RecordToAppend[]): Promise<ProduceOutcome> {
    const sizeInBytesMax = this.partition.produceRules.maxMessageBytes;
    const writes: Promise<ProduceOutcome>[] = [];
    let builder = this.builder(-1, sizeInBytesMax);
    for (const record of records) {
      if (builder.append(record)) continue;
      writes.push(this.write(builder));
      builder = this.builder(-1, sizeInBytesMax);
      builder.append(record);
    }
    writes.push(this.write(builder));
    const outcomes = await Promise.all(writes);
    return outcomes.find(({ error }) => error !== "NONE") ?? outcomes[0] ?? refused("UNKNOWN_SERVER_ERROR");
  }

  /**
   * Reads every record that is in the log, committed or not: a leader keeps them all. Looks at the log's end again after each piece, so
   * that nothing which came meanwhile is missed.
   *
   * @returns the offset up to which it was read
   * @throws Aborted; CorruptRecordError, DiskError, LogUnreadable when the log cannot be read
   */
  async readAll(take: (batch: BatchView) => void, signal: AbortSignal): Promise<number> {
    const { log } = this.partition;
    let offset = log.logStartOffset;
    while (offset < log.logEndOffset) {
      const request = {
        offset,
        maxBytes: Math.min(this.options.config.get("offsets.load.buffer.size"), PIECE_BYTES_MAX),
        upperBound: log.logEndOffset,
        minOneBatch: true,
      };
      const outcome = log.isCold(offset) ? await log.readCold(request, signal) : log.read(request);
      if (outcome.kind === "empty") break;
      if (outcome.kind !== "records") throw new LogUnreadable(`${log.directory} is ${outcome.kind} at ${offset}`);
      try {
        // Pieces of a read may end within a batch where they are several.
        for (const batch of scanBatches(contiguous(outcome.slices)).batches) take(batch);
      } finally {
        outcome.release();
      }
      offset = outcome.nextOffset;
      await this.breath(signal);
    }
    return offset;
  }

  /** Resolves once everything below `offset` is committed. @throws Aborted */
  committed(offset: number, signal: AbortSignal): Promise<void> {
    const { partition } = this;
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        unwatch();
        signal.removeEventListener("abort", onAbort);
        action();
      };
      const onAbort = () => settle(() => reject(new Aborted("waiting for the high watermark", signal.reason)));
      const look = () => {
        if (partition.log.highWatermark >= offset) settle(resolve);
      };
      const unwatch = partition.watch({ onCommitted: look, onChanged: look });
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      else look();
    });
  }

  private builder(baseSequence: 0 | -1, sizeInBytesMax?: number): BatchBuilder {
    const { config, clock } = this.options;
    const codec = CODECS[config.get("offsets.topic.compression.codec")] ?? "none";
    return new BatchBuilder({
      codec,
      baseSequence,
      ...(sizeInBytesMax === undefined ? {} : { sizeInBytesMax }),
      ...(this.partition.produceRules.timestampType === "LogAppendTime" ? { logAppendTimeMs: clock.nowMs() } : {}),
    });
  }

  private write(builder: BatchBuilder): Promise<ProduceOutcome> {
    const { partition } = this;
    const { config, clock } = this.options;
    const acks = acksOf(config.get("offsets.commit.required.acks"));
    const error: ErrorName = partition.checkProduce(acks);
    if (error !== "NONE") return Promise.resolve(refused(error));
    const batch = builder.build();
    if (batch.length > partition.produceRules.maxMessageBytes) return Promise.resolve(refused("MESSAGE_TOO_LARGE"));
    return new Promise((resolve) => {
      let timer: Timer | null = null;
      const append: ProduceAppend = {
        batch,
        logAppendTimeMs: -1,
        producerId: -1n,
        acks,
        abandoned: false,
        mustWait: () => {
          timer = clock.setTimer(config.get("offsets.commit.timeout.ms"), () => {
            partition.abandon(append);
            resolve(refused("REQUEST_TIMED_OUT"));
          });
        },
        settle: (outcome) => {
          timer?.cancel();
          resolve(outcome);
        },
      };
      partition.enqueue(append);
    });
  }

  /** Lets requests in between two pieces. */
  private breath(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.options.clock.setTimer(0, () => {
        if (signal.aborted) reject(new Aborted("loading offsets", signal.reason));
        else resolve();
      });
    });
  }
}

/** The log could not be read to its end. */
export class LogUnreadable extends Error {
  override readonly name = "LogUnreadable";
}

/** How much is decoded in one go: some ten milliseconds' worth. */
const PIECE_BYTES_MAX = 1024 * 1024;

/** By the numbers of `offsets.topic.compression.codec`. */
const CODECS: readonly CompressionCodec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

function acksOf(configured: number): -1 | 0 | 1 {
  return configured === 0 || configured === 1 ? configured : -1;
}
