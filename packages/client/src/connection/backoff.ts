import type { Random } from "@ottla/runtime";

/** Waits that double from one failure to the next, each 20 % longer or shorter by chance, so that clients do not return in step. */
export class Backoff {
  private failures = 0;

  /** @param options bounds in ms: `reconnect.backoff.ms` and `reconnect.backoff.max.ms`, or their `retry.` counterparts */
  constructor(private readonly options: { readonly minMs: number; readonly maxMs: number; readonly random: Random }) {}

  /** How long to wait after one more failure, in ms. */
  next(): number {
    const { minMs, maxMs, random } = this.options;
    const plain = Math.min(maxMs, minMs * 2 ** Math.min(this.failures++, 30));
    return plain * (1 - JITTER + 2 * JITTER * random.fraction());
  }

  /** After a success. */
  reset(): void {
    this.failures = 0;
  }
}

const JITTER = 0.2;
