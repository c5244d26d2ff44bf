/** A value as a record carries it. */
export function encodeValue(value: number): Buffer {
  return Buffer.from(`${value} `.padEnd(RECORD_BYTES, "."), "latin1");
}

/** @returns NaN for what no load wrote */
export function decodeValue(bytes: Buffer | null): number {
  return bytes === null ? Number.NaN : Number.parseInt(bytes.subarray(0, 20).toString("latin1"), 10);
}

const RECORD_BYTES = 40;
