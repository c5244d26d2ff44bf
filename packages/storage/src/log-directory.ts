import {
  type Clock,
  type Closable,
  type Disk,
  DiskError,
  invariant,
  type Logger,
  type Random,
  randomUuid,
  Scope,
} from "@ottla/runtime";
import { CleanShutdownMarker } from "./clean-shutdown-marker";
import { DirectoryCheckpoints } from "./directory-checkpoints";
import { type FutureLog, FutureLogs } from "./future-logs";
import type { LogConfig } from "./log-config";
import { type LoadedPartitions, loadPartitions } from "./log-directory-loading";
import { LogDirectoryMaintenance } from "./log-directory-maintenance";
import type { LogDirectorySettings } from "./log-directory-settings";
import { type MetaProperties, MetaPropertiesFile } from "./meta-properties";
import { OpenFiles } from "./open-files";
import { deletedDirectoryName, partitionDirectoryName, readPartitionDirectoryName } from "./partition-directory-name";
import { PartitionLog } from "./partition-log";
import { partitionMetadataPath, writePartitionMetadata } from "./partition-metadata";
import { judgeDirectory } from "./plans/directory-condition";
import { TailBudget } from "./tail-cache";

export interface LogDirectoryOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Absolute, without a slash at the end. Made when it is not there. */
  readonly path: string;
  /** What `meta.properties` must say, where it says something; null when it is not known yet. */
  readonly brokerId: number | null;
  readonly clusterId: string | null;
  /** The running machine's boot id; null where there is none. */
  readonly bootId: string | null;
  /** Effective configs of a topic, as known at this moment. */
  configOf(topic: string): LogConfig;
  readonly settings: LogDirectorySettings;
  /** What another directory of this broker has noted of this one, which could not: why records may be missing; null when nothing is. */
  lossNotedOf?(directoryId: string): string | null;
  /** Notes in another directory that records may be missing from this one, whose disk takes no note of it any more. */
  noteLossElsewhere?(directoryId: string, reason: string): Promise<void>;
  readonly signal: AbortSignal;
}

/** Another process uses the directory. */
export class DirectoryLocked extends Error {
  override readonly name = "DirectoryLocked";
  constructor(readonly path: string) {
    super(`${path} is in use: another process holds ${path}/.lock`);
  }
}

/** What a start found, and how the run before it ended. */
export interface LogDirectorySummary {
  readonly partitions: number;
  readonly segments: number;
  readonly sizeBytes: number;
  readonly shutdown: "clean" | "unclean" | "new";
  /** Torn: records that this broker acknowledged may be missing. It must not be elected as if it held them. */
  readonly condition: "intact" | "torn";
  /** Why it is torn. */
  readonly reasons: readonly string[];
  readonly recoveredPartitions: number;
  readonly bytesReread: number;
  readonly bytesCut: number;
  readonly tookMs: number;
}

interface Opened {
  readonly options: LogDirectoryOptions;
  readonly meta: MetaPropertiesFile;
  readonly marker: CleanShutdownMarker;
  readonly checkpoints: DirectoryCheckpoints;
  readonly tailBudget: TailBudget;
  readonly openFiles: OpenFiles;
  readonly directoryId: string;
  readonly shutdown: "clean" | "unclean" | "new";
  readonly startedMs: number;
}

/**
 * One of Kafka's log directories and everything in it: the lock, the identity, the partitions, the checkpoints, and what has to be done
 * by the clock. A directory whose disk fails goes offline as a whole: nothing is written anywhere in it any more.
 */
export class LogDirectory implements Closable {
  readonly path: string;
  /** Unique for this directory, 22 characters; kept in `meta.properties`. */
  readonly directoryId: string;
  private readonly byName = new Map<string, PartitionLog>();
  private readonly maintenance: LogDirectoryMaintenance;
  private readonly failureListeners = new Set<(error: DiskError) => void>();
  private firstFailure: DiskError | null = null;
  private noting: Promise<void> | null = null;
  private found: LogDirectorySummary | null = null;
  private held = new Scope();
  private closing: Promise<void> | null = null;
  private producerIdExpirationMs: number;
  /** Copies of logs that are to move here from other directories. */
  readonly futures: FutureLogs;

  private constructor(private readonly opened: Opened) {
    const { disk, clock, logger, settings, path } = opened.options;
    this.path = path;
    this.directoryId = opened.directoryId;
    this.producerIdExpirationMs = settings.producerIdExpirationMs;
    this.maintenance = new LogDirectoryMaintenance({
      disk,
      clock,
      logger,
      settings,
      checkpoints: opened.checkpoints,
      logs: () => this.logs(),
      holds: (log) => this.get(log.topic, log.partition) === log,
      fail: (error) => this.fail(error),
    });
    this.futures = new FutureLogs({
      ...pick(opened.options),
      path,
      tailBudget: opened.tailBudget,
      openFiles: opened.openFiles,
      producerIdExpirationMs: () => this.producerIdExpirationMs,
      failure: () => this.firstFailure,
      fail: (error) => this.fail(error),
      adopt: (log) => this.byName.set(partitionDirectoryName(log.topic, log.partition), log),
      writeRecoveryPoints: () => this.writeRecoveryPoints(),
      removeLater: (paths) => this.maintenance.removeLater(paths, 0),
    });
  }

  /**
   * Opens the directory: takes its lock, checks whose it is, takes the clean-shutdown marker away, loads and where needed recovers every
   * partition, judges whether something acknowledged may be missing, and starts its regular work.
   *
   * @throws DirectoryLocked, InconsistentMetaProperties, CheckpointMalformed, UnsupportedMessageFormat, DiskError, Aborted; nothing is left open then
   */
  static open(options: LogDirectoryOptions): Promise<LogDirectory> {
    return Scope.opening(async (opening) => {
      const { disk, clock, path } = options;
      const startedMs = clock.monotonicMs();
      disk.makeDirectory(path);
      const lock = disk.tryLock(`${path}/.lock`);
      if (lock === null) throw new DirectoryLocked(path);
      opening.own(lock);

      const meta = MetaPropertiesFile.read(disk, path, () => clock.nowMs());
      meta.check(options);
      const isNew = meta.properties.directoryId === null && !holdsPartitions(disk, path);
      const marker = new CleanShutdownMarker(disk, path);
      const wasClean = await marker.take();
      const directoryId = meta.properties.directoryId ?? randomUuid(options.random);
      const directory = new LogDirectory({
        options,
        meta,
        marker,
        checkpoints: new DirectoryCheckpoints(disk, path),
        tailBudget: new TailBudget(options.settings.tailCacheBytes),
        openFiles: new OpenFiles(),
        directoryId,
        shutdown: wasClean ? "clean" : isNew ? "new" : "unclean",
        startedMs,
      });
      opening.defer(() => directory.closeLogs(false));
      const { deleted } = await directory.load();
      directory.maintenance.start();
      directory.maintenance.removeLater(deleted, 0);
      directory.held = opening.release();
      return directory;
    });
  }

  get brokerId(): number | null {
    return this.opened.meta.properties.brokerId;
  }

  get clusterId(): string | null {
    return this.opened.meta.properties.clusterId;
  }

  get summary(): LogDirectorySummary {
    invariant(this.found !== null, () => `${this.path} is still being opened`);
    return this.found;
  }

  /** Why the directory is offline; null while it is not. */
  get failure(): DiskError | null {
    return this.firstFailure;
  }

  /** Resolves once it has been written down, or could not be, that records may be missing from a directory that failed. */
  async lossNoted(): Promise<void> {
    await this.noting;
  }

  /** Bytes of the file system that holds the directory. */
  space(): { readonly totalBytes: number; readonly usableBytes: number } {
    return this.opened.options.disk.space(this.path);
  }

  /** Every partition, in no particular order. */
  logs(): IterableIterator<PartitionLog> {
    return this.byName.values();
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.byName.get(partitionDirectoryName(topic, partition));
  }

  /**
   * Makes a partition's log, empty. The names on disk become durable soon after, together with the topic id.
   *
   * @throws DiskError when the directory is offline or the disk refuses
   */
  create(topic: string, partition: number, topicId: string, config: LogConfig): PartitionLog {
    if (this.firstFailure !== null) throw this.firstFailure;
    const name = partitionDirectoryName(topic, partition);
    invariant(!this.byName.has(name), () => `${name} is in ${this.path} already`);
    const { disk, clock, random, logger } = this.opened.options;
    const directory = `${this.path}/${name}`;
    const log = this.orOffline(() => {
      const created = PartitionLog.create({
        disk,
        clock,
        random,
        logger: logger.with({ partition: name }),
        directory,
        topic,
        partition,
        topicId,
        config,
        producerIdExpirationMs: this.producerIdExpirationMs,
        tailBudget: this.opened.tailBudget,
        openFiles: this.opened.openFiles,
        removeLater: (files) => this.maintenance.removeLater(files, 0),
        onFailure: (error) => this.failOf({ topic, partition }, error),
        recoveryPointFell: () => this.writeRecoveryPoints(),
      });
      writePartitionMetadata(disk, directory, topicId);
      return created;
    });
    this.byName.set(name, log);
    this.maintenance.run(() => this.unlessDeleted(log, () => makeDurable(disk, this.path, directory)));
    return log;
  }

  /**
   * Deletes a partition: it is gone at once, its folder renamed, and its files removed after `file.delete.delay.ms`.
   *
   * @returns false when there is no such partition
   * @throws DiskError when it cannot be renamed
   */
  delete(topic: string, partition: number): boolean {
    const name = partitionDirectoryName(topic, partition);
    const log = this.byName.get(name);
    if (log === undefined) return false;
    const { disk, random } = this.opened.options;
    this.byName.delete(name);
    const deleted = `${this.path}/${deletedDirectoryName(topic, partition, random)}`;
    // Its files are closed once a flush under way has ended; what fails there concerns nobody any more.
    const closed = log.close({ clean: false });
    this.orOffline(() => disk.rename(log.directory, deleted));
    this.maintenance.run(async () => {
      try {
        await closed;
      } catch (failure) {
        if (!(failure instanceof DiskError)) throw failure;
        this.opened.options.logger.debug("a deleted partition failed to close", { directory: deleted, failure });
      }
      await disk.syncDirectory(this.path);
      // A topic made again under this name must not inherit how far the old one was recovered or committed.
      await this.writeCheckpoints();
    });
    this.maintenance.removeLater([deleted], log.config.fileDeleteDelayMs);
    return true;
  }

  /**
   * A future log that holds all that the log in `from` does takes its place, in this step. The other one is deleted once the new name is
   * durable: whenever the machine stops, there is one log that counts.
   *
   * @throws DiskError when it cannot be renamed: the directory is offline then
   */
  takeOver(future: FutureLog, from: LogDirectory): void {
    const { log } = future;
    const before = from.get(log.topic, log.partition);
    this.futures.promote(future);
    this.maintenance.run(() =>
      this.unlessDeleted(log, async () => {
        await makeDurable(this.opened.options.disk, this.path, log.directory);
        if (from.get(log.topic, log.partition) === before) from.deleteAfterMove(log);
        if (from.failure === null) await this.settleMove(log, from);
      }),
    );
  }

  /** Deletes what a move that a crash interrupted has left in `from`: the log here counts. @throws DiskError */
  async finishMove(log: PartitionLog, from: LogDirectory | null): Promise<void> {
    from?.delete(log.topic, log.partition);
    await this.settleMove(log, from);
  }

  /** Applies retention to every partition now, instead of at the next `log.retention.check.interval.ms`. */
  deleteOldSegments(): void {
    this.maintenance.deleteOldSegments();
  }

  /** Another `producer.id.expiration.ms`, from now on and for every partition. */
  setProducerIdExpirationMs(expirationMs: number): void {
    this.producerIdExpirationMs = expirationMs;
    for (const log of this.byName.values()) log.setProducerIdExpirationMs(expirationMs);
  }

  /** Makes recovery points, log starts and high watermarks durable now. */
  async writeCheckpoints(): Promise<void> {
    const logs = () => this.logs();
    await this.writeRecoveryPoints();
    await this.opened.checkpoints.writeLogStarts(logs);
    await this.opened.checkpoints.writeHighWatermarks(logs);
  }

  /**
   * Fills in `broker.id`.
   *
   * @throws InconsistentMetaProperties when the directory is another broker's
   * @throws DiskError when it cannot be written; the directory is offline then
   */
  async setBrokerId(brokerId: number): Promise<void> {
    this.opened.meta.check({ brokerId, clusterId: null });
    await this.write({ brokerId });
  }

  /**
   * Fills in `cluster.id`.
   *
   * @throws InconsistentMetaProperties when the directory belongs to another cluster
   * @throws DiskError when it cannot be written; the directory is offline then
   */
  async setClusterId(clusterId: string): Promise<void> {
    this.opened.meta.check({ brokerId: null, clusterId });
    await this.write({ clusterId });
  }

  /** What is noted here of other directories, by their ids; see `MetaProperties`. */
  get lossesNoted(): ReadonlyMap<string, string> {
    return this.opened.meta.properties.losses;
  }

  /** Notes that records may be missing from another directory. @throws DiskError when it cannot be written; the directory is offline then */
  async noteLoss(directoryId: string, reason: string): Promise<void> {
    await this.write({ losses: new Map(this.lossesNoted).set(directoryId, reason) });
  }

  /** Takes such notes away: these directories say it themselves now. @throws DiskError as `noteLoss` */
  async forgetLosses(directoryIds: Iterable<string>): Promise<void> {
    const losses = new Map(this.lossesNoted);
    for (const directoryId of directoryIds) losses.delete(directoryId);
    await this.write({ losses });
  }

  /**
   * The controller has taken this broker out of every ISR that had another member, if it was torn, and said so. From now on a kill under
   * this boot id leaves the directory intact. Called any sooner, a second crash would make a loss look like a mere kill. A directory that is
   * offline stays as it is: what it may have lost is for its next start.
   *
   * @throws DiskError when it cannot be written; the directory is offline then
   */
  async recordBootId(bootId: string): Promise<void> {
    if (this.firstFailure === null) await this.write({ bootId, torn: null });
  }

  /** Calls `listener` once, when the disk fails, or at once if it has. @returns takes the listener away again */
  onFailure(listener: (error: DiskError) => void): () => void {
    if (this.firstFailure !== null) {
      listener(this.firstFailure);
      return () => {};
    }
    this.failureListeners.add(listener);
    return () => void this.failureListeners.delete(listener);
  }

  /**
   * Closes every partition and gives the lock back, last.
   *
   * @param options.clean make everything durable first and leave the marker that spares the next start recovery. A directory that is
   *   offline is never closed as clean.
   * @throws DiskError when that fails; all is closed then, without a marker
   */
  close(options: { readonly clean: boolean } = { clean: false }): Promise<void> {
    this.closing ??= this.closeOnce(options.clean);
    return this.closing;
  }

  private async closeOnce(clean: boolean): Promise<void> {
    const held = this.held;
    try {
      await this.maintenance.close();
      await this.noting;
      await this.closeLogs(clean && this.firstFailure === null);
    } finally {
      await held.close();
    }
  }

  private async load(): Promise<LoadedPartitions> {
    const { options, meta, checkpoints, tailBudget, openFiles, directoryId, shutdown, startedMs } = this.opened;
    const { path, settings, clock } = options;
    const before = meta.properties;
    const tornBefore = before.torn ?? options.lossNotedOf?.(directoryId) ?? null;
    const damagedPartitions: string[] = [];
    const loaded = await loadPartitions(
      {
        ...pick(options),
        path,
        cleanShutdown: shutdown === "clean",
        checkpoints,
        tailBudget,
        openFiles,
        removeLater: (files) => this.maintenance.removeLater(files, 0),
        producerIdExpirationMs: settings.producerIdExpirationMs,
        configOf: (topic) => options.configOf(topic),
        onFailure: (log, error) => this.failOf(log, error),
        recoveryPointFell: () => this.writeRecoveryPoints(),
        // At once: killed before the end of a start, the next one would find a log already cut, and nothing wrong with it.
        onDamage: async (partition, remarks) => {
          damagedPartitions.push(partition);
          await meta.update({ torn: `damage in ${partition}: ${remarks.join("; ")}` });
        },
      },
      options.signal,
    );
    for (const log of loaded.logs) this.byName.set(partitionDirectoryName(log.topic, log.partition), log);
    for (const { offline } of loaded.logs) if (offline !== null) throw offline;
    // What is written from now on where something was cut off is not durable yet.
    if (loaded.hasLoweredRecoveryPoint) await this.writeRecoveryPoints();
    const { condition, reasons } = judgeDirectory({
      shutdown,
      recordedBootId: before.bootId,
      bootId: options.bootId,
      tornBefore,
      damagedPartitions,
    });
    await meta.update({
      directoryId,
      torn: condition === "torn" ? (tornBefore ?? reasons.join("; ")) : null,
      ...(options.brokerId === null ? {} : { brokerId: options.brokerId }),
      ...(options.clusterId === null ? {} : { clusterId: options.clusterId }),
    });
    this.found = summarize(loaded, {
      shutdown,
      condition,
      reasons,
      tookMs: Math.round(clock.monotonicMs() - startedMs),
    });
    options.logger.info("opened log directory", { path, ...this.found });
    return loaded;
  }

  private writeRecoveryPoints(): Promise<void> {
    return this.opened.checkpoints.writeRecoveryPoints(() => this.logs());
  }

  /** What cannot be deleted is found, and deleted, at the next start. */
  private deleteAfterMove({ topic, partition }: PartitionLog): void {
    try {
      this.delete(topic, partition);
    } catch (failure) {
      if (!(failure instanceof DiskError)) throw failure;
      this.opened.options.logger.error("a log that has moved cannot be deleted", { topic, partition, failure });
    }
  }

  private async settleMove(log: PartitionLog, from: LogDirectory | null): Promise<void> {
    const { disk } = this.opened.options;
    await makeDurable(disk, this.path, log.directory);
    await this.writeCheckpoints();
    if (from !== null) await disk.syncDirectory(from.path);
    this.futures.settle(log);
  }

  private async closeLogs(clean: boolean): Promise<void> {
    let failed: unknown = null;
    for (const log of this.byName.values()) {
      try {
        const finishes = clean && failed === null;
        if (finishes) await log.flush();
        await log.close({ clean: finishes });
      } catch (failure) {
        failed ??= failure;
      }
    }
    if (failed === null && clean) {
      await this.writeCheckpoints();
      await this.opened.marker.set();
    }
    this.byName.clear();
    await this.futures.close();
    if (failed !== null) throw failed;
  }

  private failOf(log: { readonly topic: string; readonly partition: number }, error: DiskError): void {
    const { topic, partition } = log;
    if (this.byName.has(partitionDirectoryName(topic, partition))) this.fail(error);
  }

  /** The disk failed: nothing is written in the directory any more. */
  private fail(error: DiskError): void {
    if (this.firstFailure !== null) return;
    this.firstFailure = error;
    const { logger } = this.opened.options;
    logger.error("log directory is offline", { path: this.path, error });
    this.maintenance.stop();
    for (const log of this.byName.values()) log.takeOffline(error);
    for (const log of this.futures.logs()) log.takeOffline(error);
    if (mayHaveLost(error)) this.noting = this.noteOwnLoss(error);
    for (const listener of this.failureListeners) listener(error);
    this.failureListeners.clear();
  }

  /** The disk that failed is the one to be written: where it takes nothing any more, another directory keeps the note. */
  private async noteOwnLoss({ message }: DiskError): Promise<void> {
    const { options, meta } = this.opened;
    try {
      await meta.update({ torn: message }).catch(async (failure: unknown) => {
        if (options.noteLossElsewhere === undefined) throw failure;
        await options.noteLossElsewhere(this.directoryId, message);
      });
    } catch (failure) {
      options.logger.error("could not note that records may be lost", { path: this.path, failure });
    }
  }

  private async write(changes: Partial<MetaProperties>): Promise<void> {
    try {
      await this.opened.meta.update(changes);
    } catch (failure) {
      if (failure instanceof DiskError) this.fail(failure);
      throw failure;
    }
  }

  /** What the disk refuses here, it may refuse everywhere: the directory goes offline. */
  private orOffline<T>(action: () => T): T {
    try {
      return action();
    } catch (failure) {
      if (failure instanceof DiskError) this.fail(failure);
      throw failure;
    }
  }

  private async unlessDeleted(log: PartitionLog, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (failure) {
      if (this.get(log.topic, log.partition) === log) throw failure;
      this.opened.options.logger.debug("a partition was deleted before it was durable", { failure });
    }
  }
}

function pick({ disk, clock, random, logger }: LogDirectoryOptions) {
  return { disk, clock, random, logger };
}

function holdsPartitions(disk: Disk, path: string): boolean {
  return disk.list(path).some((name) => readPartitionDirectoryName(name).kind === "partition");
}

async function makeDurable(disk: Disk, parent: string, directory: string): Promise<void> {
  const metadata = disk.open(partitionMetadataPath(directory), "write");
  try {
    await metadata.sync();
  } finally {
    metadata.close();
  }
  await disk.syncDirectory(directory);
  await disk.syncDirectory(parent);
}

/**
 * Whether what the kernel had accepted may be gone: it forgets what it could not write back, so that a later sync succeeds without it. A
 * full disk refuses before it accepts.
 */
function mayHaveLost(error: DiskError): boolean {
  return (
    error.operation === "fdatasync" || error.operation === "fsync" || error.code === "EIO" || error.code === "EROFS"
  );
}

function summarize(
  loaded: LoadedPartitions,
  outcome: Pick<LogDirectorySummary, "shutdown" | "condition" | "reasons" | "tookMs">,
): LogDirectorySummary {
  return {
    partitions: loaded.logs.length,
    segments: loaded.segments,
    sizeBytes: loaded.sizeBytes,
    ...outcome,
    recoveredPartitions: loaded.recoveredPartitions,
    bytesReread: loaded.bytesReread,
    bytesCut: loaded.bytesCut,
  };
}
