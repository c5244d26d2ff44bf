import { BATCH_HEADER_BYTES, BatchView } from "@ottla/protocol";
import type { DiskFile } from "@ottla/runtime";
import { largePieces } from "./piece-pool";

export interface BatchRangeLimits {
  /** Bytes to return at most; see `minOneBatch`. */
  readonly maxBytes: number;
  /** Batches that begin at or beyond this offset are not returned. */
  readonly upperBound: number;
  /** The first batch comes whole, however large it is. */
  readonly minOneBatch: boolean;
}

export interface BatchRange {
  /** The batches' bytes, in order. Memory of a pool: call `release` when they have been sent, and do not touch them after. */
  readonly slices: Buffer[];
  readonly sizeBytes: number;
  /** The offset after the last batch. */
  readonly nextOffset: number;
  release(): void;
}

/** Reads whole batches at once. @returns null when none lies within the limits */
export function readBatches(file: DiskFile, from: number, to: number, limits: BatchRangeLimits): BatchRange | null {
  const reader = new BatchRangeReader(from, to, limits);
  try {
    for (let next = reader.next(); next !== null; next = reader.next()) {
      reader.accept(file.read(next.into, next.position));
    }
  } catch (failure) {
    reader.abandon();
    throw failure;
  }
  return reader.result();
}

/** The same off the event loop, for what may have to come from the device. */
export async function readBatchesCold(
  file: DiskFile,
  from: number,
  to: number,
  limits: BatchRangeLimits,
  signal: AbortSignal,
): Promise<BatchRange | null> {
  const reader = new BatchRangeReader(from, to, limits);
  try {
    for (let next = reader.next(); next !== null; next = reader.next()) {
      reader.accept(await file.readCold(next.into, next.position));
      signal.throwIfAborted();
    }
  } catch (failure) {
    reader.abandon();
    throw failure;
  }
  return reader.result();
}

/**
 * Decides, piece by piece, what to read next and where the range ends. A piece that ends inside a batch's header is cut before it and
 * the next piece begins there, so that every header is seen whole; the body of a large batch runs through as many pieces as it needs.
 */
class BatchRangeReader {
  private readonly pieces: Buffer[] = [];
  private slices: Buffer[] = [];
  private sizeBytes = 0;
  private nextOffset = 0;
  /** Where the next read begins. */
  private position: number;
  /** Where the next batch begins: at or beyond `position`. */
  private batchAt: number;
  private done = false;

  constructor(
    from: number,
    private readonly to: number,
    private readonly limits: BatchRangeLimits,
  ) {
    this.position = from;
    this.batchAt = from;
  }

  next(): { readonly into: Buffer; readonly position: number } | null {
    if (this.done || (this.position >= this.batchAt && this.batchAt + BATCH_HEADER_BYTES > this.to)) return null;
    const piece = largePieces.take();
    this.pieces.push(piece);
    const restOfBatch = this.batchAt - this.position;
    const budget = Math.max(this.limits.maxBytes - this.sizeBytes, 0);
    const wanted = restOfBatch + Math.max(budget, restOfBatch === 0 ? BATCH_HEADER_BYTES : 0);
    return {
      into: piece.subarray(0, Math.min(piece.length, wanted, this.to - this.position)),
      position: this.position,
    };
  }

  accept(count: number): void {
    const piece = this.pieces.at(-1);
    if (piece === undefined || count === 0) {
      this.done = true;
      return;
    }
    const start = this.position;
    while (!this.done && this.batchAt + BATCH_HEADER_BYTES <= start + count)
      this.take(new BatchView(piece, this.batchAt - start));
    const end = Math.min(this.batchAt, start + count);
    if (end > start) this.slices.push(piece.subarray(0, end - start));
    if (end === start && this.batchAt >= start + count) this.done = true;
    this.position = end;
    if (this.position < this.batchAt) return;
    // Nothing more fits: do not read a piece only to find that out.
    if (this.sizeBytes >= this.limits.maxBytes) this.done = true;
  }

  result(): BatchRange | null {
    // A file cut short under a batch already counted would leave it half; the caller holds the log's own size, so it is an error.
    const { slices, pieces, sizeBytes, nextOffset } = this;
    if (sizeBytes === 0 || this.position < this.batchAt) {
      this.abandon();
      return null;
    }
    let released = false;
    return {
      slices,
      sizeBytes,
      nextOffset,
      release() {
        if (released) return;
        released = true;
        for (const piece of pieces) largePieces.giveBack(piece);
      },
    };
  }

  abandon(): void {
    for (const piece of this.pieces) largePieces.giveBack(piece);
    this.pieces.length = 0;
  }

  private take(batch: BatchView): void {
    const { maxBytes, upperBound, minOneBatch } = this.limits;
    const batchBytes = batch.sizeInBytes;
    const isFirst = this.sizeBytes === 0;
    const fits = this.sizeBytes + batchBytes <= maxBytes || (isFirst && minOneBatch);
    const isWhole = batchBytes >= BATCH_HEADER_BYTES && this.batchAt + batchBytes <= this.to;
    if (!isWhole || !fits || batch.baseOffset >= upperBound) {
      this.done = true;
      return;
    }
    this.sizeBytes += batchBytes;
    this.nextOffset = batch.lastOffset + 1;
    this.batchAt += batchBytes;
  }
}
