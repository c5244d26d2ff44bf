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
  readonly memory: Memory;
}

/** A piece of memory that is freed as a whole, once none of its batches is held any more. */
interface Memory {
  readonly sizeBytes: number;
  batches: number;
}

interface Chunk {
  readonly bytes: Buffer;
  usedBytes: number;
  readonly memory: Memory;
}

/** Small batches are copied side by side into chunks of this size, so that a reader gets many of them as one slice. */
const CHUNK_BYTES = 64 * 1024;
const FIRST_CHUNK_BYTES = 4 * 1024;

/**
 * The newest batches of one log, as they were written, so that consumers and followers that keep up cost no read.
 *
 * A slice of a larger buffer keeps all of it alive. One that is at least half of its buffer is kept as it is and counted with all it
 * pins; a smaller one is copied into a chunk of the cache's own.
 */
export class TailCache {
  private batches: (CachedBatch | null)[] = [];
  /** Entries before it have been dropped, and are null so that they hold no memory; the array is cut now and then. */
  private first = 0;
  private heldBytes = 0;
  /** The chunk that the next small batch is copied into. */
  private chunk: Chunk | null = null;

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
    const { bytes } = batch;
    const pinnedBytes = bytes.buffer.byteLength;
    if (Math.min(pinnedBytes, bytes.length * 2) > this.limitBytes) {
      // What follows would not join what is held: keep nothing rather than leave a hole.
      this.clear();
      return;
    }
    const { baseOffset, lastOffset } = batch;
    if (bytes.length * 2 >= pinnedBytes) {
      this.hold({ baseOffset, lastOffset, bytes, memory: { sizeBytes: pinnedBytes, batches: 0 } }, pinnedBytes);
    } else {
      const { grownBytes, chunk } = this.chunkFor(bytes.length);
      const copy = chunk.bytes.subarray(chunk.usedBytes, chunk.usedBytes + bytes.length);
      bytes.copy(copy);
      chunk.usedBytes += bytes.length;
      this.hold({ baseOffset, lastOffset, bytes: copy, memory: chunk.memory }, grownBytes);
    }
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
    let run: { first: Buffer; sizeBytes: number; memory: Memory } | null = null;
    for (let index = this.indexOf(offset); index < this.batches.length; index++) {
      const batch: CachedBatch | null = this.batches[index] ?? null;
      if (batch === null || batch.baseOffset >= limits.upperBound) break;
      if (sizeBytes + batch.bytes.length > limits.maxBytes && !(sizeBytes === 0 && limits.minOneBatch)) break;
      if (run !== null && run.memory === batch.memory) run.sizeBytes += batch.bytes.length;
      else {
        if (run !== null) slices.push(stretched(run.first, run.sizeBytes));
        run = { first: batch.bytes, sizeBytes: batch.bytes.length, memory: batch.memory };
      }
      sizeBytes += batch.bytes.length;
      nextOffset = batch.lastOffset + 1;
    }
    if (run !== null) slices.push(stretched(run.first, run.sizeBytes));
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
    oldest.memory.batches--;
    if (oldest.memory.batches > 0) return true;
    if (this.chunk?.memory === oldest.memory) this.chunk = null;
    this.heldBytes -= oldest.memory.sizeBytes;
    this.budget.shrink(this, oldest.memory.sizeBytes);
    return true;
  }

  /** Lets go of the batches that begin below `offset`. */
  dropBelow(offset: number): void {
    while ((this.startOffset ?? offset) < offset) this.dropOldest();
  }

  clear(): void {
    const bytes = this.heldBytes;
    this.batches = [];
    this.first = 0;
    this.heldBytes = 0;
    this.chunk = null;
    this.budget.shrink(this, bytes);
  }

  private hold(batch: CachedBatch, grownBytes: number): void {
    batch.memory.batches++;
    this.batches.push(batch);
    this.heldBytes += grownBytes;
    while (this.heldBytes > this.limitBytes) if (!this.dropOldest()) break;
    this.budget.grow(this, grownBytes);
  }

  private chunkFor(sizeBytes: number): { readonly chunk: Chunk; readonly grownBytes: number } {
    const { chunk } = this;
    if (chunk !== null && chunk.usedBytes + sizeBytes <= chunk.bytes.length) return { chunk, grownBytes: 0 };
    // A partition that gets a few small batches does not need 64 KiB for them.
    const wantedBytes = chunk === null ? FIRST_CHUNK_BYTES : Math.min(chunk.bytes.length * 2, CHUNK_BYTES);
    const bytes = Buffer.allocUnsafeSlow(
      Math.min(Math.max(wantedBytes, sizeBytes), Math.max(this.limitBytes, sizeBytes)),
    );
    this.chunk = { bytes, usedBytes: 0, memory: { sizeBytes: bytes.length, batches: 0 } };
    return { chunk: this.chunk, grownBytes: bytes.length };
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

/** Batches of one chunk lie one behind the other. */
function stretched(first: Buffer, sizeBytes: number): Buffer {
  return first.length === sizeBytes ? first : Buffer.from(first.buffer, first.byteOffset, sizeBytes);
}
