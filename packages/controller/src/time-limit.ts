import type { Clock } from "@ottla/runtime";

/** A signal that aborts after a while, or with its parent. `end` must be called once the wait is over. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  end(): void;
}

export function timeLimit(clock: Clock, limitMs: number, parent: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const abort = () => controller.abort(parent.reason);
  if (parent.aborted) abort();
  parent.addEventListener("abort", abort, { once: true });
  const timer = clock.setTimer(limitMs, () => controller.abort(`no answer within ${limitMs} ms`));
  return {
    signal: controller.signal,
    end: () => {
      timer.cancel();
      parent.removeEventListener("abort", abort);
    },
  };
}

/** Settles as `work` does, or rejects when the signal aborts, whether or not the work heeds it. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error(String(signal.reason)));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    void work.then(resolve, reject).then(() => signal.removeEventListener("abort", stop));
  });
}
