import { MalformedMessage } from "./malformed-message";

/** A cursor over bytes from a peer; whatever is not there is a MalformedMessage, never an exception of Node's. */
export class ByteReader {
  constructor(
    readonly bytes: Buffer,
    public position: number,
    readonly end: number = bytes.length,
    /** How many more elements of arrays this message may hold: an object is larger than the bytes that announce it. */
    public elementsLeft: number = Number.POSITIVE_INFINITY,
  ) {}

  get remaining(): number {
    return this.end - this.position;
  }

  int8(): number {
    const at = this.#take(1);
    return (this.bytes[at]! << 24) >> 24;
  }

  int16(): number {
    const at = this.#take(2);
    return ((this.bytes[at]! << 24) | (this.bytes[at + 1]! << 16)) >> 16;
  }

  uint16(): number {
    const at = this.#take(2);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  int32(): number {
    const at = this.#take(4);
    const { bytes } = this;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.#take(8));
  }

  float64(): number {
    return this.bytes.readDoubleBE(this.#take(8));
  }

  uuid(): string {
    const at = this.#take(16);
    return this.bytes.toString("base64url", at, at + 16);
  }

  /** Base-128, least significant group first, at most 32 bits. */
  uvarint(): number {
    const first = this.bytes[this.#take(1)]!;
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.bytes[this.#take(1)]!;
      if (shift === 28 && byte > 0x0f) throw this.malformed("an unsigned varint does not fit 32 bits");
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw this.malformed("an unsigned varint is longer than five bytes");
  }

  utf8(lengthBytes: number): string {
    const at = this.#take(lengthBytes);
    return this.bytes.toString("utf8", at, at + lengthBytes);
  }

  slice(lengthBytes: number): Buffer {
    const at = this.#take(lengthBytes);
    return this.bytes.subarray(at, at + lengthBytes);
  }

  skip(lengthBytes: number): void {
    this.#take(lengthBytes);
  }

  malformed(reason: string): MalformedMessage {
    return new MalformedMessage(reason, this.position);
  }

  #take(lengthBytes: number): number {
    const at = this.position;
    if (lengthBytes > this.end - at) {
      throw this.malformed(`${lengthBytes} bytes are announced or needed, ${this.end - at} remain`);
    }
    this.position = at + lengthBytes;
    return at;
  }
}
