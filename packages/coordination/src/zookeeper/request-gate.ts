import type { Clock, Timer } from "@ottla/runtime";
import { NeverSent } from "../lost-replies";
import { CoordinationError, type CoordinationErrorCode } from "../port";

/**
 * Lets requests through to the ensemble: only while a connection stands, only so many unanswered at a time, in the order they came.
 * One that waits longer than the connection timeout fails, so that nothing waits for ever.
 */
export class RequestGate {
  private readonly waiting = new Set<Waiting>();
  private unanswered = 0;
  private open = false;
  private shutFor: CoordinationErrorCode | null = null;

  constructor(
    private readonly options: {
      readonly clock: Clock;
      readonly connectionTimeoutMs: number;
      /** Requests sent and not yet answered; Kafka's `zookeeper.max.in.flight.requests`. */
      readonly maxInFlight: number;
      /** Requests waiting. */
      readonly maxWaiting: number;
    },
  ) {}

  /** Resolves when a request may go; whoever was let through says `leave` when its reply has come. */
  enter(operation: string, path: string): Promise<void> {
    if (this.shutFor !== null) return Promise.reject(new CoordinationError(this.shutFor, operation, path));
    if (this.open && this.unanswered < this.options.maxInFlight && this.waiting.size === 0) {
      this.unanswered += 1;
      return Promise.resolve();
    }
    const { clock, connectionTimeoutMs, maxWaiting } = this.options;
    if (this.waiting.size >= maxWaiting)
      return Promise.reject(
        new CoordinationError("OTHER", operation, path, { detail: `${maxWaiting} requests are waiting already` }),
      );
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(connectionTimeoutMs, () => {
        this.waiting.delete(waiter);
        const detail = this.open
          ? `not sent for ${connectionTimeoutMs} ms, ${this.unanswered} unanswered`
          : `no connection for ${connectionTimeoutMs} ms`;
        reject(new NeverSent("CONNECTION_LOSS", operation, path, { detail }));
      });
      const waiter: Waiting = { operation, path, timer, resolve, reject };
      this.waiting.add(waiter);
    });
  }

  leave(): void {
    this.unanswered -= 1;
    this.admit();
  }

  /** A connection stands. */
  opened(): void {
    this.open = true;
    this.admit();
  }

  /** The connection broke: who waits goes on waiting for the next. */
  closed(): void {
    this.open = false;
  }

  /** The session they were meant for is over: who waits fails. */
  failWaiting(code: CoordinationErrorCode): void {
    for (const { operation, path, timer, reject } of this.waiting) {
      timer.cancel();
      reject(new CoordinationError(code, operation, path));
    }
    this.waiting.clear();
  }

  /** For good: who waits fails, and who comes later too. */
  shut(code: CoordinationErrorCode): void {
    this.shutFor = code;
    this.open = false;
    this.failWaiting(code);
  }

  private admit(): void {
    for (const waiter of this.waiting) {
      if (!this.open || this.unanswered >= this.options.maxInFlight) return;
      this.waiting.delete(waiter);
      this.unanswered += 1;
      waiter.timer.cancel();
      waiter.resolve();
    }
  }
}

interface Waiting {
  readonly operation: string;
  readonly path: string;
  readonly timer: Timer;
  readonly resolve: () => void;
  readonly reject: (error: CoordinationError) => void;
}
