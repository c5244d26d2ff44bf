import { type Clock, sleep } from "@ottla/runtime";

/** Longest stretch of work while requests wait. */
const TURN_MS = 1;
/** After so much work it rests. */
const WORK_MS = 2;
/**
 * For so many times as long. Measured with three brokers that clean at once on two busy processors: when each took half of a processor,
 * replicas waited tens of milliseconds for each other.
 */
const REST_SHARE = 2;
/** What seems to be work may have been a wait for a processor. */
const REST_MS_MAX = 20;
/** Timers are not finer. */
const SLEEP_MS_MIN = 2;

/**
 * Keeps the cleaner out of the way: the event loop is its own for a millisecond at a time and a third of the time at most, and its reads
 * and writes stay below a rate. It is also where the cleaner finds out that it shall stop.
 */
export class CleanPace {
  private turnBeganMs: number;
  private readonly beganMs: number;
  private bytes = 0;
  private workedMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly bytesPerSecondMax: number,
    readonly signal: AbortSignal,
  ) {
    this.beganMs = clock.monotonicMs();
    this.turnBeganMs = this.beganMs;
  }

  /** How long it has gone on, ms. */
  get elapsedMs(): number {
    return this.clock.monotonicMs() - this.beganMs;
  }

  /** Whether others should have their turn. */
  get isTurnOver(): boolean {
    return this.clock.monotonicMs() - this.turnBeganMs >= TURN_MS;
  }

  /** Does `work` to its end, a turn at a time. @throws the signal's reason when it aborts */
  async through<T>(work: Generator<void, T>): Promise<T> {
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      if (this.isTurnOver) await this.nextTurn();
    }
  }

  /** Lets everything else that waits go first, and now and then rests. @throws the signal's reason when it aborts */
  async nextTurn(): Promise<void> {
    this.workedMs += this.clock.monotonicMs() - this.turnBeganMs;
    if (this.workedMs < WORK_MS) await new Promise<void>((resolve) => this.clock.afterTick(resolve));
    else {
      const restMs = Math.min(this.workedMs * REST_SHARE, REST_MS_MAX);
      this.workedMs = 0;
      await sleep(this.clock, restMs, this.signal);
    }
    this.turnBegins();
  }

  /** The event loop has just done something else. @throws the signal's reason when it aborts */
  turnBegins(): void {
    this.signal.throwIfAborted();
    this.turnBeganMs = this.clock.monotonicMs();
  }

  /** `bytes` more were read or written: rests when that was too fast. @throws Aborted */
  async moved(bytes: number): Promise<void> {
    this.bytes += bytes;
    const aheadMs = (this.bytes / this.bytesPerSecondMax) * 1000 - this.elapsedMs;
    if (aheadMs < SLEEP_MS_MIN) return;
    await sleep(this.clock, aheadMs, this.signal);
    this.turnBegins();
  }
}
