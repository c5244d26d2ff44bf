import type { Clock, Timer } from "./clock";
import type { Random } from "./random";

/** How packets travel from one node to another. One object for each direction; changes hold for packets under way too. */
export interface LinkState {
  /** Milliseconds from one node to the other. */
  delayMs: number;
  /** Up to so many milliseconds more, drawn for each packet; one that comes late holds back those of its own connection alone. */
  jitterMs: number;
  /** Packets wait, as TCP's do on a path that drops everything: they arrive once it is healed, unless a side has given up by then. */
  stalled: boolean;
  /** Connections dialled in this direction are reset and dials refused, as by a firewall that answers. */
  refused: boolean;
  /** The machine at one of its ends has no power: packets wait as on a stalled link, whatever is healed. */
  dark: boolean;
}

/** Whether packets wait on this link just now. */
export function standsStill(link: LinkState): boolean {
  return link.stalled || link.dark;
}

/** One direction of one connection: packets arrive in the order in which they were sent, each after the link's delay. */
export class Lane {
  private readonly queue: { readonly dueMs: number; readonly deliver: () => void }[] = [];
  private wakeup: Timer | "afterTick" | null = null;
  private closed = false;
  private lastDueMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly link: LinkState,
    private readonly random: Random | null,
  ) {}

  send(deliver: () => void): void {
    if (this.closed) return;
    this.lastDueMs = Math.max(this.lastDueMs, this.clock.monotonicMs() + this.travelMs());
    this.queue.push({ dueMs: this.lastDueMs, deliver });
    this.schedule();
  }

  /** Call after the link has changed. */
  linkChanged(): void {
    this.schedule();
  }

  /** Drops what is under way. */
  close(): void {
    this.closed = true;
    this.queue.length = 0;
    if (this.wakeup !== null && this.wakeup !== "afterTick") this.wakeup.cancel();
    this.wakeup = null;
  }

  private travelMs(): number {
    const { delayMs, jitterMs } = this.link;
    if (jitterMs === 0 || this.random === null) return delayMs;
    // In coarse steps, so that packets of different connections now and then arrive in the same tick.
    return Math.ceil((delayMs + this.random.fraction() * jitterMs) * STEPS_PER_MS) / STEPS_PER_MS;
  }

  private schedule(): void {
    const head = this.queue[0];
    if (this.wakeup !== null || head === undefined || standsStill(this.link)) return;
    const waitMs = head.dueMs - this.clock.monotonicMs();
    if (waitMs > 0) {
      this.wakeup = this.clock.setTimer(waitMs, () => this.deliverDue());
    } else {
      this.wakeup = "afterTick";
      this.clock.afterTick(() => this.deliverDue());
    }
  }

  private deliverDue(): void {
    this.wakeup = null;
    // What is delivered may send more; that goes with the next round, so that one connection cannot starve the others.
    for (let left = this.queue.length; left > 0 && !this.closed && !standsStill(this.link); left--) {
      const head = this.queue[0];
      if (head === undefined || head.dueMs > this.clock.monotonicMs()) break;
      this.queue.shift();
      head.deliver();
    }
    if (!this.closed) this.schedule();
  }
}

const STEPS_PER_MS = 8;
