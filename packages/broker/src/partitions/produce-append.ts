import type { ErrorName } from "@ottla/protocol";

/** What became of one produced batch. */
export interface ProduceOutcome {
  readonly error: ErrorName;
  /** Offset of its first record; -1 when it was refused. */
  readonly baseOffset: number;
  /** The broker's time in its records, milliseconds; -1 unless the topic says LogAppendTime. For a duplicate, the stored batch's. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
}

/** A validated batch on its way into a partition, and whoever waits for its answer. */
export interface ProduceAppend {
  /** One batch; the log owns these bytes from now on. Null once it is written: whoever waits keeps offsets, not bytes. */
  batch: Buffer | null;
  /** Milliseconds, or -1 for CreateTime. */
  readonly logAppendTimeMs: number;
  /** -1n when the producer is not idempotent. */
  readonly producerId: bigint;
  readonly acks: -1 | 0 | 1;
  /** The batch is in the log, and its answer waits for replicas or for the device: a deadline is needed from now on. */
  mustWait(): void;
  /** Called once, unless `abandoned` was set before. */
  settle(outcome: ProduceOutcome): void;
  /** Set when the wait timed out or its connection closed: nobody wants the answer any more. */
  abandoned: boolean;
}

/** An outcome of a batch that was not written. */
export function refused(error: ErrorName, logStartOffset = -1): ProduceOutcome {
  return { error, baseOffset: -1, logAppendTimeMs: -1, logStartOffset };
}
