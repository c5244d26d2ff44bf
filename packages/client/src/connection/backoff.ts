import type { Random } from "@ottla/runtime";

export interface BackoffOptions {
  readonly minMs: number;
  readonly maxMs: number;
  readonly random: Random;
}

/** How long to wait after `failures` (1 and up) failures in a row, in ms. */
export function backoffMs(failures: number, { minMs, maxMs, random }: BackoffOptions): number {
  const plain = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return plain * (1 - JITTER + 2 * JITTER * random.fraction());
}

/** Waits that double from one failure to the next, each 20 % longer or shorter by chance, so that clients do not return in step. */
export class Backoff {
  private failures = 0;

  /** @param options bounds in ms: `reconnect.backoff.ms` and `reconnect.backoff.max.ms`, or their `retry.` counterparts */
  constructor(private readonly options: BackoffOptions) {}

  /** How long to wait after one more failure, in ms. */
  next(): number {
    return backoffMs(++this.failures, this.options);
  }

  /** After a success. */
  reset(): void {
    this.failures = 0;
  }
}

const JITTER = 0.2;
