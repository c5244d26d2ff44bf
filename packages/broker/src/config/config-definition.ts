/** Kafka's names for the types of configuration values, as DescribeConfigs reports them. */
export type ConfigType = "boolean" | "string" | "int" | "short" | "long" | "double" | "list" | "class" | "password";

/** When a change takes effect: at the next start; on one broker at once; on one or on all brokers at once. */
export type Dynamic = "read-only" | "per-broker" | "cluster-wide";

export type ParsedConfig<T> =
  | { readonly ok: true; readonly value: T /** the value as Kafka prints it */; readonly text: string | null }
  | { readonly ok: false /** completes "... is not right: " */; readonly expected: string };

/** One configuration key: what it may hold, what it holds when nobody says anything, and what it is for. */
export interface ConfigDefinition<T = unknown> {
  readonly type: ConfigType;
  readonly defaultText: string | null;
  readonly dynamic: Dynamic;
  /** One line for people. */
  readonly doc: string;
  parse(text: string): ParsedConfig<T>;
}

export type Definitions = Readonly<Record<string, ConfigDefinition>>;

/** What `definitions[name]` parses to. */
export type ConfigValue<D> = D extends ConfigDefinition<infer T> ? T : never;

interface Common {
  readonly doc: string;
  readonly dynamic?: Dynamic;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

const INT_MAX = 2 ** 31 - 1;
const SHORT_MAX = 2 ** 15 - 1;
const LONG_MAX = 2n ** 63n - 1n;

export const int = (defaultValue: number, options: Common & Range): ConfigDefinition<number> =>
  whole("int", String(defaultValue), -INT_MAX - 1, INT_MAX, options);

export const short = (defaultValue: number, options: Common & Range): ConfigDefinition<number> =>
  whole("short", String(defaultValue), -SHORT_MAX - 1, SHORT_MAX, options);

/** A whole number of 64 bits. Beyond the safe integers it reads as Infinity: such values mean "without limit". */
export function long(defaultValue: number | bigint, options: Common & Range): ConfigDefinition<number> {
  return {
    ...common("long", String(defaultValue), options),
    parse(text) {
      if (!/^[+-]?\d+$/.test(text)) return no(`a whole number${within(options)}`);
      const exact = BigInt(text);
      if (exact > LONG_MAX || exact < -LONG_MAX - 1n) return no("a whole number of 64 bits");
      const value = Number.isSafeInteger(Number(exact)) ? Number(exact) : exact > 0n ? Infinity : -Infinity;
      return inRange(value, options) ? yes(value, exact.toString()) : no(`a whole number${within(options)}`);
    },
  };
}

/** A whole number of 32 bits that may stay unset. */
export const optionalInt = (options: Common & Range): ConfigDefinition<number | null> => ({
  ...int(0, options),
  defaultText: null,
});

/** A whole number of 64 bits that may stay unset. */
export const optionalLong = (options: Common & Range): ConfigDefinition<number | null> => ({
  ...long(0, options),
  defaultText: null,
});

export function double(defaultText: string, options: Common & Range): ConfigDefinition<number> {
  return {
    ...common("double", defaultText, options),
    parse(text) {
      const value = text === "" ? NaN : Number(text);
      if (Number.isNaN(value) || !inRange(value, options)) return no(`a number${within(options)}`);
      return yes(value, asJavaDouble(value, text));
    },
  };
}

export function bool(defaultValue: boolean, options: Common): ConfigDefinition<boolean> {
  return {
    ...common("boolean", String(defaultValue), options),
    parse(text) {
      const lower = text.toLowerCase();
      if (lower !== "true" && lower !== "false") return no("true or false");
      return yes(lower === "true", lower);
    },
  };
}

/** @param options.oneOf the only values allowed, spelled exactly so; @param options.check says what would be right, or null */
export function string(
  defaultValue: string,
  options: Common & { readonly oneOf?: readonly string[]; readonly check?: (text: string) => string | null },
): ConfigDefinition<string> {
  return {
    ...common("string", defaultValue, options),
    parse(text) {
      if (options.oneOf && !options.oneOf.includes(text)) return no(`one of ${options.oneOf.join(", ")}`);
      const wrong = options.check?.(text) ?? null;
      return wrong === null ? yes(text, text) : no(wrong);
    },
  };
}

export const optionalString = (
  options: Common & { readonly check?: (text: string) => string | null },
): ConfigDefinition<string | null> => ({ ...string("", options), defaultText: null });

/** Values separated by commas, blanks around them ignored. */
export function list(
  defaultText: string,
  options: Common & {
    readonly oneOf?: readonly string[];
    readonly notEmpty?: boolean;
    /** Says what would be right, or null. */
    readonly check?: (values: readonly string[]) => string | null;
  },
): ConfigDefinition<readonly string[]> {
  return {
    ...common("list", defaultText, options),
    parse(text) {
      const values = splitList(text);
      const stranger = options.oneOf && values.find((value) => !options.oneOf?.includes(value));
      if (stranger !== undefined) return no(`a list of values out of ${options.oneOf?.join(", ")}`);
      if (options.notEmpty && values.length === 0) return no("a list of at least one value");
      const wrong = options.check?.(values) ?? null;
      return wrong === null ? yes(values, values.join(",")) : no(wrong);
    },
  };
}

/** @param options.check says what would be right, or null: Java classes cannot be loaded, so that few names mean anything */
export const className = (
  options: Common & { readonly check?: (text: string) => string | null },
): ConfigDefinition<string | null> => ({
  ...string("", options),
  type: "class",
  defaultText: null,
});

export const password = (options: Common): ConfigDefinition<string | null> => ({
  ...string("", options),
  type: "password",
  defaultText: null,
});

/** The values of a comma-separated list. An empty text is a list of none. */
export const splitList = (text: string): readonly string[] =>
  text
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");

function whole(
  type: "int" | "short",
  defaultText: string,
  typeMin: number,
  typeMax: number,
  options: Common & Range,
): ConfigDefinition<number> {
  const range = { min: Math.max(options.min ?? typeMin, typeMin), max: Math.min(options.max ?? typeMax, typeMax) };
  return {
    ...common(type, defaultText, options),
    parse(text) {
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
      return inRange(value, range) ? yes(value, String(value)) : no(`a whole number${within(options)}`);
    },
  };
}

const common = (type: ConfigType, defaultText: string | null, options: Common) => ({
  type,
  defaultText,
  dynamic: options.dynamic ?? ("read-only" as const),
  doc: options.doc,
});

const yes = <T>(value: T, text: string): ParsedConfig<T> => ({ ok: true, value, text });
const no = (expected: string): { readonly ok: false; readonly expected: string } => ({ ok: false, expected });

const inRange = (value: number, range: Range): boolean =>
  value >= (range.min ?? -Infinity) && value <= (range.max ?? Infinity);

function within({ min, max }: Range): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? "" : ` of at most ${max}`;
}

/** Java prints a whole double with ".0". */
const asJavaDouble = (value: number, text: string): string =>
  Number.isInteger(value) && Math.abs(value) < 1e7 ? `${value}.0` : Number.isInteger(value) ? text : String(value);
