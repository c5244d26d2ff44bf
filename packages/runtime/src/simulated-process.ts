import type { Clock, Timer } from "./clock";
import type { SimulatedClock } from "./simulated-clock";

/**
 * One process of a simulated world: everything that happens to it, timers and input alike, comes through here.
 *
 * - running: things happen when they are due.
 * - paused (SIGSTOP, a hypervisor's whim): nothing of it runs, while time goes on. On `resume` what was due runs, timers first and in
 *   their order, as an event loop has it, then the input that has come.
 * - ended (SIGKILL, power loss): nothing of it runs any more.
 */
export class SimulatedProcess {
  readonly clock: Clock;
  private state: "running" | "paused" | "resuming" | "ended" = "running";
  private readonly dueTimers: (() => void)[] = [];
  private readonly dueInput: (() => void)[] = [];
  private readonly pace: Pace;

  constructor(
    readonly name: string,
    private readonly world: SimulatedClock,
  ) {
    this.pace = new Pace(world);
    this.clock = {
      nowMs: () => this.pace.nowMs(),
      monotonicMs: () => this.pace.monotonicMs(),
      setTimer: (delayMs, callback) => this.setTimer(delayMs, callback),
      afterTick: (callback) => this.afterTick(callback),
    };
  }

  get isPaused(): boolean {
    return this.state === "paused";
  }

  get hasEnded(): boolean {
    return this.state === "ended";
  }

  /** Input comes: `event` runs now, or when the process can, or never. */
  enter(event: () => void): void {
    if (this.state === "running") event();
    else if (this.state !== "ended") this.dueInput.push(event);
  }

  pause(): void {
    if (this.state === "running" || this.state === "resuming") this.state = "paused";
  }

  resume(): void {
    if (this.state !== "paused") return;
    this.state = "resuming";
    this.world.afterTick(() => this.catchUp());
  }

  end(): void {
    this.state = "ended";
    this.dueTimers.length = 0;
    this.dueInput.length = 0;
  }

  /** Somebody sets the machine's wall clock. */
  setWallClock(byMs: number): void {
    this.pace.wallOffsetMs += byMs;
  }

  /** The machine's clocks run fast (above 1) or slow from now on. @param rate milliseconds of its time for each of the world's */
  setDrift(rate: number): void {
    this.pace.setRate(rate);
  }

  /** As Node has it: whole milliseconds, at least one. */
  private setTimer(delayMs: number, callback: () => void): Timer {
    if (this.state === "ended") return NO_TIMER;
    const wholeMs = Math.max(1, Math.ceil(delayMs));
    let cancelled = false;
    const run = (): void => {
      if (!cancelled) callback();
    };
    const timer = this.world.setTimer(wholeMs / this.pace.rate, () => this.enterTimer(run));
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  private afterTick(callback: () => void): void {
    if (this.state !== "ended") this.world.afterTick(() => this.enterTimer(callback));
  }

  private enterTimer(callback: () => void): void {
    if (this.state === "running") callback();
    else if (this.state !== "ended") this.dueTimers.push(callback);
  }

  /** One thing at a time: promises settle in between. */
  private catchUp(): void {
    if (this.state !== "resuming") return;
    const next = this.dueTimers.shift() ?? this.dueInput.shift();
    if (this.dueTimers.length + this.dueInput.length === 0) this.state = "running";
    else this.world.afterTick(() => this.catchUp());
    next?.();
  }
}

/** How a machine's clocks follow the world's. */
class Pace {
  wallOffsetMs = 0;
  rate = 1;
  private readonly startWallMs: number;
  private sinceMs: number;
  private beforeMs: number;

  constructor(private readonly world: Clock) {
    this.sinceMs = world.monotonicMs();
    this.beforeMs = this.sinceMs;
    this.startWallMs = world.nowMs() - this.sinceMs;
  }

  monotonicMs(): number {
    const nowMs = this.world.monotonicMs();
    return this.rate === 1
      ? this.beforeMs + (nowMs - this.sinceMs)
      : this.beforeMs + (nowMs - this.sinceMs) * this.rate;
  }

  nowMs(): number {
    return Math.floor(this.startWallMs + this.monotonicMs() + this.wallOffsetMs);
  }

  setRate(rate: number): void {
    this.beforeMs = this.monotonicMs();
    this.sinceMs = this.world.monotonicMs();
    this.rate = rate;
  }
}

const NO_TIMER: Timer = { cancel() {} };
