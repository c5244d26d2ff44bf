/** A callback that is due later. `cancel` is idempotent and may be called after it ran. */
export interface Timer {
  cancel(): void;
}

/**
 * The process's view of time. Production passes `systemClock`, specs pass a `SimulatedClock`, so that ten seconds cost nothing.
 */
export interface Clock {
  /** Wall time, milliseconds since the Unix epoch. May jump when the machine's clock is set. */
  nowMs(): number;

  /** Milliseconds since some fixed moment; never goes back. Deadlines and durations are measured with it. */
  monotonicMs(): number;

  /**
   * Calls `callback` once, `delayMs` from now (0 = as soon as timers run).
   *
   * @param options.background a timer that must not keep the process alive
   */
  setTimer(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): Timer;

  /** Calls `callback` once this tick's input has been read: the moment at which a hot path writes what the tick collected. */
  afterTick(callback: () => void): void;
}

/** A wait ended because its signal was aborted. */
export class Aborted extends Error {
  override readonly name = "Aborted";
  constructor(what: string, reason?: unknown) {
    super(`${what} was aborted`, { cause: reason });
  }
}

/** A wait ended because its time was up. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
  constructor(
    readonly what: string,
    readonly timeoutMs: number,
  ) {
    super(`${what} did not happen within ${timeoutMs} ms`);
  }
}

/**
 * Resolves `delayMs` from now.
 *
 * @throws Aborted when `signal` aborts first
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new Aborted("sleep", signal.reason));
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(new Aborted("sleep", signal?.reason));
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Settles as `work` does, unless its time is up first. The work itself goes on: pass it a signal if it can be stopped.
 *
 * @param what completes the sentence "... did not happen within N ms"
 * @throws DeadlineExceeded after `timeoutMs`
 */
export async function withDeadline<T>(clock: Clock, timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: Timer | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = clock.setTimer(timeoutMs, () => reject(new DeadlineExceeded(what, timeoutMs)));
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    timer?.cancel();
  }
}
