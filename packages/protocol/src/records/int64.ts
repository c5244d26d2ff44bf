/**
 * Int64 fields as numbers, for the offsets and timestamps of record batches.
 *
 * Exact within the safe integers (+-(2^53 - 1)), which no real offset or timestamp leaves. Beyond them reading rounds to the nearest
 * double and writing clamps to the range of int64; neither throws, because the bytes come from the world.
 */
export function readInt64(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position) * 2 ** 32 + buffer.readUInt32BE(position + 4);
}

/** Writes an integer as int64; see {@link readInt64} for what happens beyond the safe integers. */
export function writeInt64(buffer: Buffer, position: number, value: number): void {
  if (Number.isSafeInteger(value)) {
    buffer.writeInt32BE(Math.floor(value / 2 ** 32), position);
    buffer.writeUInt32BE(value >>> 0, position + 4);
  } else {
    const clamped = value >= 2 ** 63 ? 2n ** 63n - 1n : value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(value);
    buffer.writeBigInt64BE(clamped, position);
  }
}
