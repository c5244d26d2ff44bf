import type { Writable } from "node:stream";

/** The reader of our output has gone away, as `head` does once it has enough. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/** Gathers small pieces of bytes and hands them on in large chunks, waiting when the reader is slower than we are. */
export class ChunkedOutput {
  private chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  private used = 0;
  private failure: Error | null = null;
  private waiter: (() => void) | null = null;

  constructor(private readonly stream: Writable) {
    stream.on("error", this.onError);
    stream.on("drain", this.onDrain);
    stream.on("close", this.onDrain);
  }

  /** Whether `flushed` should be awaited before more is added. */
  get isFull(): boolean {
    return this.stream.writableNeedDrain || this.failure !== null;
  }

  /** Adds `source[start, end)`. */
  add(source: Buffer, start = 0, end = source.length): void {
    let from = start;
    while (this.used + (end - from) > CHUNK_BYTES) {
      const fits = CHUNK_BYTES - this.used;
      source.copy(this.chunk, this.used, from, from + fits);
      this.used += fits;
      from += fits;
      this.hand();
    }
    source.copy(this.chunk, this.used, from, end);
    this.used += end - from;
  }

  /** Hands on what has gathered, and resolves once the reader can take more. @throws OutputClosed */
  async flushed(): Promise<void> {
    this.hand();
    while (this.stream.writableNeedDrain && this.failure === null && !this.stream.destroyed) {
      await new Promise<void>((resolve) => {
        this.waiter = resolve;
      });
    }
    if (this.failure !== null || this.stream.destroyed)
      throw new OutputClosed("standard output is closed", { cause: this.failure ?? undefined });
  }

  close(): void {
    this.stream.off("error", this.onError);
    this.stream.off("drain", this.onDrain);
    this.stream.off("close", this.onDrain);
  }

  private hand(): void {
    if (this.used === 0 || this.failure !== null) return;
    this.stream.write(this.chunk.subarray(0, this.used));
    // The stream holds on to what it was given.
    this.chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.used = 0;
  }

  private readonly onError = (error: Error) => {
    this.failure = error;
    this.wake();
  };

  private readonly onDrain = () => this.wake();

  private wake(): void {
    const { waiter } = this;
    this.waiter = null;
    waiter?.();
  }
}

const CHUNK_BYTES = 64 * 1024;
