import type { ConsumedBatch } from "@ottla/client";
import { type Deserializer, deserializerOf } from "./deserializers";

/** What of a record is printed, and how: the properties of Kafka's default formatter. */
export interface RecordFormat {
  readonly timestamp: boolean;
  readonly partition: boolean;
  readonly offset: boolean;
  readonly headers: boolean;
  readonly key: boolean;
  readonly value: boolean;
  readonly keySeparator: Buffer;
  readonly lineSeparator: Buffer;
  readonly headersSeparator: Buffer;
  readonly nullLiteral: Buffer;
  readonly keyDeserializer: Deserializer | null;
  readonly valueDeserializer: Deserializer | null;
  readonly headersDeserializer: Deserializer | null;
}

/** @throws UsageError for a deserializer that is not known */
export function recordFormat(properties: ReadonlyMap<string, string>): RecordFormat {
  const flag = (key: string, otherwise: boolean) =>
    (properties.get(key) ?? String(otherwise)).trim().toLowerCase() === "true";
  const bytes = (key: string, otherwise: string) => Buffer.from(properties.get(key) ?? otherwise);
  const deserializer = (key: string) => {
    const name = properties.get(key);
    return name === undefined ? null : deserializerOf(key, name);
  };
  return {
    timestamp: flag("print.timestamp", false),
    partition: flag("print.partition", false),
    offset: flag("print.offset", false),
    headers: flag("print.headers", false),
    key: flag("print.key", false),
    value: flag("print.value", true),
    keySeparator: bytes("key.separator", "\t"),
    lineSeparator: bytes("line.separator", "\n"),
    headersSeparator: bytes("headers.separator", ","),
    nullLiteral: bytes("null.literal", "null"),
    keyDeserializer: deserializer("key.deserializer"),
    valueDeserializer: deserializer("value.deserializer"),
    headersDeserializer: deserializer("headers.deserializer"),
  };
}

/** Whether nothing but the bytes of the value is printed, which needs no object for each record. */
export function isValueOnly(format: RecordFormat): boolean {
  const { timestamp, partition, offset, headers, key, value, valueDeserializer } = format;
  return value && valueDeserializer === null && !timestamp && !partition && !offset && !headers && !key;
}

type ConsumedRecord = ReturnType<ConsumedBatch["records"]> extends Generator<infer R> ? R : never;

/** The parts of a record's line, in Kafka's order: timestamp, partition, offset, headers, key, value. */
export function* formatted(
  batch: ConsumedBatch,
  record: ConsumedRecord,
  format: RecordFormat,
): Generator<Buffer, void> {
  let isFirst = true;
  function* field(...parts: readonly Buffer[]): Generator<Buffer, void> {
    if (!isFirst) yield format.keySeparator;
    isFirst = false;
    yield* parts;
  }
  if (format.timestamp) {
    const { timestamp } = record;
    yield* field(Buffer.from(timestamp === -1 ? "NO_TIMESTAMP" : `${batch.view.timestampType}:${timestamp}`));
  }
  if (format.partition) yield* field(Buffer.from(`Partition:${batch.partition}`));
  if (format.offset) yield* field(Buffer.from(`Offset:${record.offset}`));
  if (format.headers) yield* field(...headersOf(record, format));
  if (format.key) yield* field(printed(record.key, format.keyDeserializer, format));
  if (format.value) yield* field(printed(record.value, format.valueDeserializer, format));
  yield format.lineSeparator;
}

function headersOf({ headers }: ConsumedRecord, format: RecordFormat): Buffer[] {
  if (headers.length === 0) return [Buffer.from("NO_HEADERS")];
  return headers.flatMap(([name, value], i) => [
    Buffer.from(`${i === 0 ? "" : format.headersSeparator.toString()}${name}:`),
    printed(value, format.headersDeserializer, format),
  ]);
}

function printed(bytes: Buffer | null, deserializer: Deserializer | null, { nullLiteral }: RecordFormat): Buffer {
  if (bytes === null) return nullLiteral;
  return deserializer === null ? bytes : deserializer(bytes);
}
