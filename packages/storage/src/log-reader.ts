import { type BatchDamage, lookUpBatch } from "./batch-lookup";
import {
  type BatchRange,
  type BatchReading,
  type BatchStretch,
  readBatches,
  readBatchesCold,
} from "./batch-range-reader";
import type { LogState } from "./log-state";
import type { ReadOutcome, ReadRequest } from "./read-outcome";
import type { Segment } from "./segment";

/** What this process appended and that lies this close to the log's end is taken to be in the page cache. */
const WARM_BYTES = 64 * 1024 * 1024;

/** Reads a log: from memory when the reader keeps up, from the page cache or the device otherwise. What it returns is sound. */
export class LogReader {
  constructor(private readonly state: LogState) {}

  /** See `PartitionLog.read`. */
  read(request: ReadRequest): ReadOutcome {
    const early = this.readWithoutDisk(request);
    if (early !== null) return early;
    const start = this.find(request.offset);
    if ("kind" in start) return start;
    return this.judge(start, readBatches(start.segment.opened(), start, this.limitsOf(request)));
  }

  /** See `PartitionLog.readCold`. */
  async readCold(request: ReadRequest, signal: AbortSignal): Promise<ReadOutcome> {
    return this.readWithoutDisk(request) ?? this.readFileCold(request, signal);
  }

  /**
   * Reads batches from the files, also those that lie in memory, for the sake of their checksums alone.
   *
   * @returns the offset after what is sound; past damage, where the next sound batch may be
   */
  async verify(offset: number, maxBytes: number, signal: AbortSignal): Promise<{ nextOffset: number; bytes: number }> {
    const request = { offset, maxBytes, upperBound: this.state.logEndOffset, minOneBatch: true };
    const outcome = await this.readFileCold(request, signal);
    if (outcome.kind !== "records") return { nextOffset: this.behind(offset), bytes: 0 };
    outcome.release();
    return { nextOffset: outcome.nextOffset, bytes: outcome.sizeBytes };
  }

  private async readFileCold(request: ReadRequest, signal: AbortSignal): Promise<ReadOutcome> {
    const start = this.find(request.offset);
    if ("kind" in start) return start;
    const { cuts } = this.state;
    const file = start.segment.pin();
    try {
      const reading = await readBatchesCold(file, start, this.limitsOf(request), signal);
      if (cuts === this.state.cuts) return this.judge(start, reading);
      // What was read may have been cut off, and written anew, while it was read.
      reading.range?.release();
      return EMPTY;
    } finally {
      start.segment.unpin();
    }
  }

  /** Where the batch lies that holds `offset`, or the next one behind it. */
  private find(offset: number): Start | ReadOutcome {
    const { segments, logEndOffset, epochs } = this.state;
    const candidates = segments.from(offset);
    for (const [index, segment] of candidates.entries()) {
      if (segment.sizeBytes === 0) continue;
      const lookup = lookUpBatch(segment, offset);
      if (lookup.kind === "absent") continue;
      if (lookup.kind === "damaged") return this.damaged(segment, lookup.damage);
      const { place, expectedOffset, isIndexWrong } = lookup;
      return {
        segment,
        isIndexWrong,
        from: place.positionBytes,
        to: segment.sizeBytes,
        expectedOffset,
        endOffset: candidates[index + 1]?.baseOffset ?? logEndOffset,
        epochAt: (at) => epochs.spanAt(at),
      };
    }
    return EMPTY;
  }

  private judge({ segment, isIndexWrong }: Start, { range, damage }: BatchReading): ReadOutcome {
    const outcome = damage === null ? null : this.damaged(segment, damage);
    if (range === null) return outcome ?? EMPTY;
    if (isIndexWrong) this.mendIndex(segment);
    return asOutcome(range);
  }

  private damaged(segment: Segment, { offset, positionBytes, reason }: BatchDamage): ReadOutcome {
    this.state.damages.found({ offset, positionBytes, reason, path: segment.logPath });
    return { kind: "damaged", offset };
  }

  private mendIndex(segment: Segment): void {
    const { logger } = this.state.options;
    logger.error("a damaged index is built again", { path: segment.offsets.file.path });
    const { active } = this.state.segments;
    this.state.guard.onDisk(() => segment.rebuildIndexes(this.state.config.indexIntervalBytes, segment !== active));
  }

  /** Where looking for sound batches may go on behind one at `offset` that is not. */
  private behind(offset: number): number {
    const { segments, logEndOffset } = this.state;
    const [segment, next] = segments.from(offset);
    const end = next?.baseOffset ?? logEndOffset;
    return segment === undefined ? end : Math.min(segment.offsets.nextAbove(offset)?.offset ?? end, end);
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

interface Start extends BatchStretch {
  readonly segment: Segment;
  readonly isIndexWrong: boolean;
}

const EMPTY: ReadOutcome = { kind: "empty" };

function asOutcome(range: BatchRange | null): ReadOutcome {
  return range === null ? EMPTY : { kind: "records", ...range };
}
