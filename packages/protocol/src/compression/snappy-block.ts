import { DecompressionFailed } from "./decompression-failed";

/**
 * The uncompressed length that a raw snappy block declares at its head.
 *
 * The length is checked against what the block could possibly hold, so a few bytes cannot announce gigabytes.
 *
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export function snappyBlockLength(bytes: Buffer, start: number, end: number): number {
  let length = 0;
  let at = start;
  for (let shift = 0; ; shift += 7) {
    if (at >= end || shift > 28) throw malformed("the block's length is cut off or too long");
    const byte = bytes[at++]!;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (length > (end - at) * MOST_BYTES_FROM_ONE) throw malformed(`${end - at} bytes cannot hold ${length}`);
  return length;
}

/**
 * Decompresses one raw snappy block into `out[outStart, outEnd)`, which it must fill exactly.
 *
 * Strict where the usual JavaScript decoder is not: every literal and copy is checked against both buffers, and a block that
 * yields fewer or more bytes than it declared is malformed.
 */
export function snappyDecompressBlock(
  bytes: Buffer,
  start: number,
  end: number,
  out: Buffer,
  outStart: number,
  outEnd: number,
): void {
  let at = start;
  while (bytes[at++]! >= 0x80);
  let outAt = outStart;
  while (at < end) {
    const tag = bytes[at++]!;
    let length: number;
    let distance: number;
    if ((tag & 3) === LITERAL) {
      length = (tag >>> 2) + 1;
      if (length > 60) {
        const lengthBytes = length - 60;
        if (at + lengthBytes > end) throw malformed("a literal's length is cut off");
        length = bytes.readUIntLE(at, lengthBytes) + 1;
        at += lengthBytes;
      }
      if (length > end - at || length > outEnd - outAt) throw malformed(`literal of ${length} bytes does not fit`);
      if (length < 24) for (let i = 0; i < length; i++) out[outAt + i] = bytes[at + i]!;
      else bytes.copy(out, outAt, at, at + length);
      at += length;
      outAt += length;
      continue;
    }
    const distanceBytes = (tag & 3) === COPY_1 ? 1 : (tag & 3) === COPY_2 ? 2 : 4;
    if (at + distanceBytes > end) throw malformed("a copy's distance is cut off");
    if (distanceBytes === 1) {
      length = ((tag >>> 2) & 7) + 4;
      distance = ((tag >>> 5) << 8) | bytes[at]!;
    } else {
      length = (tag >>> 2) + 1;
      distance = distanceBytes === 2 ? bytes[at]! | (bytes[at + 1]! << 8) : bytes.readUInt32LE(at);
    }
    at += distanceBytes;
    if (distance === 0 || distance > outAt - outStart) throw malformed(`copy from ${distance} bytes back`);
    if (length > outEnd - outAt) throw malformed(`copy of ${length} bytes does not fit`);
    // Byte by byte and forwards: a copy may overlap what it writes, which repeats a short pattern.
    for (const copyEnd = outAt + length; outAt < copyEnd; outAt++) out[outAt] = out[outAt - distance]!;
  }
  if (outAt !== outEnd) throw malformed(`${outEnd - outStart} bytes declared, ${outAt - outStart} found`);
}

const LITERAL = 0;
const COPY_1 = 1;
const COPY_2 = 2;

/** A copy element of three bytes yields at most 64 bytes, so no byte of input yields more than 22. */
const MOST_BYTES_FROM_ONE = 22;

function malformed(detail: string): DecompressionFailed {
  return new DecompressionFailed("snappy", "malformed", detail);
}
