import { BatchView } from "@ottla/protocol";
import type { BatchRange, BatchRangeLimits } from "./batch-range-reader";

/** Memory for recent batches, shared by all logs of a process. When it is used up, the log that appended longest ago gives way. */
export class TailBudget {
  private usedBytes = 0;
  /** In the order of their last append. */
  private readonly holders = new Set<TailCache>();

  constructor(readonly limitBytes: number) {}

  get bytes(): number {
    return this.usedBytes;
  }

  /** `holder` now holds `changeBytes` more, because it appended. */
  grow(holder: TailCache, changeBytes: number): void {
    this.usedBytes += changeBytes;
    this.holders.delete(holder);
    this.holders.add(holder);
    for (const oldest of this.holders) {
      while (this.usedBytes > this.limitBytes) if (!oldest.dropOldest()) break;
      if (this.usedBytes <= this.limitBytes) return;
    }
  }

  shrink(holder: TailCache, bytes: number): void {
    this.usedBytes -= bytes;
    if (holder.isEmpty) this.holders.delete(holder);
  }
}

interface CachedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly bytes: Buffer;
  /** Memory that cannot be freed while this batch is held. */
  readonly pinnedBytes: number;
}

/**
 * The newest batches of one log, as they were written, so that consumers and followers that keep up cost no read.
 *
 * A slice of a larger buffer keeps all of it alive. One that is at least half of its buffer is kept as it is and counted with all it
 * pins; a smaller one is copied.
 */
export class TailCache {
  private batches: (CachedBatch | null)[] = [];
  /** Entries before it have been dropped, and are null so that they hold no memory; the array is cut now and then. */
  private first = 0;
  private heldBytes = 0;

  constructor(
    private readonly budget: TailBudget,
    private readonly limitBytes: number,
  ) {}

  get isEmpty(): boolean {
    return this.first === this.batches.length;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  /** Batches from this offset on are held; null when none is. */
  get startOffset(): number | null {
    return this.batches[this.first]?.baseOffset ?? null;
  }

  add(batch: BatchView): void {
    const { bytes, pinnedBytes } = owned(batch.bytes);
    if (pinnedBytes > this.limitBytes) {
      // What follows would not join what is held: keep nothing rather than leave a hole.
      this.clear();
      return;
    }
    this.batches.push({ baseOffset: batch.baseOffset, lastOffset: batch.lastOffset, bytes, pinnedBytes });
    this.heldBytes += pinnedBytes;
    while (this.heldBytes > this.limitBytes) this.dropOldest();
    this.budget.grow(this, pinnedBytes);
  }

  /**
   * Batches from the one that holds `offset`.
   *
   * @returns null when they have to be read from the file; `"none"` when nothing lies within the limits
   */
  read(offset: number, limits: BatchRangeLimits): BatchRange | "none" | null {
    const oldest = this.startOffset;
    if (oldest === null || offset < oldest) return null;
    const slices: Buffer[] = [];
    let sizeBytes = 0;
    let nextOffset = offset;
    for (let index = this.indexOf(offset); index < this.batches.length; index++) {
      const batch = this.batches[index];
      if (!batch || batch.baseOffset >= limits.upperBound) break;
      if (sizeBytes + batch.bytes.length > limits.maxBytes && !(sizeBytes === 0 && limits.minOneBatch)) break;
      slices.push(batch.bytes);
      sizeBytes += batch.bytes.length;
      nextOffset = batch.lastOffset + 1;
    }
    return sizeBytes === 0 ? "none" : { slices, sizeBytes, nextOffset, release() {} };
  }

  /** @returns false when nothing is held */
  dropOldest(): boolean {
    const oldest = this.batches[this.first];
    if (!oldest) return false;
    this.batches[this.first] = null;
    this.first++;
    if (this.first === this.batches.length || this.first >= 1024) {
      this.batches = this.batches.slice(this.first);
      this.first = 0;
    }
    this.heldBytes -= oldest.pinnedBytes;
    this.budget.shrink(this, oldest.pinnedBytes);
    return true;
  }

  clear(): void {
    const bytes = this.heldBytes;
    this.batches = [];
    this.first = 0;
    this.heldBytes = 0;
    this.budget.shrink(this, bytes);
  }

  /** Index of the first batch whose last offset is `offset` or greater. */
  private indexOf(offset: number): number {
    let low = this.first;
    let high = this.batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.batches[middle]?.lastOffset ?? -1) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function owned(bytes: Buffer): { readonly bytes: Buffer; readonly pinnedBytes: number } {
  const pinnedBytes = bytes.buffer.byteLength;
  if (bytes.length * 2 >= pinnedBytes) return { bytes, pinnedBytes };
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return { bytes: copy, pinnedBytes: copy.length };
}
