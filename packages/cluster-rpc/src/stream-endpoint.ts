import { explain } from "@ottla/runtime";
import type { DuplexStream, StreamEnd } from "./port";
import { limitsOf, type TransportLimits, type TransportOptions } from "./transport-options";
import type { Codec, Frame, Goodbye } from "./wire/codec";

/** What carries the frames of one stream end; the adapters differ in this alone. After `finish` or `drop` nothing else is called. */
export interface Wire {
  readonly peer: string;
  /** Takes a frame; says `left(frame.byteLength)` when it has left. */
  write(frame: Frame): void;
  /** Frames may be handed over from now on. */
  startReading(): void;
  /** Lets what was written leave, for `lingerMs` at most, then ends the stream. */
  finish(): void;
  /** Ends the stream at once. */
  drop(): void;
}

/** What a wire says to the stream end that it carries, always from the event loop. */
export interface WireEvents {
  /** `bytes` of what was written have left. */
  left(bytes: number): void;
  /** One whole frame has come. */
  received(bytes: Buffer): void;
  /** The wire is gone. */
  broken(detail: string): void;
}

/** One end of a stream: what the port promises of it, over any wire. */
export class StreamEndpoint<Out, In extends { readonly kind: string }> implements DuplexStream<Out, In>, WireEvents {
  private readonly limits: TransportLimits;
  private waitingBytes = 0;
  private full = false;
  private ended: StreamEnd | null = null;
  private messageListener: ((message: In) => void) | null = null;
  private drainListener: (() => void) | null = null;
  private endListener: ((reason: StreamEnd) => void) | null = null;

  constructor(
    private readonly wire: Wire,
    private readonly outgoing: Codec<Out | Goodbye, unknown>,
    private readonly incoming: Codec<never, In | Goodbye>,
    private readonly options: TransportOptions,
  ) {
    this.limits = limitsOf(options);
  }

  get peer(): string {
    return this.wire.peer;
  }

  get bufferedBytes(): number {
    return this.waitingBytes;
  }

  send(message: Out): boolean {
    if (this.ended !== null) return false;
    const frame = this.outgoing.encode(message);
    if (frame.byteLength > this.limits.messageBytesMax) {
      this.breakOff(`a message of ${frame.byteLength} bytes is above the limit of ${this.limits.messageBytesMax}`);
      return false;
    }
    if (this.waitingBytes > this.limits.sendBufferBytesMax) {
      this.breakOff(`${this.waitingBytes} bytes wait to leave and more were sent`);
      return false;
    }
    this.waitingBytes += frame.byteLength;
    this.wire.write(frame);
    if (this.waitingBytes <= this.limits.sendBufferBytes) return true;
    this.full = true;
    return false;
  }

  onMessage(listener: (message: In) => void): void {
    const first = this.messageListener === null;
    this.messageListener = listener;
    if (first && this.ended === null) this.wire.startReading();
  }

  onDrain(listener: () => void): void {
    this.drainListener = listener;
  }

  onEnd(listener: (reason: StreamEnd) => void): void {
    this.endListener = listener;
    const { ended } = this;
    if (ended !== null) this.options.clock.afterTick(() => this.endListener?.(ended));
  }

  close(reason = ""): void {
    if (this.ended !== null) return;
    this.wire.write(this.outgoing.encode({ kind: "goodbye", reason }));
    this.wire.finish();
    this.end({ kind: "closed", detail: reason });
  }

  left(bytes: number): void {
    this.waitingBytes = Math.max(0, this.waitingBytes - bytes);
    if (!this.full || this.ended !== null || this.waitingBytes > this.limits.sendBufferBytes / 2) return;
    this.full = false;
    this.drainListener?.();
  }

  received(bytes: Buffer): void {
    if (this.ended !== null) return;
    let message: In | Goodbye;
    try {
      message = this.incoming.decode(bytes);
    } catch (failure) {
      this.options.logger.warn("a peer sent what is no message of this protocol", {
        peer: this.peer,
        bytes: bytes.length,
        cause: explain(failure),
      });
      this.end({ kind: "malformed", detail: explain(failure) });
      this.wire.drop();
      return;
    }
    if (isGoodbye(message)) {
      this.wire.finish();
      this.end({ kind: "closedByPeer", detail: message.reason });
      return;
    }
    this.messageListener?.(message);
  }

  broken(detail: string): void {
    this.end({ kind: "broken", detail });
  }

  private breakOff(detail: string): void {
    this.options.logger.error("a stream is broken off by its sender", { peer: this.peer, cause: detail });
    const ended: StreamEnd = { kind: "broken", detail };
    this.ended = ended;
    this.wire.drop();
    this.options.clock.afterTick(() => this.endListener?.(ended));
  }

  private end(reason: StreamEnd): void {
    if (this.ended !== null) return;
    this.ended = reason;
    this.endListener?.(reason);
  }
}

function isGoodbye(message: { readonly kind: string }): message is Goodbye {
  return message.kind === "goodbye";
}
