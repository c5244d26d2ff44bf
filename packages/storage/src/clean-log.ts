import { type BatchView, compressionReady, openRecords } from "@ottla/protocol";
import { DiskError } from "@ottla/runtime";
import { CleanOutput } from "./clean-output";
import type { CleanPace } from "./clean-pace";
import type { CleanerSettings } from "./clean-settings";
import { type CleanChunk, CleanSource } from "./clean-source";
import { swapIn } from "./clean-swap";
import type { LogState } from "./log-state";
import { cleanBatch } from "./plans/clean-batch";
import type { CleaningProposal } from "./plans/clean-choice";
import { groupSegments } from "./plans/clean-groups";
import { HASH_SECRET_BYTES } from "./plans/clean-key-hash";
import { CleanOffsetMap } from "./plans/clean-offset-map";
import { CleanTransactions } from "./plans/clean-transactions";
import type { Segment } from "./segment";
import type { AbortedTransaction } from "./transaction-index";
import { transactionMarkerOf } from "./transaction-marker";

/** What a cleaning did. */
export interface CleanedLog {
  readonly firstDirtyOffset: number;
  /** Everything before it is clean now. */
  readonly cleanedTo: number;
  readonly segmentsBefore: number;
  readonly segmentsAfter: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly recordsRead: number;
  readonly recordsKept: number;
  readonly tombstonesKept: number;
  readonly keys: number;
  readonly mapBytes: number;
}

/** The log is no longer what was being cleaned: it was cut, or segments of it went. It is cleaned another time. */
export class CleaningOvertaken extends Error {
  override readonly name = "CleaningOvertaken";
}

/** It was given up before its end, because the log or its directory is being closed. */
export class CleaningStopped extends Error {
  override readonly name = "CleaningStopped";
}

/** A few hundred microseconds' worth of records. */
const RECORDS_BETWEEN_YIELDS = 64;

/**
 * Cleans one log: finds the last offset of each key in the dirty part, as far as memory allows, and writes all segments up to there anew
 * without what is superseded. Nothing of the log waits for it; appends, reads, truncation and retention go on meanwhile, and if one of
 * them takes away what is being cleaned, that is given up.
 *
 * Groups of segments are replaced from the oldest to the newest, each durably before the next one: a tombstone never goes before
 * what it deletes.
 *
 * @see Kafka's design of compaction; KIP-58 (lag), KIP-280, KIP-534 (delete horizon)
 */
export class LogCleaning {
  private readonly source: CleanSource;
  private readonly cutsAtStart: number;
  private readonly totals = { segmentsAfter: 0, bytesAfter: 0, recordsRead: 0, recordsKept: 0, tombstonesKept: 0 };

  constructor(
    private readonly state: LogState,
    private readonly proposal: CleaningProposal,
    private readonly settings: CleanerSettings,
    private readonly pace: CleanPace,
    /** Takes files of no use any more. */
    private readonly removeLater: (files: readonly string[]) => void,
  ) {
    this.source = new CleanSource(settings.ioBufferBytes, pace);
    this.cutsAtStart = state.cuts;
  }

  /**
   * @throws DamagedSource, CorruptRecordError, CleanedTooLarge when the log cannot be cleaned; CleaningOvertaken; DiskError; the signal's
   *   reason when it aborts
   */
  async run(): Promise<CleanedLog> {
    await compressionReady();
    const { state, proposal } = this;
    const { firstDirtyOffset, endOffset } = proposal;
    const nowMs = state.options.clock.nowMs();
    const segments = state.segments.all.filter((segment) => segment.baseOffset < endOffset);
    const map = await this.mapKeys(segments);
    const cleanedTo = map.latestOffset + 1;

    const touched = segments.filter((segment) => segment.baseOffset < cleanedTo);
    const groups = groupSegments(touched.map(asGrouped), endOffset, state.config);
    const transactions = new CleanTransactions(await this.abortedIn(touched, touched[0]?.baseOffset ?? 0, endOffset));
    const rules = {
      nowMs,
      deleteRetentionMs: state.config.deleteRetentionMs,
      mappedTo: map.latestOffset,
      lastOffsetOf: (bytes: Buffer, start: number, length: number) => map.get(bytes, start, length),
    };
    for (const [index, group] of groups.entries()) {
      const originals = group.map(({ segment }) => segment);
      await this.cleanGroup(originals, index === groups.length - 1, (batch, isLastOfAll, output) =>
        this.cleanOne(batch, isLastOfAll, output, rules, transactions),
      );
    }
    this.checkLog();
    state.firstDirtyOffset = Math.max(state.firstDirtyOffset ?? 0, cleanedTo);
    return {
      ...this.totals,
      firstDirtyOffset,
      cleanedTo,
      segmentsBefore: touched.length,
      bytesBefore: touched.reduce((sum, segment) => sum + segment.sizeBytes, 0),
      keys: map.size,
      mapBytes: map.memoryBytes,
    };
  }

  /** Notes the last offset of each key from the first dirty offset on, until the map is full. */
  private async mapKeys(segments: readonly Segment[]): Promise<CleanOffsetMap> {
    const { settings, state, proposal } = this;
    const { firstDirtyOffset, endOffset } = proposal;
    const { dedupeBufferBytes, loadFactor } = settings;
    const secret = state.options.random.bytes(HASH_SECRET_BYTES);
    const map = new CleanOffsetMap(dedupeBufferBytes, loadFactor, endOffset - firstDirtyOffset, secret);
    const dirty = segments.filter((_, index) => (segments[index + 1]?.baseOffset ?? endOffset) > firstDirtyOffset);
    const transactions = new CleanTransactions(await this.abortedIn(dirty, firstDirtyOffset, endOffset));
    for (const [index, segment] of dirty.entries()) {
      this.checkStanding(dirty);
      const from = firstDirtyOffset > segment.baseOffset ? segment.offsets.lookup(firstDirtyOffset).positionBytes : 0;
      for await (const { batches } of this.source.chunks(segment, from)) {
        const isFull = await this.pace.through(mapBatches(batches, firstDirtyOffset, map, transactions));
        this.checkStanding(dirty);
        if (isFull) return map;
      }
      // Where the segment ends with a gap, all up to the next one is accounted for, too.
      map.reached((dirty[index + 1]?.baseOffset ?? endOffset) - 1);
    }
    return map;
  }

  private async cleanGroup(
    originals: readonly Segment[],
    isLastGroup: boolean,
    clean: (batch: BatchView, isLastOfAll: boolean, output: CleanOutput) => Generator<void, boolean>,
  ): Promise<void> {
    const { state, pace } = this;
    const { disk, directory, openFiles } = state.options;
    const [first] = originals;
    if (first === undefined) return;
    this.checkStanding(originals);
    if (originals.length === 1 && first.sizeBytes === 0) {
      this.totals.segmentsAfter++;
      return;
    }
    const output = new CleanOutput(disk, directory, first.baseOffset, state.config.indexIntervalBytes, openFiles, pace);
    let isOfUse = false;
    try {
      let isChanged = originals.length > 1;
      for (const segment of originals) {
        this.checkStanding(originals);
        const isLastSegment = isLastGroup && segment === originals.at(-1);
        for await (const chunk of this.source.chunks(segment)) {
          if (await pace.through(cleanChunk(chunk, isLastSegment, output, clean))) isChanged = true;
          await output.write();
          this.checkStanding(originals);
        }
      }
      this.totals.segmentsAfter++;
      this.totals.bytesAfter += output.sizeBytes;
      if (!isChanged) return;
      await output.finish();
      this.checkStanding(originals);
      const files = swapIn(state, output, originals);
      isOfUse = true;
      await disk.syncDirectory(directory);
      this.removeLater(files);
      pace.turnBegins();
    } finally {
      output.close();
      if (!isOfUse) this.discard(output);
    }
  }

  /** What is not taken is removed, unless the log is not this object's any more; the next start removes it then. */
  private discard(output: CleanOutput): void {
    const { guard, isClosed, options } = this.state;
    if (guard.failure !== null || isClosed) return;
    try {
      output.remove();
    } catch (failure) {
      if (!(failure instanceof DiskError)) throw failure;
      options.logger.warn("what the cleaner had begun cannot be removed", { failure });
    }
  }

  /** Puts what is left of a batch into `output`. @returns whether that is something else than the batch */
  private *cleanOne(
    batch: BatchView,
    isLastOfAll: boolean,
    output: CleanOutput,
    rules: Parameters<typeof cleanBatch>[1],
    transactions: CleanTransactions,
  ): Generator<void, boolean> {
    const { totals } = this;
    let isDiscardable = false;
    if (batch.isControl) {
      const standing = transactions.onControl(batch, transactionMarkerOf(batch));
      if (standing.aborted !== null) output.addAborted(standing.aborted);
      ({ isDiscardable } = standing);
    } else isDiscardable = transactions.onData(batch);
    const cleaned = yield* cleanBatch(batch, rules, { isDiscardable, mustStay: isLastOfAll || this.isNeeded(batch) });
    totals.recordsRead += batch.recordCount;
    if (cleaned.kind === "dropped") return true;
    totals.recordsKept += cleaned.records;
    totals.tombstonesKept += cleaned.tombstones;
    output.add(cleaned.kind === "kept" ? batch : cleaned.batch);
    return cleaned.kind !== "kept";
  }

  /**
   * Whether the log's knowledge of a producer rests on the batch: one of its last five, by which a retry is recognised, or where it has
   * none a marker of its epoch.
   */
  private isNeeded(batch: BatchView): boolean {
    if (!batch.hasProducerId) return false;
    const entry = this.state.producers.get(batch.producerId);
    if (entry === null) return false;
    if (entry.batches.length === 0) return batch.isControl && batch.producerEpoch === entry.producerEpoch;
    const { lastOffset } = batch;
    return entry.batches.some((known) => known.lastOffset === lastOffset);
  }

  /** The aborted transactions that touch [from, upTo). */
  private async abortedIn(
    segments: readonly Segment[],
    from: number,
    upTo: number,
  ): Promise<readonly AbortedTransaction[]> {
    const found: AbortedTransaction[] = [];
    const first = segments[0];
    if (first === undefined) return found;
    for (const segment of this.state.segments.from(first.baseOffset)) {
      if (segment.transactions.collect(from, upTo, found)) break;
      if (this.pace.isTurnOver) await this.pace.nextTurn();
      this.checkStanding(segments);
    }
    return found;
  }

  /** @throws CleaningOvertaken when the log was cut; DiskError when it is offline; the signal's reason when it aborts */
  private checkLog(): void {
    const { state } = this;
    this.pace.signal.throwIfAborted();
    if (state.guard.failure !== null) throw state.guard.failure;
    if (state.cuts !== this.cutsAtStart) throw new CleaningOvertaken(`${state.directory} was cut`);
  }

  /** The same, and @throws CleaningOvertaken when `segments` are not the log's any more */
  private checkStanding(segments: readonly Segment[]): void {
    this.checkLog();
    const { state } = this;
    const { all } = state.segments;
    const from = segments[0] === undefined ? 0 : all.indexOf(segments[0]);
    if (from < 0 || segments.some((segment, index) => all[from + index] !== segment))
      throw new CleaningOvertaken(`segments of ${state.directory} are gone`);
  }
}

/** @returns whether the map is full */
function* mapBatches(
  batches: readonly BatchView[],
  firstOffset: number,
  map: CleanOffsetMap,
  transactions: CleanTransactions,
): Generator<void, boolean> {
  for (const batch of batches) {
    yield;
    if (batch.isControl) transactions.onControl(batch, transactionMarkerOf(batch));
    else if (!transactions.onData(batch) && batch.lastOffset >= firstOffset) {
      const isFull = yield* mapRecords(batch, firstOffset, map);
      if (isFull) return true;
    }
    if (batch.lastOffset >= firstOffset) map.reached(batch.lastOffset);
  }
  return false;
}

function* mapRecords(batch: BatchView, firstOffset: number, map: CleanOffsetMap): Generator<void, boolean> {
  const { baseOffset, recordCount } = batch;
  if (recordCount === 0) return false;
  const cursor = openRecords(batch);
  for (let index = 0; index < recordCount; index++) {
    if (index % RECORDS_BETWEEN_YIELDS === RECORDS_BETWEEN_YIELDS - 1) yield;
    cursor.next();
    const offset = baseOffset + cursor.offsetDelta;
    if (cursor.keyLength < 0 || offset < firstOffset) continue;
    if (!map.put(cursor.bytes, cursor.keyPosition, cursor.keyLength, offset)) return true;
  }
  return false;
}

/** @returns whether anything was changed */
function* cleanChunk(
  { batches, isLast }: CleanChunk,
  isLastSegment: boolean,
  output: CleanOutput,
  clean: (batch: BatchView, isLastOfAll: boolean, output: CleanOutput) => Generator<void, boolean>,
): Generator<void, boolean> {
  let isChanged = false;
  for (const batch of batches) {
    yield;
    // How far the log reaches is known from its last batch, which stays for that.
    const isLastOfAll = isLastSegment && isLast && batch === batches.at(-1);
    if (yield* clean(batch, isLastOfAll, output)) isChanged = true;
  }
  return isChanged;
}

function asGrouped(segment: Segment) {
  return {
    segment,
    baseOffset: segment.baseOffset,
    sizeBytes: segment.sizeBytes,
    offsetIndexBytes: segment.offsets.count * segment.offsets.file.entryBytes,
    timeIndexBytes: segment.times.count * segment.times.file.entryBytes,
  };
}
