import type { ErrorName } from "../errors";

/**
 * A field of a message: what it is on the wire, and in which versions.
 *
 * `Out` is the type decoding gives, `In` the type encoding takes; `V` and `HasDefault` decide whether encoding may do
 * without it.
 */
export interface Field<Out = unknown, In = unknown, V extends string = string, HasDefault extends boolean = boolean> {
  readonly type: FieldType;
  /** The versions that have the field, in Kafka's notation. */
  readonly versions: V;
  /** The versions in which the field may be null; "none" for a field that never is. */
  readonly nullableVersions: string;
  /** What decoding gives where the version lacks the field, and encoding takes where the caller gives nothing. */
  readonly default: unknown;
  /** Whether a value that the version cannot carry is dropped silently. */
  readonly ignorable: boolean;
  /** Number in the tagged section (KIP-482), or null for a field at a fixed place. */
  readonly tag: number | null;
  readonly taggedVersions: string;
  /** Whether the field is part of what identifies its element in an array. Without meaning on the wire. */
  readonly mapKey: boolean;
  /** Overrides the message's flexible versions for this field; null where the message decides. */
  readonly flexibleVersions: string | null;
  readonly [valueTypes]?: { readonly out: Out; readonly in: In; readonly hasDefault: HasDefault };
}

/** The fields of a message or of a struct in it, in the order of the wire. */
export interface Fields {
  readonly [name: string]: Field;
}

export type ScalarKind =
  | "bool"
  | "int8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "float64"
  | "string"
  | "uuid"
  | "bytes"
  | "records"
  | "errorCode";

export type FieldType =
  | { readonly kind: ScalarKind }
  | { readonly kind: "struct"; readonly fields: Fields }
  | { readonly kind: "array"; readonly element: FieldType };

export interface FieldOptions<T> {
  readonly default?: T;
  readonly ignorable?: boolean;
  readonly tag?: number;
  /** Where they differ from `versions`. */
  readonly taggedVersions?: string;
  /** Where they differ from `versions`; only for the nullable constructors. */
  readonly nullableVersions?: string;
  readonly mapKey?: boolean;
  readonly flexibleVersions?: string;
}

/** The uuid of nothing: sixteen zero bytes. */
export const ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA";

export const bool: FieldConstructor<boolean> = scalar("bool", false);
export const int8: FieldConstructor<number> = scalar("int8", 0);
export const int16: FieldConstructor<number> = scalar("int16", 0);
export const uint16: FieldConstructor<number> = scalar("uint16", 0);
export const int32: FieldConstructor<number> = scalar("int32", 0);
export const uint32: FieldConstructor<number> = scalar("uint32", 0);
export const int64: FieldConstructor<bigint> = scalar("int64", 0n);
export const float64: FieldConstructor<number> = scalar("float64", 0);
export const string: FieldConstructor<string> = scalar("string", "");
export const nullableString: FieldConstructor<string | null> = nullableScalar("string", "");
/** 22 characters of URL-safe base64 without padding. */
export const uuid: FieldConstructor<string> = scalar("uuid", ZERO_UUID);
/** Decoding gives a slice of the input, never a copy. */
export const bytes: FieldConstructor<Buffer, Uint8Array> = scalar("bytes", Buffer.alloc(0));
export const nullableBytes: FieldConstructor<Buffer | null, Uint8Array | null> = nullableScalar(
  "bytes",
  Buffer.alloc(0),
);
/**
 * Record batches, opaque at this level. Decoding gives one slice of the input, or no slice for a field that is there
 * but empty; encoding takes any number of slices and passes them on by reference.
 */
export const records: FieldConstructor<readonly Buffer[] | null> = nullableScalar("records", null);
/** An int16 that appears in our code only by Kafka's name for it; unknown codes read as UNKNOWN_SERVER_ERROR. */
export const errorCode: FieldConstructor<ErrorName> = scalar("errorCode", "NONE");

/** An array of structs, given by their fields, or of scalars, given by the scalar's name. */
export function array<
  const V extends string,
  const E extends Element,
  const O extends FieldOptions<readonly ElementOut<E>[]> = NoOptions,
>(versions: V, element: E, options?: O): Field<readonly ElementOut<E>[], readonly ElementIn<E, V>[], V, HasDefault<O>> {
  return field(versions, arrayType(element), "none", EMPTY_ARRAY, options);
}

export function nullableArray<
  const V extends string,
  const E extends Element,
  const O extends FieldOptions<readonly ElementOut<E>[] | null> = NoOptions,
>(
  versions: V,
  element: E,
  options?: O,
): Field<readonly ElementOut<E>[] | null, readonly ElementIn<E, V>[] | null, V, HasDefault<O>> {
  return field(versions, arrayType(element), versions, EMPTY_ARRAY, options);
}

/** A struct within a struct. Its default is the struct of its fields' defaults. */
export function struct<const V extends string, const F extends Fields, const O extends FieldOptions<never> = NoOptions>(
  versions: V,
  fields: F,
  options?: O,
): Field<ValueOf<F>, InputOf<F, V>, V, HasDefault<O>> {
  return field(versions, { kind: "struct", fields }, "none", defaultsOf(fields), options);
}

export function nullableStruct<
  const V extends string,
  const F extends Fields,
  const O extends FieldOptions<null> = NoOptions,
>(versions: V, fields: F, options?: O): Field<ValueOf<F> | null, InputOf<F, V> | null, V, HasDefault<O>> {
  return field(versions, { kind: "struct", fields }, versions, defaultsOf(fields), options);
}

/** What decoding a struct of these fields gives. */
export type ValueOf<F extends Fields> = { readonly [K in keyof F]: OutOf<F[K]> };

/**
 * What encoding a struct of these fields takes: a field may be left out when it has a default, or when it is not in every
 * version of the struct around it (whose versions are `V`), so that a caller need not know of each version's fields.
 */
export type InputOf<F extends Fields, V extends string = "0+"> = Simplify<
  { readonly [K in keyof F as IsOmittable<F[K], V> extends true ? never : K]: InOf<F[K]> } & {
    readonly [K in keyof F as IsOmittable<F[K], V> extends true ? K : never]?: InOf<F[K]>;
  }
>;

/** The value in which every field has its default. Frozen, since decoded messages share it. */
export function defaultsOf<F extends Fields>(fields: F): ValueOf<F> {
  const defaults: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) defaults[name] = fields[name]?.default;
  return Object.freeze(defaults) as ValueOf<F>;
}

export type FieldConstructor<Out, In = Out> = <const V extends string, const O extends FieldOptions<Out> = NoOptions>(
  versions: V,
  options?: O,
) => Field<Out, In, V, HasDefault<O>>;

/** Scalars that occur as elements of arrays. */
export interface ScalarElements {
  readonly int8: number;
  readonly int16: number;
  readonly int32: number;
  readonly int64: bigint;
  readonly string: string;
  readonly uuid: string;
}

export type Element = keyof ScalarElements | Fields;
export type ElementOut<E extends Element> = E extends keyof ScalarElements
  ? ScalarElements[E]
  : E extends Fields
    ? ValueOf<E>
    : never;
export type ElementIn<E extends Element, V extends string> = E extends keyof ScalarElements
  ? ScalarElements[E]
  : E extends Fields
    ? InputOf<E, V>
    : never;

declare const valueTypes: unique symbol;
type NoOptions = Record<never, never>;
type Simplify<T> = { [K in keyof T]: T[K] };
type OutOf<F> = F extends { readonly [valueTypes]?: { readonly out: infer Out } } ? Out : never;
type InOf<F> = F extends { readonly [valueTypes]?: { readonly in: infer In } } ? In : never;
type HasDefault<O> = "default" extends keyof O ? true : false;
type IsOmittable<F, V extends string> = F extends {
  readonly versions: infer Own;
  readonly [valueTypes]?: { readonly hasDefault: infer Has };
}
  ? Has extends true
    ? true
    : Own extends "0+" | V
      ? false
      : true
  : never;

const EMPTY_ARRAY: readonly never[] = Object.freeze([]);

function scalar<Out, In = Out>(kind: ScalarKind, zero: Out): FieldConstructor<Out, In> {
  return (versions, options) => field(versions, { kind }, "none", zero, options);
}

function nullableScalar<Out, In = Out>(kind: ScalarKind, zero: Out): FieldConstructor<Out, In> {
  return (versions, options) => field(versions, { kind }, versions, zero, options);
}

function arrayType(element: Element): FieldType {
  const type: FieldType = typeof element === "string" ? { kind: element } : { kind: "struct", fields: element };
  return { kind: "array", element: type };
}

function field<Out, In, V extends string, Has extends boolean>(
  versions: V,
  type: FieldType,
  nullableVersions: string,
  zero: unknown,
  options: FieldOptions<unknown> = {},
): Field<Out, In, V, Has> {
  const tag = options.tag ?? null;
  return {
    type,
    versions,
    nullableVersions: options.nullableVersions ?? nullableVersions,
    default: options.default === undefined ? zero : options.default,
    ignorable: options.ignorable ?? false,
    tag,
    taggedVersions: tag === null ? "none" : (options.taggedVersions ?? versions),
    mapKey: options.mapKey ?? false,
    flexibleVersions: options.flexibleVersions ?? null,
  };
}
