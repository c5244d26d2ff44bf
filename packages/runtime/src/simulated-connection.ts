import type { Clock, Timer } from "./clock";
import type { Random } from "./random";
import { Lane, type LinkState, standsStill } from "./simulated-link";

export type Side = "dialler" | "listener";

/** What a side of a connection hears. */
export interface ConnectionEvents {
  packet(bytes: Buffer): void;
  /** The connection is gone: reset, given up after no answer, or its other process died. Not called at the side that cut it. */
  reset(detail: string): void;
}

/** The process at one end, through which everything that reaches it must go. */
export interface Gate {
  readonly isPaused: boolean;
  enter(event: () => void): void;
}

/** Both sides ask each other whether they still live. */
export interface Keepalive {
  readonly keepaliveTimeMs: number;
  readonly keepaliveTimeoutMs: number;
}

/** A connection between two nodes: two lanes, and, if asked for, the keepalive that notices when the other side stands still. */
export class SimulatedConnection {
  private readonly lanes: Readonly<Record<Side, Lane>>;
  private readonly events: Record<Side, ConnectionEvents | null> = { dialler: null, listener: null };
  private readonly gates: Record<Side, Gate>;
  private giveUp: Timer | null = null;
  private isOpen = false;
  /** What the dialling side sent, and arrived before the handshake was over. */
  private early: (() => void)[] = [];

  constructor(
    readonly diallerNode: string,
    readonly listenerNode: string,
    private readonly there: LinkState,
    private readonly back: LinkState,
    private readonly options: {
      readonly clock: Clock;
      readonly random: Random | null;
      readonly diallerGate: Gate;
      readonly keepalive: Keepalive | null;
      readonly onGone: (connection: SimulatedConnection) => void;
    },
  ) {
    const { clock, random, diallerGate } = options;
    this.lanes = { dialler: new Lane(clock, there, random), listener: new Lane(clock, back, random) };
    this.gates = { dialler: diallerGate, listener: diallerGate };
    this.changed();
  }

  attach(side: Side, events: ConnectionEvents): void {
    this.events[side] = events;
  }

  /**
   * The dial has arrived: `shaken` is called once its answer can get back, too. Where nothing is cut that takes no time.
   */
  shakeHands(shaken: () => void): void {
    if (standsStill(this.back)) this.lanes.listener.send(() => this.lanes.dialler.send(shaken));
    else shaken();
  }

  /** The process that listens has the connection, though it may not know yet. */
  acceptedBy(gate: Gate): void {
    this.gates.listener = gate;
    this.changed();
  }

  /** What the dialling side has sent meanwhile arrives. */
  open(): void {
    this.isOpen = true;
    const { early } = this;
    this.early = [];
    for (const arrive of early) arrive();
  }

  /** @param left called when the packet has arrived, and so waits no more at the sender */
  send(from: Side, bytes: Buffer, left?: () => void): void {
    const to = other(from);
    this.travel(from, () => {
      if (left !== undefined) this.gates[from].enter(left);
      this.gates[to].enter(() => this.events[to]?.packet(bytes));
    });
  }

  /** Something that happens to the process at the other side once all that was sent before has arrived there. */
  sendEvent(from: Side, arrived: () => void): void {
    this.travel(from, () => this.gates[other(from)].enter(arrived));
  }

  /** The same to the machine at the other side: its process need not run for it. */
  sendToMachine(from: Side, arrived: () => void): void {
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
        this.gone();
        this.tell(far, detail);
      });
  }

  /** As `cut`, for a side whose process died before it heard of the connection, too. */
  die(side: Side, detail: string): void {
    this.events[side] ??= NOBODY;
    this.cut(side, detail);
  }

  /** Both sides learn at once that the connection is no more. */
  resetBoth(detail: string): void {
    this.gone();
    this.tell("dialler", detail);
    this.tell("listener", detail);
  }

  /** Call after a link or a process has changed. */
  changed(): void {
    if (this.there.refused) {
      this.resetBoth("connection reset");
      return;
    }
    this.lanes.dialler.linkChanged();
    this.lanes.listener.linkChanged();
    const { keepalive, clock } = this.options;
    if (keepalive === null) return;
    const paused = this.gates.dialler.isPaused || this.gates.listener.isPaused;
    if (!paused && !standsStill(this.there) && !standsStill(this.back)) {
      this.giveUp?.cancel();
      this.giveUp = null;
    } else if (this.giveUp === null) {
      // A question and its answer need both directions, so both sides give up when either stands still.
      const { keepaliveTimeMs, keepaliveTimeoutMs } = keepalive;
      this.giveUp = clock.setTimer(keepaliveTimeMs + keepaliveTimeoutMs, () =>
        this.resetBoth("no answer to a keepalive"),
      );
    }
  }

  private travel(from: Side, arrive: () => void): void {
    this.lanes[from].send(() => {
      if (from === "dialler" && !this.isOpen) this.early.push(arrive);
      else arrive();
    });
  }

  private tell(side: Side, detail: string): void {
    const events = this.events[side];
    this.events[side] = null;
    if (events !== null) this.gates[side].enter(() => events.reset(detail));
  }

  private gone(): void {
    this.giveUp?.cancel();
    this.giveUp = null;
    this.lanes.dialler.close();
    this.lanes.listener.close();
    this.early = [];
    this.options.onGone(this);
  }
}

const NOBODY: ConnectionEvents = { packet: () => undefined, reset: () => undefined };

export function other(side: Side): Side {
  return side === "dialler" ? "listener" : "dialler";
}
