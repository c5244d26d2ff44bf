import type { Clock, Timer } from "./clock";

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * Virtual time: it stands still until `advance` moves it, and timers fire in the order of their due times (ties in the order they
 * were set). `afterTick` callbacks run at the next `advance` or `runTick`, before any timer.
 */
export class SimulatedClock implements Clock {
  private elapsedMs = 0;
  private order = 0;
  private readonly timers = new Set<Due>();
  private ticks: (() => void)[] = [];

  /** @param startMs wall time at the beginning, milliseconds since the Unix epoch */
  constructor(private readonly startMs = 1_700_000_000_000) {}

  nowMs(): number {
    return this.startMs + this.elapsedMs;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const due: Due = { atMs: this.elapsedMs + Math.max(delayMs, 0), order: this.order++, callback };
    this.timers.add(due);
    return { cancel: () => void this.timers.delete(due) };
  }

  afterTick(callback: () => void): void {
    this.ticks.push(callback);
  }

  /** How many timers are set; zero once whatever was under test has let go of all of them. */
  get pendingTimers(): number {
    return this.timers.size;
  }

  /** Runs what waits for the end of this tick, and what that asks for in turn. */
  runTick(): void {
    while (this.ticks.length > 0) {
      const now = this.ticks;
      this.ticks = [];
      for (const callback of now) callback();
    }
  }

  /** Moves time on by `ms`, firing each timer at its own moment. */
  advance(ms: number): void {
    const untilMs = this.elapsedMs + ms;
    this.runTick();
    for (let next = this.nextDue(); next !== undefined && next.atMs <= untilMs; next = this.nextDue()) {
      this.timers.delete(next);
      this.elapsedMs = Math.max(this.elapsedMs, next.atMs);
      next.callback();
      this.runTick();
    }
    this.elapsedMs = untilMs;
  }

  /** As `advance`, but lets promises settle after each timer, for code that awaits between them. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.elapsedMs + ms;
    await this.settle();
    for (let next = this.nextDue(); next !== undefined && next.atMs <= untilMs; next = this.nextDue()) {
      this.timers.delete(next);
      this.elapsedMs = Math.max(this.elapsedMs, next.atMs);
      next.callback();
      await this.settle();
    }
    this.elapsedMs = untilMs;
    await this.settle();
  }

  private async settle(): Promise<void> {
    for (let round = 0; round < SETTLE_ROUNDS; round++) {
      this.runTick();
      await Promise.resolve();
    }
  }

  private nextDue(): Due | undefined {
    let first: Due | undefined;
    for (const due of this.timers) {
      if (first === undefined || due.atMs < first.atMs || (due.atMs === first.atMs && due.order < first.order))
        first = due;
    }
    return first;
  }
}

/** Chains of awaits longer than this between two timers do not occur in our code; each round costs a microtask. */
const SETTLE_ROUNDS = 20;
