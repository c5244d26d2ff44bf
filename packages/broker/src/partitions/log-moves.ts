import type { ErrorName } from "@ottla/protocol";
import { type Clock, DiskError, type Logger, sleep } from "@ottla/runtime";
import { canHaveFuture, type FutureLog, type LogConfig, type LogDirectory } from "@ottla/storage";
import { alignCopy } from "../partition/copy-alignment";
import type { Partition } from "./partition";

export interface LogMovesOptions {
  readonly directories: readonly LogDirectory[];
  /** Directories of `log.dirs` that could not be opened. */
  readonly unusable: readonly { readonly path: string }[];
  readonly replicaOf: (topic: string, index: number) => Partition | undefined;
  readonly logConfig: (topic: string) => LogConfig;
  /** `replica.alter.log.dirs.io.max.bytes.per.second`, for all moves together. */
  readonly bytesPerSecond: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Move {
  readonly topic: string;
  readonly index: number;
  readonly topicId: string;
  readonly destination: LogDirectory;
  /** Null while one that an earlier process left has not been opened. */
  future: FutureLog | null;
  readonly folder: string | null;
}

/** Copied for one partition before the next one has its turn. */
const CHUNK_BYTES = 256 * 1024;
/** What the log has grown by since the copy was made durable is copied in the step that replaces it, unless it is more. */
const LAST_BYTES_MAX = 1024 * 1024;
/** Rest when no move can go on: its replica is not here just now, or cannot be read. */
const STUCK_MS = 1000;
const PACE_MS_MAX = 1000;
const WISHES_MAX = 10_000;

/**
 * Replicas that move between the log directories of this broker (KIP-113): each is copied beside what goes on with it, and once the copy
 * has all there is, it takes the log's place in one step. A move survives a restart.
 */
export class LogMoves {
  private readonly moves = new Map<string, Move>();
  /** Where replicas that are not here yet shall be made. */
  private readonly wishes = new Map<string, LogDirectory>();
  /** What an earlier process left to be gone on with. */
  private readonly left = new Map<string, { readonly directory: LogDirectory; readonly folder: string }[]>();
  private readonly stopping = new AbortController();
  private isRunning = false;

  constructor(private readonly options: LogMovesOptions) {
    for (const directory of options.directories) {
      try {
        for (const { topic, partition, folder } of directory.futures.left()) {
          const found = this.left.get(keyOf(topic, partition)) ?? [];
          this.left.set(keyOf(topic, partition), [...found, { directory, folder }]);
        }
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
        options.logger.error("cannot look for unfinished moves", { directory: directory.path, error });
      }
    }
  }

  /** A replica shall lie in the log directory at `path`. @returns by Kafka's names why it will not, or does not yet */
  request(topic: string, index: number, path: string): ErrorName {
    const destination = this.options.directories.find((directory) => directory.path === path);
    if (destination === undefined) {
      const isUnusable = this.options.unusable.some((directory) => directory.path === path);
      return isUnusable ? "KAFKA_STORAGE_ERROR" : "LOG_DIR_NOT_FOUND";
    }
    if (!canHaveFuture(topic, index)) return "INVALID_TOPIC_EXCEPTION";
    if (destination.failure !== null) return "KAFKA_STORAGE_ERROR";
    const partition = this.options.replicaOf(topic, index);
    const key = keyOf(topic, index);
    if (partition === undefined) {
      this.wish(key, destination);
      return "REPLICA_NOT_AVAILABLE";
    }
    const { log } = partition;
    if (log.offline !== null || log.topicId === null) return "KAFKA_STORAGE_ERROR";
    const before = this.moves.get(key);
    if (before !== undefined && before.destination !== destination) this.drop(before);
    if (destination.get(topic, index) === log || this.moves.has(key)) return "NONE";
    return this.begin({ topic, index, topicId: log.topicId, destination });
  }

  /** Where a replica that is made now was asked to be; null: anywhere. */
  placeFor(topic: string, index: number): LogDirectory | null {
    const wish = this.wishes.get(keyOf(topic, index));
    this.wishes.delete(keyOf(topic, index));
    return wish === undefined || wish.failure !== null ? null : wish;
  }

  /** A replica is held here: a move of it that an earlier process began goes on. */
  resume({ topic, index, log }: Partition): void {
    const key = keyOf(topic, index);
    const [found, ...others] = this.left.get(key) ?? [];
    if (found === undefined) return;
    this.left.delete(key);
    for (const { directory, folder } of others) directory.futures.remove(folder);
    const { directory: destination, folder } = found;
    if (destination.get(topic, index) === log || log.topicId === null) return destination.futures.remove(folder);
    this.moves.set(key, { topic, index, topicId: log.topicId, destination, future: null, folder });
    this.run();
  }

  /** The replica is deleted, and with it what was copied of it. */
  abandon(topic: string, index: number): void {
    const key = keyOf(topic, index);
    this.wishes.delete(key);
    for (const { directory, folder } of this.left.get(key) ?? []) directory.futures.remove(folder);
    this.left.delete(key);
    const move = this.moves.get(key);
    if (move !== undefined) this.drop(move);
  }

  /** Nothing is copied any more; what has been stays, for the next start. */
  stop(): void {
    this.stopping.abort();
    this.moves.clear();
  }

  private begin(move: Omit<Move, "future" | "folder">): "NONE" | "KAFKA_STORAGE_ERROR" {
    const { topic, index, topicId, destination } = move;
    try {
      const future = destination.futures.create(topic, index, topicId, this.options.logConfig(topic));
      this.moves.set(keyOf(topic, index), { ...move, future, folder: null });
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.options.logger.error("cannot begin to move a replica", { topic, partition: index, error });
      return "KAFKA_STORAGE_ERROR";
    }
    this.options.logger.info("moves a replica", { topic, partition: index, to: destination.path });
    this.run();
    return "NONE";
  }

  private wish(key: string, directory: LogDirectory): void {
    this.wishes.delete(key);
    this.wishes.set(key, directory);
    const [oldest] = this.wishes.keys();
    if (this.wishes.size > WISHES_MAX && oldest !== undefined) this.wishes.delete(oldest);
  }

  private drop(move: Move): void {
    const { topic, index, destination, future, folder } = move;
    this.moves.delete(keyOf(topic, index));
    if (future === null) return folder === null ? undefined : destination.futures.remove(folder);
    destination.futures.discard(future).catch((error: unknown) => {
      this.options.logger.warn("a copy that nobody needs could not be closed", { topic, partition: index, error });
    });
  }

  private run(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    const { signal } = this.stopping;
    void this.turns(signal)
      .catch((failure: unknown) => {
        if (!signal.aborted) throw failure;
      })
      .finally(() => (this.isRunning = false));
  }

  private async turns(signal: AbortSignal): Promise<void> {
    while (this.moves.size > 0 && !signal.aborted) {
      let isStuck = true;
      for (const move of this.moves.values()) {
        const bytes = await this.turn(move, signal);
        if (bytes > 0) isStuck = false;
        await this.pace(bytes, signal);
      }
      if (isStuck && this.moves.size > 0) await sleep(this.options.clock, STUCK_MS, signal);
    }
  }

  /** @returns how much was copied */
  private async turn(move: Move, signal: AbortSignal): Promise<number> {
    const { topic, index } = move;
    try {
      return await this.advance(move, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof DiskError)) throw error;
      this.options.logger.error("cannot go on moving a replica", { topic, partition: index, error });
      // Of an offline directory nothing is removed: the next start may go on.
      if (move.destination.failure !== null) this.moves.delete(keyOf(topic, index));
      return 0;
    }
  }

  private async advance(move: Move, signal: AbortSignal): Promise<number> {
    const isOver = (): boolean => signal.aborted || this.moves.get(keyOf(move.topic, move.index)) !== move;
    move.future ??= await this.reopen(move, signal);
    const { future } = move;
    const partition = this.options.replicaOf(move.topic, move.index);
    if (future === null || isOver() || partition === undefined) return 0;
    const { log } = partition;
    if (log.topicId !== move.topicId || log.offline !== null) return 0;
    align(future, partition);
    const copy = future.log;
    if (copy.logEndOffset < log.logEndOffset) {
      const from = copy.logEndOffset;
      const limits = { maxBytes: CHUNK_BYTES, upperBound: log.logEndOffset, minOneBatch: true };
      const outcome = await log.readCold({ offset: from, ...limits }, signal);
      if (outcome.kind !== "records") return 0;
      const records = Buffer.concat(outcome.slices);
      outcome.release();
      // The log may have been cut meanwhile, and written anew: then this is not what it holds.
      if (isOver() || partition.log !== log || align(future, partition) || copy.logEndOffset !== from) return 0;
      if (log.logEndOffset < outcome.nextOffset) return 0;
      return append(future, records, from) ? records.length : 0;
    }
    await copy.flush();
    if (isOver() || this.options.replicaOf(move.topic, move.index) !== partition || partition.log !== log) return 0;
    return this.takePlace(move, future, partition);
  }

  private async reopen(move: Move, signal: AbortSignal): Promise<FutureLog | null> {
    const { topic, index, topicId, destination, folder } = move;
    if (folder === null) return null;
    const config = this.options.logConfig(topic);
    const future = await destination.futures.reopen(topic, index, topicId, config, folder, signal);
    if (this.moves.get(keyOf(topic, index)) !== move) {
      if (future !== null && !signal.aborted) await destination.futures.discard(future);
      return null;
    }
    if (future === null) this.drop(move);
    return future;
  }

  /** In one step: the last records are copied, and the copy is the replica's log. @returns how much was copied */
  private takePlace(move: Move, future: FutureLog, partition: Partition): number {
    const { log } = partition;
    const copy = future.log;
    const source = this.options.directories.find((directory) => directory.get(move.topic, move.index) === log);
    if (source === undefined || log.offline !== null) return 0;
    let copiedBytes = 0;
    align(future, partition);
    while (copy.logEndOffset < log.logEndOffset && copiedBytes < LAST_BYTES_MAX) {
      const from = copy.logEndOffset;
      const limits = { maxBytes: CHUNK_BYTES, upperBound: log.logEndOffset, minOneBatch: true };
      const outcome = log.read({ offset: from, ...limits });
      if (outcome.kind !== "records") return copiedBytes;
      const records = Buffer.concat(outcome.slices);
      outcome.release();
      if (!append(future, records, from)) return copiedBytes;
      copiedBytes += records.length;
    }
    if (copy.logEndOffset < log.logEndOffset) return copiedBytes;
    copy.updateConfig(log.config);
    copy.followLogStart(log.logStartOffset);
    copy.advanceHighWatermark(log.highWatermark);
    if (log.lastEpoch !== null && log.lastEpoch > (copy.lastEpoch ?? -1)) copy.startLeaderEpoch(log.lastEpoch);
    this.moves.delete(keyOf(move.topic, move.index));
    move.destination.takeOver(future, source);
    partition.moveTo(copy);
    this.options.logger.info("has moved a replica", {
      topic: move.topic,
      partition: move.index,
      from: source.path,
      to: move.destination.path,
    });
    return copiedBytes;
  }

  /** Waits as long as these bytes may take, by the rate as it is now. */
  private async pace(bytes: number, signal: AbortSignal): Promise<void> {
    for (let left = bytes; left > 0; ) {
      const rate = Math.max(1, this.options.bytesPerSecond());
      const waitMs = Math.min((left / rate) * 1000, PACE_MS_MAX);
      await sleep(this.options.clock, waitMs, signal);
      left -= waitMs < PACE_MS_MAX ? left : (rate * waitMs) / 1000;
    }
  }
}

/** Cuts from the copy what the log does not hold any more. @returns whether there was something to cut */
function align({ log: copy }: FutureLog, { log }: Partition): boolean {
  const alignment = alignCopy(placeOf(copy), placeOf(log));
  if (alignment.kind === "truncate") copy.truncateTo(alignment.offset);
  if (alignment.kind === "restart") copy.truncateFullyAndStartAt(alignment.offset);
  return alignment.kind !== "aligned";
}

function placeOf(log: FutureLog["log"]) {
  const { logStartOffset, logEndOffset, highWatermark, lastEpoch } = log;
  return {
    logStartOffset,
    logEndOffset,
    highWatermark,
    lastEpoch,
    endOffsetFor: (epoch: number) => log.endOffsetFor(epoch),
  };
}

function append({ log: copy }: FutureLog, records: Buffer, from: number): boolean {
  const outcome = copy.appendAsFollower(records, { from, leaderEpoch: Number.MAX_SAFE_INTEGER });
  return outcome.kind === "appended";
}

function keyOf(topic: string, index: number): string {
  return `${topic}-${index}`;
}
