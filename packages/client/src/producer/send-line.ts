import { Aborted, type Clock } from "@ottla/runtime";
import type { OnDelivery } from "./pending-batch";
import type { ProducerRecord } from "./producer-options";

export interface SendLineOptions {
  readonly clock: Clock;
  /** `max.block.ms`, for each send by itself. */
  readonly blockMsMax: number;
  /** @returns false when the record cannot be taken just now. @throws when it never can */
  readonly take: (record: ProducerRecord, onDelivery: OnDelivery) => boolean;
  /** Waits until `take` may succeed for this record. @throws DeadlineExceeded, KafkaError, Aborted */
  readonly ready: (record: ProducerRecord, timeoutMs: number, signal: AbortSignal) => Promise<void>;
  /** Nobody waits any more; this line is not used again. */
  readonly onEmpty: () => void;
}

/**
 * Sends to one topic that could not be taken at once, in the order of their calls. Were each to wait by itself, a later one could be
 * taken before the earlier ones have noticed that the wait is over.
 */
export class SendLine {
  private readonly waiting: WaitingSend[] = [];
  private readonly deserted = new AbortController();

  constructor(private readonly options: SendLineOptions) {}

  /** Puts a send behind those that wait. The first one sets the line in motion. */
  add(record: ProducerRecord, onDelivery: OnDelivery, reject: (error: unknown) => void, signal?: AbortSignal): void {
    const { clock, blockMsMax } = this.options;
    const onAbort = () => this.leave(send, new Aborted("waiting to send", signal?.reason));
    const send: WaitingSend = {
      record,
      onDelivery,
      deadlineMs: clock.monotonicMs() + blockMsMax,
      reject,
      stopListening: () => signal?.removeEventListener("abort", onAbort),
    };
    this.waiting.push(send);
    if (this.waiting.length === 1) void this.serve();
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  }

  private async serve(): Promise<void> {
    const { clock, ready } = this.options;
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      try {
        // Those behind have waited no longer: the deadline of the first is the next one.
        await ready(first.record, Math.max(0, first.deadlineMs - clock.monotonicMs()), this.deserted.signal);
        this.takeAll();
      } catch (error) {
        this.leave(first, error);
      }
    }
    this.end();
  }

  private takeAll(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      try {
        if (!this.options.take(first.record, first.onDelivery)) return;
      } catch (error) {
        this.leave(first, error);
        continue;
      }
      first.stopListening();
      this.waiting.shift();
    }
  }

  /** Without effect on one that has left before. */
  private leave(send: WaitingSend, error: unknown): void {
    const place = this.waiting.indexOf(send);
    if (place === -1) return;
    this.waiting.splice(place, 1);
    send.stopListening();
    send.reject(error);
    if (this.waiting.length === 0) this.end();
  }

  /** In the step in which the last one leaves, so that nobody joins a line that nobody serves. */
  private end(): void {
    if (this.deserted.signal.aborted) return;
    this.deserted.abort();
    this.options.onEmpty();
  }
}

interface WaitingSend {
  readonly record: ProducerRecord;
  readonly onDelivery: OnDelivery;
  /** Monotonic. */
  readonly deadlineMs: number;
  readonly reject: (error: unknown) => void;
  readonly stopListening: () => void;
}
