import { BATCH_HEADER_BYTES, BatchView } from "@ottla/protocol";
import { type BatchDamage, disorder, WRONG_CHECKSUM } from "./batch-lookup";
import type { CleanPace } from "./clean-pace";
import type { Segment } from "./segment";

/** Some batches of a segment, sound and in order. Their memory is used again for the next ones. */
export interface CleanChunk {
  readonly batches: readonly BatchView[];
  /** The segment ends with them. */
  readonly isLast: boolean;
}

/** A segment holds what is no batch in order, or one with a wrong checksum: nothing is made out of that. */
export class DamagedSource extends Error {
  override readonly name = "DamagedSource";
  constructor(
    readonly path: string,
    readonly damage: BatchDamage,
  ) {
    super(`${path}: ${damage.reason} at byte ${damage.positionBytes}, offset ${damage.offset}`);
  }
}

/** Reads segments from one end to the other, off the event loop, and takes every checksum. */
export class CleanSource {
  private buffer: Buffer;

  constructor(
    bufferBytes: number,
    private readonly pace: CleanPace,
  ) {
    this.buffer = Buffer.allocUnsafeSlow(Math.min(Math.max(bufferBytes, BUFFER_BYTES_MIN), BUFFER_BYTES_MAX));
  }

  /**
   * @param from byte position at which a batch begins
   * @throws DamagedSource, DiskError; the signal's reason when it aborts
   */
  async *chunks(segment: Segment, from = 0): AsyncGenerator<CleanChunk> {
    const to = segment.sizeBytes;
    const file = segment.pin();
    try {
      let expectedOffset = segment.baseOffset;
      let position = from;
      let held = 0;
      while (position < to) {
        const end = Math.min(this.buffer.length, to - position);
        const count = await file.readCold(this.buffer.subarray(held, end), position + held);
        this.pace.turnBegins();
        await this.pace.moved(count);
        held += count;
        const { batches, bytes, problem, wantedBytes } = wholeBatches(this.buffer.subarray(0, held), expectedOffset);
        const next = batches.at(-1)?.nextOffset ?? expectedOffset;
        const isCutShort = held < end || (position + held === to && bytes < held);
        if (problem !== null || isCutShort || position + bytes + wantedBytes > to) {
          const damage = { offset: next, positionBytes: position + bytes, reason: problem ?? "no whole batch" };
          throw new DamagedSource(segment.logPath, damage);
        }
        expectedOffset = next;
        position += bytes;
        if (batches.length > 0) yield { batches, isLast: position === to };
        held -= bytes;
        this.keep(bytes, held, wantedBytes);
      }
    } finally {
      segment.unpin();
    }
  }

  /** Moves the `held` bytes behind `from` to the beginning of a buffer with room for `wantedBytes`. */
  private keep(from: number, held: number, wantedBytes: number): void {
    const { buffer } = this;
    if (wantedBytes > buffer.length) this.buffer = Buffer.allocUnsafeSlow(wantedBytes);
    buffer.copy(this.buffer, 0, from, from + held);
  }
}

const BUFFER_BYTES_MIN = 64 * 1024;
/** A chunk is also what is written at once. */
const BUFFER_BYTES_MAX = 512 * 1024;

interface WholeBatches {
  readonly batches: readonly BatchView[];
  /** Of the batches. */
  readonly bytes: number;
  /** What is wrong with what follows them; null when nothing is known to be. */
  readonly problem: string | null;
  /** Size of the batch that follows, as far as it is known. */
  readonly wantedBytes: number;
}

function wholeBatches(bytes: Buffer, firstOffset: number): WholeBatches {
  const batches: BatchView[] = [];
  let at = 0;
  let expectedOffset = firstOffset;
  const upTo = (problem: string | null, wantedBytes: number) => ({ batches, bytes: at, problem, wantedBytes });
  while (at + BATCH_HEADER_BYTES <= bytes.length) {
    const batch = new BatchView(bytes, at);
    const { sizeInBytes } = batch;
    if (sizeInBytes < BATCH_HEADER_BYTES) return upTo(`a batch of ${sizeInBytes} bytes`, 0);
    const problem = disorder(batch, expectedOffset);
    if (problem !== null) return upTo(problem, 0);
    if (at + sizeInBytes > bytes.length) return upTo(null, sizeInBytes);
    if (!batch.isCrcValid()) return upTo(WRONG_CHECKSUM, 0);
    batches.push(batch);
    expectedOffset = batch.nextOffset;
    at += sizeInBytes;
  }
  return upTo(null, at < bytes.length ? BATCH_HEADER_BYTES : 0);
}
