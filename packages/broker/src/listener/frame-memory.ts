import type { Clock, Timer } from "@ottla/runtime";

/** Something that holds bytes of requests, and can be told to read no more for a while. */
export interface FrameHolder {
  readonly heldBytes: number;
  /** Whether its memory comes free only if its client goes on: a request has come in part, or answers are not taken. */
  readonly waitsForClient: boolean;
  /** Whole requests that have come so far. */
  readonly framesReceived: number;
  /** Bytes that have come and bytes of answers that were taken, so far. */
  readonly movedBytes: number;
  setMemoryHold(held: boolean): void;
  /** Its client keeps all others waiting: closes, and lets go of what it holds. */
  giveUp(): void;
}

/** A client in its turn must move this much in each span, or it is cut off: 64 KiB/s. */
const SPAN_MS = 2000;
const SPAN_BYTES_MIN = 128 * 1024;
/** Nor may a single request take longer, however steadily it comes: by then the clients that wait have given theirs up. */
const TURN_MS_MAX = 30_000;

interface Turn {
  readonly holder: FrameHolder;
  readonly framesBefore: number;
  readonly sinceMs: number;
  movedBefore: number;
  timer: Timer;
}

/**
 * Bounds the bytes of requests held at a time over all connections.
 *
 * Past the bound one holder at a time is read, those that have waited longest first, so that its request becomes whole and lets go of its
 * memory; under half the bound all are. A turn ends with one request, and one whose client is slow while others wait ends with the
 * connection: passing the turn on instead would leave its memory held, and let everybody begin what nobody ends.
 */
export class FrameMemory {
  private totalBytes = 0;
  /** In the order in which they get their turns. */
  private readonly holders = new Map<FrameHolder, number>();
  private holding = false;
  private turn: Turn | null = null;

  constructor(
    private readonly limitBytes: number,
    private readonly clock: Clock,
  ) {}

  get heldBytes(): number {
    return this.totalBytes;
  }

  /** Takes note of what `holder` holds now. Called after each change. */
  update(holder: FrameHolder): void {
    const before = this.holders.get(holder) ?? 0;
    const now = holder.heldBytes;
    if (before === now && !this.holding) return;
    this.totalBytes += now - before;
    if (now === 0) this.holders.delete(holder);
    else this.holders.set(holder, now);
    if (now === 0 && this.holding) holder.setMemoryHold(false);
    this.decide();
  }

  /** The holder is gone. */
  remove(holder: FrameHolder): void {
    this.totalBytes -= this.holders.get(holder) ?? 0;
    this.holders.delete(holder);
    this.decide();
  }

  private decide(): void {
    if (this.totalBytes > this.limitBytes) this.holding = true;
    else if (this.holding && this.totalBytes <= this.limitBytes / 2) {
      this.holding = false;
      this.passTurnTo(null);
      for (const holder of this.holders.keys()) holder.setMemoryHold(false);
    }
    if (!this.holding) return;
    this.passTurnTo(this.nextInTurn());
    for (const holder of this.holders.keys()) holder.setMemoryHold(holder !== this.turn?.holder);
  }

  /** Null when each holder has whole requests only: they come free by themselves. */
  private nextInTurn(): FrameHolder | null {
    const last = this.turn;
    if (last !== null && this.holders.has(last.holder)) {
      if (last.holder.waitsForClient && last.holder.framesReceived === last.framesBefore) return last.holder;
      // Who sends one request after the other always holds something; the others must get their turns all the same.
      this.holders.delete(last.holder);
      this.holders.set(last.holder, last.holder.heldBytes);
    }
    for (const holder of this.holders.keys()) if (holder.waitsForClient) return holder;
    return null;
  }

  private passTurnTo(holder: FrameHolder | null): void {
    const last = this.turn;
    const { clock } = this;
    if (holder === (last?.holder ?? null) && holder?.framesReceived === last?.framesBefore) return;
    last?.timer.cancel();
    this.turn =
      holder === null
        ? null
        : {
            holder,
            framesBefore: holder.framesReceived,
            sinceMs: clock.monotonicMs(),
            movedBefore: holder.movedBytes,
            timer: this.judgeLater(),
          };
  }

  private judgeLater(): Timer {
    const { clock } = this;
    // After a stall of this process its timers run before it reads: what the client has sent meanwhile must count.
    return clock.setTimer(SPAN_MS, () => clock.afterTick(() => this.judge()), { background: true });
  }

  private judge(): void {
    const { turn, clock } = this;
    if (turn === null) return;
    const moved = turn.holder.movedBytes - turn.movedBefore;
    const heldMs = clock.monotonicMs() - turn.sinceMs;
    if (heldMs < SPAN_MS) return;
    const isSlow = moved < SPAN_BYTES_MIN || heldMs >= TURN_MS_MAX;
    if (isSlow && this.holders.size > 1) {
      turn.holder.giveUp();
      this.remove(turn.holder);
      return;
    }
    turn.movedBefore = turn.holder.movedBytes;
    turn.timer = this.judgeLater();
  }
}
