import type { Clock, Timer } from "@ottla/runtime";

const TICK_MS = 250;
/** A tick later than this was a pause of the whole process (rule 31). */
const LATE_MS = 500;

/** Notices that this process stood still: stopped by a signal, swapped out, or its machine suspended. */
export class PauseWatch {
  private readonly listeners = new Set<(lateMs: number) => void>();
  private timer: Timer | null = null;
  private dueMs = Number.POSITIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  start(): void {
    if (this.timer === null) this.await();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
    this.dueMs = Number.POSITIVE_INFINITY;
  }

  /** Notices a pause now, if there was one: for whoever is about to judge by the clock. */
  look(): void {
    const lateMs = this.clock.monotonicMs() - this.dueMs;
    if (lateMs <= LATE_MS) return;
    this.timer?.cancel();
    this.await();
    for (const listener of this.listeners) listener(lateMs);
  }

  /** @param listener hears by how much the tick was late, milliseconds */
  onPause(listener: (lateMs: number) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private await(): void {
    this.dueMs = this.clock.monotonicMs() + TICK_MS;
    const onTick = (): void => {
      this.look();
      // Whoever was told may have stopped the watch.
      if (this.timer === timer) this.await();
    };
    const timer = this.clock.setTimer(TICK_MS, onTick, { background: true });
    this.timer = timer;
  }
}
