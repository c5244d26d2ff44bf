import { errorNameOf } from "../errors";
import { ByteReader } from "./byte-reader";
import type { Fields, ValueOf } from "./field";
import { MalformedMessage } from "./malformed-message";
import type { MessageSchema } from "./message";
import type { PlannedField, PlannedType, StructPlan } from "./plan";

export interface DecodeOptions {
  /** Where in the bytes the message begins; 0 by default. */
  readonly offset?: number;
  /** Whether bytes after the message are left alone rather than an error; `bytesRead` says how far it went. */
  readonly allowTrailing?: boolean;
  /**
   * Upper bound for the elements of all arrays together. Counts are always checked against the bytes that remain, but an
   * element of two bytes still becomes an object of a hundred; this bounds what a hostile frame can make us allocate.
   */
  readonly elementsMax?: number;
}

export interface Decoded<T> {
  readonly value: T;
  /** Bytes of the message itself, from `offset`. */
  readonly bytesRead: number;
}

/**
 * Reads a message. Total: whatever the bytes are, it returns a value or throws a MalformedMessage.
 *
 * `bytes` and `records` fields are slices of the input and keep it alive.
 *
 * @throws MalformedMessage when the bytes are not such a message
 * @throws UnsupportedVersionError when the schema lacks the version: ask `message.supports(version)` before
 */
export function decode<F extends Fields>(
  message: MessageSchema<F>,
  version: number,
  bytes: Buffer,
  options: DecodeOptions = {},
): Decoded<ValueOf<F>> {
  const plan = message.plan(version);
  const { offset = 0, allowTrailing = false, elementsMax } = options;
  const reader = new ByteReader(bytes, offset, bytes.length, elementsMax);
  try {
    const value = readStruct(reader, plan);
    if (!allowTrailing && reader.remaining > 0) throw reader.malformed(`${reader.remaining} bytes follow the message`);
    return { value: value as ValueOf<F>, bytesRead: reader.position - offset };
  } catch (error) {
    if (error instanceof MalformedMessage) throw error.within(message.name);
    throw error;
  }
}

type Struct = Record<string, unknown>;

function readStruct(reader: ByteReader, plan: StructPlan): Struct {
  // A copy of the defaults has all fields in one order at every version, so that readers of the value stay monomorphic.
  const value: Struct = { ...plan.defaults };
  const { fields } = plan;
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index]!;
    try {
      value[field.name] = readField(reader, field);
    } catch (error) {
      throw error instanceof MalformedMessage ? error.under(field.name) : error;
    }
  }
  if (plan.flexible) readTaggedFields(reader, plan, value);
  return value;
}

function readTaggedFields(reader: ByteReader, plan: StructPlan, value: Struct): void {
  const count = reader.uvarint();
  for (let index = 0; index < count; index++) {
    const tag = reader.uvarint();
    const sizeBytes = reader.uvarint();
    const field = plan.tagged.find((candidate) => candidate.tag === tag);
    if (field === undefined) {
      if (plan.foreignTags.has(tag)) throw reader.malformed(`tag ${tag} belongs to another version`);
      reader.skip(sizeBytes);
      continue;
    }
    const end = reader.position + sizeBytes;
    try {
      value[field.name] = readField(reader, field);
      if (reader.position !== end) throw reader.malformed(`tag ${tag} was announced with ${sizeBytes} bytes`);
    } catch (error) {
      throw error instanceof MalformedMessage ? error.under(field.name) : error;
    }
  }
}

function readField(reader: ByteReader, field: PlannedField): unknown {
  const { type, nullable } = field;
  if (type.kind !== "struct") return readValue(reader, type, nullable);
  if (nullable && reader.int8() < 0) return null;
  return readStruct(reader, type.struct!);
}

function readValue(reader: ByteReader, type: PlannedType, nullable: boolean): unknown {
  switch (type.kind) {
    case "int32":
      return reader.int32();
    case "string": {
      const length = readLength(reader, type.compact ? reader.uvarint() - 1 : reader.int16(), nullable);
      if (length > 0x7fff) throw reader.malformed(`a string of ${length} bytes; the most is 32767`);
      return length < 0 ? null : reader.utf8(length);
    }
    case "int64":
      return reader.int64();
    case "errorCode":
      return errorNameOf(reader.int16());
    case "int16":
      return reader.int16();
    case "array":
      return readArray(reader, type, nullable);
    case "struct":
      return readStruct(reader, type.struct!);
    case "int8":
      return reader.int8();
    case "bool":
      return reader.int8() !== 0;
    case "uuid":
      return reader.uuid();
    case "bytes": {
      const length = readLength(reader, type.compact ? reader.uvarint() - 1 : reader.int32(), nullable);
      return length < 0 ? null : reader.slice(length);
    }
    case "records": {
      const length = readLength(reader, type.compact ? reader.uvarint() - 1 : reader.int32(), nullable);
      if (length < 0) return null;
      return length === 0 ? NO_SLICES : [reader.slice(length)];
    }
    case "uint16":
      return reader.uint16();
    case "uint32":
      return reader.uint32();
    case "float64":
      return reader.float64();
  }
}

const NO_SLICES: readonly Buffer[] = Object.freeze([]);

function readArray(reader: ByteReader, type: PlannedType, nullable: boolean): unknown[] | null {
  const count = readLength(reader, type.compact ? reader.uvarint() - 1 : reader.int32(), nullable);
  if (count < 0) return null;
  const element = type.element!;
  if (count * Math.max(1, element.sizeBytesMin) > reader.remaining) {
    throw reader.malformed(`${count} elements are announced, ${reader.remaining} bytes remain`);
  }
  reader.elementsLeft -= count;
  if (reader.elementsLeft < 0) throw reader.malformed("the message has more array elements than we accept");
  const elements: unknown[] = [];
  for (let index = 0; index < count; index++) {
    try {
      elements.push(readValue(reader, element, false));
    } catch (error) {
      throw error instanceof MalformedMessage ? error.under(index) : error;
    }
  }
  return elements;
}

/** A length or count as announced: -1 is null where that is allowed, anything else below zero is malformed. */
function readLength(reader: ByteReader, announced: number, nullable: boolean): number {
  if (announced >= 0) return announced;
  if (announced !== -1) throw reader.malformed(`a length of ${announced}`);
  if (!nullable) throw reader.malformed("null where a value must be");
  return announced;
}
