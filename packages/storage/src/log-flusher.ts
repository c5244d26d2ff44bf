import type { DiskError } from "@ottla/runtime";

/** What a flusher makes durable. */
export interface FlushTarget {
  logEndOffset(): number;
  /** Makes everything below the log end offset of this moment durable. */
  syncLog(): Promise<void>;
  /** The device refused. Nothing may be written to the log any more: what the kernel then holds is unknown. */
  onFlushFailed(failure: unknown): void;
}

/** The records waited for are not in the log any more. */
export class TruncatedBeforeFlush extends Error {
  override readonly name = "TruncatedBeforeFlush";
}

interface Waiter {
  readonly endOffset: number;
  resolve(): void;
  reject(failure: Error): void;
}

/**
 * Group commit: one sync under way at a time, and whoever asks meanwhile shares the next one.
 *
 * Everything below `flushedEndOffset` survives a loss of power.
 */
export class LogFlusher {
  private flushedTo: number;
  private underWay: Promise<void> | null = null;
  private waiters: Waiter[] = [];
  /** Counts cuts: what was written again at the same offsets during a sync may not be part of it. */
  private cuts = 0;
  private failure: Error | null = null;

  constructor(
    private readonly target: FlushTarget,
    flushedEndOffset: number,
  ) {
    this.flushedTo = flushedEndOffset;
  }

  get flushedEndOffset(): number {
    return this.flushedTo;
  }

  get isUnderWay(): boolean {
    return this.underWay !== null;
  }

  /**
   * Resolves once everything below `endOffset` is durable.
   *
   * @throws DiskError when it cannot be made so, TruncatedBeforeFlush when it is cut off first
   */
  until(endOffset: number): Promise<void> {
    if (endOffset <= this.flushedTo) return Promise.resolve();
    if (this.failure !== null) return Promise.reject(this.failure);
    const flushed = new Promise<void>((resolve, reject) => {
      this.waiters.push({ endOffset, resolve, reject });
    });
    this.start();
    return flushed;
  }

  /** Begins a flush unless one is under way; nobody waits for this one. */
  start(): void {
    if (this.underWay !== null || this.failure !== null) return;
    this.underWay = this.run().finally(() => {
      this.underWay = null;
      if (this.waiters.length > 0) this.start();
    });
  }

  /** The log was cut: nothing at or beyond `endOffset` is durable, or awaited. */
  truncated(endOffset: number): void {
    this.cuts++;
    this.flushedTo = Math.min(this.flushedTo, endOffset);
    const gone = this.waiters.filter((waiter) => waiter.endOffset > endOffset);
    this.waiters = this.waiters.filter((waiter) => waiter.endOffset <= endOffset);
    for (const waiter of gone) waiter.reject(new TruncatedBeforeFlush(`the log was cut at offset ${endOffset}`));
  }

  /** The log starts anew, empty, at `offset`. */
  restartedAt(offset: number): void {
    this.truncated(-1);
    this.flushedTo = offset;
  }

  /** No flush will succeed any more. */
  fail(failure: DiskError): void {
    this.failure ??= failure;
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter.reject(failure);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.underWay !== null) await this.underWay;
  }

  private async run(): Promise<void> {
    const logEndOffset = this.target.logEndOffset();
    const { cuts } = this;
    try {
      await this.target.syncLog();
    } catch (failure) {
      this.target.onFlushFailed(failure);
      return;
    }
    if (cuts === this.cuts) this.flushedTo = Math.max(this.flushedTo, logEndOffset);
    const done = this.waiters.filter((waiter) => waiter.endOffset <= this.flushedTo);
    this.waiters = this.waiters.filter((waiter) => waiter.endOffset > this.flushedTo);
    for (const waiter of done) waiter.resolve();
  }
}
