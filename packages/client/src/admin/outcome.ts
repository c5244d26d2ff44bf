import type { ErrorName } from "@ottla/protocol";
import { KafkaError } from "../kafka-error";

/** How one item of a request that names several came out. */
export interface Outcome {
  readonly name: string;
  /** Null when it was done. */
  readonly error: KafkaError | null;
}

export function outcomeOf(name: string, what: string, error: ErrorName, message?: string | null): Outcome {
  return { name, error: error === "NONE" ? null : new KafkaError(error, what, message) };
}
