import { type BatchRange, readBatches, readBatchesCold } from "./batch-range-reader";
import type { LogState } from "./log-state";
import type { ReadOutcome, ReadRequest } from "./read-outcome";

/** What this process appended and that lies this close to the log's end is taken to be in the page cache. */
const WARM_BYTES = 64 * 1024 * 1024;

/** Reads a log: from memory when the reader keeps up, from the page cache or the device otherwise. */
export class LogReader {
  constructor(private readonly state: LogState) {}

  /** See `PartitionLog.read`. */
  read(request: ReadRequest): ReadOutcome {
    const early = this.readWithoutDisk(request);
    if (early !== null) return early;
    for (const segment of this.state.segments.from(request.offset)) {
      const place = segment.findBatch(request.offset);
      if (place === null) continue;
      return asOutcome(readBatches(segment.opened(), place.positionBytes, segment.sizeBytes, this.limitsOf(request)));
    }
    return EMPTY;
  }

  /** See `PartitionLog.readCold`. */
  async readCold(request: ReadRequest, signal: AbortSignal): Promise<ReadOutcome> {
    const early = this.readWithoutDisk(request);
    if (early !== null) return early;
    for (const segment of this.state.segments.from(request.offset)) {
      const place = segment.findBatch(request.offset);
      if (place === null) continue;
      const { cuts } = this.state;
      const limits = this.limitsOf(request);
      const file = segment.pin();
      try {
        const range = await readBatchesCold(file, place.positionBytes, segment.sizeBytes, limits, signal);
        if (cuts === this.state.cuts) return asOutcome(range);
        // What was read may have been cut off, and written anew, while it was read.
        range?.release();
        return EMPTY;
      } finally {
        segment.unpin();
      }
    }
    return EMPTY;
  }

  /** See `PartitionLog.isCold`. */
  isCold(offset: number): boolean {
    const { tail, segments, logEndOffset, warmBytes } = this.state;
    if (offset >= (tail.startOffset ?? logEndOffset)) return false;
    const index = segments.floorIndex(offset);
    const segment = segments.all[index];
    if (segment === undefined) return false;
    let behindBytes = segment.sizeBytes - segment.offsets.lookup(offset).positionBytes;
    for (const later of segments.all.slice(index + 1)) behindBytes += later.sizeBytes;
    return behindBytes > Math.min(warmBytes, WARM_BYTES);
  }

  private readWithoutDisk(request: ReadRequest): ReadOutcome | null {
    const { offset } = request;
    const { logStartOffset, logEndOffset, tail } = this.state;
    if (offset < logStartOffset || offset > logEndOffset) return { kind: "outOfRange" };
    const limits = this.limitsOf(request);
    if (offset >= limits.upperBound) return EMPTY;
    const cached = tail.read(offset, limits);
    return cached === null ? null : asOutcome(cached === "none" ? null : cached);
  }

  private limitsOf({ maxBytes, upperBound, minOneBatch }: ReadRequest) {
    return { maxBytes, upperBound: Math.min(upperBound, this.state.logEndOffset), minOneBatch };
  }
}

const EMPTY: ReadOutcome = { kind: "empty" };

function asOutcome(range: BatchRange | null): ReadOutcome {
  return range === null ? EMPTY : { kind: "records", ...range };
}
