import type { Clock, Timer } from "@ottla/runtime";
import type { TransportLimits } from "../transport-options";
import { Lane, type LinkState } from "./link";

export type Side = "dialler" | "listener";

/** What a side of a connection hears. */
export interface ConnectionEvents {
  packet(bytes: Buffer): void;
  /** The connection is gone: reset, given up after no answer, or its other process died. Not called at the side that cut it. */
  reset(detail: string): void;
}

/** A connection between two nodes: two lanes, and the keepalive that notices when one of them stands still. */
export class Connection {
  private readonly lanes: Readonly<Record<Side, Lane>>;
  private readonly events: Record<Side, ConnectionEvents | null> = { dialler: null, listener: null };
  private giveUp: Timer | null = null;

  constructor(
    readonly diallerNode: string,
    readonly listenerNode: string,
    private readonly there: LinkState,
    private readonly back: LinkState,
    private readonly clock: Clock,
    private readonly limits: TransportLimits,
    private readonly onGone: (connection: Connection) => void,
  ) {
    this.lanes = { dialler: new Lane(clock, there), listener: new Lane(clock, back) };
    this.linkChanged();
  }

  attach(side: Side, events: ConnectionEvents): void {
    this.events[side] = events;
  }

  /** @param left called when the packet has arrived, and so waits no more at the sender */
  send(from: Side, bytes: Buffer, left: () => void): void {
    this.lanes[from].send(() => {
      left();
      this.events[other(from)]?.packet(bytes);
    });
  }

  /** Something that happens at the other side once all that was sent before has arrived there. */
  sendEvent(from: Side, arrived: () => void): void {
    this.lanes[from].send(arrived);
  }

  /** Ends the connection at `side` now; the other side learns of it when the packet that says so arrives. */
  cut(side: Side, detail: string): void {
    if (this.events[side] === null) return;
    this.events[side] = null;
    const far = other(side);
    if (this.events[far] === null) this.gone();
    else
      this.lanes[side].send(() => {
        const events = this.events[far];
        this.events[far] = null;
        this.gone();
        events?.reset(detail);
      });
  }

  /** Both sides learn at once that the connection is no more. */
  resetBoth(detail: string): void {
    const sides = [this.events.dialler, this.events.listener];
    this.events.dialler = null;
    this.events.listener = null;
    this.gone();
    for (const events of sides) events?.reset(detail);
  }

  /** Call after a link has changed. */
  linkChanged(): void {
    if (this.there.refused) {
      this.resetBoth("connection reset");
      return;
    }
    this.lanes.dialler.linkChanged();
    this.lanes.listener.linkChanged();
    const stalled = this.there.stalled || this.back.stalled;
    if (!stalled) {
      this.giveUp?.cancel();
      this.giveUp = null;
    } else if (this.giveUp === null) {
      // A question and its answer need both directions, so both sides give up when either stands still.
      const { keepaliveTimeMs, keepaliveTimeoutMs } = this.limits;
      this.giveUp = this.clock.setTimer(keepaliveTimeMs + keepaliveTimeoutMs, () =>
        this.resetBoth("no answer to a keepalive"),
      );
    }
  }

  private gone(): void {
    this.giveUp?.cancel();
    this.lanes.dialler.close();
    this.lanes.listener.close();
    this.onGone(this);
  }
}

function other(side: Side): Side {
  return side === "dialler" ? "listener" : "dialler";
}
