/**
 * A znode holds what its reader cannot take: not JSON, a key missing, a value of the wrong type. Somebody else wrote it, so this is
 * the world's doing: whoever reads decides whether to skip the node or to stop.
 */
export class ZnodeFormatError extends Error {
  override readonly name = "ZnodeFormatError";
  constructor(
    readonly path: string,
    readonly problem: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`${path}: ${problem}`, options);
  }
}

/** Compact UTF-8 JSON in the key order given; keys whose value is undefined are left out. */
export function encodeJson(value: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}

/**
 * Reads one JSON object out of a znode, key by key. Unknown keys are never looked at: newer writers may add them.
 *
 * Every reading method throws ZnodeFormatError, naming the path and the key, when the value is not what the layout says.
 */
export class ZnodeJson {
  private constructor(
    readonly path: string,
    private readonly fields: Readonly<Record<string, unknown>>,
  ) {}

  static parse(path: string, data: Buffer | null): ZnodeJson {
    if (data === null || data.length === 0) throw new ZnodeFormatError(path, "holds no data");
    let value: unknown;
    try {
      value = JSON.parse(data.toString("utf8"));
    } catch (cause) {
      throw new ZnodeFormatError(path, "is not JSON", { cause });
    }
    return new ZnodeJson(path, asObject(path, "the node", value));
  }

  has(key: string): boolean {
    return Object.hasOwn(this.fields, key) && this.fields[key] !== null;
  }

  /** The value as it stands, undefined when absent. */
  raw(key: string): unknown {
    return Object.hasOwn(this.fields, key) ? this.fields[key] : undefined;
  }

  /** @throws ZnodeFormatError also when the version is not within [oldest, newest] */
  version(oldest: number, newest: number): number {
    const version = this.integer("version");
    if (version < oldest || version > newest)
      throw this.problem("version", `${version} is not one of ${oldest} to ${newest}`);
    return version;
  }

  integer(key: string): number {
    const value = this.raw(key);
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw this.problem(key, `should be a whole number`);
    return value;
  }

  integerOr<Absent>(key: string, absent: Absent): number | Absent {
    return this.has(key) ? this.integer(key) : absent;
  }

  string(key: string): string {
    const value = this.raw(key);
    if (typeof value !== "string") throw this.problem(key, "should be a string");
    return value;
  }

  stringOr<Absent>(key: string, absent: Absent): string | Absent {
    return this.has(key) ? this.string(key) : absent;
  }

  booleanOr(key: string, absent: boolean): boolean {
    const value = this.raw(key);
    if (value === undefined || value === null) return absent;
    if (typeof value !== "boolean") throw this.problem(key, "should be true or false");
    return value;
  }

  /** A whole number that the layout keeps in a string; a plain number is understood too, as some tools write it. */
  decimal(key: string): number {
    const value = this.raw(key);
    if (typeof value === "number") return this.integer(key);
    if (typeof value !== "string" || !/^-?\d{1,16}$/.test(value))
      throw this.problem(key, "should be a number in a string");
    return Number(value);
  }

  /** The same for numbers that may exceed 2^53. */
  bigDecimal(key: string): bigint {
    const value = this.raw(key);
    if (typeof value === "number") return BigInt(this.integer(key));
    if (typeof value !== "string" || !/^-?\d{1,19}$/.test(value))
      throw this.problem(key, "should be a number in a string");
    return BigInt(value);
  }

  integers(key: string): number[] {
    return asIntegers(this.path, key, this.raw(key));
  }

  strings(key: string): string[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) throw this.problem(key, "should be a list of strings");
    return value.map((element: unknown) => {
      if (typeof element !== "string") throw this.problem(key, "should be a list of strings");
      return element;
    });
  }

  /** A map of strings to strings. */
  stringMap(key: string): Map<string, string> {
    const entries = Object.entries(asObject(this.path, key, this.raw(key)));
    return new Map(
      entries.map(([name, value]) => {
        if (typeof value !== "string") throw this.problem(`${key}.${name}`, "should be a string");
        return [name, value];
      }),
    );
  }

  /** A map whose keys are partition numbers and whose values are lists of broker ids; empty when the key is absent. */
  replicaMap(key: string): Map<number, number[]> {
    if (!this.has(key)) return new Map();
    const entries = Object.entries(asObject(this.path, key, this.raw(key)));
    return new Map(
      entries.map(([partition, replicas]) => {
        if (!/^\d{1,10}$/.test(partition)) throw this.problem(`${key}.${partition}`, "is not a partition number");
        return [Number(partition), asIntegers(this.path, `${key}.${partition}`, replicas)];
      }),
    );
  }

  object(key: string): ZnodeJson {
    return new ZnodeJson(this.path, asObject(this.path, key, this.raw(key)));
  }

  objects(key: string): ZnodeJson[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) throw this.problem(key, "should be a list of objects");
    return value.map((element: unknown) => new ZnodeJson(this.path, asObject(this.path, key, element)));
  }

  keys(): string[] {
    return Object.keys(this.fields);
  }

  problem(key: string, what: string): ZnodeFormatError {
    return new ZnodeFormatError(this.path, `"${key}" ${what}`);
  }
}

function asObject(path: string, key: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ZnodeFormatError(path, `${key} should be a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

function asIntegers(path: string, key: string, value: unknown): number[] {
  if (!Array.isArray(value) || !value.every((element) => Number.isSafeInteger(element)))
    throw new ZnodeFormatError(path, `"${key}" should be a list of whole numbers`);
  return value as number[];
}
