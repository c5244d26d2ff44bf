import { UnencodableFieldError } from "./unencodable-field";

/** A message on its way out: chunks to be written one after the other. */
export interface Encoded {
  readonly chunks: readonly Buffer[];
  readonly byteLength: number;
}

/** From this size on, bytes are passed on by reference: below, copying costs less than one more chunk. */
const BY_REFERENCE_BYTES_MIN = 1024;

/**
 * Gathers small fields in one growing buffer, and passes large slices on by reference between two parts of it.
 */
export class ChunkWriter {
  readonly #chunks: Buffer[] = [];
  #chunksBytes = 0;
  #buffer: Buffer;
  /** Where the part of the buffer that is not yet a chunk begins. */
  #start = 0;
  #position = 0;

  constructor(initialBytes = 512) {
    this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  get byteLength(): number {
    return this.#chunksBytes + this.#position - this.#start;
  }

  finish(): Encoded {
    this.#seal();
    return { chunks: this.#chunks, byteLength: this.#chunksBytes };
  }

  int8(value: number): void {
    checkInteger(value, -0x80, 0x7f);
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  int16(value: number): void {
    checkInteger(value, -0x8000, 0x7fff);
    const at = this.#reserve(2);
    this.#buffer[at] = value >> 8;
    this.#buffer[at + 1] = value;
  }

  uint16(value: number): void {
    checkInteger(value, 0, 0xffff);
    const at = this.#reserve(2);
    this.#buffer[at] = value >> 8;
    this.#buffer[at + 1] = value;
  }

  int32(value: number): void {
    checkInteger(value, -0x80000000, 0x7fffffff);
    this.#putInt32(value);
  }

  uint32(value: number): void {
    checkInteger(value, 0, 0xffffffff);
    this.#putInt32(value);
  }

  int64(value: bigint): void {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) {
      throw new UnencodableFieldError(`${String(value)} is not a 64-bit bigint`);
    }
    const at = this.#reserve(8);
    this.#buffer.writeBigInt64BE(value, at);
  }

  float64(value: number): void {
    if (typeof value !== "number") throw new UnencodableFieldError(`${String(value)} is not a number`);
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  uvarint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      const at = this.#reserve(1);
      this.#buffer[at] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    const at = this.#reserve(1);
    this.#buffer[at] = rest;
  }

  uuid(value: string): void {
    if (typeof value !== "string" || !UUID_TEXT.test(value)) {
      throw new UnencodableFieldError(`${String(value)} is not 22 characters of URL-safe base64`);
    }
    const at = this.#reserve(16);
    this.#buffer.write(value, at, "base64url");
  }

  /** A length (int16, or compact) and UTF-8. */
  string(value: string, compact: boolean): void {
    if (typeof value !== "string") throw new UnencodableFieldError(`${String(value)} is not a string`);
    if (value.length <= SHORT_STRING_LENGTH && this.#shortAscii(value, compact)) return;
    const lengthBytes = Buffer.byteLength(value, "utf8");
    if (lengthBytes > 0x7fff) throw new UnencodableFieldError(`a string of ${lengthBytes} bytes; the most is 32767`);
    if (compact) this.uvarint(lengthBytes + 1);
    else this.int16(lengthBytes);
    const at = this.#reserve(lengthBytes);
    this.#buffer.write(value, at, "utf8");
  }

  bytes(value: Uint8Array): void {
    if (value.length >= BY_REFERENCE_BYTES_MIN) {
      this.slice(Buffer.from(value.buffer, value.byteOffset, value.length));
      return;
    }
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  /** Passes bytes on as a chunk of their own, whatever their size. */
  slice(value: Buffer): void {
    if (value.length === 0) return;
    this.#seal();
    this.#chunks.push(value);
    this.#chunksBytes += value.length;
  }

  #putInt32(value: number): void {
    const at = this.#reserve(4);
    const buffer = this.#buffer;
    buffer[at] = value >> 24;
    buffer[at + 1] = value >> 16;
    buffer[at + 2] = value >> 8;
    buffer[at + 3] = value;
  }

  /** Names and ids: a loop over a few characters beats two calls into native code. False when the text is not ASCII. */
  #shortAscii(value: string, compact: boolean): boolean {
    const { length } = value;
    const prefix = compact ? 1 : 2;
    const at = this.#reserve(prefix + length);
    const buffer = this.#buffer;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        this.#position = at;
        return false;
      }
      buffer[at + prefix + index] = code;
    }
    if (compact) {
      buffer[at] = length + 1;
    } else {
      buffer[at] = 0;
      buffer[at + 1] = length;
    }
    return true;
  }

  #reserve(bytes: number): number {
    const at = this.#position;
    if (at + bytes <= this.#buffer.length) {
      this.#position = at + bytes;
      return at;
    }
    return this.#grow(bytes);
  }

  /** Doubles, so that each byte moves once on average; what is already a chunk stays where it is. */
  #grow(bytes: number): number {
    const pending = this.#position - this.#start;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, pending + bytes));
    this.#buffer.copy(larger, 0, this.#start, this.#position);
    this.#buffer = larger;
    this.#start = 0;
    this.#position = pending + bytes;
    return pending;
  }

  #seal(): void {
    if (this.#position === this.#start) return;
    this.#chunks.push(this.#buffer.subarray(this.#start, this.#position));
    this.#chunksBytes += this.#position - this.#start;
    this.#start = this.#position;
  }
}

/** A compact length of one byte reaches to 126. */
const SHORT_STRING_LENGTH = 40;
const UUID_TEXT = /^[A-Za-z0-9_-]{21}[AQgw]$/;

function checkInteger(value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new UnencodableFieldError(`${String(value)} is not an integer from ${min} to ${max}`);
  }
}
