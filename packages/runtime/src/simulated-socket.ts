import { EventEmitter } from "node:events";
import { other, type Side, type SimulatedConnection } from "./simulated-connection";
import type { SimulatedProcess } from "./simulated-process";
import type { StreamSocket } from "./sockets";

/** Bytes that may be under way or unread in one direction of a connection: what two kernels hold. */
const WINDOW_BYTES = 512 * 1024;
/** `write` asks for patience from here on, as Node's default has it. */
const HIGH_WATER_MARK_BYTES = 16 * 1024;

/** A packet without bytes ends the stream. */
const END = Buffer.alloc(0);
/** The other side has let go of its socket, having read everything: no error. */
const CLOSED = "closed";

/**
 * One end of a connection as `net.Socket` behaves: what is written leaves once this event is over, what comes is read while somebody
 * listens and nobody has paused it, and a reader that rests makes the writer wait.
 */
export class SimulatedSocket extends EventEmitter implements StreamSocket {
  destroyed = false;
  bytesRead = 0;
  bytesWritten = 0;
  writableLength = 0;
  private connection: SimulatedConnection | null = null;
  private side: Side = "dialler";
  private connected = false;
  private pausedByReader = false;
  private flowing = false;
  private needDrain = false;
  private ending: "no" | "asked" | "sent" = "no";
  private destroysAfterEnd = false;
  private endHeard: "no" | "come" | "told" = "no";
  private flushScheduled = false;
  private outgoing: { readonly bytes: Buffer; readonly taken: ((error?: Error | null) => void) | undefined }[] = [];
  private readonly incoming: Buffer[] = [];
  /** Sent, and not yet read at the other side. */
  private unreadThere = 0;

  constructor(
    private readonly process: SimulatedProcess,
    private readonly remote: { readonly address: string; readonly port: number },
    private readonly allowHalfOpen: boolean,
  ) {
    super();
  }

  get remoteAddress(): string {
    return this.remote.address;
  }

  get remotePort(): number {
    return this.remote.port;
  }

  override on(event: string, listener: (...args: never[]) => void): this {
    super.on(event, listener as (...args: unknown[]) => void);
    if (event === "data" && !this.pausedByReader) this.startFlowing();
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  write(chunk: Buffer, taken?: (error?: Error | null) => void): boolean {
    if (this.destroyed || this.ending !== "no") {
      if (taken !== undefined) this.process.clock.afterTick(() => taken(errorOf("ERR_STREAM_DESTROYED")));
      return false;
    }
    // The bytes are the writer's again once they are taken: what is under way must not change with them.
    this.outgoing.push({ bytes: Buffer.from(chunk), taken });
    this.writableLength += chunk.length;
    this.bytesWritten += chunk.length;
    this.scheduleFlush();
    if (this.writableLength < HIGH_WATER_MARK_BYTES) return true;
    this.needDrain = true;
    return false;
  }

  // What one event writes leaves together in any case.
  cork(): void {}

  uncork(): void {}

  isPaused(): boolean {
    return this.pausedByReader;
  }

  pause(): this {
    this.pausedByReader = true;
    this.flowing = false;
    return this;
  }

  resume(): this {
    this.pausedByReader = false;
    this.startFlowing();
    return this;
  }

  end(): this {
    if (this.ending === "no" && !this.destroyed) {
      this.ending = "asked";
      this.scheduleFlush();
    }
    return this;
  }

  destroySoon(): void {
    this.destroysAfterEnd = true;
    if (this.ending === "sent") this.destroy();
    else this.end();
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    if (this.connection !== null) {
      if (this.incoming.length > 0) this.connection.cut(this.side, "read ECONNRESET");
      else {
        if (this.connected && this.ending !== "sent") this.connection.send(this.side, END);
        this.connection.cut(this.side, CLOSED);
      }
    }
    this.connection = null;
    this.incoming.length = 0;
    const unwritten = this.outgoing;
    this.outgoing = [];
    this.writableLength = 0;
    this.process.clock.afterTick(() => {
      for (const { taken } of unwritten) taken?.(error ?? errorOf("ERR_STREAM_DESTROYED"));
      if (error !== undefined) this.emit("error", error);
      this.emit("close");
    });
    return this;
  }

  carriedBy(connection: SimulatedConnection, side: Side): void {
    this.connection = connection;
    this.side = side;
    let both = ends.get(connection);
    if (both === undefined) ends.set(connection, (both = {}));
    both[side] = this;
    connection.attach(side, {
      packet: (bytes) => this.bePacket(bytes),
      reset: (detail) => this.beReset(detail),
    });
  }

  beConnected(): void {
    if (this.connected || this.destroyed) return;
    this.connected = true;
    this.emit("connect");
    this.scheduleFlush();
  }

  beReset(detail: string): void {
    this.connection = null;
    if (this.destroyed) return;
    if (detail === CLOSED) {
      if (this.endHeard === "no") this.endHeard = "come";
      this.hearEnd();
    } else this.destroy(errorOf(/\bE[A-Z]{5,}/.exec(detail)?.[0] ?? "ECONNRESET", detail));
  }

  private bePacket(bytes: Buffer): void {
    if (this.destroyed) return;
    if (bytes.length === 0) this.endHeard = "come";
    else this.incoming.push(bytes);
    if (this.flowing) this.read();
  }

  private startFlowing(): void {
    if (this.flowing || this.listenerCount("data") === 0) return;
    this.flowing = true;
    this.process.clock.afterTick(() => this.read());
  }

  private read(): void {
    while (this.flowing && !this.destroyed) {
      const chunk = this.incoming.shift();
      if (chunk === undefined) break;
      this.bytesRead += chunk.length;
      this.peer()?.beRead(chunk.length);
      this.emit("data", chunk);
    }
    this.hearEnd();
  }

  private hearEnd(): void {
    if (this.endHeard !== "come" || !this.flowing || this.incoming.length > 0 || this.destroyed) return;
    this.endHeard = "told";
    this.emit("end");
    if (!this.allowHalfOpen) this.end();
    this.destroyWhenOver();
  }

  /** The other side has read so much. */
  private beRead(bytes: number): void {
    this.unreadThere -= bytes;
    if (this.outgoing.length > 0) this.scheduleFlush();
  }

  private scheduleFlush(): void {
    if (this.flushScheduled || !this.connected) return;
    this.flushScheduled = true;
    this.process.clock.afterTick(() => this.flush());
  }

  private flush(): void {
    this.flushScheduled = false;
    if (this.destroyed) return;
    const { connection } = this;
    if (connection === null && this.outgoing.length > 0) {
      this.destroy(errorOf("EPIPE"));
      return;
    }
    const leaving = this.takeWhatFits();
    if (leaving.length > 0 && connection !== null) {
      const bytes = leaving.length === 1 ? leaving[0]!.bytes : Buffer.concat(leaving.map((one) => one.bytes));
      this.unreadThere += bytes.length;
      this.writableLength -= bytes.length;
      connection.send(this.side, bytes);
    }
    for (const { taken } of leaving) taken?.();
    if (this.outgoing.length > 0 || this.destroyed) return;
    if (this.needDrain) {
      this.needDrain = false;
      this.emit("drain");
    }
    this.finish();
  }

  private takeWhatFits(): typeof this.outgoing {
    let room = WINDOW_BYTES - this.unreadThere;
    let count = 0;
    for (const { bytes } of this.outgoing) {
      if (room <= 0) break;
      room -= bytes.length;
      count++;
    }
    return this.outgoing.splice(0, count);
  }

  private finish(): void {
    if (this.ending !== "asked" || this.outgoing.length > 0) return;
    this.ending = "sent";
    this.connection?.send(this.side, END);
    if (this.destroysAfterEnd) this.destroy();
    else this.destroyWhenOver();
  }

  private destroyWhenOver(): void {
    if (this.ending === "sent" && this.endHeard === "told") this.destroy();
  }

  private peer(): SimulatedSocket | undefined {
    return this.connection === null ? undefined : ends.get(this.connection)?.[other(this.side)];
  }
}

const ends = new WeakMap<SimulatedConnection, Partial<Record<Side, SimulatedSocket>>>();

function errorOf(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}
