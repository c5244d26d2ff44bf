import { CoordinationError } from "@ottla/coordination";

/**
 * Does what needs the ensemble. When that cannot be asked, or not be told what became of it, the one resource concerned gets an error that
 * clients retry, and the rest of the request its answer.
 */
export async function unlessZooKeeperIsAway<T, E>(
  work: () => Promise<T>,
  answer: (error: "REQUEST_TIMED_OUT", message: string) => E,
): Promise<T | E> {
  try {
    return await work();
  } catch (failure) {
    if (!(failure instanceof CoordinationError)) throw failure;
    return answer("REQUEST_TIMED_OUT", failure.message);
  }
}
