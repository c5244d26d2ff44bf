import type { Clock, Timer } from "@ottla/runtime";

const TICK_MS = 250;
/** A tick later than this was a pause of the whole process (rule 31). */
const LATE_MS = 500;

/** Notices that this process stood still: stopped by a signal, swapped out, or its machine suspended. */
export class PauseWatch {
  private readonly listeners = new Set<(lateMs: number) => void>();
  private timer: Timer | null = null;

  constructor(private readonly clock: Clock) {}

  start(): void {
    if (this.timer === null) this.await(this.clock.monotonicMs() + TICK_MS);
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  /** @param listener hears by how much the tick was late, milliseconds */
  onPause(listener: (lateMs: number) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private await(dueMs: number): void {
    const onTick = (): void => {
      const nowMs = this.clock.monotonicMs();
      this.await(nowMs + TICK_MS);
      if (nowMs - dueMs > LATE_MS) for (const listener of this.listeners) listener(nowMs - dueMs);
    };
    this.timer = this.clock.setTimer(TICK_MS, onTick, { background: true });
  }
}
