import { BatchView, patchBaseOffset, patchLeaderEpoch } from "@ottla/protocol";
import { DiskError, invariant } from "@ottla/runtime";
import { type AppendOutcome, type AppendRefusal, type ValidatedBatch } from "./append-outcome";
import { AppendStep } from "./append-step";
import { type BatchRange, readBatches, readBatchesCold } from "./batch-range-reader";
import { batchesToFollow } from "./follower-append";
import { type EpochEnd, LeaderEpochHistory } from "./leader-epoch-history";
import { legacyOffsetsBefore } from "./legacy-offsets";
import type { LogConfig } from "./log-config";
import { type FlushTarget, LogFlusher } from "./log-flusher";
import {
  type LoadedLog,
  type LogCheckpoint,
  type LogOptions,
  loadLog,
  newSegment,
  type RecoveryReport,
  rebuildProducers,
} from "./log-loading";
import { LoweredRecoveryPoint } from "./lowered-recovery-point";
import { writePartitionMetadata } from "./partition-metadata";
import { planRetention, type RetentionReason } from "./plans/retention";
import { needsRoll } from "./plans/roll";
import type { ProducerEntry } from "./producer-entry";
import { ProducerSnapshots } from "./producer-snapshots";
import { type PendingProducers, ProducerState } from "./producer-state";
import type { ReadOutcome, ReadRequest } from "./read-outcome";
import { SegmentList } from "./segment-list";
import { TailCache } from "./tail-cache";
import { firstAtOrAfter, firstOfGreatestTimestamp, type TimestampedOffset } from "./timestamp-search";
import type { AbortedTransaction } from "./transaction-index";
import { transactionMarkerOf } from "./transaction-marker";

/** What retention took out of a log. */
export interface DeletedSegments {
  readonly count: number;
  readonly bytes: number;
  readonly newLogStartOffset: number;
  readonly reason: RetentionReason | null;
  /** Renamed `.deleted` already; to be removed after `file.delete.delay.ms`. */
  readonly files: readonly string[];
}

/** Recent batches of one partition kept in memory, at most. */
const TAIL_BYTES_MAX = 4 * 1024 * 1024;
/** A flush begins by itself once this much is unsynced: the device keeps up instead of being handed hundreds of megabytes at once. */
const UNFLUSHED_BYTES_MAX = 16 * 1024 * 1024;
/** Longest time that bytes stay unsynced, whatever `flush.ms` says: recovery re-reads what is younger. */
const UNFLUSHED_MS_MAX = 1000;
/** Producer state is stored each time this much was appended to a segment, so that recovery has little to replay. */
const BYTES_BETWEEN_SNAPSHOTS = 32 * 1024 * 1024;
/** What this process appended and that lies this close to the log's end is taken to be in the page cache. */
const WARM_BYTES = 64 * 1024 * 1024;

/**
 * One partition's log: batches in segment files, and what has to be known of them (producers, leader epochs, recent batches).
 *
 * Appends and warm reads are synchronous; a decision of the caller and the append that follows from it are one step. Once the disk has
 * refused a write or a sync, nothing more is written (`offline`).
 */
export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;

  private currentTopicId: string | null;
  private currentConfig: LogConfig;
  private readonly segments: SegmentList;
  private readonly epochs: LeaderEpochHistory;
  private readonly producerState: ProducerState;
  private readonly snapshots: ProducerSnapshots;
  private readonly tail: TailCache;
  private readonly flusher: LogFlusher;
  private startOffset: number;
  private endOffset: number;
  private committedOffset: number;
  private failure: DiskError | null = null;
  private isClosed = false;
  private unflushedBytes: number;
  private unflushedSinceMs: number;
  private recordsAtLastFlush: number;
  /** Files were made or removed whose names are not durable yet. */
  private namesChanged = true;
  /** Bytes that passed through this process, and are in the page cache if memory allows. */
  private warmBytes: number;
  private readonly lowered: LoweredRecoveryPoint;
  private bytesSinceSnapshot = 0;
  /** Offsets of the snapshots taken inside the active segment; the last two are kept, since the newest may lie above the recovery point. */
  private snapshotsInside: readonly number[] = [];
  /** Counts cuts, for reads that were under way. */
  private cuts = 0;

  private constructor(
    private readonly options: LogOptions,
    loaded: LoadedLog,
  ) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.currentTopicId = options.topicId;
    this.directory = options.directory;
    this.currentConfig = options.config;
    this.segments = loaded.segments;
    this.epochs = loaded.epochs;
    this.producerState = loaded.producers;
    this.snapshots = loaded.snapshots;
    this.startOffset = loaded.logStartOffset;
    this.endOffset = loaded.logEndOffset;
    this.committedOffset = loaded.highWatermark;
    this.unflushedBytes = loaded.unflushedBytes;
    this.warmBytes = loaded.unflushedBytes;
    this.unflushedSinceMs = options.clock.monotonicMs();
    this.recordsAtLastFlush = loaded.logEndOffset;
    this.tail = new TailCache(options.tailBudget, TAIL_BYTES_MAX);
    this.flusher = new LogFlusher(this.flushTarget(), loaded.flushedEndOffset);
    this.lowered = new LoweredRecoveryPoint(
      async () => options.recoveryPointFell?.(),
      (failure) => void this.failBecause(failure),
    );
  }

  /**
   * Makes the directory and the files of a new log.
   *
   * @throws DiskError
   */
  static create(options: LogOptions): PartitionLog {
    const { disk, directory, logger } = options;
    disk.makeDirectory(directory);
    return new PartitionLog(options, {
      segments: new SegmentList([newSegment(options, 0)]),
      epochs: LeaderEpochHistory.load(disk, directory),
      producers: new ProducerState({ expirationMs: options.producerIdExpirationMs }),
      snapshots: new ProducerSnapshots(disk, directory, logger),
      logStartOffset: 0,
      logEndOffset: 0,
      highWatermark: 0,
      flushedEndOffset: 0,
      unflushedBytes: 0,
    });
  }

  /**
   * Opens the log in a directory, whatever state a crash left it in.
   *
   * @throws DiskError when the disk refuses; CheckpointMalformed when the epoch history cannot be read
   */
  static async open(
    options: LogOptions,
    checkpoint: LogCheckpoint,
    signal: AbortSignal,
  ): Promise<{ readonly log: PartitionLog; readonly report: RecoveryReport }> {
    const { loaded, report } = await loadLog(options, checkpoint, signal);
    return { log: new PartitionLog(options, loaded), report };
  }

  /** The topic it belongs to; null when `partition.metadata` was lost, or never made. */
  get topicId(): string | null {
    return this.currentTopicId;
  }

  /**
   * Writes down which topic the log belongs to, where that was not known.
   *
   * @throws DiskError, and the log is offline
   */
  adoptTopicId(topicId: string): void {
    invariant(
      this.currentTopicId === null || this.currentTopicId === topicId,
      () => `${this.directory} belongs to topic ${this.currentTopicId}, not ${topicId}`,
    );
    if (this.currentTopicId !== null) return;
    this.onDisk(() => writePartitionMetadata(this.options.disk, this.directory, topicId));
    this.currentTopicId = topicId;
    this.namesChanged = true;
  }

  get config(): LogConfig {
    return this.currentConfig;
  }

  updateConfig(config: LogConfig): void {
    this.currentConfig = config;
  }

  /** First offset that can be read. */
  get logStartOffset(): number {
    return this.startOffset;
  }

  /** The offset that the next record gets. */
  get logEndOffset(): number {
    return this.endOffset;
  }

  /** Records below it are committed. */
  get highWatermark(): number {
    return this.committedOffset;
  }

  /** Records below it are committed and their transactions decided. */
  get lastStableOffset(): number {
    return Math.min(this.committedOffset, this.producerState.firstUnstableOffset() ?? this.committedOffset);
  }

  /** Records below it survive a loss of power. */
  get flushedEndOffset(): number {
    return this.flusher.flushedEndOffset;
  }

  /** What recovery need not re-read; for `recovery-point-offset-checkpoint`. */
  get recoveryPoint(): number {
    return this.flusher.flushedEndOffset;
  }

  /** How far an acknowledgement of ours may speak: under `flush.messages=1` only for what is durable. */
  get acknowledgedEndOffset(): number {
    return this.currentConfig.flushMessages === 1 ? this.flushedEndOffset : this.endOffset;
  }

  /** Of the log files, without indexes. */
  get sizeBytes(): number {
    return this.segments.sizeBytes;
  }

  get segmentCount(): number {
    return this.segments.all.length;
  }

  /** Base offset of the first segment; the log start is checkpointed only when it lies above. */
  get logStartSegmentOffset(): number {
    return this.segments.first.baseOffset;
  }

  /** Newest leader epoch known; null when none is. */
  get lastEpoch(): number | null {
    return this.epochs.lastEpoch;
  }

  get leaderEpochs(): LeaderEpochHistory["entries"] {
    return this.epochs.entries;
  }

  /** The failure after which nothing more is written; null while all is well. */
  get offline(): DiskError | null {
    return this.failure;
  }

  /**
   * Appends clients' batches (or a coordinator's markers): judges them by producer, gives them offsets, writes them.
   *
   * A failed write fails every batch of the call; the log end stays where it was and the log is offline.
   *
   * @param batches passed produce validation; base offset and leader epoch are written into their memory, which is the log's from now on
   * @param leaderEpoch of this leader, not below any in the log
   * @returns an outcome for each batch, in order
   */
  appendAsLeader(batches: readonly ValidatedBatch[], leaderEpoch: number): readonly AppendOutcome[] {
    invariant(!this.isClosed, () => `append to ${this.directory}, which is closed`);
    invariant(
      leaderEpoch >= (this.epochs.lastEpoch ?? 0),
      () => `${this.directory}: append under epoch ${leaderEpoch}, the log knows ${this.epochs.lastEpoch}`,
    );
    if (this.failure !== null) return batches.map(() => storageError(this.failure));
    const outcomes: AppendOutcome[] = [];
    const step = new AppendStep(this.endOffset, this.producerState.pending());
    try {
      for (const { batch: bytes, info } of batches) {
        const batch = new BatchView(bytes, 0);
        const refusal = this.judge(batch, step.producers);
        if (refusal !== null) {
          outcomes.push(refusal);
          continue;
        }
        const baseOffset = step.nextOffset;
        patchBaseOffset(bytes, 0, baseOffset);
        patchLeaderEpoch(bytes, 0, leaderEpoch);
        this.add(batch, step);
        outcomes.push({
          kind: "appended",
          baseOffset,
          lastOffset: batch.lastOffset,
          logAppendTime: info.logAppendTime,
        });
      }
      this.write(step);
    } catch (failure) {
      const error = this.failBecause(failure);
      return batches.map(() => storageError(error));
    }
    this.finishAppend(step);
    return outcomes;
  }

  /**
   * Appends what a leader pushed, byte by byte as it lies in the leader's log.
   *
   * @param bytes whole batches; the memory is the log's from now on
   * @throws FollowerAppendRefused, nothing appended, when they are damaged or cannot follow what is here; DiskError when the disk
   *   refused, and the log is offline
   */
  appendAsFollower(bytes: Buffer): void {
    invariant(!this.isClosed, () => `append to ${this.directory}, which is closed`);
    if (this.failure !== null) throw this.failure;
    const batches = batchesToFollow(bytes, this);
    const first = batches[0];
    if (first === undefined) return;
    if (first.baseOffset < this.endOffset) this.truncateFullyAndStartAt(first.baseOffset);
    const step = new AppendStep(this.endOffset, this.producerState.pending());
    try {
      for (const batch of batches) this.add(batch, step);
      this.write(step);
    } catch (failure) {
      throw this.failBecause(failure);
    }
    this.finishAppend(step);
  }

  /**
   * Whole batches from the one that holds `offset`, from memory when the reader keeps up, from the page cache otherwise.
   *
   * @throws DiskError
   */
  read(request: ReadRequest): ReadOutcome {
    const early = this.readWithoutDisk(request);
    if (early !== null) return early;
    for (const segment of this.segments.from(request.offset)) {
      const place = segment.findBatch(request.offset);
      if (place === null) continue;
      return asOutcome(readBatches(segment.opened(), place.positionBytes, segment.sizeBytes, this.limitsOf(request)));
    }
    return EMPTY;
  }

  /**
   * The same for ranges that may have to come from the device: the event loop goes on meanwhile.
   *
   * @throws DiskError; the signal's reason when it aborts
   */
  async readCold(request: ReadRequest, signal: AbortSignal): Promise<ReadOutcome> {
    const early = this.readWithoutDisk(request);
    if (early !== null) return early;
    for (const segment of this.segments.from(request.offset)) {
      const place = segment.findBatch(request.offset);
      if (place === null) continue;
      const { cuts } = this;
      const file = segment.pin();
      try {
        const range = await readBatchesCold(
          file,
          place.positionBytes,
          segment.sizeBytes,
          this.limitsOf(request),
          signal,
        );
        if (cuts === this.cuts) return asOutcome(range);
        // What was read may have been cut off, and written anew, while it was read.
        range?.release();
        return EMPTY;
      } finally {
        segment.unpin();
      }
    }
    return EMPTY;
  }

  /** Whether reading at `offset` may wait for the device, so that `readCold` is the one to call. */
  isCold(offset: number): boolean {
    if (offset >= (this.tail.startOffset ?? this.endOffset)) return false;
    const index = this.segments.floorIndex(offset);
    const segment = this.segments.all[index];
    if (segment === undefined) return false;
    let behindBytes = segment.sizeBytes - segment.offsets.lookup(offset).positionBytes;
    for (const later of this.segments.all.slice(index + 1)) behindBytes += later.sizeBytes;
    return behindBytes > Math.min(this.warmBytes, WARM_BYTES);
  }

  /** @param offset not above the log end; below the present one it is ignored */
  advanceHighWatermark(offset: number): void {
    invariant(
      offset <= this.endOffset,
      () => `${this.directory}: high watermark ${offset}, the log ends at ${this.endOffset}`,
    );
    if (offset <= this.committedOffset) return;
    this.committedOffset = offset;
    this.producerState.onHighWatermark(offset);
  }

  /**
   * Drops every batch that reaches `offset` or beyond, and whatever remembers them. The high watermark is lowered if need be.
   *
   * @throws DiskError, and the log is offline
   */
  truncateTo(offset: number): void {
    if (offset >= this.endOffset) return;
    if (offset < this.startOffset) {
      this.truncateFullyAndStartAt(offset);
      return;
    }
    this.onDisk(() => {
      for (const segment of this.segments.popAbove(offset)) segment.removeFiles();
      const { active } = this.segments;
      const place = active.findBatch(offset);
      if (place !== null) active.truncateAt(place);
      this.endOffset = Math.min(place?.baseOffset ?? offset, offset);
      this.epochs.truncateFromEnd(this.endOffset);
      this.snapshots.removeAbove(this.endOffset);
      this.rebuildProducers();
    });
    this.forgetTail(Math.min(this.committedOffset, this.endOffset));
    this.flusher.truncated(this.endOffset);
    this.lowered.fell();
  }

  /**
   * Drops everything; the log starts again, empty, at `offset`.
   *
   * @throws DiskError, and the log is offline
   */
  truncateFullyAndStartAt(offset: number): void {
    this.onDisk(() => {
      for (const segment of this.segments.all) segment.removeFiles();
      this.segments.replaceAll(newSegment(this.openOptions(), offset));
      this.epochs.clear();
      this.snapshots.removeAll();
      this.producerState.clear();
    });
    this.startOffset = offset;
    this.endOffset = offset;
    this.forgetTail(offset);
    this.flusher.restartedAt(offset);
    this.lowered.fell();
  }

  /**
   * Resolves once the recovery point on disk has followed a truncation. To be awaited before what was cut off is written anew: until then
   * a loss of power would go unnoticed.
   *
   * @throws DiskError, and the log is offline
   */
  truncationSettled(): Promise<void> {
    return this.lowered.settled();
  }

  /** Records below `offset`, which is not above the high watermark, are not served any more; retention removes their segments. */
  advanceLogStart(offset: number): void {
    if (offset <= this.startOffset) return;
    invariant(
      offset <= this.endOffset,
      () => `${this.directory}: log start ${offset}, the log ends at ${this.endOffset}`,
    );
    this.startOffset = offset;
    this.committedOffset = Math.max(this.committedOffset, offset);
    this.onDisk(() => this.epochs.truncateFromStart(offset));
    this.producerState.onLogStart(offset);
  }

  /** Records in the epoch history that `epoch` begins at the log end, as a new leader does before anything else. */
  startLeaderEpoch(epoch: number): void {
    this.onDisk(() => this.epochs.assign(epoch, this.endOffset));
  }

  /** Where `epoch`, or the greatest one below it, ends; -1 and -1 when nothing is known of it. */
  endOffsetFor(epoch: number): EpochEnd {
    return this.epochs.endOffsetFor(epoch, this.endOffset);
  }

  /** Epoch under which the record at `offset` was written; null before all that is known. */
  leaderEpochAt(offset: number): number | null {
    return this.epochs.epochAt(offset);
  }

  /**
   * The first record below `upperBound` with this timestamp or a later one.
   *
   * @throws DiskError; CorruptRecordError when a batch on the way cannot be decoded
   */
  offsetForTimestamp(timestampMs: number, upperBound: number): TimestampedOffset | null {
    return below(upperBound, firstAtOrAfter(this.segments, timestampMs, this.startOffset));
  }

  /** The first of the records with the greatest timestamp, if it lies below `upperBound`. */
  offsetOfMaxTimestamp(upperBound: number): TimestampedOffset | null {
    return below(upperBound, firstOfGreatestTimestamp(this.segments, this.startOffset));
  }

  /**
   * What ListOffsets 0 answers: segment base offsets, and the log end, newest first.
   *
   * @param timestampMs -1 from the newest on, -2 the oldest alone, else segments written at or before it
   * @param upperBound for consumers: offsets above it are replaced by it; null for followers
   */
  legacyOffsetsBefore(timestampMs: number, offsetsMax: number, upperBound: number | null): number[] {
    const place = { logStartOffset: this.startOffset, logEndOffset: this.endOffset, nowMs: this.options.clock.nowMs() };
    return legacyOffsetsBefore(this.segments, place, timestampMs, offsetsMax, upperBound);
  }

  /** Every producer known, for DescribeProducers. */
  producers(): readonly ProducerEntry[] {
    return [...this.producerState.entries()];
  }

  /** Forgets producers idle for `producer.id.expiration.ms`. @returns how many */
  expireProducers(nowMs: number): number {
    return this.producerState.expire(nowMs);
  }

  /** Another `producer.id.expiration.ms` from now on. */
  setProducerIdExpirationMs(expirationMs: number): void {
    this.producerState.setExpirationMs(expirationMs);
  }

  /** Transactions with an ABORT marker that touch [from, upTo), for read_committed consumers. */
  abortedTransactions(from: number, upTo: number): readonly AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (const segment of this.segments.from(from)) if (segment.transactions.collect(from, upTo, found)) break;
    return found;
  }

  /**
   * Takes out the segments that have outlived the retention configs; the active one is closed first when it has too.
   *
   * @throws DiskError, and the log is offline
   */
  deleteOldSegments(nowMs: number): DeletedSegments {
    const { all } = this.segments;
    const retained = all.map((segment, index) => ({
      sizeBytes: segment.sizeBytes,
      newestMs: segment.greatestTimestamp.timestamp >= 0 ? segment.greatestTimestamp.timestamp : segment.modifiedMs,
      nextOffset: all[index + 1]?.baseOffset ?? this.endOffset,
    }));
    const state = { logStartOffset: this.startOffset, highWatermark: this.committedOffset, nowMs };
    const plan = this.failure === null ? planRetention(retained, this.currentConfig, state) : null;
    if (plan === null) return { count: 0, bytes: 0, newLogStartOffset: this.startOffset, reason: null, files: [] };
    return this.onDisk(() => {
      if (plan.count === all.length) this.roll(this.endOffset);
      const gone = this.segments.shift(plan.count);
      const files = gone.flatMap((segment) => segment.renameDeleted());
      this.namesChanged = true;
      this.snapshots.removeUpTo(this.segments.first.baseOffset);
      this.advanceLogStart(this.segments.first.baseOffset);
      const bytes = gone.reduce((sum, segment) => sum + segment.sizeBytes, 0);
      return { count: gone.length, bytes, newLogStartOffset: this.startOffset, reason: plan.reason, files };
    });
  }

  /** Whether something has been unsynced for too long: a second, or `flush.ms` if that is less. */
  flushIsDue(nowMs = this.options.clock.monotonicMs()): boolean {
    if (this.failure !== null || this.unflushedBytes === 0 || this.flusher.isUnderWay) return false;
    return nowMs - this.unflushedSinceMs >= Math.min(UNFLUSHED_MS_MAX, this.currentConfig.flushMs);
  }

  /**
   * Makes the log durable as it is now.
   *
   * @throws DiskError, and the log is offline; TruncatedBeforeFlush
   */
  flush(): Promise<void> {
    return this.whenFlushed(this.endOffset);
  }

  /** Resolves once all below `endOffset` is durable; everybody who waits shares one sync. Failures as in `flush`. */
  whenFlushed(endOffset: number): Promise<void> {
    return this.flusher.until(endOffset);
  }

  /** Another log of this disk failed: nothing is written here either. */
  takeOffline(error: DiskError): void {
    if (this.failure !== null) return;
    this.failure = error;
    this.flusher.fail(error);
  }

  /**
   * Lets go of the files.
   *
   * @param options.clean also makes everything durable, completes the indexes and leaves a producer snapshot, so that the next start
   *   re-reads nothing
   * @throws DiskError when that failed
   */
  async close(options: { readonly clean: boolean }): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    try {
      await this.flusher.idle();
      await this.lowered.idle();
      if (options.clean && this.failure === null) {
        this.segments.active.seal();
        this.snapshots.write(this.endOffset, this.producerState.entries());
        for (const segment of this.segments.all) if (segment.needsSync) await segment.sync(true);
        await this.epochs.sync();
        await this.options.disk.syncDirectory(this.directory);
      }
    } finally {
      for (const segment of this.segments.all) segment.close();
      this.tail.clear();
    }
  }

  private judge(batch: BatchView, producers: PendingProducers): AppendOutcome | null {
    if (batch.sizeInBytes > this.currentConfig.segmentBytes) {
      return refused("RECORD_LIST_TOO_LARGE", `${batch.sizeInBytes} bytes do not fit into segment.bytes`);
    }
    if (batch.isControl) {
      const marker = transactionMarkerOf(batch);
      const error = marker === null ? null : producers.judgeMarker(batch, marker);
      return error === null
        ? null
        : refused(error, `marker of producer ${batch.producerId}, epoch ${batch.producerEpoch}`);
    }
    if (!batch.hasProducerId) return null;
    const verdict = producers.judge(batch);
    if (verdict.kind === "new") return null;
    if (verdict.kind === "refused") return refused(verdict.error, verdict.reason);
    const { firstOffset, lastOffset, timestamp } = verdict.batch;
    return { kind: "duplicate", baseOffset: firstOffset, lastOffset, timestamp };
  }

  /** Puts a batch with its final offsets into the step, after a roll if it belongs into a new segment. */
  private add(batch: BatchView, step: AppendStep): void {
    if (this.mustRollFor(batch, step)) {
      this.write(step);
      this.roll(batch.baseOffset);
    }
    step.add(batch);
  }

  private mustRollFor(batch: BatchView, step: AppendStep): boolean {
    const { active } = this.segments;
    const { segmentBytes, segmentMs, segmentIndexBytes } = this.currentConfig;
    return needsRoll({
      segmentBaseOffset: active.baseOffset,
      segmentSizeBytes: active.sizeBytes + step.sizeBytes,
      firstTimestamp: active.sizeBytes > 0 ? active.firstTimestamp : (step.firstTimestamp ?? -1),
      createdMs: active.createdMs,
      rollJitterMs: active.rollJitterMs,
      isAnIndexFull: active.offsets.isFull(segmentIndexBytes) || active.times.isFull(segmentIndexBytes),
      batchSizeBytes: batch.sizeInBytes,
      batchLastOffset: batch.lastOffset,
      batchMaxTimestamp: batch.maxTimestamp,
      nowMs: this.options.clock.nowMs(),
      segmentBytes,
      segmentMs,
    });
  }

  /** Writes what the step holds for the active segment. */
  private write(step: AppendStep): void {
    if (step.waiting.length === 0) return;
    const { active } = this.segments;
    active.append(step.waiting, this.currentConfig.indexIntervalBytes);
    for (const ended of step.producers.commit()) if (ended.isAborted) active.transactions.append(ended);
    step.written(this.producerState.pending());
  }

  /** What was written becomes part of the log. */
  private finishAppend(step: AppendStep): void {
    for (const batch of step.done) {
      const epoch = batch.partitionLeaderEpoch;
      if (epoch > (this.epochs.lastEpoch ?? -1)) this.onDisk(() => this.epochs.assign(epoch, batch.baseOffset));
      this.tail.add(batch);
    }
    this.endOffset = step.nextOffset;
    if (step.doneBytes === 0) return;
    if (this.unflushedBytes === 0) this.unflushedSinceMs = this.options.clock.monotonicMs();
    this.unflushedBytes += step.doneBytes;
    this.warmBytes += step.doneBytes;
    this.bytesSinceSnapshot += step.doneBytes;
    if (this.bytesSinceSnapshot >= BYTES_BETWEEN_SNAPSHOTS) this.onDisk(() => this.takeSnapshotInside());
    const isManyRecords = this.endOffset - this.recordsAtLastFlush >= this.currentConfig.flushMessages;
    if (this.unflushedBytes >= UNFLUSHED_BYTES_MAX || isManyRecords) this.flusher.start();
  }

  private roll(baseOffset: number): void {
    const { active } = this.segments;
    // An empty segment of that name is already there; its index cannot be what is full.
    if (active.sizeBytes === 0 && active.baseOffset === baseOffset) return;
    active.seal();
    this.segments.push(newSegment(this.openOptions(), baseOffset));
    this.snapshots.write(baseOffset, this.producerState.entries());
    this.snapshots.removeSome(this.snapshotsInside);
    this.snapshotsInside = [];
    this.bytesSinceSnapshot = 0;
    this.namesChanged = true;
    this.flusher.start();
  }

  private takeSnapshotInside(): void {
    this.bytesSinceSnapshot = 0;
    this.snapshots.write(this.endOffset, this.producerState.entries());
    this.snapshots.removeSome(this.snapshotsInside.slice(0, -1));
    this.snapshotsInside = [...this.snapshotsInside.slice(-1), this.endOffset];
  }

  private rebuildProducers(): void {
    const state = { segments: this.segments, producers: this.producerState, snapshots: this.snapshots };
    const offsets = { logStartOffset: this.startOffset, logEndOffset: this.endOffset };
    const rebuilding = rebuildProducers({ ...state, ...offsets }, new Map(), this.options.clock.nowMs());
    for (const _ of rebuilding) {
      // A truncation is one step: nothing else may see a log whose producers do not belong to it.
    }
    this.producerState.onLogStart(this.startOffset);
    this.producerState.onHighWatermark(Math.min(this.committedOffset, this.endOffset));
  }

  private forgetTail(highWatermark: number): void {
    this.tail.clear();
    this.cuts++;
    this.namesChanged = true;
    this.committedOffset = highWatermark;
    this.recordsAtLastFlush = Math.min(this.recordsAtLastFlush, this.endOffset);
  }

  private readWithoutDisk(request: ReadRequest): ReadOutcome | null {
    const { offset } = request;
    if (offset < this.startOffset || offset > this.endOffset) return { kind: "outOfRange" };
    const limits = this.limitsOf(request);
    if (offset >= limits.upperBound) return EMPTY;
    const cached = this.tail.read(offset, limits);
    return cached === null ? null : asOutcome(cached === "none" ? null : cached);
  }

  private limitsOf({ maxBytes, upperBound, minOneBatch }: ReadRequest) {
    return { maxBytes, upperBound: Math.min(upperBound, this.endOffset), minOneBatch };
  }

  private openOptions(): LogOptions {
    return { ...this.options, config: this.currentConfig };
  }

  private flushTarget(): FlushTarget {
    return {
      logEndOffset: () => this.endOffset,
      syncLog: () => this.syncLog(),
      onFlushFailed: (failure) => void this.failBecause(failure),
    };
  }

  private async syncLog(): Promise<void> {
    const { endOffset, unflushedBytes, namesChanged } = this;
    const beganMs = this.options.clock.monotonicMs();
    this.namesChanged = false;
    await this.lowered.settled();
    await this.syncSegments();
    await this.epochs.sync();
    if (namesChanged) await this.options.disk.syncDirectory(this.directory);
    this.unflushedBytes = Math.max(this.unflushedBytes - unflushedBytes, 0);
    this.unflushedSinceMs = beganMs;
    this.recordsAtLastFlush = Math.max(this.recordsAtLastFlush, Math.min(endOffset, this.endOffset));
  }

  /**
   * Older segments are made durable with their indexes, which nobody looks through again after a crash. Under a sync for each append
   * the index entries of the active one may wait: recovery finds its way without them.
   */
  private async syncSegments(): Promise<void> {
    const { active } = this.segments;
    for (const segment of this.segments.all) {
      if (segment !== active && segment.needsSync) await segment.sync(true);
    }
    await active.sync(this.currentConfig.flushMessages > 1);
    // It was rolled meanwhile: its indexes are complete now, and the next recovery point lies behind it.
    if (active !== this.segments.active) await this.syncSegments();
  }

  /** Runs what writes to the disk; a refusal takes the log offline before it is thrown on. */
  private onDisk<T>(action: () => T): T {
    if (this.failure !== null) throw this.failure;
    try {
      return action();
    } catch (failure) {
      throw this.failBecause(failure);
    }
  }

  /** @returns the disk's failure, after which the log is offline. @throws whatever else it was: a bug of ours */
  private failBecause(failure: unknown): DiskError {
    if (!(failure instanceof DiskError)) throw failure;
    if (this.failure !== null) return this.failure;
    this.takeOffline(failure);
    this.options.onFailure(failure);
    return failure;
  }
}

const EMPTY: ReadOutcome = { kind: "empty" };

function asOutcome(range: BatchRange | null): ReadOutcome {
  return range === null ? EMPTY : { kind: "records", ...range };
}

function below(upperBound: number, found: TimestampedOffset | null): TimestampedOffset | null {
  return found !== null && found.offset < upperBound ? found : null;
}

function refused(error: AppendRefusal, reason: string): AppendOutcome {
  return { kind: "refused", error, reason };
}

function storageError(failure: DiskError | null): AppendOutcome {
  return refused("KAFKA_STORAGE_ERROR", failure?.message ?? "the log is offline");
}
