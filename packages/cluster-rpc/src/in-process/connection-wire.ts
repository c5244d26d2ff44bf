import type { Clock, ConnectionEvents, Side, SimulatedConnection, Timer } from "@ottla/runtime";
import type { Wire, WireEvents } from "../stream-endpoint";
import type { TransportLimits } from "../transport-options";
import { bytesOf, type Frame } from "../wire/codec";

/** One end of a stream on one side of a connection. */
export class ConnectionWire implements Wire, ConnectionEvents {
  private endpoint: WireEvents | null = null;
  private reading = false;
  private finished = false;
  private over = false;
  private readonly unread: Buffer[] = [];
  private linger: Timer | null = null;

  constructor(
    readonly peer: string,
    private readonly connection: SimulatedConnection,
    private readonly side: Side,
    private readonly clock: Clock,
    private readonly limits: TransportLimits,
    private readonly onOver: () => void,
  ) {
    connection.attach(side, this);
  }

  carry(endpoint: WireEvents): void {
    this.endpoint = endpoint;
  }

  write(frame: Frame): void {
    const { byteLength } = frame;
    this.connection.send(this.side, bytesOf(frame), () => this.endpoint?.left(byteLength));
  }

  startReading(): void {
    this.reading = true;
    if (this.unread.length > 0) this.clock.afterTick(() => this.handOver());
  }

  finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.connection.sendEvent(this.side, () => this.drop());
    this.linger = this.clock.setTimer(this.limits.lingerMs, () => this.drop(), { background: true });
  }

  drop(): void {
    this.connection.cut(this.side, "the stream was given up there");
    this.gone("the stream was given up here");
  }

  packet(bytes: Buffer): void {
    if (this.over) return;
    this.unread.push(bytes);
    if (this.reading) this.handOver();
  }

  reset(detail: string): void {
    this.gone(detail);
  }

  private handOver(): void {
    for (let next = this.unread.shift(); next !== undefined; next = this.unread.shift()) this.endpoint?.received(next);
  }

  private gone(detail: string): void {
    if (this.over) return;
    this.over = true;
    this.unread.length = 0;
    this.linger?.cancel();
    this.onOver();
    this.endpoint?.broken(detail);
  }
}
