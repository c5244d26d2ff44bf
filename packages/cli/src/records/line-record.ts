import type { ProducerRecord } from "@ottla/client";
import { UsageError } from "../options/usage-error";

/** What is in a line: `headers delimiter key separator value`, of which only the value is always there. */
export interface LineFormat {
  readonly parseKey: boolean;
  readonly keySeparator: Buffer;
  readonly parseHeaders: boolean;
  readonly headersDelimiter: Buffer;
  readonly headersSeparator: Buffer;
  readonly headersKeySeparator: Buffer;
  /** A field equal to it is null; no field is when it is null. */
  readonly nullMarker: Buffer | null;
  /** A line that lacks a separator is taken as a value. */
  readonly ignoreError: boolean;
}

/** A line is not what the properties say it is. */
export class LineError extends Error {
  override readonly name = "LineError";
}

/**
 * The reader properties of Kafka's console producer.
 *
 * @throws UsageError when two of them cannot be told apart
 */
export function lineFormat(properties: ReadonlyMap<string, string>): LineFormat {
  const text = (key: string, otherwise: string) => properties.get(key) ?? otherwise;
  const flag = (key: string) => text(key, "false").trim().toLowerCase() === "true";
  const separator = (key: string, otherwise: string) => {
    const value = text(key, otherwise);
    if (value === "") throw new UsageError(`${key} may not be empty`);
    return value;
  };
  const keySeparator = separator("key.separator", "\t");
  const headersDelimiter = separator("headers.delimiter", "\t");
  const headersSeparator = separator("headers.separator", ",");
  const headersKeySeparator = separator("headers.key.separator", ":");
  const nullMarker = properties.get("null.marker") ?? null;
  differ("headers.delimiter", headersDelimiter, "headers.separator", headersSeparator);
  differ("headers.delimiter", headersDelimiter, "headers.key.separator", headersKeySeparator);
  differ("headers.separator", headersSeparator, "headers.key.separator", headersKeySeparator);
  if (nullMarker !== null) {
    differ("null.marker", nullMarker, "key.separator", keySeparator);
    differ("null.marker", nullMarker, "headers.delimiter", headersDelimiter);
    differ("null.marker", nullMarker, "headers.separator", headersSeparator);
    differ("null.marker", nullMarker, "headers.key.separator", headersKeySeparator);
  }
  return {
    parseKey: flag("parse.key"),
    keySeparator: Buffer.from(keySeparator),
    parseHeaders: flag("parse.headers"),
    headersDelimiter: Buffer.from(headersDelimiter),
    headersSeparator: Buffer.from(headersSeparator),
    headersKeySeparator: Buffer.from(headersKeySeparator),
    nullMarker: nullMarker === null ? null : Buffer.from(nullMarker),
    ignoreError: flag("ignore.error"),
  };
}

/** @param lineNumber from 1, for the complaint. @throws LineError */
export function recordOf(topic: string, line: Buffer, lineNumber: number, format: LineFormat): ProducerRecord {
  if (!format.parseKey && !format.parseHeaders) return { topic, value: nullable(line, format) };
  let rest = line;
  let headers: ProducerRecord["headers"];
  if (format.parseHeaders) {
    const at = rest.indexOf(format.headersDelimiter);
    if (at !== -1) {
      headers = headersOf(rest.subarray(0, at), lineNumber, format);
      rest = rest.subarray(at + format.headersDelimiter.length);
    } else if (!format.ignoreError) throw missingSeparator("headers delimiter", lineNumber, line);
  }
  if (!format.parseKey) return { topic, headers, value: nullable(rest, format) };
  const at = rest.indexOf(format.keySeparator);
  if (at === -1) {
    if (!format.ignoreError) throw missingSeparator("key separator", lineNumber, line);
    return { topic, headers, value: nullable(rest, format) };
  }
  const key = nullable(rest.subarray(0, at), format);
  return { topic, headers, key, value: nullable(rest.subarray(at + format.keySeparator.length), format) };
}

function headersOf(text: Buffer, lineNumber: number, format: LineFormat): [string, Buffer | null][] {
  if (format.nullMarker?.equals(text)) return [];
  return split(text, format.headersSeparator).map((pair) => {
    const at = pair.indexOf(format.headersKeySeparator);
    if (at === -1) {
      if (format.ignoreError) return [pair.toString(), null];
      throw new LineError(`No header key separator found in pair '${pair.toString()}' on line number ${lineNumber}`);
    }
    // Header values outlive the chunk they came in only until they are encoded, which happens at once.
    return [pair.toString("utf8", 0, at), nullable(pair.subarray(at + format.headersKeySeparator.length), format)];
  });
}

function split(bytes: Buffer, separator: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(separator); at !== -1; at = bytes.indexOf(separator, from)) {
    parts.push(bytes.subarray(from, at));
    from = at + separator.length;
  }
  return [...parts, bytes.subarray(from)];
}

function nullable(bytes: Buffer, { nullMarker }: LineFormat): Buffer | null {
  return nullMarker !== null && nullMarker.equals(bytes) ? null : bytes;
}

function missingSeparator(what: string, lineNumber: number, line: Buffer): LineError {
  return new LineError(`No ${what} found on line number ${lineNumber}: '${line.toString()}'`);
}

function differ(a: string, valueOfA: string, b: string, valueOfB: string): void {
  if (valueOfA === valueOfB) throw new UsageError(`${a} and ${b} may not be equal`);
}
