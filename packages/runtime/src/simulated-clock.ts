import type { Clock, Timer } from "./clock";
import { whenMicrotasksAreDone } from "./microtasks";
import { type Due, TimerHeap } from "./timer-heap";

/**
 * Virtual time: it stands still until it is moved, and timers fire in the order of their due times (ties in the order they were set).
 * `afterTick` callbacks run before time moves on, and after the timers that are due already.
 */
export class SimulatedClock implements Clock {
  private elapsedMs = 0;
  private order = 0;
  private readonly timers = new TimerHeap();
  private ticks: (() => void)[] = [];
  private nextTick = 0;

  /** @param startMs wall time at the beginning, milliseconds since the Unix epoch */
  constructor(private readonly startMs = 1_700_000_000_000) {}

  nowMs(): number {
    return Math.floor(this.startMs + this.elapsedMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.setTimerAt(this.elapsedMs + Math.max(delayMs, 0), callback);
  }

  /** Calls `callback` at a moment of `monotonicMs`. Moments lie on a grid: sums of delays then stay exact, and time always moves on. */
  setTimerAt(atMs: number, callback: () => void): Timer {
    const onGridMs = Math.ceil(atMs * GRID_PER_MS) / GRID_PER_MS;
    const due: Due = { atMs: onGridMs, order: this.order++, callback, position: -1 };
    this.timers.add(due);
    return { cancel: () => this.timers.remove(due) };
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
    for (let callback = this.takeTick(); callback !== null; callback = this.takeTick()) callback();
  }

  /** Moves time on by `ms`, firing each timer at its own moment. */
  advance(ms: number): void {
    const untilMs = this.elapsedMs + ms;
    this.runTick();
    for (let next = this.timers.first; next !== undefined && next.atMs <= untilMs; next = this.timers.first) {
      this.timers.takeFirst();
      this.elapsedMs = Math.max(this.elapsedMs, next.atMs);
      next.callback();
      this.runTick();
    }
    this.elapsedMs = untilMs;
  }

  /** As `advance`, but lets all promises settle after each event, for code that awaits between them. */
  advanceAsync(ms: number): Promise<void> {
    const untilMs = this.elapsedMs + ms;
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (!this.runNext(untilMs)) {
            resolve();
            return;
          }
        } catch (failure) {
          reject(failure);
          return;
        }
        whenMicrotasksAreDone(step);
      };
      // Somebody who waits for input from the real world gets a turn, too.
      setImmediate(step);
    });
  }

  /**
   * Runs the next event that is due by `untilMs`: a timer whose time has come, else what waits for the end of the tick, else the next
   * timer, at its moment.
   *
   * @returns false when there is none; then it is `untilMs`
   */
  runNext(untilMs: number): boolean {
    const { first } = this.timers;
    if (first === undefined || first.atMs > this.elapsedMs) {
      const tick = this.takeTick();
      if (tick !== null) {
        tick();
        return true;
      }
      if (first === undefined || first.atMs > untilMs) {
        this.elapsedMs = Math.max(this.elapsedMs, untilMs);
        return false;
      }
      this.elapsedMs = first.atMs;
    }
    this.timers.takeFirst();
    first.callback();
    return true;
  }

  private takeTick(): (() => void) | null {
    const callback = this.ticks[this.nextTick];
    if (callback === undefined) return null;
    this.nextTick++;
    if (this.nextTick === this.ticks.length) {
      this.ticks = [];
      this.nextTick = 0;
    }
    return callback;
  }
}

/** A power of two: times on the grid are exact in binary. */
const GRID_PER_MS = 1024;
