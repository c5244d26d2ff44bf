import { decompress } from "../compression/compression";
import { DecompressionFailed } from "../compression/decompression-failed";
import { NO_SEQUENCE } from "./batch-layout";
import { type BatchView, sequenceAfter } from "./batch-view";
import { CorruptRecordError } from "./corrupt-record-error";
import { RecordCursor } from "./record-cursor";

/** A header's name and value. Names may repeat, and may be empty. */
export type RecordHeader = readonly [name: string, value: Buffer | null];

/** One record of a batch. Key, value and header values share memory with the batch, or with its decompressed records. */
export interface DecodedRecord {
  readonly offset: number;
  /** In ms since the epoch; -1 for none. Under LogAppendTime the time of the append. */
  readonly timestamp: number;
  /** The producer's sequence number; -1 when the batch has none. */
  readonly sequence: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export interface RecordLimits {
  /** Bound in bytes on a batch's decompressed records; {@link DECOMPRESSED_BYTES_MAX} unless told otherwise. */
  readonly decompressedBytesMax?: number;
}

/** 64 MiB: far above any sound batch of the default `max.message.bytes` (1 MiB), far below what would hurt the process. */
export const DECOMPRESSED_BYTES_MAX = 64 * 1024 * 1024;

/**
 * The records of a batch of magic 2, decompressed if need be, in order. Control records come too; see `isControl` of the batch.
 *
 * Total: any bytes give records or a {@link CorruptRecordError}, at the latest after the last record. The checksum is not
 * verified here.
 */
export function* iterateRecords(batch: BatchView, limits: RecordLimits = {}): Generator<DecodedRecord, void> {
  const count = batch.recordCount;
  if (count < 0) throw new CorruptRecordError(`record count ${count}`);
  const cursor = openRecords(batch, limits);
  const baseOffset = batch.baseOffset;
  const baseTimestamp = batch.baseTimestamp;
  const baseSequence = batch.baseSequence;
  const appendTime = batch.timestampType === "LogAppendTime" ? batch.maxTimestamp : null;
  for (let i = 0; i < count; i++) {
    cursor.next();
    yield {
      offset: baseOffset + cursor.offsetDelta,
      timestamp: appendTime ?? baseTimestamp + cursor.timestampDelta,
      sequence: baseSequence === NO_SEQUENCE ? NO_SEQUENCE : sequenceAfter(baseSequence, cursor.offsetDelta),
      key: slice(cursor.bytes, cursor.keyPosition, cursor.keyLength),
      value: slice(cursor.bytes, cursor.valuePosition, cursor.valueLength),
      headers: cursor.headerCount === 0 ? NO_HEADERS : headersOf(cursor),
    };
  }
  if (cursor.position !== cursor.end)
    throw new CorruptRecordError(`${cursor.end - cursor.position} bytes follow the last of ${count} records`);
}

/** All records of {@link iterateRecords} at once. */
export function decodeRecords(batch: BatchView, limits: RecordLimits = {}): DecodedRecord[] {
  return [...iterateRecords(batch, limits)];
}

/**
 * A cursor before the first record of the batch, over its decompressed records.
 *
 * @throws CorruptRecordError for an unknown codec and for what does not decompress; its cause is then a `DecompressionFailed`
 */
export function openRecords(batch: BatchView, limits: RecordLimits = {}): RecordCursor {
  const codec = batch.codec;
  if (codec === null) throw new CorruptRecordError(`unknown codec in attributes ${batch.attributes}`);
  if (codec === "none") return new RecordCursor(batch.buffer, batch.recordsPosition, batch.endPosition);
  const compressed = batch.buffer.subarray(batch.recordsPosition, batch.endPosition);
  try {
    const bytes = decompress(codec, compressed, { maxSize: limits.decompressedBytesMax ?? DECOMPRESSED_BYTES_MAX });
    return new RecordCursor(bytes, 0, bytes.length);
  } catch (cause) {
    // "unavailable" is a process that never awaited compressionReady(), not a property of these bytes.
    if (cause instanceof DecompressionFailed && cause.failure !== "unavailable")
      throw new CorruptRecordError(cause.message, { cause });
    throw cause;
  }
}

const NO_HEADERS: readonly RecordHeader[] = [];

function headersOf(cursor: RecordCursor): RecordHeader[] {
  const headers: RecordHeader[] = [];
  const reader = new HeaderReader(cursor);
  for (let i = 0; i < cursor.headerCount; i++) headers.push(reader.next());
  return headers;
}

/** Reads headers that the cursor has already checked. */
class HeaderReader {
  private readonly bytes: Buffer;
  private position: number;

  constructor(cursor: RecordCursor) {
    this.bytes = cursor.bytes;
    this.position = cursor.headersPosition;
  }

  next(): RecordHeader {
    const nameLength = this.varint();
    const name = this.bytes.toString("utf8", this.position, this.position + nameLength);
    this.position += nameLength;
    const valueLength = this.varint();
    const value = slice(this.bytes, this.position, valueLength);
    this.position += Math.max(0, valueLength);
    return [name, value];
  }

  private varint(): number {
    let raw = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.position++]!;
      raw |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1);
    }
  }
}

function slice(bytes: Buffer, position: number, length: number): Buffer | null {
  return length < 0 ? null : bytes.subarray(position, position + length);
}
