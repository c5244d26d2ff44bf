import { SeededRandom, SimulatedClock, whenMicrotasksAreDone } from "@ottla/runtime";

/** Something that was waited for did not come about in its time. */
export class WaitedInVain extends Error {
  override readonly name = "WaitedInVain";
  constructor(what: string, withinMs: number, atMs: number) {
    super(`waited ${withinMs} ms in vain until ${what} (it is ${Math.round(atMs)} ms)`);
  }
}

interface Goal {
  readonly what: string;
  /** Null: only time must pass. */
  readonly isReached: (() => boolean) | null;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly resolve: (tookMs: number) => void;
  readonly reject: (failure: unknown) => void;
}

/**
 * Virtual time for a whole cluster. It moves only while somebody waits with `run`, `until` or `settled`, one event after the other, and
 * between two events every promise has settled: what happens depends on the seed alone.
 */
export class SimulatedWorld {
  readonly clock = new SimulatedClock();
  readonly random: SeededRandom;
  private readonly goals = new Set<Goal>();
  private readonly listeners = new Set<() => void>();
  private driving = false;
  private ranSinceLook = false;
  private failure: { readonly reason: unknown } | null = null;
  private eventCount = 0;

  constructor(readonly seed: number) {
    this.random = new SeededRandom(seed);
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  /** How many events have happened. */
  get events(): number {
    return this.eventCount;
  }

  /** Somebody waits, so that time moves. */
  get isMoving(): boolean {
    return this.goals.size > 0;
  }

  /** A source of randomness of one's own: what others draw does not change what it gives. */
  randomFor(name: string): SeededRandom {
    let mixed = this.seed >>> 0;
    for (let i = 0; i < name.length; i++) mixed = Math.imul(mixed ^ name.charCodeAt(i), 0x01000193) >>> 0;
    return new SeededRandom(mixed);
  }

  /** Calls `look` after each event. What it throws ends the run. @returns how to stop that */
  onEvent(look: () => void): () => void {
    this.listeners.add(look);
    return () => this.listeners.delete(look);
  }

  /** Lets so much time pass. */
  async run(ms: number): Promise<void> {
    await this.reach("time has passed", null, ms);
  }

  /**
   * Lets time pass until `isReached`, which is asked after each event.
   *
   * @returns how long it took, ms
   * @throws WaitedInVain
   */
  until(what: string, isReached: () => boolean, withinMs: number): Promise<number> {
    return this.reach(what, isReached, withinMs);
  }

  /**
   * Lets time pass until `work` is done, and settles as it does.
   *
   * @throws WaitedInVain
   */
  async settled<T>(what: string, work: Promise<T>, withinMs: number): Promise<T> {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    work.then(done, done);
    await this.reach(what, () => isDone, withinMs);
    return work;
  }

  /** Has `action` happen, outside of every process, `delayMs` from now. @returns how to call it off */
  schedule(delayMs: number, action: () => void): () => void {
    const timer = this.clock.setTimer(delayMs, action);
    return () => timer.cancel();
  }

  /** Whoever waits, now or later, gets `reason`: nothing goes on. The first failure counts. */
  fail(reason: unknown): void {
    this.failure ??= { reason };
    for (const goal of this.goals) goal.reject(this.failure.reason);
    this.goals.clear();
  }

  private reach(what: string, isReached: (() => boolean) | null, withinMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.failure !== null) {
        reject(this.failure.reason);
        return;
      }
      const sinceMs = this.nowMs;
      this.goals.add({ what, isReached, sinceMs, untilMs: sinceMs + withinMs, resolve, reject });
      if (this.driving) return;
      this.driving = true;
      process.on("unhandledRejection", this.onUnhandled);
      whenMicrotasksAreDone(this.step);
    });
  }

  private readonly step = (): void => {
    try {
      if (this.ranSinceLook) {
        this.ranSinceLook = false;
        for (const look of this.listeners) look();
      }
      if (this.reachGoals()) {
        // Who has waited goes on before anything else happens.
        whenMicrotasksAreDone(this.step);
        return;
      }
      if (this.goals.size === 0) {
        this.rest();
        return;
      }
      this.ranSinceLook = this.clock.runNext(this.nextDeadlineMs());
      if (this.ranSinceLook) this.eventCount++;
    } catch (failure) {
      this.fail(failure);
      this.rest();
      return;
    }
    // Now and then the real event loop gets a turn: rejections that nobody handles are reported there.
    if (this.eventCount % EVENTS_PER_TURN === 0) setImmediate(this.step);
    else whenMicrotasksAreDone(this.step);
  };

  private rest(): void {
    this.driving = false;
    // Rejections are reported at the end of this turn of the loop.
    setImmediate(() => process.off("unhandledRejection", this.onUnhandled));
  }

  /** It would have ended the process that it happened in. */
  private readonly onUnhandled = (reason: unknown): void => this.fail(reason);

  private reachGoals(): boolean {
    let reached = false;
    for (const goal of this.goals) {
      const { what, isReached, sinceMs, untilMs } = goal;
      const isOver = this.nowMs >= untilMs;
      if (isReached === null ? !isOver : !isReached() && !isOver) continue;
      this.goals.delete(goal);
      reached = true;
      if (isReached === null || isReached()) goal.resolve(this.nowMs - sinceMs);
      else goal.reject(new WaitedInVain(what, untilMs - sinceMs, this.nowMs));
    }
    return reached;
  }

  private nextDeadlineMs(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.goals) earliest = Math.min(earliest, untilMs);
    return earliest;
  }
}

const EVENTS_PER_TURN = 1024;
