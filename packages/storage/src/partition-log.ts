import { DiskError, invariant } from "@ottla/runtime";
import type { AppendOutcome, ValidatedBatch } from "./append-outcome";
import { type CleanedLog, CleaningStopped, LogCleaning } from "./clean-log";
import { CleanPace } from "./clean-pace";
import type { CleanerSettings } from "./clean-settings";
import { DamagedSource } from "./clean-source";
import { appendAsFollower, type FollowerAppendOutcome } from "./follower-append";
import type { Push } from "./follower-rules";
import { appendAsLeader } from "./leader-append";
import { type EpochEnd, LeaderEpochHistory } from "./leader-epoch-history";
import { legacyOffsetsBefore } from "./legacy-offsets";
import type { LogConfig } from "./log-config";
import type { Damage } from "./log-damage";
import { LogDurability } from "./log-durability";
import { type LoadedLog, loadLog, type RecoveryReport } from "./log-loading";
import type { LogCheckpoint, LogOptions } from "./log-options";
import { LogReader } from "./log-reader";
import { type DeletedSegments, deleteOldSegments } from "./log-retention";
import { LogState } from "./log-state";
import { cutDamage, restartAt, truncateTo } from "./log-truncation";
import { LogWriter } from "./log-writer";
import { OfflineGuard } from "./offline-guard";
import { writePartitionMetadata } from "./partition-metadata";
import { type CleaningProposal, proposeCleaning } from "./plans/clean-choice";
import type { ProducerEntry } from "./producer-entry";
import { ProducerSnapshots } from "./producer-snapshots";
import { ProducerState } from "./producer-state";
import type { ReadOutcome, ReadRequest } from "./read-outcome";
import { SegmentList } from "./segment-list";
import { newSegment } from "./segment-opening";
import { firstAtOrAfter, firstOfGreatestTimestamp, type TimestampedOffset } from "./timestamp-search";
import type { AbortedTransaction } from "./transaction-index";

/**
 * One partition's log: batches in segment files, and what has to be known of them (producers, leader epochs, recent batches).
 *
 * Appends and warm reads are synchronous; a decision of the caller and the append that follows from it are one step. Once the disk has
 * refused a write or a sync, nothing more is written (`offline`). Here is what a log can be asked; the work is done by those it owns.
 */
export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
  private currentTopicId: string | null;
  private readonly guard: OfflineGuard;
  private readonly state: LogState;
  private readonly durability: LogDurability;
  private readonly writer: LogWriter;
  private readonly reader: LogReader;
  private readonly cleaning = new AbortController();

  private constructor(options: LogOptions, loaded: LoadedLog) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.directory = options.directory;
    this.currentTopicId = options.topicId;
    this.guard = new OfflineGuard(
      (error) => options.onFailure(error),
      (error) => this.durability.fail(error),
    );
    this.state = new LogState(options, loaded, this.guard);
    this.durability = new LogDurability(this.state, loaded);
    this.writer = new LogWriter(this.state, this.durability);
    this.reader = new LogReader(this.state);
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
      firstDirtyOffset: null,
    });
  }

  /**
   * Opens the log in a directory, whatever state a crash left it in.
   *
   * @throws DiskError when the disk refuses; CheckpointMalformed when the epoch history cannot be read; UnsupportedMessageFormat
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
    this.guard.onDisk(() => writePartitionMetadata(this.state.options.disk, this.directory, topicId));
    this.currentTopicId = topicId;
    this.state.namesChanged = true;
  }

  get config(): LogConfig {
    return this.state.config;
  }

  updateConfig(config: LogConfig): void {
    this.state.config = config;
    this.state.noteCompaction();
  }

  /** First offset that can be read. */
  get logStartOffset(): number {
    return this.state.logStartOffset;
  }

  /** The offset that the next record gets. */
  get logEndOffset(): number {
    return this.state.logEndOffset;
  }

  /** Records below it are committed. */
  get highWatermark(): number {
    return this.state.highWatermark;
  }

  /** Records below it are committed and their transactions decided. */
  get lastStableOffset(): number {
    const { highWatermark, producers } = this.state;
    return Math.min(highWatermark, producers.firstUnstableOffset() ?? highWatermark);
  }

  /** Records below it survive a loss of power. */
  get flushedEndOffset(): number {
    return this.durability.flushedEndOffset;
  }

  /** What recovery need not re-read; for `recovery-point-offset-checkpoint`. */
  get recoveryPoint(): number {
    return this.durability.flushedEndOffset;
  }

  /** How far an acknowledgement of ours may speak: under `flush.messages=1` only for what is durable. */
  get acknowledgedEndOffset(): number {
    return this.state.config.flushMessages === 1 ? this.flushedEndOffset : this.state.logEndOffset;
  }

  /** Of the log files, without indexes. */
  get sizeBytes(): number {
    return this.state.segments.sizeBytes;
  }

  get segmentCount(): number {
    return this.state.segments.all.length;
  }

  /** Base offset of the first segment; the log start is checkpointed only when it lies above. */
  get logStartSegmentOffset(): number {
    return this.state.segments.first.baseOffset;
  }

  /** Newest leader epoch known, whether or not a record was written under it; null when none is. */
  get lastEpoch(): number | null {
    return this.state.epochs.lastEpoch;
  }

  /** Leader epoch of the last record; of an empty log the newest one known. A follower names it, with the log end, when it attaches. */
  get lastRecordEpoch(): number | null {
    const { logStartOffset, logEndOffset, epochs } = this.state;
    return logEndOffset > logStartOffset ? epochs.epochAt(logEndOffset - 1) : epochs.lastEpoch;
  }

  get leaderEpochs(): LeaderEpochHistory["entries"] {
    return this.state.epochs.entries;
  }

  /** The failure after which nothing more is written; null while all is well. */
  get offline(): DiskError | null {
    return this.guard.failure;
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
    invariant(!this.state.isClosed, () => `append to ${this.directory}, which is closed`);
    invariant(
      leaderEpoch >= (this.lastEpoch ?? 0),
      () => `${this.directory}: append under epoch ${leaderEpoch}, the log knows ${this.lastEpoch}`,
    );
    return appendAsLeader(this.state, this.writer, batches, leaderEpoch);
  }

  /**
   * Appends what a leader pushed, byte by byte as it lies in the leader's log, if it can follow what is here.
   *
   * @param bytes whole batches; the memory is the log's from now on
   * @param push where the leader says it begins, and under which epoch it was sent
   * @returns refused, with nothing appended, when the bytes are damaged, do not begin at the log end, or are out of order
   * @throws DiskError when the disk refused, and the log is offline
   */
  appendAsFollower(bytes: Buffer, push: Push): FollowerAppendOutcome {
    invariant(!this.state.isClosed, () => `append to ${this.directory}, which is closed`);
    return appendAsFollower(this.state, this.writer, this.durability, bytes, push);
  }

  /**
   * Whole batches from the one that holds `offset`, from memory when the reader keeps up, from the page cache otherwise. What is below
   * the log end has been written: a follower may be sent it. What is read from a file has its checksum taken before it is returned.
   *
   * @throws DiskError
   */
  read(request: ReadRequest): ReadOutcome {
    return this.reader.read(request);
  }

  /**
   * The same for ranges that may have to come from the device: the event loop goes on meanwhile.
   *
   * @throws DiskError; the signal's reason when it aborts
   */
  readCold(request: ReadRequest, signal: AbortSignal): Promise<ReadOutcome> {
    return this.reader.readCold(request, signal);
  }

  /** The first place known to be damaged on disk: nothing of it is served. Null while none is known. */
  get damage(): Damage | null {
    return this.state.damages.first;
  }

  /** Calls `listener` for each damaged place when it is found. @returns takes the listener away again */
  onDamage(listener: (damage: Damage) => void): () => void {
    return this.state.damages.onFound(listener);
  }

  /**
   * Drops what is known to be damaged and all behind it, to be fetched again. Only for a replica that is in no ISR: it no longer holds what
   * it acknowledged.
   *
   * @throws DiskError, and the log is offline
   */
  cutDamage(): void {
    cutDamage(this.state, this.durability);
  }

  /**
   * Reads some batches from their files and takes their checksums; what is found is told like any other damage.
   *
   * @param offset where to begin
   * @param maxBytes at least one batch is read
   * @returns where to go on, and how many bytes were read
   * @throws DiskError; the signal's reason when it aborts
   */
  verify(
    offset: number,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<{ readonly nextOffset: number; readonly bytes: number }> {
    return this.reader.verify(Math.max(offset, this.logStartOffset), maxBytes, signal);
  }

  /** Whether reading at `offset` may wait for the device, so that `readCold` is the one to call. */
  isCold(offset: number): boolean {
    return this.reader.isCold(offset);
  }

  /** @param offset not above the log end; below the present one it is ignored */
  advanceHighWatermark(offset: number): void {
    invariant(
      offset <= this.logEndOffset,
      () => `${this.directory}: high watermark ${offset}, the log ends at ${this.logEndOffset}`,
    );
    this.state.raiseHighWatermark(offset);
  }

  /**
   * Drops every batch that reaches `offset` or beyond, and whatever remembers them. The high watermark is lowered if need be. An epoch
   * that began at the log end without a record goes, too, when `offset` is not below it.
   *
   * @throws DiskError, and the log is offline
   */
  truncateTo(offset: number): void {
    truncateTo(this.state, this.durability, offset);
  }

  /**
   * Drops everything; the log starts again, empty, at `offset`.
   *
   * @throws DiskError, and the log is offline
   */
  truncateFullyAndStartAt(offset: number): void {
    restartAt(this.state, this.durability, offset);
  }

  /**
   * Resolves once the recovery point on disk has followed a truncation. To be awaited before what was cut off is written anew: until then
   * a loss of power would go unnoticed.
   *
   * @throws DiskError, and the log is offline
   */
  truncationSettled(): Promise<void> {
    return this.durability.truncationSettled();
  }

  /** Records below `offset`, which is not above the log end, are not served any more; retention removes their segments. */
  advanceLogStart(offset: number): void {
    invariant(
      offset <= this.logEndOffset,
      () => `${this.directory}: log start ${offset}, the log ends at ${this.logEndOffset}`,
    );
    this.state.raiseLogStart(offset);
  }

  /**
   * The leader's log starts at `offset`: so does this one, as far as it reaches. All below is committed.
   *
   * @throws DiskError, and the log is offline
   */
  followLogStart(offset: number): void {
    this.state.raiseLogStart(Math.min(offset, this.logEndOffset));
  }

  /** Records in the epoch history that `epoch` begins at the log end, as a new leader does before anything else. */
  startLeaderEpoch(epoch: number): void {
    const { epochs, logEndOffset } = this.state;
    this.guard.onDisk(() => epochs.assign(epoch, logEndOffset));
  }

  /** Where `epoch`, or the greatest one below it, ends; -1 and -1 when nothing is known of it. */
  endOffsetFor(epoch: number): EpochEnd {
    return this.state.epochs.endOffsetFor(epoch, this.logEndOffset);
  }

  /** Epoch under which the record at `offset` was written; null before all that is known. */
  leaderEpochAt(offset: number): number | null {
    return this.state.epochs.epochAt(offset);
  }

  /**
   * The first record below `upperBound` with this timestamp or a later one.
   *
   * @throws DiskError; CorruptRecordError when a batch on the way cannot be decoded
   */
  offsetForTimestamp(timestampMs: number, upperBound: number): TimestampedOffset | null {
    return below(upperBound, firstAtOrAfter(this.state.segments, timestampMs, this.logStartOffset));
  }

  /** The first of the records with the greatest timestamp, if it lies below `upperBound`. */
  offsetOfMaxTimestamp(upperBound: number): TimestampedOffset | null {
    return below(upperBound, firstOfGreatestTimestamp(this.state.segments, this.logStartOffset));
  }

  /**
   * What ListOffsets 0 answers: segment base offsets, and the log end, newest first.
   *
   * @param timestampMs -1 from the newest on, -2 the oldest alone, else segments written at or before it
   * @param upperBound for consumers: offsets above it are replaced by it; null for followers
   */
  legacyOffsetsBefore(timestampMs: number, offsetsMax: number, upperBound: number | null): number[] {
    const { segments, logStartOffset, logEndOffset, options } = this.state;
    const place = { logStartOffset, logEndOffset, nowMs: options.clock.nowMs() };
    return legacyOffsetsBefore(segments, place, timestampMs, offsetsMax, upperBound);
  }

  /** Every producer known, for DescribeProducers. */
  producers(): readonly ProducerEntry[] {
    return [...this.state.producers.entries()];
  }

  /** Forgets producers idle for `producer.id.expiration.ms`. @returns how many */
  expireProducers(nowMs: number): number {
    return this.state.producers.expire(nowMs);
  }

  /** Another `producer.id.expiration.ms` from now on. */
  setProducerIdExpirationMs(expirationMs: number): void {
    this.state.producers.setExpirationMs(expirationMs);
  }

  /** Transactions with an ABORT marker that touch [from, upTo), for read_committed consumers. */
  abortedTransactions(from: number, upTo: number): readonly AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (const segment of this.state.segments.from(from)) if (segment.transactions.collect(from, upTo, found)) break;
    return found;
  }

  /**
   * Takes out the segments that have outlived the retention configs; the active one is closed first when it has too.
   *
   * @throws DiskError, and the log is offline
   */
  deleteOldSegments(nowMs: number): DeletedSegments {
    return deleteOldSegments(this.state, this.writer, nowMs);
  }

  /** Compaction has been through everything before it; null for a log that was never to be compacted. */
  get firstDirtyOffset(): number | null {
    return this.state.firstDirtyOffset;
  }

  /** How often the log was cut; whoever remembers something of its contents can tell whether that still holds. */
  get cuts(): number {
    return this.state.cuts;
  }

  /** What may be cleaned of the log and is worth it; null when that is nothing. */
  proposeCleaning(nowMs: number): CleaningProposal | null {
    const { segments, logStartOffset, firstDirtyOffset, config } = this.state;
    const { lastStableOffset, flushedEndOffset } = this;
    const place = { logStartOffset, lastStableOffset, flushedEndOffset, firstDirtyOffset: firstDirtyOffset ?? 0 };
    return proposeCleaning({ ...place, segments: segments.all }, config, nowMs);
  }

  /**
   * Writes the closed segments up to the proposal's end anew, with the last record of each key; see `LogCleaning`. One cleaning at a time.
   *
   * @param removeLater takes files of no use any more
   * @param signal gives it up; so does closing the log
   * @throws CleaningStopped, CleaningOvertaken; DamagedSource, CorruptRecordError, CleanedTooLarge; DiskError, and the log is offline but
   *   for a full disk
   */
  async clean(
    proposal: CleaningProposal,
    settings: CleanerSettings,
    removeLater: (files: readonly string[]) => void,
    signal: AbortSignal,
  ): Promise<CleanedLog> {
    const { state, guard, cleaning } = this;
    const stop = AbortSignal.any([signal, cleaning.signal]);
    const pace = new CleanPace(state.options.clock, settings.ioBytesPerSecondMax, stop);
    try {
      return await new LogCleaning(state, proposal, settings, pace, removeLater).run();
    } catch (failure) {
      if (stop.aborted) throw new CleaningStopped(`cleaning of ${this.directory} was stopped`, { cause: failure });
      if (failure instanceof DamagedSource) state.damages.found({ ...failure.damage, path: failure.path });
      if (!(failure instanceof DiskError) || failure.code === "ENOSPC") throw failure;
      throw guard.failBecause(failure);
    }
  }

  /**
   * Closes the active segment if it has records and is older than `segment.ms`: without appends nothing else would, and it is not cleaned
   * before.
   *
   * @throws DiskError, and the log is offline
   */
  rollIfIdle(nowMs: number): void {
    this.guard.onDisk(() => this.writer.rollIfIdle(nowMs));
  }

  /** Whether something has been unsynced for too long: a second, or `flush.ms` if that is less. */
  flushIsDue(nowMs = this.state.options.clock.monotonicMs()): boolean {
    return this.durability.flushIsDue(nowMs);
  }

  /**
   * Makes the log durable as it is now.
   *
   * @throws DiskError, and the log is offline; TruncatedBeforeFlush
   */
  flush(): Promise<void> {
    return this.whenFlushed(this.logEndOffset);
  }

  /** Resolves once all below `endOffset` is durable; everybody who waits shares one sync. Failures as in `flush`. */
  whenFlushed(endOffset: number): Promise<void> {
    return this.durability.whenFlushed(endOffset);
  }

  /** Another log of this disk failed: nothing is written here either. */
  takeOffline(error: DiskError): void {
    this.guard.takeOffline(error);
  }

  /**
   * Lets go of the files.
   *
   * @param options.clean also makes everything durable, completes the indexes and leaves a producer snapshot, so that the next start
   *   re-reads nothing
   * @throws DiskError when that failed
   */
  async close(options: { readonly clean: boolean }): Promise<void> {
    if (this.state.isClosed) return;
    this.state.isClosed = true;
    this.cleaning.abort(new CleaningStopped(`${this.directory} is closed`));
    const { segments, snapshots, producers, tail } = this.state;
    try {
      await this.durability.idle();
      if (options.clean && this.offline === null) {
        segments.active.seal();
        snapshots.write(this.logEndOffset, producers.entries());
        await this.durability.finish();
      }
    } finally {
      for (const segment of segments.all) segment.close();
      tail.clear();
    }
  }
}

function below(upperBound: number, found: TimestampedOffset | null): TimestampedOffset | null {
  return found !== null && found.offset < upperBound ? found : null;
}
