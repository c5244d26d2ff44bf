import { UsageError } from "../options/usage-error";

/** Turns the bytes of a field into what is printed. */
export type Deserializer = (bytes: Buffer) => Buffer;

/**
 * The deserializer for the name of a Java class, or for its last part.
 *
 * @returns null for those that print the bytes as they are
 * @throws UsageError for a class that we do not know
 */
export function deserializerOf(option: string, className: string): Deserializer | null {
  const known = BY_CLASS.get(className.slice(className.lastIndexOf(".") + 1));
  if (known === undefined)
    throw new UsageError(`${option} ${className} is not known; known are ${[...BY_CLASS.keys()].join(", ")}`);
  return known === AS_THEY_ARE ? null : known;
}

const AS_THEY_ARE: Deserializer = (bytes) => bytes;

/** A field of another length than the type has is no value of it; it is shown as hexadecimal digits, rather than ending the reading. */
function fixed(length: number, text: (bytes: Buffer) => string): Deserializer {
  return (bytes) => Buffer.from(bytes.length === length ? text(bytes) : `0x${bytes.toString("hex")}`);
}

const BY_CLASS: ReadonlyMap<string, Deserializer> = new Map([
  ["StringDeserializer", AS_THEY_ARE],
  ["ByteArrayDeserializer", AS_THEY_ARE],
  ["BytesDeserializer", AS_THEY_ARE],
  ["ByteBufferDeserializer", AS_THEY_ARE],
  ["LongDeserializer", fixed(8, (bytes) => String(bytes.readBigInt64BE(0)))],
  ["IntegerDeserializer", fixed(4, (bytes) => String(bytes.readInt32BE(0)))],
  ["ShortDeserializer", fixed(2, (bytes) => String(bytes.readInt16BE(0)))],
  ["DoubleDeserializer", fixed(8, (bytes) => String(bytes.readDoubleBE(0)))],
  ["FloatDeserializer", fixed(4, (bytes) => String(Math.fround(bytes.readFloatBE(0))))],
  ["BooleanDeserializer", fixed(1, (bytes) => String(bytes[0] === 1))],
]);
