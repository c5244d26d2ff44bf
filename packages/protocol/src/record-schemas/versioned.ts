import { decode } from "../schema/decode";
import { encode } from "../schema/encode";
import type { Fields, InputOf, ValueOf } from "../schema/field";
import { MalformedMessage } from "../schema/malformed-message";
import type { MessageSchema } from "../schema/message";

/** The int16 that stands before the payload of a record of an internal topic, and before consumers' metadata. */
export const VERSION_PREFIX_BYTES = 2;

/** Writes a payload behind its version. */
export function encodeVersioned<F extends Fields>(
  message: MessageSchema<F>,
  version: number,
  value: InputOf<F>,
): Buffer {
  const { chunks, byteLength } = encode(message, version, value);
  const bytes = Buffer.allocUnsafe(VERSION_PREFIX_BYTES + byteLength);
  let position = bytes.writeInt16BE(version, 0);
  for (const chunk of chunks) position += chunk.copy(bytes, position);
  return bytes;
}

/** The version before a payload: it also tells the keys of `__consumer_offsets` apart. */
export function peekVersion(bytes: Buffer): number {
  if (bytes.length < VERSION_PREFIX_BYTES) throw new MalformedMessage("no version", 0);
  return bytes.readInt16BE(0);
}

/**
 * Reads a payload behind its version. Consumers may be newer than we are, so a version above ours is read as our newest
 * and bytes that follow are left alone, as Kafka does with subscriptions and assignments; for records of internal topics
 * pass `newer: "refuse"`.
 *
 * @throws MalformedMessage when the bytes are not such a payload, or its version is refused
 */
export function decodeVersioned<F extends Fields>(
  message: MessageSchema<F>,
  bytes: Buffer,
  options: { readonly newer: "refuse" | "as-newest" },
): { readonly version: number; readonly value: ValueOf<F> } {
  const version = peekVersion(bytes);
  const asNewest = options.newer === "as-newest" && version > message.maxVersion;
  const readAs = asNewest ? message.maxVersion : version;
  if (!message.supports(readAs)) {
    throw new MalformedMessage(`version ${version} is not one of ${message.validVersions}`, 0).within(message.name);
  }
  const { value } = decode(message, readAs, bytes, { offset: VERSION_PREFIX_BYTES, allowTrailing: true });
  return { version, value };
}
