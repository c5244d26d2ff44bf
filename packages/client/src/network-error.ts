import { KafkaError } from "./kafka-error";

/** No connection to a broker could be made. */
export class BrokerUnreachable extends Error {
  override readonly name = "BrokerUnreachable";
  /** @param broker `host:port`, as it was dialled */
  constructor(
    readonly broker: string,
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** A connection ended while it was needed: closed by the broker, cut, or given up after a request without an answer. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  /** @param broker `host:port`, as it was dialled */
  constructor(
    readonly broker: string,
    reason: string,
    cause?: unknown,
  ) {
    super(`connection to ${broker} ${reason}`, { cause });
  }
}

/** Whether trying the same thing again a little later makes sense. */
export function isRetriable(error: unknown): boolean {
  if (error instanceof KafkaError) return error.retriable;
  return error instanceof BrokerUnreachable || error instanceof ConnectionLost;
}
