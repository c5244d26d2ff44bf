import {
  type BatchView,
  CorruptRecordError,
  DecompressionFailed,
  NO_TIMESTAMP,
  openRecords,
  type RecordCursor,
} from "@ottla/protocol";
import { PRODUCED_BYTES_MAX } from "./produced-bytes-max";
import type { ProducedBatch, ProduceValidation, RecordError } from "./validate-produced-batch";

/** What the records of a sound batch turned out to be. */
export interface RecordFindings {
  readonly kind: "sound";
  /** The greatest timestamp in ms; -1 when no record has one. */
  readonly maxTimestamp: number;
  /** The records, uncompressed. */
  readonly body: Buffer;
}

/**
 * Walks the records of a batch whose header is sound, each to its end, without allocating for any of them.
 *
 * Refused are: records that cannot be read, more or fewer of them than the header says, offsets other than 0, 1, 2, ...; and, record by
 * record, a missing key on a compacted topic and a timestamp out of bounds.
 */
export function checkRecords(
  batch: BatchView,
  input: ProducedBatch,
): RecordFindings | Extract<ProduceValidation, { kind: "refused" }> {
  try {
    const cursor = openRecords(batch, {
      decompressedBytesMax: input.config.decompressedBytesMax ?? PRODUCED_BYTES_MAX,
    });
    const body = cursor.bytes.subarray(cursor.position, cursor.end);
    const rejected = new RejectedRecords(input);
    const maxTimestamp = walk(batch, cursor, input, rejected);
    if (rejected.count > 0) return rejected.asRefusal();
    return { kind: "sound", maxTimestamp, body };
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
    // A client that may split its batch does so on MESSAGE_TOO_LARGE; anything else here cannot be read by anybody.
    const tooLarge = error.cause instanceof DecompressionFailed && error.cause.failure === "too-large";
    return {
      kind: "refused",
      error: tooLarge ? "MESSAGE_TOO_LARGE" : "INVALID_RECORD",
      message: null,
      recordErrors: [],
    };
  }
}

/** @returns the greatest timestamp of the records, in ms */
function walk(
  batch: BatchView,
  cursor: RecordCursor,
  { config, nowMs }: ProducedBatch,
  rejected: RejectedRecords,
): number {
  const count = batch.recordCount;
  const baseTimestamp = batch.baseTimestamp;
  // A client's own LogAppendTime bit is not believed, but until it is cleared it decides what the records' timestamps are.
  const claimedAppendTime = batch.timestampType === "LogAppendTime" ? batch.maxTimestamp : null;
  const hasTimestampLimits = config.timestampType === "CreateTime";
  const earliest = nowMs - config.timestampBeforeMaxMs;
  const latest = nowMs + config.timestampAfterMaxMs;
  let maxTimestamp = NO_TIMESTAMP;

  for (let index = 0; index < count; index++) {
    cursor.next();
    if (cursor.offsetDelta !== index)
      throw new CorruptRecordError(`record ${index} has offset delta ${cursor.offsetDelta}`);
    const timestamp = claimedAppendTime ?? baseTimestamp + cursor.timestampDelta;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    if (config.isCompacted && cursor.keyLength < 0) rejected.keyMissing(index);
    else if (hasTimestampLimits && timestamp !== NO_TIMESTAMP && (timestamp < earliest || timestamp > latest))
      rejected.timestampOutOfRange(index, timestamp);
  }
  if (cursor.position !== cursor.end) throw new CorruptRecordError(`bytes follow the last of ${count} records`);
  return maxTimestamp;
}

/** Collects rejected records in Kafka's words. The first one decides the error of the batch. */
class RejectedRecords {
  count = 0;
  private error: "INVALID_RECORD" | "INVALID_TIMESTAMP" = "INVALID_RECORD";
  private readonly listed: RecordError[] = [];

  constructor(private readonly input: ProducedBatch) {}

  keyMissing(batchIndex: number): void {
    if (this.isListed("INVALID_RECORD"))
      this.listed.push({
        batchIndex,
        message: `Compacted topic cannot accept message without key in topic partition ${this.input.topicPartition}`,
      });
  }

  timestampOutOfRange(batchIndex: number, timestamp: number): void {
    const { config, nowMs } = this.input;
    const earliest = wrappingSum(nowMs, -config.timestampBeforeMaxMs);
    const latest = wrappingSum(nowMs, config.timestampAfterMaxMs);
    if (this.isListed("INVALID_TIMESTAMP"))
      this.listed.push({
        batchIndex,
        message: `Timestamp ${timestamp} of message with offset ${batchIndex} is out of range. The timestamp should be within [${earliest}, ${latest}]`,
      });
  }

  asRefusal(): Extract<ProduceValidation, { kind: "refused" }> {
    const message =
      this.error === "INVALID_TIMESTAMP"
        ? "One or more records have been rejected due to invalid timestamp"
        : `One or more records have been rejected due to ${this.count} record errors in total, and only showing the first three errors at most: [${this.listed.slice(0, 3).map(printed).join(", ")}]`;
    return { kind: "refused", error: this.error, message, recordErrors: this.listed };
  }

  private isListed(error: "INVALID_RECORD" | "INVALID_TIMESTAMP"): boolean {
    if (this.count === 0) this.error = error;
    this.count++;
    return this.listed.length < LISTED_RECORDS_MAX;
  }
}

/** A batch can hold a hundred thousand bad records; the answer shall not be longer than the question. */
const LISTED_RECORDS_MAX = 1000;

function printed({ batchIndex, message }: RecordError): string {
  return `RecordError(batchIndex=${batchIndex}, message='${message}')`;
}

/** Kafka prints the bounds as Java computes them, in int64 that wraps: with the default limits they look strange, and clients see them. */
function wrappingSum(nowMs: number, distanceMs: number): bigint {
  return BigInt.asIntN(64, BigInt(nowMs) + toInt64(distanceMs));
}

function toInt64(value: number): bigint {
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? -(2n ** 63n - 1n) : BigInt(value);
}
