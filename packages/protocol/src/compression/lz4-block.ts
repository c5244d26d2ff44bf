import { DecompressionFailed } from "./decompression-failed";

/**
 * Decompresses one LZ4 block.
 *
 * The length of the result stands nowhere in the block, so the buffer starts small and doubles up to the bound. Every literal and
 * match is checked against both buffers.
 *
 * @param maxSize bound in bytes on the result
 * @param boundIsFormat whether the bound is the frame's own block size (passing it is malformed) or the caller's (too large)
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
export function lz4DecompressBlock(
  bytes: Buffer,
  start: number,
  end: number,
  maxSize: number,
  boundIsFormat: boolean,
): Buffer {
  let out: Buffer = Buffer.allocUnsafe(Math.min(maxSize, Math.max(256, (end - start) * 4)));
  let outAt = 0;
  let at = start;

  while (at < end) {
    const token = bytes[at++]!;

    let literals = token >>> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (at >= end) throw malformed("a literal's length is cut off");
        more = bytes[at++]!;
        literals += more;
      } while (more === 255);
    }
    if (literals > end - at) throw malformed(`literal of ${literals} bytes, ${end - at} remain`);
    if (literals > out.length - outAt) out = grown(out, outAt, outAt + literals, maxSize, boundIsFormat);
    if (literals < 24) for (let i = 0; i < literals; i++) out[outAt + i] = bytes[at + i]!;
    else bytes.copy(out, outAt, at, at + literals);
    at += literals;
    outAt += literals;
    if (at === end) return out.subarray(0, outAt); // The last sequence has no match.

    if (at + 2 > end) throw malformed("a match's distance is cut off");
    const distance = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    if (distance === 0 || distance > outAt) throw malformed(`match from ${distance} bytes back`);
    let length = (token & 15) + 4;
    if (length === 19) {
      let more: number;
      do {
        if (at >= end) throw malformed("a match's length is cut off");
        more = bytes[at++]!;
        length += more;
      } while (more === 255);
    }
    if (length > out.length - outAt) out = grown(out, outAt, outAt + length, maxSize, boundIsFormat);
    if (length > 32 && distance >= length) {
      out.copyWithin(outAt, outAt - distance, outAt - distance + length);
      outAt += length;
    } else if (length > 64 && distance === 1) {
      out.fill(out[outAt - 1]!, outAt, outAt + length);
      outAt += length;
    } else {
      // Byte by byte and forwards: a match may overlap what it writes, which repeats a short pattern.
      for (const matchEnd = outAt + length; outAt < matchEnd; outAt++) out[outAt] = out[outAt - distance]!;
    }
  }
  throw malformed("the block ends after a match");
}

function grown(out: Buffer, used: number, needed: number, maxSize: number, boundIsFormat: boolean): Buffer {
  if (needed > maxSize)
    throw new DecompressionFailed("lz4", boundIsFormat ? "malformed" : "too-large", `more than ${maxSize} bytes`);
  const larger = Buffer.allocUnsafe(Math.min(maxSize, Math.max(needed, out.length * 2)));
  out.copy(larger, 0, 0, used);
  return larger;
}

function malformed(detail: string): DecompressionFailed {
  return new DecompressionFailed("lz4", "malformed", detail);
}
