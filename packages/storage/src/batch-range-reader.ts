import { BATCH_HEADER_BYTES, BatchView, crc32c, NO_LEADER_EPOCH } from "@ottla/protocol";
import type { DiskFile } from "@ottla/runtime";
import { type BatchDamage, disorder, WRONG_CHECKSUM } from "./batch-lookup";
import type { EpochSpan } from "./leader-epoch-history";
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

/** The part of a log file that is read, and what its batches must be like. */
export interface BatchStretch {
  /** Byte position at which a batch begins. */
  readonly from: number;
  /** Byte position at which the last batch ends. */
  readonly to: number;
  /** No batch begins below. */
  readonly expectedOffset: number;
  /** Every batch ends below. */
  readonly endOffset: number;
  /** Under which epoch an offset was written; null where nothing is known. */
  epochAt(offset: number): EpochSpan | null;
}

/** What was read. With damage, `range` holds the sound batches before it. */
export interface BatchReading {
  /** Null when no sound batch lies within the limits. */
  readonly range: BatchRange | null;
  readonly damage: BatchDamage | null;
}

/**
 * Reads whole batches at once.
 *
 * Every batch's checksum is taken before it is returned, each time it is read: what lies on a disk may have changed since it was written.
 */
export function readBatches(file: DiskFile, stretch: BatchStretch, limits: BatchRangeLimits): BatchReading {
  const reader = new BatchRangeReader(stretch, limits);
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
  stretch: BatchStretch,
  limits: BatchRangeLimits,
  signal: AbortSignal,
): Promise<BatchReading> {
  const reader = new BatchRangeReader(stretch, limits);
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

/** A batch whose header has been read, and whose body runs through more than one piece. */
interface OpenBatch {
  readonly header: BatchHeader;
  /** The first byte after it. */
  readonly endAt: number;
  /** Checksum of what has been read of it. */
  crc: number;
  /** Its bytes so far. */
  readonly slices: Buffer[];
}

interface BatchHeader {
  readonly positionBytes: number;
  readonly sizeBytes: number;
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly crc: number;
}

/** Of the batch behind the last one, as much is read as says where that begins: its predecessor must not reach further. */
const PEEK_BYTES = 8;
const CUT_SHORT = "the file ends here, the log goes on";
/** The checksum begins with the attributes. */
const CRC_FROM = 21;

/**
 * Decides, piece by piece, what to read next and where the range ends. A piece that ends inside a batch's header is cut before it and
 * the next piece begins there, so that every header is seen whole; the body of a large batch runs through as many pieces as it needs.
 */
class BatchRangeReader {
  private readonly pieces: Buffer[] = [];
  private readonly slices: Buffer[] = [];
  private sizeBytes = 0;
  private nextOffset = 0;
  private expectedOffset: number;
  private epochs: EpochSpan | null = null;
  /** Where the next read begins. */
  private position: number;
  private open: OpenBatch | null = null;
  private damage: BatchDamage | null = null;
  private done = false;

  constructor(
    private readonly stretch: BatchStretch,
    private readonly limits: BatchRangeLimits,
  ) {
    this.position = stretch.from;
    this.expectedOffset = stretch.expectedOffset;
  }

  next(): { readonly into: Buffer; readonly position: number } | null {
    const { to } = this.stretch;
    if (this.done || (this.open === null && this.position >= to)) return null;
    const piece = largePieces.take();
    this.pieces.push(piece);
    const restOfBatch = this.open === null ? 0 : this.open.endAt - this.position;
    const budget = Math.max(this.limits.maxBytes - this.sizeBytes - (this.open?.header.sizeBytes ?? 0), 0);
    const wanted = restOfBatch + Math.max(budget, this.open === null ? BATCH_HEADER_BYTES : 0) + PEEK_BYTES;
    return { into: piece.subarray(0, Math.min(piece.length, wanted, to - this.position)), position: this.position };
  }

  accept(count: number): void {
    const piece = this.pieces.at(-1);
    if (piece === undefined || count === 0) {
      this.damaged(this.open?.header.positionBytes ?? this.position, CUT_SHORT);
      return;
    }
    const sound = this.endOpen(piece, count);
    if (sound === null) return;
    const end = this.takeFrom(piece, sound, count);
    if (end > sound) this.slices.push(piece.subarray(sound, end));
    if (this.open === null) this.position += end;
    else {
      const { slices, header } = this.open;
      slices.push(piece.subarray(end, count));
      this.open.crc = crc32c(piece, header.positionBytes - this.position + CRC_FROM, count);
      this.position += count;
    }
    // Not even the header of the next one was there, though the stretch goes on.
    if (end === 0 && this.open === null && !this.done) this.damaged(this.position, CUT_SHORT);
    // Nothing more fits: do not read a piece only to find that out.
    if (this.open === null && this.sizeBytes >= this.limits.maxBytes) this.done = true;
  }

  result(): BatchReading {
    const { slices, pieces, sizeBytes, nextOffset, damage } = this;
    if (sizeBytes === 0) {
      this.abandon();
      return { range: null, damage };
    }
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      for (const piece of pieces) largePieces.giveBack(piece);
    };
    return { range: { slices, sizeBytes, nextOffset, release }, damage };
  }

  abandon(): void {
    for (const piece of this.pieces) largePieces.giveBack(piece);
    this.pieces.length = 0;
  }

  /** Goes on with the batch that began in an earlier piece. @returns where in this piece it ended; null when it goes on, or was damaged */
  private endOpen(piece: Buffer, count: number): number | null {
    const { open } = this;
    if (open === null) return 0;
    const end = Math.min(count, open.endAt - this.position);
    open.crc = crc32c(piece, 0, end, open.crc);
    open.slices.push(piece.subarray(0, end));
    if (this.position + end < open.endAt) {
      this.position += end;
      return null;
    }
    this.open = null;
    if (!this.judge(open.header, open.crc, followerBase(piece, end, count))) return null;
    this.slices.push(...open.slices);
    return end;
  }

  /** Takes batches from `start` on. @returns where the last whole one ended; `open` is what follows, if it belongs to the range */
  private takeFrom(piece: Buffer, start: number, count: number): number {
    let at = start;
    while (!this.done && at + BATCH_HEADER_BYTES <= count) {
      const header = this.headerAt(piece, at);
      if (header === null) break;
      const end = at + header.sizeBytes;
      if (end > count) {
        this.open = { header, endAt: header.positionBytes + header.sizeBytes, crc: 0, slices: [] };
        break;
      }
      if (!this.judge(header, crc32c(piece, at + CRC_FROM, end), followerBase(piece, end, count))) break;
      at = end;
    }
    // What is left of the stretch is less than a header.
    if (!this.done && this.open === null && this.position + at + BATCH_HEADER_BYTES > this.stretch.to) {
      if (this.position + at < this.stretch.to) this.damaged(this.position + at, "no whole batch");
      this.done = true;
    }
    return at;
  }

  /** @returns null when it does not belong to the range, or cannot be a header */
  private headerAt(piece: Buffer, at: number): BatchHeader | null {
    const batch = new BatchView(piece, at);
    const { maxBytes, upperBound, minOneBatch } = this.limits;
    const { endOffset, to } = this.stretch;
    const { sizeInBytes: sizeBytes, baseOffset, nextOffset, partitionLeaderEpoch: epoch } = batch;
    const positionBytes = this.position + at;
    let problem = disorder(batch, this.expectedOffset);
    if (sizeBytes < BATCH_HEADER_BYTES || positionBytes + sizeBytes > to) problem ??= "no whole batch";
    if (nextOffset > endOffset) problem ??= `offsets up to ${nextOffset}, the next segment begins at ${endOffset}`;
    const right = this.epochAt(baseOffset);
    if (epoch !== NO_LEADER_EPOCH && right !== null && epoch !== right)
      problem ??= `epoch ${epoch} where ${right} had begun`;
    if (problem !== null) {
      this.damaged(positionBytes, problem);
      return null;
    }
    const fits = this.sizeBytes + sizeBytes <= maxBytes || (this.sizeBytes === 0 && minOneBatch);
    if (!fits || baseOffset >= upperBound) {
      this.done = true;
      return null;
    }
    return { positionBytes, sizeBytes, baseOffset, nextOffset, crc: batch.crc };
  }

  /** Counts the batch, all of whose bytes have been read, if they are what was written. */
  private judge(header: BatchHeader, crc: number, followerBaseOffset: number | null): boolean {
    const { positionBytes, baseOffset, nextOffset } = header;
    // Base offsets are not covered by the checksum. Of two batches that overlap, the one is wrong that does not join what precedes it.
    const reachesTooFar =
      followerBaseOffset !== null && followerBaseOffset < nextOffset && baseOffset !== this.expectedOffset;
    if (crc !== header.crc) return this.damaged(positionBytes, WRONG_CHECKSUM);
    if (reachesTooFar) return this.damaged(positionBytes, `offsets up to ${nextOffset}, the next batch begins before`);
    this.sizeBytes += header.sizeBytes;
    this.nextOffset = nextOffset;
    this.expectedOffset = nextOffset;
    return true;
  }

  private epochAt(offset: number): number | null {
    if (this.epochs === null || offset >= this.epochs.endOffset) this.epochs = this.stretch.epochAt(offset);
    return this.epochs?.epoch ?? null;
  }

  private damaged(positionBytes: number, reason: string): false {
    this.damage = { offset: this.expectedOffset, positionBytes, reason };
    this.done = true;
    return false;
  }
}

/** Base offset of the batch that begins at `at`; null when the piece does not hold it. */
function followerBase(piece: Buffer, at: number, count: number): number | null {
  return at + PEEK_BYTES <= count ? new BatchView(piece, at).baseOffset : null;
}
