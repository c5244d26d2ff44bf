import { type CompressionCodec, codecOfId } from "../compression/codec";
import { crc32c } from "../crc32c";
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_AT,
  CODEC_MASK,
  CONTROL_BIT,
  CRC_AT,
  DELETE_HORIZON_BIT,
  LAST_OFFSET_DELTA_AT,
  LEADER_EPOCH_AT,
  LOG_APPEND_TIME_BIT,
  LOG_OVERHEAD_BYTES,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  NO_SEQUENCE,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  RECORD_COUNT_AT,
  TRANSACTIONAL_BIT,
} from "./batch-layout";
import { readInt64 } from "./int64";

/** Who sets the timestamps of records: the producer, or the leader when it appends. */
export type TimestampType = "CreateTime" | "LogAppendTime";

/**
 * The header of one record batch, read in place: every property reads its bytes when asked, nothing is copied or kept.
 *
 * Get views from `iterateBatches` or `firstBatch`, which have checked that the batch lies whole inside the buffer. Of magic 0 and 1
 * only `baseOffset`, `sizeInBytes` and `magic` mean anything.
 *
 * Offsets and timestamps are numbers: exact within the safe integers (see {@link hasSafeIntegers}), rounded beyond.
 */
export class BatchView {
  /**
   * @param buffer holds the whole batch
   * @param position the batch's first byte
   */
  constructor(
    readonly buffer: Buffer,
    readonly position: number,
  ) {}

  /** Offset of the batch's first record slot. In magic 0 and 1: the offset of the message, the last one of a compressed set. */
  get baseOffset(): number {
    return readInt64(this.buffer, this.position + BASE_OFFSET_AT);
  }

  /** The whole batch in bytes, with its base offset and length. */
  get sizeInBytes(): number {
    return this.buffer.readInt32BE(this.position + BATCH_LENGTH_AT) + LOG_OVERHEAD_BYTES;
  }

  /** The epoch of the leader that appended the batch; -1 from a producer. */
  get partitionLeaderEpoch(): number {
    return this.buffer.readInt32BE(this.position + LEADER_EPOCH_AT);
  }

  get magic(): number {
    return this.buffer.readInt8(this.position + MAGIC_AT);
  }

  /** The checksum as stored; `isCrcValid` compares it. */
  get crc(): number {
    return this.buffer.readUInt32BE(this.position + CRC_AT);
  }

  /** All attribute bits, those without a meaning too. */
  get attributes(): number {
    return this.buffer.readInt16BE(this.position + ATTRIBUTES_AT);
  }

  /** The codec of the records, or null for an id that has no meaning. */
  get codec(): CompressionCodec | null {
    return codecOfId(this.attributes & CODEC_MASK);
  }

  get timestampType(): TimestampType {
    return (this.attributes & LOG_APPEND_TIME_BIT) === 0 ? "CreateTime" : "LogAppendTime";
  }

  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL_BIT) !== 0;
  }

  /** Whether the records are markers for readers and the log, never delivered to applications. */
  get isControl(): boolean {
    return (this.attributes & CONTROL_BIT) !== 0;
  }

  get hasDeleteHorizon(): boolean {
    return (this.attributes & DELETE_HORIZON_BIT) !== 0;
  }

  /** When the cleaner may drop the batch's tombstones, in ms since the epoch; null before the cleaner has set it. */
  get deleteHorizonMs(): number | null {
    return this.hasDeleteHorizon ? this.baseTimestamp : null;
  }

  get lastOffsetDelta(): number {
    return this.buffer.readInt32BE(this.position + LAST_OFFSET_DELTA_AT);
  }

  /** Offset of the batch's last record slot, whether or not compaction left the record there. */
  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta;
  }

  /** The offset after the batch. */
  get nextOffset(): number {
    return this.lastOffset + 1;
  }

  /** What the records' timestamps are relative to, in ms: the first record's timestamp, or the delete horizon. */
  get baseTimestamp(): number {
    return readInt64(this.buffer, this.position + BASE_TIMESTAMP_AT);
  }

  /** The greatest timestamp of the records, or the time of the append under LogAppendTime, in ms; -1 when there is none. */
  get maxTimestamp(): number {
    return readInt64(this.buffer, this.position + MAX_TIMESTAMP_AT);
  }

  /** -1n when the producer is not idempotent. */
  get producerId(): bigint {
    return this.buffer.readBigInt64BE(this.position + PRODUCER_ID_AT);
  }

  /** Whether the batch has a producer id, without the cost of a bigint. */
  get hasProducerId(): boolean {
    return this.buffer.readInt8(this.position + PRODUCER_ID_AT) >= 0;
  }

  get producerEpoch(): number {
    return this.buffer.readInt16BE(this.position + PRODUCER_EPOCH_AT);
  }

  /** Sequence number of the first record slot; -1 when there is none. */
  get baseSequence(): number {
    return this.buffer.readInt32BE(this.position + BASE_SEQUENCE_AT);
  }

  /** Sequence number of the last record slot; after 2147483647 comes 0. -1 when there is none. */
  get lastSequence(): number {
    const base = this.baseSequence;
    return base === NO_SEQUENCE ? NO_SEQUENCE : sequenceAfter(base, this.lastOffsetDelta);
  }

  /** Records present; after compaction fewer than `lastOffsetDelta + 1`. Negative only in a broken batch. */
  get recordCount(): number {
    return this.buffer.readInt32BE(this.position + RECORD_COUNT_AT);
  }

  /** Position of the records in the buffer: plain ones, or the compressed whole. */
  get recordsPosition(): number {
    return this.position + BATCH_HEADER_BYTES;
  }

  /** The byte after the batch. */
  get endPosition(): number {
    return this.position + this.sizeInBytes;
  }

  /** The batch's bytes, shared with the buffer. */
  get bytes(): Buffer {
    return this.buffer.subarray(this.position, this.endPosition);
  }

  /** Whether offsets and timestamps are exact as numbers. */
  get hasSafeIntegers(): boolean {
    return (
      Number.isSafeInteger(this.lastOffset) &&
      Number.isSafeInteger(this.baseOffset) &&
      Number.isSafeInteger(this.baseTimestamp) &&
      Number.isSafeInteger(this.maxTimestamp)
    );
  }

  /** Whether the stored checksum is that of the bytes. False for magic 0 and 1, whose checksum is another. */
  isCrcValid(): boolean {
    return this.magic === 2 && this.crc === this.computeCrc();
  }

  /** The checksum that the batch's bytes have. */
  computeCrc(): number {
    return crc32c(this.buffer, this.position + ATTRIBUTES_AT, this.endPosition);
  }
}

/** The sequence number `delta` after `sequence`: int32 without negatives, so that 0 follows 2147483647. */
export function sequenceAfter(sequence: number, delta: number): number {
  const sum = sequence + delta;
  return sum > 0x7fffffff ? sum - 0x80000000 : sum;
}
