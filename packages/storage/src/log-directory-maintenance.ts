import { Aborted, type Clock, type Closable, type Disk, DiskError, type Logger, type Timer } from "@ottla/runtime";
import { DirectoryCleaner } from "./clean-directory";
import type { DirectoryCheckpoints } from "./directory-checkpoints";
import type { LogDirectorySettings } from "./log-directory-settings";
import { TruncatedBeforeFlush } from "./log-flusher";
import type { PartitionLog } from "./partition-log";

/**
 * What a log directory does by the clock: background flushes, checkpoints, retention, expiry of producers, and the delayed removal of
 * deleted files. Nothing of it runs once `close` has resolved.
 */
export class LogDirectoryMaintenance implements Closable {
  private readonly timers = new Set<Timer>();
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly cleaner: DirectoryCleaner;
  private closed = false;

  constructor(
    private readonly directory: {
      readonly disk: Disk;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly settings: LogDirectorySettings;
      readonly checkpoints: DirectoryCheckpoints;
      logs(): Iterable<PartitionLog>;
      /** Whether the log is still the directory's: one that was deleted meanwhile may fail without consequence. */
      holds(log: PartitionLog): boolean;
      /** The disk failed: the directory goes offline. */
      fail(error: DiskError): void;
    },
  ) {
    const { clock, logger, settings, checkpoints } = directory;
    this.cleaner = new DirectoryCleaner({
      clock,
      logger,
      settings: settings.cleaner,
      logs: () => directory.logs(),
      holds: (log) => directory.holds(log),
      writeOffsets: () => checkpoints.writeCleanerOffsets(() => directory.logs()),
      removeLater: (files, delayMs) => this.removeLater(files, delayMs),
    });
  }

  start(): void {
    const { settings, checkpoints } = this.directory;
    const logs = () => this.directory.logs();
    this.every(settings.flushCheckIntervalMs, settings.flushCheckIntervalMs, () => this.flushWhatIsDue());
    this.every(settings.recoveryPointCheckpointIntervalMs, settings.recoveryPointCheckpointIntervalMs, () =>
      checkpoints.writeRecoveryPoints(logs),
    );
    this.every(settings.logStartCheckpointIntervalMs, settings.logStartCheckpointIntervalMs, () =>
      checkpoints.writeLogStarts(logs),
    );
    this.every(settings.highWatermarkCheckpointIntervalMs, settings.highWatermarkCheckpointIntervalMs, () =>
      checkpoints.writeHighWatermarks(logs),
    );
    this.every(settings.initialTaskDelayMs, settings.retentionCheckIntervalMs, async () => this.deleteOldSegments());
    this.every(settings.producerIdExpirationCheckIntervalMs, settings.producerIdExpirationCheckIntervalMs, async () =>
      this.expireProducers(),
    );
    this.every(settings.cleaner.backoffMs, settings.cleaner.backoffMs, async () => {
      await this.cleaner.cleanAll(this.stopping.signal);
    });
  }

  /**
   * Removes files or trees `delayMs` from now, a file a tick: a large one takes the file system tens of milliseconds. What is left when
   * the process ends is removed at the next start.
   */
  removeLater(paths: readonly string[], delayMs: number): void {
    if (paths.length === 0) return;
    this.after(delayMs, () => this.removeNext(filesOf(this.directory.disk, paths)));
  }

  /** Does `work` beside everything else; `close` waits for it, and a failing disk takes the directory offline. */
  run(work: () => Promise<void>): void {
    if (this.closed) return;
    const running = this.guarded(work).finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** Applies retention now, as the timer does. */
  deleteOldSegments(): void {
    const { clock, logger } = this.directory;
    for (const log of this.directory.logs()) {
      if (log.offline !== null) continue;
      const deleted = log.deleteOldSegments(clock.nowMs());
      if (deleted.count === 0) continue;
      logger.info("deleted old segments", {
        partition: `${log.topic}-${log.partition}`,
        segments: deleted.count,
        bytes: deleted.bytes,
        logStartOffset: deleted.newLogStartOffset,
        reason: deleted.reason,
      });
      this.removeLater(deleted.files, log.config.fileDeleteDelayMs);
    }
  }

  /** No timer fires any more, nothing new begins, and the cleaner gives up what it is at. */
  stop(): void {
    this.closed = true;
    this.stopping.abort(new Aborted("maintenance"));
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  /** Stops, and waits for what runs. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all(this.running);
  }

  private async flushWhatIsDue(): Promise<void> {
    for (const log of this.directory.logs()) {
      if (log.offline !== null || !log.flushIsDue()) continue;
      // One after the other: flushes of many files at once only make each of them later.
      await this.flush(log);
    }
  }

  private removeNext(files: string[]): void {
    const file = files.shift();
    if (this.closed || file === undefined) return;
    this.orFail(() => this.directory.disk.removeTree(file));
    this.directory.logger.debug("removed what was deleted", { file, left: files.length });
    this.directory.clock.afterTick(() => this.removeNext(files));
  }

  private expireProducers(): void {
    const nowMs = this.directory.clock.nowMs();
    for (const log of this.directory.logs()) log.expireProducers(nowMs);
  }

  private async flush(log: PartitionLog): Promise<void> {
    try {
      await log.flush();
    } catch (failure) {
      // What was cut off needs no flush any more, and what is left has its turn in the next round.
      if (failure instanceof TruncatedBeforeFlush) return;
      if (this.directory.holds(log)) throw failure;
      this.directory.logger.debug("a deleted partition failed to flush", { directory: log.directory, failure });
    }
  }

  private every(firstMs: number, intervalMs: number, work: () => Promise<void>): void {
    if (!Number.isFinite(intervalMs)) return;
    const round = async () => {
      await work();
      this.after(intervalMs, () => this.run(round));
    };
    this.after(firstMs, () => this.run(round));
  }

  private after(delayMs: number, action: () => void): void {
    if (this.closed) return;
    const timer = this.directory.clock.setTimer(
      delayMs,
      () => {
        this.timers.delete(timer);
        this.orFail(action);
      },
      { background: true },
    );
    this.timers.add(timer);
  }

  private orFail(action: () => void): void {
    try {
      action();
    } catch (failure) {
      if (!(failure instanceof DiskError)) throw failure;
      this.directory.fail(failure);
    }
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (failure) {
      if (!(failure instanceof DiskError)) throw failure;
      this.directory.fail(failure);
    }
  }
}

/** Files, and of trees the files in them before the trees themselves. */
function filesOf(disk: Disk, paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const isTree = disk.stat(path)?.kind === "directory";
    return isTree ? [...disk.list(path).map((name) => `${path}/${name}`), path] : [path];
  });
}
