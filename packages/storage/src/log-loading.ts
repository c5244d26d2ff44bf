import type { BatchView } from "@ottla/protocol";
import type { Clock, Disk, DiskError, Logger, Random } from "@ottla/runtime";
import { LeaderEpochHistory } from "./leader-epoch-history";
import { clearLeftovers } from "./leftovers";
import type { LogConfig } from "./log-config";
import { ProducerSnapshots } from "./producer-snapshots";
import { ProducerState } from "./producer-state";
import { recallEarlierBatches, replayProducers } from "./replay";
import { Segment } from "./segment";
import { SegmentList } from "./segment-list";
import { LOG_SUFFIX, offsetOfFileName } from "./segment-name";
import { recoverSegment, type TailCut } from "./segment-recovery";
import type { TailBudget } from "./tail-cache";

export interface LogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Absolute path of the partition's directory. */
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string | null;
  readonly config: LogConfig;
  /** `producer.id.expiration.ms`. */
  readonly producerIdExpirationMs: number;
  /** Shared by all logs of the process. */
  readonly tailBudget: TailBudget;
  /** The segment that holds the recovery point is read through whole after a crash when it is no larger than this; 1 MiB when left out. */
  readonly wholeSegmentBytesMax?: number;
  /** Called once, when the disk refused a write or a sync. The log is offline then; so should be the others on that disk. */
  onFailure(error: DiskError): void;
  /**
   * A truncation lowered the recovery point: writes it to `recovery-point-offset-checkpoint`. The log calls nothing durable until that
   * resolves; a stale, higher one would keep recovery from what was written since.
   */
  recoveryPointFell?(): Promise<void>;
}

/** What the checkpoints of the log directory say of a log. */
export interface LogCheckpoint {
  /** Whether the directory was closed in order. If not, batches from the recovery point on are read through. */
  readonly cleanShutdown: boolean;
  /** Everything below it was made durable; 0 when unknown. */
  readonly recoveryPoint: number;
  /** Null when the log starts with its first segment. */
  readonly logStartOffset: number | null;
  readonly highWatermark: number | null;
}

/** What opening a log came upon. */
export interface RecoveryReport {
  /** Whether batches had to be read through. */
  readonly recovered: boolean;
  readonly segments: number;
  readonly bytesReread: number;
  readonly bytesCut: number;
  /** The worst that was cut. With `nothing` and `incompleteTail` a directory is still intact. */
  readonly cut: TailCut;
  readonly tookMs: number;
  /** What was done that somebody may want to know, a sentence each. */
  readonly remarks: readonly string[];
}

export interface LoadedLog {
  readonly segments: SegmentList;
  readonly epochs: LeaderEpochHistory;
  readonly producers: ProducerState;
  readonly snapshots: ProducerSnapshots;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
  readonly flushedEndOffset: number;
  /** Bytes whose durability is unknown. */
  readonly unflushedBytes: number;
}

/**
 * Up to this size the segment that holds the recovery point is read through from its beginning, as Kafka does; a larger one from the
 * last index entry below the recovery point. Bytes and index entries below it were handed to the kernel, and the bytes made durable,
 * before the recovery point moved, so nothing is missed but what a disk lost afterwards, which the older segments may have lost too.
 * Small enough that hundreds of partitions are ready within a second of a kill.
 */
const WHOLE_SEGMENT_BYTES_MAX = 1024 * 1024;

/** Builds a log from its directory, reading through whatever a crash may have left half done. */
export async function loadLog(
  options: LogOptions,
  checkpoint: LogCheckpoint,
  signal: AbortSignal,
): Promise<{ readonly loaded: LoadedLog; readonly report: RecoveryReport }> {
  const { clock, disk, directory } = options;
  const startedMs = clock.monotonicMs();
  const remarks = clearLeftovers(disk, directory);
  const epochs = LeaderEpochHistory.load(disk, directory);
  const snapshots = new ProducerSnapshots(disk, directory, options.logger);

  const scan = await loadSegments(options, checkpoint, epochs, remarks, signal);
  let { segments, logEndOffset } = scan;
  const logStartOffset = Math.max(checkpoint.logStartOffset ?? 0, segments.first.baseOffset);
  if (logEndOffset < logStartOffset) {
    remarks.push(`the log ends at ${logEndOffset}, before its start ${logStartOffset}: it starts there, empty`);
    for (const segment of segments.all) segment.removeFiles();
    segments = new SegmentList([newSegment(options, logStartOffset)]);
    logEndOffset = logStartOffset;
    epochs.clear();
    snapshots.removeAll();
  }
  epochs.truncateFromEnd(logEndOffset);
  epochs.truncateFromStart(logStartOffset);
  const highWatermark = Math.min(Math.max(checkpoint.highWatermark ?? 0, logStartOffset), logEndOffset);

  const producers = new ProducerState({ expirationMs: options.producerIdExpirationMs });
  snapshots.removeAbove(Math.min(scan.recoveredFrom, logEndOffset));
  snapshots.removeStrays(new Set(segments.all.map((segment) => segment.baseOffset)));
  const rebuilding = rebuildProducers(
    { segments, producers, snapshots, logStartOffset, logEndOffset },
    scan.withoutTransactions,
    clock.nowMs(),
  );
  for (const _ of rebuilding) {
    await new Promise<void>((resolve) => clock.afterTick(resolve));
    signal.throwIfAborted();
  }
  producers.onLogStart(logStartOffset);
  producers.onHighWatermark(highWatermark);
  if (scan.recoveredFrom !== Number.POSITIVE_INFINITY) snapshots.write(logEndOffset, producers.entries());

  const recovered = scan.recoveredFrom !== Number.POSITIVE_INFINITY;
  const report: RecoveryReport = {
    recovered,
    segments: segments.all.length,
    bytesReread: scan.bytesReread,
    bytesCut: scan.bytesCut,
    cut: scan.cut,
    tookMs: clock.monotonicMs() - startedMs,
    remarks,
  };
  const flushedEndOffset =
    checkpoint.cleanShutdown && !recovered ? logEndOffset : Math.min(checkpoint.recoveryPoint, logEndOffset);
  const loaded = {
    segments,
    epochs,
    producers,
    snapshots,
    logStartOffset,
    logEndOffset,
    highWatermark,
    flushedEndOffset,
    unflushedBytes: scan.bytesReread,
  };
  return { loaded, report };
}

/** A segment without records, its files made. */
export function newSegment(options: LogOptions, baseOffset: number): Segment {
  const segment = openSegment(options, baseOffset);
  segment.createFiles();
  return segment;
}

function openSegment({ disk, directory, clock, random, config }: LogOptions, baseOffset: number): Segment {
  const jitterBoundMs = Math.min(config.segmentJitterMs, config.segmentMs, 2 ** 32);
  const rollJitterMs = jitterBoundMs > 0 ? random.below(jitterBoundMs) : 0;
  return new Segment(disk, directory, baseOffset, clock.nowMs(), rollJitterMs);
}

interface SegmentScan {
  readonly segments: SegmentList;
  readonly logEndOffset: number;
  /** An offset in the first batch read through; Infinity when none was. */
  readonly recoveredFrom: number;
  /** Segments whose transaction index lacks what ended at or after the offset beside them. */
  readonly withoutTransactions: ReadonlyMap<Segment, number>;
  readonly bytesReread: number;
  readonly bytesCut: number;
  readonly cut: TailCut;
}

async function loadSegments(
  options: LogOptions,
  checkpoint: LogCheckpoint,
  epochs: LeaderEpochHistory,
  remarks: string[],
  signal: AbortSignal,
): Promise<SegmentScan> {
  const { disk, directory, config, clock } = options;
  const bases = disk.list(directory).flatMap((name) => offsetOfFileName(name, LOG_SUFFIX) ?? []);
  const found = bases.map((base) => openSegment(options, base));
  if (found.length === 0) {
    const base = checkpoint.logStartOffset ?? 0;
    return {
      segments: new SegmentList([newSegment(options, base)]),
      logEndOffset: base,
      recoveredFrom: checkpoint.cleanShutdown ? Number.POSITIVE_INFINITY : base,
      withoutTransactions: new Map(),
      bytesReread: 0,
      bytesCut: 0,
      cut: "nothing",
    };
  }
  const segments = new SegmentList(found);
  const suspectFrom = checkpoint.cleanShutdown
    ? found.length
    : Math.max(segments.floorIndex(checkpoint.recoveryPoint), 0);
  const withoutTransactions = new Map<Segment, number>();
  let recoveredFrom = Number.POSITIVE_INFINITY;
  /** Of the batches read through so far. */
  let epoch = -1;
  let bytesReread = 0;
  let bytesCut = 0;
  let cut: TailCut = "nothing";
  let logEndOffset = segments.active.baseOffset;

  for (const [index, segment] of found.entries()) {
    const isLast = index === found.length - 1;
    const isSuspect = index >= suspectFrom;
    const problem = indexProblem(disk, segment, isSuspect || isLast);
    if (problem !== null) remarks.push(`${problem}: indexes are built again`);
    let end = problem === null && !isSuspect && isLast ? endOfSound(segment) : null;
    if (end === null && (problem !== null || isSuspect || isLast)) {
      const from = problem === null && isSuspect ? trustedPosition(segment, checkpoint.recoveryPoint, options) : 0;
      if (from === 0) clearIndexes(segment);
      const fromOffset = from === 0 ? segment.baseOffset : (segment.offsets.last()?.offset ?? segment.baseOffset);
      const onBatch = (batch: BatchView) => learnEpoch(epochs, batch);
      const start = { positionBytes: from, offset: segment.baseOffset, epoch };
      const result = await recoverSegment(segment, start, config.indexIntervalBytes, clock, signal, onBatch);
      epoch = result.epoch;
      if (isLast) end = result.nextOffset;
      else segment.seal();
      const joinsNext = joins(result.nextOffset, found[index + 1], config.cleanupPolicy.compact);
      const tailCut = result.cut === "nothing" && !joinsNext ? "damage" : result.cut;
      withoutTransactions.set(segment, fromOffset);
      recoveredFrom = Math.min(recoveredFrom, fromOffset);
      bytesReread += result.bytesReread;
      bytesCut += result.bytesCut;
      if (tailCut !== "nothing") {
        cut = tailCut;
        remarks.push(`${segment.logPath}: cut ${result.bytesCut} bytes at offset ${result.nextOffset} (${tailCut})`);
        for (const later of segments.popAbove(segment.baseOffset)) {
          bytesCut += later.sizeBytes;
          if (later.sizeBytes > 0) cut = "damage";
          remarks.push(`${later.logPath}: removed, it lies behind the cut`);
          later.removeFiles();
        }
        logEndOffset = result.nextOffset;
        break;
      }
    }
    if (end !== null) logEndOffset = end;
  }
  return { segments, logEndOffset, recoveredFrom, withoutTransactions, bytesReread, bytesCut, cut };
}

/**
 * The batches themselves say under which epoch they were written. The history may know less, and after a loss of power more: a cut
 * may have been undone while the epoch that began behind it was not.
 */
function learnEpoch(epochs: LeaderEpochHistory, batch: BatchView): void {
  const epoch = batch.partitionLeaderEpoch;
  const { baseOffset } = batch;
  if (epoch < 0 || epochs.epochAt(baseOffset) === epoch) return;
  epochs.truncateFromEnd(baseOffset);
  if (epoch > (epochs.lastEpoch ?? -1)) epochs.assign(epoch, baseOffset);
}

/**
 * Whether a segment that ends at `nextOffset` goes on in the one behind it. A loss of power may take the end of a segment and leave
 * the next (a hole), or undo a truncation that removed it (an overlap). Compacted logs have holes by nature.
 */
function joins(nextOffset: number, next: Segment | undefined, isCompacted: boolean): boolean {
  return next === undefined || nextOffset === next.baseOffset || (isCompacted && nextOffset < next.baseOffset);
}

/** Whether the indexes have to be built again, and why. Padding of an index that was in use is cut off. */
function indexProblem(disk: Disk, segment: Segment, mayBePadded: boolean): string | null {
  for (const { path, entryBytes } of [segment.offsets.file, segment.times.file]) {
    const stat = disk.stat(path);
    if (stat === null) return `${path} is missing`;
    if (!mayBePadded && stat.sizeBytes % entryBytes !== 0) return `${path} has a broken entry`;
  }
  if (mayBePadded) {
    if (!segment.offsets.dropPadding(segment.sizeBytes)) return `${segment.offsets.file.path} is not in order`;
    if (!segment.times.dropPadding()) return `${segment.times.file.path} is not in order`;
  } else {
    const last = segment.offsets.last();
    const isOutside = last !== null && (last.offset < segment.baseOffset || last.positionBytes >= segment.sizeBytes);
    if (isOutside) return `${segment.offsets.file.path} points outside its log`;
  }
  return segment.transactions.isSound(segment.baseOffset) ? null : `${segment.transactions.file.path} is not sound`;
}

/**
 * The log end offset of a segment closed in order, and its indexing resumed.
 *
 * @returns null when it does not end with a whole batch, and has to be read through after all
 */
function endOfSound(segment: Segment): number | null {
  const from = segment.offsets.last()?.positionBytes ?? 0;
  let nextOffset = segment.baseOffset;
  const end = segment.walk(from, (batch) => {
    nextOffset = batch.lastOffset + 1;
    return true;
  });
  if (end !== segment.sizeBytes) return null;
  segment.resumeIndexing();
  return nextOffset;
}

/** Where reading through may begin: the last index entry below the recovery point, if the log agrees with it. */
function trustedPosition(
  segment: Segment,
  recoveryPoint: number,
  { wholeSegmentBytesMax, config }: LogOptions,
): number {
  const isSmall = segment.sizeBytes <= (wholeSegmentBytesMax ?? WHOLE_SEGMENT_BYTES_MAX);
  if (isSmall || recoveryPoint <= segment.baseOffset) return 0;
  segment.offsets.truncateTo(recoveryPoint);
  const last = segment.offsets.last();
  if (last === null) return 0;
  const place = segment.firstBatch(last.positionBytes, () => true);
  if (place === null || place.lastOffset !== last.offset || !segment.readBatch(place).isCrcValid()) return 0;
  segment.times.truncateTo(last.offset + 1);
  segment.transactions.truncateTo(place.baseOffset);
  // Under a sync for each append indexes are not synced with it: entries for these timestamps may be lost, or not.
  if (config.flushMessages === 1) segment.reindexTimes(last.positionBytes);
  return last.positionBytes;
}

function clearIndexes(segment: Segment): void {
  segment.offsets.clear();
  segment.times.clear();
  segment.transactions.clear();
}

/**
 * Producer state from the newest snapshot and what follows it in the log, with the window of five batches filled up from before it.
 *
 * @param withoutTransactions segments whose transaction index gets back what ended at or after the offset given
 * @yields now and then, so that the caller may let others run
 */
export function* rebuildProducers(
  log: Pick<LoadedLog, "segments" | "producers" | "snapshots" | "logStartOffset" | "logEndOffset">,
  withoutTransactions: ReadonlyMap<Segment, number>,
  nowMs: number,
): Generator<void> {
  const { segments, producers, snapshots, logStartOffset, logEndOffset } = log;
  const snapshot = snapshots.newest(logEndOffset);
  producers.load(snapshot?.entries ?? [], nowMs);
  const from = Math.max(snapshot?.offset ?? 0, logStartOffset);
  const lastTwo = new Set(segments.all.slice(-2).map((segment) => segment.baseOffset));
  if (from < logEndOffset) {
    yield* replayProducers(segments, producers, from, withoutTransactions, (segment) => {
      const isMissing = segment.baseOffset > from && lastTwo.has(segment.baseOffset);
      if (withoutTransactions.size > 0 && isMissing) snapshots.write(segment.baseOffset, producers.entries());
    });
  }
  yield* recallEarlierBatches(segments, producers);
}
