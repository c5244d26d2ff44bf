import type { Clock, Timer } from "@ottla/runtime";

/** A process's clock: when the process ends, whatever it had planned does not happen any more. */
export class MortalClock implements Clock {
  private readonly timers = new Set<Timer>();
  private ended = false;

  constructor(private readonly clock: Clock) {}

  nowMs(): number {
    return this.clock.nowMs();
  }

  monotonicMs(): number {
    return this.clock.monotonicMs();
  }

  setTimer(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): Timer {
    if (this.ended) return { cancel() {} };
    const timer = this.clock.setTimer(
      delayMs,
      () => {
        this.timers.delete(timer);
        callback();
      },
      options,
    );
    this.timers.add(timer);
    return {
      cancel: () => {
        this.timers.delete(timer);
        timer.cancel();
      },
    };
  }

  afterTick(callback: () => void): void {
    this.clock.afterTick(() => {
      if (!this.ended) callback();
    });
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  end(): void {
    this.ended = true;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }
}
