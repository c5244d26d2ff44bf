import { sleep, systemClock } from "@ottla/runtime";

/** Waits for a condition, looking every 10 ms. @throws Error with `what` when it does not come true in time */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + timeoutMs;
  while (!(await condition())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(systemClock, 10);
  }
}
