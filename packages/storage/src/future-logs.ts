import { type Clock, type Disk, DiskError, invariant, type Logger, type Random } from "@ottla/runtime";
import type { LogConfig } from "./log-config";
import type { OpenFiles } from "./open-files";
import { futureDirectoryName, partitionDirectoryName, readFutureDirectoryName } from "./partition-directory-name";
import { PartitionLog } from "./partition-log";
import { readPartitionMetadata, writePartitionMetadata } from "./partition-metadata";
import { RelocatedDisk } from "./relocated-disk";
import type { TailBudget } from "./tail-cache";

/** A copy of a replica's log, in the directory that the replica is to move to. It is nobody's log until it takes the other one's place. */
export interface FutureLog {
  readonly log: PartitionLog;
  /** Where it lies for now. */
  readonly folder: string;
}

/** What the log directory does for its future logs. */
export interface FutureLogsContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Of the log directory. */
  readonly path: string;
  readonly tailBudget: TailBudget;
  readonly openFiles: OpenFiles;
  readonly producerIdExpirationMs: () => number;
  readonly failure: () => DiskError | null;
  readonly fail: (error: DiskError) => void;
  /** The log is one of the directory's from now on. */
  readonly adopt: (log: PartitionLog) => void;
  readonly writeRecoveryPoints: () => Promise<void>;
  /** Removes a tree, a file at a time. */
  readonly removeLater: (paths: readonly string[]) => void;
}

/**
 * In a future log, and in one that has just taken another one's place: of two logs of one partition the one that has this file counts. There
 * from the beginning, so that the flush before the change of places makes it durable.
 */
const MOVED_HERE = ".moved-here";

/**
 * The future logs of one log directory (KIP-113): folders named `topic-N.<id>-future`, as Kafka names them. They survive a restart, and
 * are gone on with then.
 */
export class FutureLogs {
  private readonly open = new Map<PartitionLog, RelocatedDisk>();

  constructor(private readonly context: FutureLogsContext) {}

  /** Those that are being filled. */
  logs(): IterableIterator<PartitionLog> {
    return this.open.keys();
  }

  /** Makes an empty one. @throws DiskError when the directory is offline or the disk refuses */
  create(topic: string, partition: number, topicId: string, config: LogConfig): FutureLog {
    const failure = this.context.failure();
    if (failure !== null) throw failure;
    const folder = `${this.context.path}/${futureDirectoryName(topic, partition, this.context.random)}`;
    return this.orOffline(() => {
      const disk = this.relocated(topic, partition, folder);
      const log = PartitionLog.create(this.optionsOf(topic, partition, topicId, config, disk));
      writePartitionMetadata(disk, disk.home, topicId);
      mark(disk);
      this.open.set(log, disk);
      return { log, folder };
    });
  }

  /** Future logs that an earlier process left, each with its folder. @throws DiskError */
  left(): readonly { readonly topic: string; readonly partition: number; readonly folder: string }[] {
    const { disk, path } = this.context;
    const taken = new Set([...this.open.values()].map(({ folder }) => folder));
    return disk.list(path).flatMap((name) => {
      const read = readFutureDirectoryName(name);
      const folder = `${path}/${name}`;
      return read === null || taken.has(folder) ? [] : [{ ...read, folder }];
    });
  }

  /**
   * Opens a future log that an earlier process left, reading through all of it.
   *
   * @returns null when it is of another topic of that name
   * @throws DiskError; whatever a log's opening throws
   */
  async reopen(
    topic: string,
    partition: number,
    topicId: string,
    config: LogConfig,
    folder: string,
    signal: AbortSignal,
  ): Promise<FutureLog | null> {
    const disk = this.relocated(topic, partition, folder);
    if (readPartitionMetadata(disk, disk.home) !== topicId) return null;
    const nothingKnown = { cleanShutdown: false, recoveryPoint: 0, logStartOffset: null, highWatermark: null };
    const { log } = await PartitionLog.open(
      this.optionsOf(topic, partition, topicId, config, disk),
      nothingKnown,
      signal,
    );
    mark(disk);
    this.open.set(log, disk);
    return { log, folder };
  }

  /**
   * The future log is the replica's from now on, under the replica's name. The other one is to be deleted in the same step, and `settle`
   * called then: both names are there in between, and this one counts.
   *
   * @throws DiskError when it cannot be renamed
   */
  promote({ log }: FutureLog): void {
    const disk = this.open.get(log);
    invariant(disk !== undefined, () => `${log.topic}-${log.partition} has no future log that could be promoted`);
    this.orOffline(() => disk.putInPlace());
    this.open.delete(log);
    this.context.adopt(log);
  }

  /** The log that this one took the place of is gone, durably. @throws DiskError */
  settle(log: PartitionLog): void {
    this.orOffline(() => this.context.disk.remove(`${log.directory}/${MOVED_HERE}`));
  }

  /** Whether the log took the place of one in another directory, and nobody can say yet that it is gone. */
  hasMovedHere(log: PartitionLog): boolean {
    return this.context.disk.exists(`${log.directory}/${MOVED_HERE}`);
  }

  /** The replica does not move here any more: the copy is removed. */
  async discard({ log, folder }: FutureLog): Promise<void> {
    this.open.delete(log);
    await log.close({ clean: false });
    this.remove(folder);
  }

  /** Removes the folder of one that is not open. */
  remove(folder: string): void {
    if (this.context.failure() === null) this.context.removeLater([folder]);
  }

  /** Closes those that are open; their folders stay. @throws DiskError */
  async close(): Promise<void> {
    for (const log of this.open.keys()) await log.close({ clean: false });
    this.open.clear();
  }

  private relocated(topic: string, partition: number, folder: string): RelocatedDisk {
    const { disk, path } = this.context;
    return new RelocatedDisk(disk, `${path}/${partitionDirectoryName(topic, partition)}`, folder);
  }

  private optionsOf(topic: string, partition: number, topicId: string, config: LogConfig, disk: RelocatedDisk) {
    const { clock, random, logger, tailBudget, openFiles } = this.context;
    return {
      disk,
      clock,
      random,
      logger: logger.with({ partition: partitionDirectoryName(topic, partition) }),
      directory: disk.home,
      topic,
      partition,
      topicId,
      config,
      producerIdExpirationMs: this.context.producerIdExpirationMs(),
      tailBudget,
      openFiles,
      onFailure: (error: DiskError) => this.context.fail(error),
      // As long as it is nobody's log there is no checkpoint of it.
      recoveryPointFell: async () => {
        if (disk.isInPlace) await this.context.writeRecoveryPoints();
      },
    };
  }

  private orOffline<T>(action: () => T): T {
    try {
      return action();
    } catch (failure) {
      if (failure instanceof DiskError) this.context.fail(failure);
      throw failure;
    }
  }
}

function mark(disk: RelocatedDisk): void {
  disk.open(`${disk.home}/${MOVED_HERE}`, "create").close();
}
