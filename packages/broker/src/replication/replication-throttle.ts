import type { Clock, Timer } from "@ottla/runtime";
import { TokenBucket } from "./token-bucket";

/** What becomes available is collected for so long before who waits is told: many small pushes cost more than they hurry. */
const COLLECT_MS = 20;

/**
 * One side of a broker's throttled replication: everything it sends as leader, or takes as follower (KIP-73). All streams share it, and
 * those that wait take turns.
 */
export class ReplicationThrottle {
  private readonly bucket: TokenBucket;
  /** In the order in which they began to wait. */
  private readonly waiting = new Set<() => void>();
  private timer: Timer | null = null;

  /** @param rate bytes a second, read again after `onRateChanged`; Infinity for no limit */
  constructor(
    private readonly clock: Clock,
    private readonly rate: () => number,
  ) {
    this.bucket = new TokenBucket(rate(), clock.monotonicMs());
  }

  /** Whether there is a limit. */
  get isOn(): boolean {
    return this.bucket.bytesPerSecond !== Number.POSITIVE_INFINITY;
  }

  get bytesPerSecond(): number {
    return this.bucket.bytesPerSecond;
  }

  /** Bytes that may go now; below one when nothing may. */
  available(): number {
    return this.bucket.available(this.clock.monotonicMs());
  }

  /** Bytes that had to wait have gone; negative when they came back unused. */
  take(bytes: number): void {
    this.bucket.take(bytes, this.clock.monotonicMs());
  }

  /** Bytes of a replica in sync have gone: they count, and never wait. */
  count(bytes: number): void {
    this.bucket.count(bytes, this.clock.monotonicMs());
  }

  /** Calls `waiter` once when something may go, after those that waited before it. It waits once, however often it asks. */
  whenAvailable(waiter: () => void): void {
    this.waiting.add(waiter);
    this.arm();
  }

  forget(waiter: () => void): void {
    this.waiting.delete(waiter);
    if (this.waiting.size === 0) this.disarm();
  }

  /** The rate may have changed: it counts from now on. */
  onRateChanged(): void {
    const rate = this.rate();
    if (rate === this.bucket.bytesPerSecond) return;
    this.bucket.setRate(rate, this.clock.monotonicMs());
    this.disarm();
    this.arm();
  }

  close(): void {
    this.waiting.clear();
    this.disarm();
  }

  private arm(): void {
    if (this.timer !== null || this.waiting.size === 0) return;
    const waitMs = this.bucket.msUntilAvailable(this.clock.monotonicMs());
    // Under a rate of zero nothing is due before the rate changes.
    if (waitMs === Number.POSITIVE_INFINITY) return;
    this.timer = this.clock.setTimer(Math.max(waitMs, COLLECT_MS), () => this.onAvailable(), { background: true });
  }

  private disarm(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private onAvailable(): void {
    this.timer = null;
    let turns = this.waiting.size;
    for (const waiter of this.waiting) {
      // One that waits again stands behind the others, until the next time.
      if (turns-- === 0 || this.available() < 1) break;
      this.waiting.delete(waiter);
      waiter();
    }
    this.arm();
  }
}
