import { sleep, systemClock } from "@ottla/runtime";

/** Waits until `condition` gives something true, and returns it. */
export async function until<T>(
  what: string,
  condition: () => T | null | undefined | false,
  withinMs = 10_000,
): Promise<T> {
  const deadline = systemClock.monotonicMs() + withinMs;
  for (;;) {
    const value = condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (systemClock.monotonicMs() > deadline) throw new Error(`${what} did not happen within ${withinMs} ms`);
    await sleep(systemClock, 2);
  }
}
