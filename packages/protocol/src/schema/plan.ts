import type { Field, Fields, FieldType, ScalarKind } from "./field";
import { containsVersion, parseVersions, type VersionRange } from "./version-range";

/** A value's type at one version, with what the walkers would otherwise have to find out at every value. */
export interface PlannedType {
  readonly kind: ScalarKind | "struct" | "array";
  /** Whether lengths and counts are unsigned varints of one more. */
  readonly compact: boolean;
  /** Of an array. */
  readonly element: PlannedType | null;
  /** Of a struct. */
  readonly struct: StructPlan | null;
  /** The least that a value takes, in bytes; bounds how many elements can follow in what remains. */
  readonly sizeBytesMin: number;
}

export interface PlannedField {
  readonly name: string;
  readonly type: PlannedType;
  readonly nullable: boolean;
  /** Whether another version may carry null. */
  readonly nullableElsewhere: boolean;
  readonly default: unknown;
  readonly tag: number;
}

/** How a struct lies on the wire at one version. */
export class StructPlan {
  private constructor(
    readonly flexible: boolean,
    /** Fields at fixed places, in the order of the wire. */
    readonly fields: readonly PlannedField[],
    /** Fields of the tagged section, by ascending tag. */
    readonly tagged: readonly PlannedField[],
    /** Fields whose value this version cannot carry and may not drop. */
    readonly refused: readonly PlannedField[],
    /** Tags that belong to other versions of the struct; Kafka refuses them where it skips unknown ones. */
    readonly foreignTags: ReadonlySet<number>,
    /** The struct in which every field has its default. */
    readonly defaults: Readonly<Record<string, unknown>>,
    readonly sizeBytesMin: number,
  ) {}

  static resolve(fields: Fields, version: number, flexibleVersions: VersionRange | null): StructPlan {
    const flexible = containsVersion(flexibleVersions, version);
    const fixed: PlannedField[] = [];
    const tagged: PlannedField[] = [];
    const refused: PlannedField[] = [];
    const foreignTags = new Set<number>();
    const defaults: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(fields)) {
      defaults[name] = field.default;
      const planned = planField(name, field, version, flexibleVersions);
      const present = containsVersion(parseVersions(field.versions), version);
      const isTagged = present && containsVersion(parseVersions(field.taggedVersions), version);
      if (isTagged) tagged.push(planned);
      else if (present) fixed.push(planned);
      else if (!field.ignorable) refused.push(planned);
      if (!isTagged && field.tag !== null) foreignTags.add(field.tag);
    }
    tagged.sort((a, b) => a.tag - b.tag);
    const sizeBytesMin = fixed.reduce((sum, { type }) => sum + type.sizeBytesMin, flexible ? 1 : 0);
    return new StructPlan(flexible, fixed, tagged, refused, foreignTags, defaults, sizeBytesMin);
  }
}

const SCALAR_BYTES: Readonly<Record<ScalarKind, number | "length16" | "length32">> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  string: "length16",
  uuid: 16,
  bytes: "length32",
  records: "length32",
  errorCode: 2,
};

function planField(name: string, field: Field, version: number, flexibleVersions: VersionRange | null): PlannedField {
  const flexible = field.flexibleVersions === null ? flexibleVersions : parseVersions(field.flexibleVersions);
  const nullable = containsVersion(parseVersions(field.nullableVersions), version);
  const type = planType(field.type, version, flexible);
  return {
    name,
    // A nullable struct has one byte before it that says whether it is there.
    type: nullable && type.kind === "struct" ? { ...type, sizeBytesMin: 1 } : type,
    nullable,
    nullableElsewhere: field.nullableVersions !== "none",
    default: field.default,
    tag: field.tag ?? -1,
  };
}

function planType(type: FieldType, version: number, flexibleVersions: VersionRange | null): PlannedType {
  const compact = containsVersion(flexibleVersions, version);
  if (type.kind === "array") {
    const element = planType(type.element, version, flexibleVersions);
    return { kind: "array", compact, element, struct: null, sizeBytesMin: compact ? 1 : 4 };
  }
  if (type.kind === "struct") {
    const struct = StructPlan.resolve(type.fields, version, flexibleVersions);
    return { kind: "struct", compact, element: null, struct, sizeBytesMin: struct.sizeBytesMin };
  }
  const size = SCALAR_BYTES[type.kind];
  const lengthBytes = compact ? 1 : size === "length16" ? 2 : 4;
  const sizeBytesMin = typeof size === "number" ? size : lengthBytes;
  return { kind: type.kind, compact, element: null, struct: null, sizeBytesMin };
}
