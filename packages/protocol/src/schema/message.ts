import type { Fields, InputOf, ValueOf } from "./field";
import { StructPlan } from "./plan";
import { containsVersion, parseVersions } from "./version-range";

/** One message (a request, a response, a header, the payload of a record) in all its versions. */
export class MessageSchema<F extends Fields = Fields> {
  /** Lowest and highest version we speak. */
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly #plans: (StructPlan | undefined)[] = [];

  constructor(
    readonly name: string,
    readonly validVersions: string,
    readonly flexibleVersions: string,
    readonly fields: F,
  ) {
    const range = parseVersions(validVersions);
    if (range === null) throw new RangeError(`${name} has no version`);
    this.minVersion = range.from;
    this.maxVersion = range.to;
  }

  /** Whether the version has compact lengths and tagged fields (KIP-482). */
  isFlexible(version: number): boolean {
    return containsVersion(parseVersions(this.flexibleVersions), version);
  }

  supports(version: number): boolean {
    return Number.isInteger(version) && version >= this.minVersion && version <= this.maxVersion;
  }

  /**
   * The walker's plan for a version, resolved at its first use.
   *
   * @throws UnsupportedVersionError when the version is not one of `validVersions`
   */
  plan(version: number): StructPlan {
    const known = this.#plans[version];
    if (known !== undefined) return known;
    if (!this.supports(version)) throw new UnsupportedVersionError(this.name, version, this.validVersions);
    const plan = StructPlan.resolve(this.fields, version, parseVersions(this.flexibleVersions));
    this.#plans[version] = plan;
    return plan;
  }
}

/** A message was to be encoded or decoded in a version that its schema does not have. */
export class UnsupportedVersionError extends Error {
  override readonly name = "UnsupportedVersionError";

  constructor(
    readonly messageName: string,
    readonly version: number,
    validVersions: string,
  ) {
    super(`${messageName} has versions ${validVersions}, not ${version}`);
  }
}

/** An API: a request, its response, and the versions they share. */
export interface Api<Req extends Fields = Fields, Res extends Fields = Fields> {
  readonly key: number;
  /** Kafka's name, such as "ListOffsets". */
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly request: MessageSchema<Req>;
  readonly response: MessageSchema<Res>;
}

/** Defines an API; `validVersions` is what a ZooKeeper-mode broker of Kafka 3.9 advertises. */
export function defineApi<const Req extends Fields, const Res extends Fields>(definition: {
  readonly key: number;
  readonly name: string;
  readonly validVersions: string;
  /** First flexible version as "3+", or "none". */
  readonly flexibleVersions: string;
  readonly request: Req;
  readonly response: Res;
}): Api<Req, Res> {
  const { key, name, validVersions, flexibleVersions } = definition;
  const request = new MessageSchema(`${name}Request`, validVersions, flexibleVersions, definition.request);
  const response = new MessageSchema(`${name}Response`, validVersions, flexibleVersions, definition.response);
  const { minVersion, maxVersion } = request;
  return { key, name, validVersions, flexibleVersions, minVersion, maxVersion, request, response };
}

/** Defines a message that is not part of an API: a header, or what a record of an internal topic holds. */
export function defineMessage<const F extends Fields>(definition: {
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly fields: F;
}): MessageSchema<F> {
  return new MessageSchema(definition.name, definition.validVersions, definition.flexibleVersions, definition.fields);
}

/** What decoding a request of this API gives: every field of every version. */
export type RequestOf<A> = A extends { readonly request: MessageSchema<infer F> } ? ValueOf<F> : never;
/** What decoding a response of this API gives. */
export type ResponseOf<A> = A extends { readonly response: MessageSchema<infer F> } ? ValueOf<F> : never;
/** What encoding a request of this API takes; `InputOf` says which fields may be left out. */
export type RequestInput<A> = A extends { readonly request: MessageSchema<infer F> } ? InputOf<F> : never;
/** What encoding a response of this API takes; the type for handlers to return. */
export type ResponseInput<A> = A extends { readonly response: MessageSchema<infer F> } ? InputOf<F> : never;
/** What decoding a message gives. */
export type MessageOf<M> = M extends MessageSchema<infer F> ? ValueOf<F> : never;
/** What encoding a message takes. */
export type MessageInput<M> = M extends MessageSchema<infer F> ? InputOf<F> : never;
