/**
 * Zigzag varints of records: int32 in at most 5 bytes ("varint"), int64 in at most 10 ("varlong"). Seven bits a byte, low group first.
 *
 * Reading lives in `RecordCursor`, where it is hot; here are writing and sizes.
 */

/** Bytes that {@link writeVarint} needs for an int32. */
export function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;
}

/** Writes an int32. @returns the position after it */
export function writeVarint(buffer: Buffer, position: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = position;
  for (; zigzag >= 0x80; zigzag >>>= 7) buffer[at++] = (zigzag & 0x7f) | 0x80;
  buffer[at++] = zigzag;
  return at;
}

/** Bytes that {@link writeVarlong} needs for a safe integer. */
export function varlongBytes(value: number): number {
  if (value === (value | 0)) return varintBytes(value);
  let bytes = 1;
  for (let zigzag = zigzagOf(value); zigzag >= 0x80n; zigzag >>= 7n) bytes++;
  return bytes;
}

/** Writes a safe integer as int64. @returns the position after it */
export function writeVarlong(buffer: Buffer, position: number, value: number): number {
  if (value === (value | 0)) return writeVarint(buffer, position, value);
  let at = position;
  let zigzag = zigzagOf(value);
  for (; zigzag >= 0x80n; zigzag >>= 7n) buffer[at++] = Number(zigzag & 0x7fn) | 0x80;
  buffer[at++] = Number(zigzag);
  return at;
}

function zigzagOf(value: number): bigint {
  const wide = BigInt(value);
  return wide >= 0n ? wide << 1n : (-wide << 1n) - 1n;
}
