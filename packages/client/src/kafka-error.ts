import { type ErrorName, errors } from "@ottla/protocol";

/** A broker answered with an error, or the client refused a request as a broker would have. `name` is Kafka's name of the error. */
export class KafkaError extends Error {
  override readonly name: ErrorName;
  /** The int16 on the wire. */
  readonly code: number;
  /** Whether the same request may succeed a little later. */
  readonly retriable: boolean;
  /** Whether metadata should be refreshed before the next try. */
  readonly refreshMetadata: boolean;

  /**
   * @param what the thing the error is about, such as `topic orders` or `orders-0`
   * @param detail the broker's own message, where it gave one
   */
  constructor(
    name: ErrorName,
    readonly what: string,
    detail?: string | null,
    options?: ErrorOptions,
  ) {
    super(`${what}: ${detail ?? errors[name].message}`, options);
    this.name = name;
    this.code = errors[name].code;
    this.retriable = errors[name].retriable;
    this.refreshMetadata = errors[name].refreshMetadata;
    this.detail = detail ?? null;
  }

  /** The broker's own message; null where it gave none. */
  readonly detail: string | null;
}

/** Throws unless the broker said NONE. */
export function throwUnlessNone(name: ErrorName, what: string, detail?: string | null): void {
  if (name !== "NONE") throw new KafkaError(name, what, detail);
}
