import { CorruptRecordError } from "./corrupt-record-error";

/**
 * Reads uncompressed records one after the other without allocating: after `next()` the fields describe the record just passed.
 *
 * Every record is checked to its end, headers too: its length must be what its parts add up to.
 */
export class RecordCursor {
  /** Relative to the batch's base timestamp, in ms. Rounded beyond the safe integers. */
  timestampDelta = 0;
  offsetDelta = 0;
  keyPosition = 0;
  /** In bytes; negative for null. */
  keyLength = 0;
  valuePosition = 0;
  /** In bytes; negative for null. */
  valueLength = 0;
  headerCount = 0;
  /** Where the first header begins, after their count. */
  headersPosition = 0;

  /**
   * @param bytes hold the records
   * @param position where the next record begins
   * @param end the byte after the last record
   */
  constructor(
    readonly bytes: Buffer,
    public position: number,
    readonly end: number,
  ) {}

  /** @throws CorruptRecordError when no whole and sound record begins here */
  next(): void {
    this.limit = this.end;
    const length = this.varint();
    const recordEnd = this.position + length;
    if (length < 0 || recordEnd > this.end)
      throw new CorruptRecordError(`record of ${length} bytes, ${this.end - this.position} remain`);
    this.limit = recordEnd;

    this.position++; // The record's attributes have no meaning yet.
    this.timestampDelta = this.varlong();
    this.offsetDelta = this.varint();
    this.keyLength = this.varint();
    this.keyPosition = this.position;
    this.skip(this.keyLength);
    this.valueLength = this.varint();
    this.valuePosition = this.position;
    this.skip(this.valueLength);
    this.headerCount = this.varint();
    this.headersPosition = this.position;
    if (this.headerCount !== 0) this.skipHeaders();
    if (this.position !== recordEnd)
      throw new CorruptRecordError(
        `a record says ${length} bytes, its parts end ${recordEnd - this.position} before that`,
      );
  }

  private limit = 0;

  private skipHeaders(): void {
    // Each header takes two bytes at least, so a count beyond that is refused before it is looped over.
    if (this.headerCount < 0 || this.headerCount > (this.limit - this.position) / 2)
      throw new CorruptRecordError(`${this.headerCount} headers in ${this.limit - this.position} bytes`);
    for (let i = 0; i < this.headerCount; i++) {
      const nameLength = this.varint();
      if (nameLength < 0) throw new CorruptRecordError(`header name of ${nameLength} bytes`);
      this.skip(nameLength);
      this.skip(this.varint());
    }
  }

  private skip(length: number): void {
    if (length <= 0) return;
    if (length > this.limit - this.position)
      throw new CorruptRecordError(`field of ${length} bytes, ${this.limit - this.position} remain in its record`);
    this.position += length;
  }

  /** Reads an int32 at the position and moves past it. */
  varint(): number {
    const bytes = this.bytes;
    let position = this.position;
    if (position >= this.limit) throw cutOff();
    let byte = bytes[position++]!;
    if (byte < 0x80) {
      this.position = position;
      return (byte >>> 1) ^ -(byte & 1);
    }
    let raw = byte & 0x7f;
    for (let shift = 7; ; shift += 7) {
      if (position >= this.limit) throw cutOff();
      if (shift > 28) throw new CorruptRecordError("a varint of more than 5 bytes");
      byte = bytes[position++]!;
      raw |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    this.position = position;
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** Reads an int64 at the position and moves past it. */
  private varlong(): number {
    const bytes = this.bytes;
    let position = this.position;
    let low = 0;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (position >= this.limit) throw cutOff();
      const byte = bytes[position++]!;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = position;
        return (low >>> 1) ^ -(low & 1);
      }
    }
    // 28 bits are read and more follow: collect the rest, up to 36 bits, apart.
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (position >= this.limit) throw cutOff();
      if (shift > 35) throw new CorruptRecordError("a varlong of more than 10 bytes");
      const byte = bytes[position++]!;
      high += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    this.position = position;
    const half = (high % 2 ** 36) * 2 ** 27 + (low >>> 1);
    return (low & 1) === 0 ? half : -half - 1;
  }
}

function cutOff(): CorruptRecordError {
  return new CorruptRecordError("a record ends before its parts do");
}
