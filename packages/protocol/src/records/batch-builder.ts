import type { CompressionCodec } from "../compression/codec";
import { codecId } from "../compression/codec";
import { compress } from "../compression/compression";
import {
  ATTRIBUTES_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_AT,
  CONTROL_BIT,
  DELETE_HORIZON_BIT,
  LAST_OFFSET_DELTA_AT,
  LOG_APPEND_TIME_BIT,
  LOG_OVERHEAD_BYTES,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  NO_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  RECORD_COUNT_AT,
  TRANSACTIONAL_BIT,
} from "./batch-layout";
import { patchBaseOffset, patchLeaderEpoch, recomputeCrc } from "./batch-patching";
import { writeInt64 } from "./int64";
import type { RecordHeader } from "./record-iteration";
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from "./varint";

export interface BatchOptions {
  readonly codec?: CompressionCodec;
  /** The codec's level; see `compress`. */
  readonly compressionLevel?: number;
  /** 0 from a producer, which is the default. */
  readonly baseOffset?: number;
  /** -1 from a producer, which is the default. */
  readonly partitionLeaderEpoch?: number;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** The time of the append in ms, which makes the batch one of LogAppendTime: its max timestamp, and every record's. */
  readonly logAppendTimeMs?: number;
  /** Sets the delete horizon, against which the records' timestamps are then written, in ms. */
  readonly deleteHorizonMs?: number;
  /** Bound in bytes on the batch before compression. The first record is taken whatever its size. No bound by default. */
  readonly sizeInBytesMax?: number;
}

export interface RecordToAppend {
  /** In ms since the epoch; -1 for none. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly RecordHeader[];
  /** Where gaps are wanted, as compaction leaves them: greater than the last one. The next offset by default. */
  readonly offset?: number;
}

/** What a rewritten batch keeps of the original although its records no longer say so. */
export interface BatchRemainder {
  /** Last offset of the batch, at or after that of the last record. */
  readonly lastOffset?: number;
  /** Max timestamp in ms, where it is not that of the records. */
  readonly maxTimestamp?: number;
}

/**
 * Writes one record batch of magic 2: for producers, coordinators and tools.
 *
 * ```ts
 * const builder = new BatchBuilder({ codec: "lz4", sizeInBytesMax: 16_384 });
 * if (!builder.append({ timestamp: nowMs, key, value })) flush(builder.build());
 * ```
 */
export class BatchBuilder {
  private bytes: Buffer;
  private used = BATCH_HEADER_BYTES;
  private records = 0;
  private baseTimestamp: number | null;
  private greatestTimestamp = NO_TIMESTAMP;
  private lastOffset: number;
  private readonly baseOffset: number;

  constructor(private readonly options: BatchOptions = {}) {
    this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
    this.baseOffset = options.baseOffset ?? 0;
    this.lastOffset = this.baseOffset - 1;
    this.baseTimestamp = options.deleteHorizonMs ?? null;
  }

  get recordCount(): number {
    return this.records;
  }

  /** Size of the batch so far in bytes, before compression. */
  get sizeInBytes(): number {
    return this.used;
  }

  /** Whether {@link append} would take the record. */
  hasRoomFor(record: RecordToAppend): boolean {
    const bytesMax = this.options.sizeInBytesMax;
    if (this.records === 0 || bytesMax === undefined) return true;
    const length = this.lengthOf(record, record.offset ?? this.lastOffset + 1);
    return this.used + varintBytes(length) + length <= bytesMax;
  }

  /**
   * Adds a record.
   *
   * @returns false, and nothing added, when it would pass `sizeInBytesMax`
   */
  append(record: RecordToAppend): boolean {
    this.baseTimestamp ??= record.timestamp;
    const offset = record.offset ?? this.lastOffset + 1;
    if (offset <= this.lastOffset) throw new RangeError(`offset ${offset} after ${this.lastOffset}`);
    const length = this.lengthOf(record, offset);
    const size = varintBytes(length) + length;
    const bytesMax = this.options.sizeInBytesMax;
    if (this.records > 0 && bytesMax !== undefined && this.used + size > bytesMax) return false;

    this.reserve(size);
    const bytes = this.bytes;
    let at = writeVarint(bytes, this.used, length);
    bytes[at++] = 0;
    at = writeVarlong(bytes, at, record.timestamp - this.baseTimestamp);
    at = writeVarint(bytes, at, offset - this.baseOffset);
    at = writeNullable(bytes, at, record.key);
    at = writeNullable(bytes, at, record.value);
    const headers = record.headers ?? [];
    at = writeVarint(bytes, at, headers.length);
    for (const [name, value] of headers) {
      const nameLength = Buffer.byteLength(name);
      at = writeVarint(bytes, at, nameLength);
      at += bytes.write(name, at, nameLength);
      at = writeNullable(bytes, at, value);
    }
    this.used = at;
    this.records++;
    this.lastOffset = offset;
    this.greatestTimestamp = Math.max(this.greatestTimestamp, record.timestamp);
    return true;
  }

  /**
   * The batch with its checksum. The builder is spent afterwards.
   *
   * @throws Error for zstd when `compressionReady()` was not awaited
   */
  build(remainder: BatchRemainder = {}): Buffer {
    const { options } = this;
    const codec = options.codec ?? "none";
    const batch = codec === "none" ? this.bytes.subarray(0, this.used) : this.compressed(codec);
    patchBaseOffset(batch, 0, this.baseOffset);
    batch.writeInt32BE(batch.length - LOG_OVERHEAD_BYTES, BATCH_LENGTH_AT);
    patchLeaderEpoch(batch, 0, options.partitionLeaderEpoch ?? NO_LEADER_EPOCH);
    batch.writeInt8(2, MAGIC_AT);
    batch.writeInt16BE(attributesOf(options, codec), ATTRIBUTES_AT);
    batch.writeInt32BE((remainder.lastOffset ?? this.lastOffset) - this.baseOffset, LAST_OFFSET_DELTA_AT);
    writeInt64(batch, BASE_TIMESTAMP_AT, this.baseTimestamp ?? NO_TIMESTAMP);
    const maxTimestamp = remainder.maxTimestamp ?? options.logAppendTimeMs ?? this.greatestTimestamp;
    writeInt64(batch, MAX_TIMESTAMP_AT, maxTimestamp);
    batch.writeBigInt64BE(options.producerId ?? NO_PRODUCER_ID, PRODUCER_ID_AT);
    batch.writeInt16BE(options.producerEpoch ?? NO_PRODUCER_EPOCH, PRODUCER_EPOCH_AT);
    batch.writeInt32BE(options.baseSequence ?? NO_SEQUENCE, BASE_SEQUENCE_AT);
    batch.writeInt32BE(this.records, RECORD_COUNT_AT);
    recomputeCrc(batch, 0);
    return batch;
  }

  private compressed(codec: CompressionCodec): Buffer {
    const body = compress(codec, this.bytes.subarray(BATCH_HEADER_BYTES, this.used), this.options.compressionLevel);
    const batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + body.length);
    body.copy(batch, BATCH_HEADER_BYTES);
    return batch;
  }

  /** Bytes of the record after its length field. */
  private lengthOf(record: RecordToAppend, offset: number): number {
    let length = 1; // The record's attributes.
    length += varlongBytes(record.timestamp - (this.baseTimestamp ?? record.timestamp));
    length += varintBytes(offset - this.baseOffset);
    length += nullableBytes(record.key) + nullableBytes(record.value);
    const headers = record.headers ?? [];
    length += varintBytes(headers.length);
    for (const [name, value] of headers) {
      const nameLength = Buffer.byteLength(name);
      length += varintBytes(nameLength) + nameLength + nullableBytes(value);
    }
    return length;
  }

  private reserve(size: number): void {
    if (this.used + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.used + size, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
  }
}

const FIRST_BYTES = 1024;

function attributesOf(options: BatchOptions, codec: CompressionCodec): number {
  return (
    codecId(codec) |
    (options.logAppendTimeMs === undefined ? 0 : LOG_APPEND_TIME_BIT) |
    (options.isTransactional ? TRANSACTIONAL_BIT : 0) |
    (options.isControl ? CONTROL_BIT : 0) |
    (options.deleteHorizonMs === undefined ? 0 : DELETE_HORIZON_BIT)
  );
}

function nullableBytes(value: Buffer | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length;
}

function writeNullable(bytes: Buffer, position: number, value: Buffer | null): number {
  if (value === null) return writeVarint(bytes, position, -1);
  const at = writeVarint(bytes, position, value.length);
  value.copy(bytes, at);
  return at + value.length;
}
