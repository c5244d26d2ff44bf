import type { Clock, Timer } from "@ottla/runtime";
import type { CoordinatedGroup } from "./coordinated-group";
import { DeadlineQueue } from "./machine/deadline-queue";

/** Wakes every group of this broker when something in it is due: one timer of the clock for all of them. */
export class GroupTimers {
  private readonly queue = new DeadlineQueue<CoordinatedGroup>();
  private timer: { readonly atMs: number; readonly timer: Timer } | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly onDue: (group: CoordinatedGroup) => void,
  ) {}

  /** Something happened in the group: it may be due sooner than was known. */
  look(coordinated: CoordinatedGroup): void {
    const { nextDeadlineMs } = coordinated.group;
    const { wakeAtMs } = coordinated;
    if (coordinated.group.state === "Dead" || nextDeadlineMs === null) return;
    if (wakeAtMs !== null && wakeAtMs <= nextDeadlineMs) return;
    coordinated.wakeAtMs = nextDeadlineMs;
    this.queue.add(nextDeadlineMs, coordinated);
    this.arm();
  }

  close(): void {
    this.timer?.timer.cancel();
    this.timer = null;
  }

  private arm(): void {
    const { firstAtMs } = this.queue;
    if (firstAtMs === null || (this.timer !== null && this.timer.atMs <= firstAtMs)) return;
    this.timer?.timer.cancel();
    const delayMs = Math.max(0, firstAtMs - this.clock.monotonicMs());
    this.timer = { atMs: firstAtMs, timer: this.clock.setTimer(delayMs, () => this.fire(), { background: true }) };
  }

  private fire(): void {
    this.timer = null;
    const nowMs = this.clock.monotonicMs();
    for (let due = this.queue.takeDue(nowMs); due !== null; due = this.queue.takeDue(nowMs)) {
      const { item } = due;
      // An entry that a sooner one has replaced, or a group that is gone.
      if (item.wakeAtMs !== due.atMs || item.group.state === "Dead") continue;
      item.wakeAtMs = null;
      this.onDue(item);
      this.look(item);
    }
    this.arm();
  }
}
