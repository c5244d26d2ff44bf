/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, initial value and final xor 0xFFFFFFFF) of a range of a buffer.
 *
 * Long ranges go to the native, hardware-assisted implementation; short ones stay in JavaScript, where the call into native
 * code would cost more than the sum itself. Without a native binary for the platform everything stays in JavaScript.
 *
 * @param bytes the buffer that holds the range; it is not copied
 * @param start first byte of the range
 * @param end the byte after the range; both ends must lie inside the buffer
 * @param before the checksum of what precedes the range, when a sum is taken piece by piece
 * @returns the checksum as an unsigned 32-bit number
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, before = 0): number {
  if (end - start < NATIVE_FROM_BYTES) return crc32cInJavaScript(bytes, start, end, before);
  if (native === undefined) native = loadNative();
  if (native === null) return crc32cInJavaScript(bytes, start, end, before);
  return native(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), before);
}

/** Measured: below this the fixed price of the native call (about 0.2 us) exceeds that of slice-by-8. */
const NATIVE_FROM_BYTES = 256;

type NativeCrc = (bytes: Uint8Array, before: number) => number;

/** Undefined until the first long range: a tool that checks no sum need not load it. Null where there is none. */
let native: NativeCrc | null | undefined;

function loadNative(): NativeCrc | null {
  try {
    return (require("@node-rs/crc32") as { crc32c: NativeCrc }).crc32c;
  } catch {
    // No prebuilt binary for this platform: slice-by-8 gives the same sums at about a quarter of the speed.
    return null;
  }
}

/** Slice-by-8: eight table look-ups for eight bytes (Kounavis and Berry, "A systematic approach to building high performance CRC generators", 2005). */
export function crc32cInJavaScript(bytes: Uint8Array, start = 0, end = bytes.length, before = 0): number {
  let crc = before ^ 0xffffffff;
  let at = start;
  for (const lastEight = end - 8; at <= lastEight; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      TABLES[1792 + (low & 0xff)]! ^
      TABLES[1536 + ((low >>> 8) & 0xff)]! ^
      TABLES[1280 + ((low >>> 16) & 0xff)]! ^
      TABLES[1024 + (low >>> 24)]! ^
      TABLES[768 + bytes[at + 4]!]! ^
      TABLES[512 + bytes[at + 5]!]! ^
      TABLES[256 + bytes[at + 6]!]! ^
      TABLES[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = TABLES[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Eight tables of 256 entries, one after the other: table k advances a byte by k more zero bytes. */
const TABLES: Int32Array = sliceTables(0x82f63b78);

function sliceTables(polynomial: number): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    tables[byte] = crc;
  }
  for (let index = 256; index < tables.length; index++) {
    const previous = tables[index - 256]!;
    tables[index] = tables[previous & 0xff]! ^ (previous >>> 8);
  }
  return tables;
}
