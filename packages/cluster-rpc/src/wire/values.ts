import Long from "long";
import type * as protobuf from "protobufjs/minimal";
import { type Codec, MalformedMessage } from "./codec";

/** What protobufjs makes of a 64-bit field: a Long, or a number where the field's default stands. */
export type Wide = number | Long | null | undefined;

/** Offsets and durations: exact as numbers, since nothing of ours comes near 2^53. */
export function asNumber(value: Wide): number {
  const number = value === null || value === undefined ? 0 : typeof value === "number" ? value : value.toNumber();
  if (!Number.isSafeInteger(number)) throw new MalformedMessage(`${String(value)} is beyond the numbers in use`);
  return number;
}

/** Broker epochs and producer ids: all 64 bits count. */
export function asBigInt(value: Wide): bigint {
  if (value === null || value === undefined) return 0n;
  return typeof value === "number" ? BigInt(value) : value.toBigInt();
}

export function fromBigInt(value: bigint): Long {
  return Long.fromBigInt(value);
}

/** protobufjs asks for mutable arrays and only reads them. */
export function list<T>(items: readonly T[]): T[] {
  return items as T[];
}

/** Names that a field may hold. A record, so that the compiler asks for every name of the type. */
export type Names<Name extends string> = Readonly<Record<Name, true>>;

/**
 * A name as it came. A newer broker may know names that this one does not: they read as `fallback`.
 */
export function named<Name extends string>(names: Names<Name>, value: string | null | undefined, fallback: Name): Name {
  return value !== null && value !== undefined && Object.hasOwn(names, value) ? (value as Name) : fallback;
}

export function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new MalformedMessage(`${what} is missing`);
  return value;
}

interface MessageType<Properties, Decoded> {
  encode(message: Properties): protobuf.Writer;
  decode(reader: Uint8Array): Decoded;
}

/** A codec from a generated message type and the two mappings between it and ours. */
export function codecOf<Out, In, Properties, Decoded>(
  type: MessageType<Properties, Decoded>,
  toWire: (message: Out) => Properties,
  fromWire: (message: Decoded) => In,
): Codec<Out, In> {
  return {
    encode: (message) => {
      const bytes = type.encode(toWire(message)).finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    decode: (bytes) => fromWire(type.decode(bytes)),
  };
}
