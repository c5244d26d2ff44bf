import type { RequestError } from "../requests";

/** Why a request, or one item of it, is refused: the error's name and Kafka's words for it. */
export interface Rejection {
  readonly error: Exclude<RequestError, "NONE">;
  readonly message: string | null;
}

export function rejection(error: Rejection["error"], message: string | null): Rejection {
  return { error, message };
}
