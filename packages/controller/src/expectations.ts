import type { Clock } from "@ottla/runtime";

interface Expectation {
  readonly holds: () => boolean;
  readonly settle: (held: boolean) => void;
}

/** Those who wait for something to become true. Conditions are looked at again on `recheck`, never by the clock. */
export class Expectations {
  private readonly waiting = new Set<Expectation>();

  constructor(private readonly clock: Clock) {}

  /**
   * Waits until `holds` says so.
   *
   * @returns false when the time is up first, `signal` aborts, or `endAll` is called
   */
  until(holds: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    if (signal.aborted || timeoutMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (held: boolean) => {
        this.waiting.delete(expectation);
        timer.cancel();
        signal.removeEventListener("abort", giveUp);
        resolve(held);
      };
      const giveUp = () => settle(false);
      const expectation: Expectation = { holds, settle };
      const timer = this.clock.setTimer(timeoutMs, giveUp);
      signal.addEventListener("abort", giveUp, { once: true });
      this.waiting.add(expectation);
    });
  }

  recheck(): void {
    for (const expectation of this.waiting) if (expectation.holds()) expectation.settle(true);
  }

  endAll(): void {
    for (const expectation of this.waiting) expectation.settle(false);
  }
}
