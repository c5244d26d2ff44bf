import { type ErrorName, errorCodeOf } from "../errors";
import { ChunkWriter, type Encoded } from "./chunk-writer";
import type { Fields, InputOf } from "./field";
import type { MessageSchema } from "./message";
import type { PlannedField, PlannedType, StructPlan } from "./plan";
import { UnencodableFieldError, UnsupportedFieldError } from "./unencodable-field";

/**
 * Writes a message at a version. Small fields are gathered; slices of `records` and long `bytes` become chunks by
 * reference, so they must not change until the chunks are written.
 *
 * @throws UnsupportedFieldError when a field has a value which the version cannot carry and which may not be dropped
 * @throws UnencodableFieldError when a value is not of its field's type or range
 * @throws UnsupportedVersionError when the schema lacks the version
 */
export function encode<F extends Fields>(message: MessageSchema<F>, version: number, value: InputOf<F>): Encoded {
  const writer = new ChunkWriter();
  encodeInto(writer, message, version, value);
  return writer.finish();
}

/** As `encode`, behind what the writer already holds. */
export function encodeInto<F extends Fields>(
  writer: ChunkWriter,
  message: MessageSchema<F>,
  version: number,
  value: InputOf<F>,
): void {
  const plan = message.plan(version);
  try {
    writeStruct(writer, plan, value as Struct);
  } catch (error) {
    if (error instanceof UnencodableFieldError) throw error.within(message.name, version);
    throw error;
  }
}

type Struct = Readonly<Record<string, unknown>>;

function writeStruct(writer: ChunkWriter, plan: StructPlan, value: Struct): void {
  const { fields, refused } = plan;
  for (let index = 0; index < refused.length; index++) {
    const field = refused[index]!;
    const given = value[field.name];
    if (given !== undefined && !isDefault(given, field.default)) {
      throw new UnsupportedFieldError("the version lacks the field").under(field.name);
    }
  }
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index]!;
    const given = value[field.name];
    try {
      writeField(writer, field, given === undefined ? field.default : given);
    } catch (error) {
      throw error instanceof UnencodableFieldError ? error.under(field.name) : error;
    }
  }
  if (plan.flexible) writeTaggedFields(writer, plan, value);
}

function writeTaggedFields(writer: ChunkWriter, plan: StructPlan, value: Struct): void {
  const { tagged } = plan;
  let count = 0;
  for (let index = 0; index < tagged.length; index++) {
    const field = tagged[index]!;
    const given = value[field.name];
    if (given !== undefined && !isDefault(given, field.default)) count++;
  }
  writer.uvarint(count);
  if (count === 0) return;
  for (const field of tagged) {
    const given = value[field.name];
    if (given === undefined || isDefault(given, field.default)) continue;
    // The size stands before the payload, so the payload is gathered apart; tagged fields are rare and small.
    const payload = new ChunkWriter(128);
    try {
      writeField(payload, field, given);
    } catch (error) {
      throw error instanceof UnencodableFieldError ? error.under(field.name) : error;
    }
    const { chunks, byteLength } = payload.finish();
    writer.uvarint(field.tag);
    writer.uvarint(byteLength);
    for (const chunk of chunks) writer.bytes(chunk);
  }
}

function writeField(writer: ChunkWriter, field: PlannedField, value: unknown): void {
  const { type, nullable } = field;
  if (value === null) {
    if (nullable) writeNull(writer, type);
    else if (field.nullableElsewhere) throw new UnsupportedFieldError("the version does not allow null");
    else throw new UnencodableFieldError("null where a value must be");
    return;
  }
  if (nullable && type.kind === "struct") writer.int8(1);
  writeValue(writer, type, value);
}

function writeNull(writer: ChunkWriter, type: PlannedType): void {
  if (type.kind === "struct") writer.int8(-1);
  else if (type.compact) writer.uvarint(0);
  else if (type.kind === "string") writer.int16(-1);
  else writer.int32(-1);
}

function writeValue(writer: ChunkWriter, type: PlannedType, value: unknown): void {
  switch (type.kind) {
    case "int32":
      return writer.int32(value as number);
    case "string":
      return writer.string(value as string, type.compact);
    case "int64":
      return writer.int64(value as bigint);
    case "errorCode":
      return writer.int16(codeOf(value));
    case "int16":
      return writer.int16(value as number);
    case "array":
      return writeArray(writer, type, value);
    case "struct":
      if (typeof value !== "object" || value === null) throw new UnencodableFieldError(`${String(value)} is no struct`);
      return writeStruct(writer, type.struct!, value as Struct);
    case "int8":
      return writer.int8(value as number);
    case "bool":
      if (typeof value !== "boolean") throw new UnencodableFieldError(`${String(value)} is not a boolean`);
      return writer.int8(value ? 1 : 0);
    case "uuid":
      return writer.uuid(value as string);
    case "bytes":
      if (!(value instanceof Uint8Array)) throw new UnencodableFieldError("not bytes");
      writeLength(writer, type, value.length);
      return writer.bytes(value);
    case "records":
      return writeRecords(writer, type, value);
    case "uint16":
      return writer.uint16(value as number);
    case "uint32":
      return writer.uint32(value as number);
    case "float64":
      return writer.float64(value as number);
  }
}

function writeArray(writer: ChunkWriter, type: PlannedType, value: unknown): void {
  if (!Array.isArray(value)) throw new UnencodableFieldError("not an array");
  const element = type.element!;
  writeLength(writer, type, value.length);
  for (let index = 0; index < value.length; index++) {
    try {
      writeValue(writer, element, value[index]);
    } catch (error) {
      throw error instanceof UnencodableFieldError ? error.under(index) : error;
    }
  }
}

function writeRecords(writer: ChunkWriter, type: PlannedType, value: unknown): void {
  if (!Array.isArray(value)) throw new UnencodableFieldError("not an array of slices");
  let lengthBytes = 0;
  for (const slice of value) {
    if (!Buffer.isBuffer(slice)) throw new UnencodableFieldError("not an array of slices");
    lengthBytes += slice.length;
  }
  writeLength(writer, type, lengthBytes);
  for (const slice of value) writer.slice(slice as Buffer);
}

function writeLength(writer: ChunkWriter, type: PlannedType, length: number): void {
  if (type.compact) writer.uvarint(length + 1);
  else writer.int32(length);
}

function codeOf(name: unknown): number {
  const code = errorCodeOf(name as ErrorName);
  if (code === undefined) throw new UnencodableFieldError(`${String(name)} is no error name`);
  return code;
}

/** Whether a value is a field's default; structs, arrays and bytes by what they hold. */
function isDefault(value: unknown, fallback: unknown): boolean {
  if (value === fallback) return true;
  if (value === null || fallback === null || typeof value !== "object" || typeof fallback !== "object") return false;
  // Defaults of arrays, bytes and records are empty or null.
  if (Array.isArray(value) || value instanceof Uint8Array)
    return value.length === 0 && (fallback as typeof value).length === 0;
  // A struct's default is the struct of its fields' defaults, and a field left out stands for its default.
  const defaults = fallback as Struct;
  return Object.keys(defaults).every((name) => {
    const given = (value as Struct)[name];
    return given === undefined || isDefault(given, defaults[name]);
  });
}
