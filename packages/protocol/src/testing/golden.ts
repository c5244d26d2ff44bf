import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Field, type Fields, type FieldType, ZERO_UUID } from "../schema/field";
import { MessageSchema } from "../schema/message";
import { containsVersion, parseVersions } from "../schema/version-range";

/** A message as recorded from Kafka; fixtures/README.md explains the members. */
export interface GoldenLine {
  readonly version: number;
  readonly variant: string;
  readonly hex: string;
  readonly hexKnown?: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface GoldenFrame {
  readonly n: number;
  readonly dir: "request" | "response" | "omitted";
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly hex: string;
}

export interface GoldenHeader {
  readonly api: string;
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly requestHeaderVersion: number;
  readonly responseHeaderVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly requestHeader: string;
  readonly responseHeader: string;
}

const FIXTURES = join(__dirname, "../../fixtures");

export function goldenMessages(messageName: string): GoldenLine[] {
  return readLines(join(FIXTURES, "messages", `${messageName}.jsonl`));
}

export function goldenHeaders(): GoldenHeader[] {
  return readLines(join(FIXTURES, "messages", "headers.jsonl"));
}

export function goldenFrameFiles(): string[] {
  return readdirSync(join(FIXTURES, "frames")).sort();
}

export function goldenFrames(file: string): GoldenFrame[] {
  return readLines(join(FIXTURES, "frames", file));
}

/**
 * The same message with error codes as plain int16: the recordings fill them with random numbers, which the names we use
 * cannot bring back.
 */
export function withNumericErrorCodes(message: MessageSchema): MessageSchema {
  const { name, validVersions, flexibleVersions, fields } = message;
  return new MessageSchema(name, validVersions, flexibleVersions, numericFields(fields));
}

/** The value that Kafka's rendering stands for, as our decoder gives it; what the rendering leaves out has its default. */
export function valueOfRendering(
  fields: Fields,
  version: number,
  rendering: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const unknown = new Set(Object.keys(rendering));
  for (const [name, field] of Object.entries(fields)) {
    const given = rendering[name];
    unknown.delete(name);
    const present = containsVersion(parseVersions(field.versions), version);
    if (given !== undefined && !present) throw new Error(`${name} is rendered at version ${version}, which lacks it`);
    const mayBeLeftOut = field.tag !== null || !present;
    if (given === undefined && !mayBeLeftOut) throw new Error(`${name} is not rendered at version ${version}`);
    value[name] = given === undefined ? field.default : fromRendering(field.type, version, given);
  }
  if (unknown.size > 0) throw new Error(`the schema lacks ${[...unknown].join(", ")}`);
  return value;
}

function fromRendering(type: FieldType, version: number, given: unknown): unknown {
  if (given === null) return null;
  switch (type.kind) {
    case "int64":
      return BigInt(given as number | string);
    case "float64":
      return Number(given);
    case "bytes":
      return Buffer.from(given as string, "base64");
    case "records": {
      const bytes = Buffer.from(given as string, "base64");
      return bytes.length === 0 ? [] : [bytes];
    }
    case "uuid":
      return given === "" ? ZERO_UUID : given;
    case "array":
      return (given as unknown[]).map((element) => fromRendering(type.element, version, element));
    case "struct":
      return valueOfRendering(type.fields, version, given as Record<string, unknown>);
    default:
      return given;
  }
}

function numericFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, numericField(field)]));
}

function numericField(field: Field): Field {
  const type = numericType(field.type);
  if (field.type.kind === "errorCode") return { ...field, type, default: 0 };
  if (field.type.kind === "struct" && field.default !== null) {
    return { ...field, type, default: numericDefaults(field.type.fields, field.default as Record<string, unknown>) };
  }
  return { ...field, type };
}

function numericDefaults(fields: Fields, defaults: Record<string, unknown>): Record<string, unknown> {
  const numeric = { ...defaults };
  for (const [name, field] of Object.entries(numericFields(fields))) numeric[name] = field.default;
  return numeric;
}

function numericType(type: FieldType): FieldType {
  if (type.kind === "errorCode") return { kind: "int16" };
  if (type.kind === "array") return { kind: "array", element: numericType(type.element) };
  if (type.kind === "struct") return { kind: "struct", fields: numericFields(type.fields) };
  return type;
}

function readLines<T>(path: string): T[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as T);
}
