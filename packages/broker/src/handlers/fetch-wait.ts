import { Aborted, type Timer } from "@ottla/runtime";
import type { FetchReading, PartitionReading } from "./fetch-reading";
import type { RequestContext } from "./handler";

export interface FetchWaitOptions {
  readonly minBytes: number;
  readonly maxWaitMs: number;
  readonly context: RequestContext;
}

/**
 * A Fetch that found too little, until enough is committed, something changes, or its time is up.
 *
 * It is woken by the high watermark, never by a clock, and holds no bytes meanwhile. What the partitions say has been appended is only
 * a reason to look; the next reading decides.
 */
export class FetchWait {
  private unwatch: (() => void)[] = [];
  private timer: Timer | null = null;
  private expectedBytes = 0;
  private mustAnswer = false;
  private isLooking = false;
  private lookAgain = false;
  private resolve: (readings: readonly PartitionReading[]) => void = () => {};
  private reject: (error: unknown) => void = () => {};
  private readonly onAbort = () =>
    this.end(() => this.reject(new Aborted("fetch", this.options.context.signal.reason)));

  constructor(
    private readonly reading: FetchReading,
    private readonly options: FetchWaitOptions,
  ) {}

  /** @throws Aborted when the connection closes or the broker stops */
  untilWorthAnswering(): Promise<readonly PartitionReading[]> {
    const { context, maxWaitMs } = this.options;
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      if (context.signal.aborted) return this.onAbort();
      this.expectedBytes = this.reading.sizeBytes;
      this.watch();
      this.reading.release();
      context.signal.addEventListener("abort", this.onAbort, { once: true });
      this.timer = context.services.clock.setTimer(maxWaitMs, () => {
        this.mustAnswer = true;
        this.look();
      });
      this.lookIfMissed();
    });
  }

  private watch(): void {
    for (const { partition, asked, highWatermark } of this.reading.found) {
      if (partition === null) continue;
      // Read from the device, the partitions were not all read in one step.
      if (partition.log.highWatermark !== highWatermark) this.lookAgain = true;
      const unwatch = partition.watch({
        onCommitted: (bytes) => {
          this.expectedBytes += Math.min(bytes, asked.maxBytes);
          if (this.expectedBytes >= this.options.minBytes) this.look();
        },
        onChanged: () => {
          this.mustAnswer = true;
          this.look();
        },
      });
      this.unwatch.push(unwatch);
    }
  }

  private lookIfMissed(): void {
    if (!this.lookAgain) return;
    this.lookAgain = false;
    this.look();
  }

  /** Looks once the step that woke it is over: the other partitions of that tick are written then. */
  private look(): void {
    if (this.isLooking) {
      this.lookAgain = true;
      return;
    }
    this.isLooking = true;
    Promise.resolve()
      .then(() => this.reading.read())
      .then(
        (readings) => {
          this.isLooking = false;
          if (this.timer === null) return this.reading.release();
          if (this.mustAnswer || this.reading.isWorthAnswering(this.options.minBytes)) {
            return this.end(() => this.resolve(readings));
          }
          this.expectedBytes = this.reading.sizeBytes;
          this.reading.release();
          this.lookIfMissed();
        },
        (error: unknown) => this.end(() => this.reject(error)),
      );
  }

  private end(settle: () => void): void {
    for (const unwatch of this.unwatch) unwatch();
    this.unwatch = [];
    this.timer?.cancel();
    this.timer = null;
    this.options.context.signal.removeEventListener("abort", this.onAbort);
    settle();
  }
}
