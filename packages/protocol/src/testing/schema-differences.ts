import { type Field, type Fields, type FieldType, ZERO_UUID } from "../schema/field";

/** A message as Kafka's schema files describe it. */
export interface KafkaSchema {
  readonly apiKey?: number;
  readonly type: "request" | "response" | "header" | "data";
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly fields: readonly KafkaField[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly KafkaField[] }[];
}

export interface KafkaField {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly tag?: number;
  readonly default?: string | number | boolean;
  readonly ignorable?: boolean;
  readonly mapKey?: boolean;
  readonly flexibleVersions?: string;
  readonly fields?: readonly KafkaField[];
}

/** What the comparison needs of a message of ours. */
export interface ComparedSchema {
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly fields: Fields;
}

/** Compares a schema of ours with Kafka's, field by field; one line for each difference, naming the field. */
export function schemaDifferences(ours: ComparedSchema, kafka: KafkaSchema): string[] {
  const found: string[] = [];
  differ(found, ours.name, "name", ours.name, kafka.name);
  differ(found, ours.name, "validVersions", ours.validVersions, kafka.validVersions);
  differ(found, ours.name, "flexibleVersions", ours.flexibleVersions, kafka.flexibleVersions);
  compareFields(found, ours.name, ours.fields, kafka.fields, kafka);
  return found;
}

function compareFields(
  found: string[],
  path: string,
  ours: Fields,
  theirs: readonly KafkaField[],
  schema: KafkaSchema,
): void {
  const names = theirs.map(({ name }) => camelCase(name));
  for (const name of names) if (ours[name] === undefined) found.push(`${path}.${name}: missing`);
  for (const name of Object.keys(ours))
    if (!names.includes(name)) found.push(`${path}.${name}: Kafka has no such field`);
  const inOrder = Object.keys(ours).filter((name) => names.includes(name));
  const expected = names.filter((name) => ours[name] !== undefined);
  differ(found, path, "order of fields", inOrder.join(", "), expected.join(", "));
  for (const field of theirs) {
    const name = camelCase(field.name);
    const our = ours[name];
    if (our !== undefined) compareField(found, `${path}.${name}`, our, field, schema);
  }
}

function compareField(found: string[], path: string, ours: Field, theirs: KafkaField, schema: KafkaSchema): void {
  differ(found, path, "type", typeText(ours.type), kafkaTypeText(theirs));
  differ(found, path, "versions", ours.versions, theirs.versions);
  differ(found, path, "nullableVersions", ours.nullableVersions, theirs.nullableVersions ?? "none");
  differ(found, path, "tag", ours.tag, theirs.tag ?? null);
  differ(found, path, "taggedVersions", ours.taggedVersions, theirs.taggedVersions ?? "none");
  differ(found, path, "ignorable", ours.ignorable, theirs.ignorable ?? false);
  differ(found, path, "mapKey", ours.mapKey, theirs.mapKey ?? false);
  differ(found, path, "flexibleVersions", ours.flexibleVersions, theirs.flexibleVersions ?? null);
  const struct = structOf(ours.type);
  const isStruct = ours.type.kind === "struct" && theirs.default === undefined;
  if (!isStruct) differ(found, path, "default", defaultText(ours.default), kafkaDefaultText(theirs));
  if (struct !== null && isStructName(elementName(theirs))) {
    compareFields(found, path, struct, theirs.fields ?? commonFields(elementName(theirs), schema), schema);
  }
}

function differ(found: string[], path: string, what: string, ours: unknown, kafkas: unknown): void {
  if (ours !== kafkas) found.push(`${path}: ${what} is ${String(ours)}, Kafka's ${String(kafkas)}`);
}

function commonFields(name: string, schema: KafkaSchema): readonly KafkaField[] {
  const common = schema.commonStructs?.find((candidate) => candidate.name === name);
  if (common === undefined) throw new Error(`${schema.name} does not say what ${name} is`);
  return common.fields;
}

function structOf(type: FieldType): Fields | null {
  if (type.kind === "struct") return type.fields;
  return type.kind === "array" ? structOf(type.element) : null;
}

function typeText(type: FieldType): string {
  return type.kind === "array" ? `[]${typeText(type.element)}` : type.kind;
}

/** Kafka's int16 is an errorCode with us where its name says so; names of structs have no meaning on the wire. */
function kafkaTypeText({ name, type }: KafkaField): string {
  if (type === "int16" && name.endsWith("ErrorCode")) return "errorCode";
  const array = type.startsWith("[]") ? "[]" : "";
  const element = type.slice(array.length);
  return array + (isStructName(element) ? "struct" : element);
}

function elementName({ type }: KafkaField): string {
  return type.replace(/^\[\]/, "");
}

function isStructName(type: string): boolean {
  return /^[A-Z]/.test(type);
}

function defaultText(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0 ? "empty" : "not empty";
  return typeof value === "string" ? `"${value}"` : String(value as number | bigint | boolean);
}

function kafkaDefaultText(field: KafkaField): string {
  const given = field.default === undefined ? undefined : String(field.default);
  if (given === "null") return "null";
  if (field.type.startsWith("[]")) return given === undefined ? "empty" : given;
  switch (kafkaTypeText(field)) {
    case "string":
      return `"${given ?? ""}"`;
    case "uuid":
      return `"${given ?? ZERO_UUID}"`;
    case "bool":
      return given ?? "false";
    case "errorCode":
      return (given ?? "0") === "0" ? '"NONE"' : `code ${given}`;
    case "bytes":
      return given ?? "empty";
    // Kafka's classes begin with no records, whatever the file says.
    case "records":
      return "null";
    default:
      return String(Number(given ?? 0));
  }
}

function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
