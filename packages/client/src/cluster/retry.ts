import { type Clock, DeadlineExceeded, type Random, sleep } from "@ottla/runtime";
import { Backoff } from "../connection/backoff";
import { isRetriable } from "../network-error";

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Time for all attempts together. */
  readonly timeoutMs: number;
  /** `retry.backoff.ms` and `retry.backoff.max.ms`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly signal?: AbortSignal;
  /** Told of each failure that will be tried again, before the wait. */
  readonly onRetry?: (error: unknown) => void;
}

/**
 * Does `attempt` until it succeeds, fails for good, or time is up; it is told how much time is left, in whole ms.
 *
 * @throws what the last attempt threw; DeadlineExceeded, caused by it, when time was up
 * @throws Aborted
 */
export async function retrying<T>(
  what: string,
  options: RetryOptions,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  const { clock, random, timeoutMs, signal } = options;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  const backoff = new Backoff({ minMs: options.backoffMs, maxMs: options.backoffMaxMs, random });
  for (;;) {
    try {
      return await attempt(Math.max(1, Math.ceil(deadlineMs - clock.monotonicMs())));
    } catch (error) {
      if (!isRetriable(error)) throw error;
      options.onRetry?.(error);
      const waitMs = backoff.next();
      if (clock.monotonicMs() + waitMs >= deadlineMs)
        throw Object.assign(new DeadlineExceeded(what, timeoutMs), { cause: error });
      await sleep(clock, waitMs, signal);
    }
  }
}
