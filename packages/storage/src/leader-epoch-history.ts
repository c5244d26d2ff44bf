import { type Disk, invariant } from "@ottla/runtime";
import { CheckpointMalformed, checkpointNumber, formatCheckpoint, parseCheckpoint } from "./checkpoint-file";

/** A leader epoch and the first offset written under it. */
export interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

/** What `OffsetForLeaderEpoch` answers: an epoch and the offset after its last record; both -1 when nothing is known. */
export interface EpochEnd {
  readonly epoch: number;
  readonly endOffset: number;
}

/** An epoch, and the offset at which the next one begins. */
export interface EpochSpan {
  readonly epoch: number;
  readonly endOffset: number;
}

const UNKNOWN: EpochEnd = { epoch: -1, endOffset: -1 };

/**
 * Which leader epoch wrote which offsets of a partition, and its file `leader-epoch-checkpoint`. Both grow strictly from entry to entry.
 *
 * A change is written at once to `leader-epoch-checkpoint.tmp`, where it outlives a kill; `sync` makes it durable and puts it in the
 * file's place. So a power cut leaves the old content or the new, never half of one. `sync` must come before the recovery point moves
 * past the offsets concerned: recovery learns epochs again only from the batches that it re-reads.
 *
 * @see KIP-101, KIP-279
 */
export class LeaderEpochHistory {
  /** Changes so far, and how many of them the device holds. */
  private changes = 0;
  private durableChanges = 0;
  private syncing: Promise<void> | null = null;
  private abandoned = false;

  private constructor(
    private readonly disk: Disk,
    private readonly directory: string,
    private starts: readonly EpochStart[],
  ) {}

  /**
   * Reads the history of the partition in `directory`. A missing or empty file is an empty history.
   *
   * @throws CheckpointMalformed when the file cannot be right
   */
  static load(disk: Disk, directory: string): LeaderEpochHistory {
    const history = new LeaderEpochHistory(disk, directory, []);
    const { path } = history;
    const unsynced = history.readUnsynced();
    const starts = unsynced ?? (disk.exists(path) ? parseStarts(path, disk.readFile(path)) : []);
    for (const { epoch, startOffset } of starts) history.include(epoch, startOffset);
    if (unsynced !== null) history.changes++;
    return history;
  }

  /** All entries, ascending. */
  get entries(): readonly EpochStart[] {
    return this.starts;
  }

  /** The newest epoch known; null when none is. */
  get lastEpoch(): number | null {
    return this.starts.at(-1)?.epoch ?? null;
  }

  /**
   * `epoch` begins at `startOffset`. Nothing happens unless it is greater than all known; entries that begin at `startOffset` or later
   * go: their epochs ended without a record that is still here.
   *
   * @throws DiskError when it cannot be written
   */
  assign(epoch: number, startOffset: number): void {
    if (epoch <= (this.lastEpoch ?? -1)) return;
    this.include(epoch, startOffset);
    this.persist();
  }

  /**
   * The end of `epoch`, or of the greatest epoch below it.
   *
   * @param logEndOffset where the latest epoch ends
   * @returns -1 and -1 for an epoch greater than all known
   */
  endOffsetFor(epoch: number, logEndOffset: number): EpochEnd {
    const latest = this.starts.at(-1);
    if (epoch < 0 || latest === undefined || epoch > latest.epoch) return UNKNOWN;
    if (epoch === latest.epoch) return { epoch, endOffset: logEndOffset };
    const next = this.starts.findIndex((known) => known.epoch > epoch);
    const end = this.starts[next];
    invariant(end !== undefined, () => `epoch ${epoch} is below the latest, ${latest.epoch}`);
    return { epoch: this.starts[next - 1]?.epoch ?? epoch, endOffset: end.startOffset };
  }

  /** The epoch under which `offset` was, or would be, written; null when it lies before all that is known. */
  epochAt(offset: number): number | null {
    return this.starts.findLast((known) => known.startOffset <= offset)?.epoch ?? null;
  }

  /** The same, with the offset before which it stays so. */
  spanAt(offset: number): EpochSpan | null {
    const index = this.starts.findLastIndex((known) => known.startOffset <= offset);
    const start = this.starts[index];
    if (start === undefined) return null;
    return { epoch: start.epoch, endOffset: this.starts[index + 1]?.startOffset ?? Number.POSITIVE_INFINITY };
  }

  /** The log was cut at `offset`: epochs that begin there or later never were. */
  truncateFromEnd(offset: number): void {
    if ((this.starts.at(-1)?.startOffset ?? -1) < offset) return;
    this.starts = this.starts.filter((known) => known.startOffset < offset);
    this.persist();
  }

  /** The log now starts at `offset`: epochs that ended by then go, and the one in force there begins there. */
  truncateFromStart(offset: number): void {
    const inForce = this.starts.findLast((known) => known.startOffset <= offset);
    const first = this.starts[0];
    if (inForce === undefined || first === undefined || first.startOffset === offset) return;
    const later = this.starts.filter((known) => known.startOffset > offset);
    this.starts = [{ epoch: inForce.epoch, startOffset: offset }, ...later];
    this.persist();
  }

  /** Forgets everything: the log starts anew. */
  clear(): void {
    if (this.starts.length === 0) return;
    this.starts = [];
    this.persist();
  }

  /**
   * Makes the history as it is now durable. Does nothing when it is.
   *
   * @throws DiskError when that fails; it can be tried again
   */
  async sync(): Promise<void> {
    while (this.durableChanges < this.changes && !this.abandoned) {
      this.syncing ??= this.putInPlace();
      await this.syncing;
    }
  }

  /** The partition's directory is going away: nothing more is written, and a write under way may fail. */
  abandon(): void {
    this.abandoned = true;
  }

  private get path(): string {
    return `${this.directory}/leader-epoch-checkpoint`;
  }

  private get unsyncedPath(): string {
    return `${this.path}.tmp`;
  }

  private include(epoch: number, startOffset: number): void {
    const kept = this.starts.filter((known) => known.epoch < epoch && known.startOffset < startOffset);
    this.starts = [...kept, { epoch, startOffset }];
  }

  private persist(): void {
    this.changes++;
    if (this.abandoned) return;
    const file = this.disk.open(this.unsyncedPath, "create");
    try {
      file.truncate(0);
      file.write([Buffer.from(formatCheckpoint(this.starts.map((start) => `${start.epoch} ${start.startOffset}`)))], 0);
    } finally {
      file.close();
    }
  }

  private async putInPlace(): Promise<void> {
    try {
      // A change made while the device works must be on it, too, before the file takes its place.
      for (let durable = -1; durable !== this.changes; ) {
        durable = this.changes;
        const file = this.disk.open(this.unsyncedPath, "write");
        try {
          await file.sync();
        } finally {
          file.close();
        }
        if (this.abandoned) return;
      }
      const placed = this.changes;
      this.disk.rename(this.unsyncedPath, this.path);
      await this.disk.syncDirectory(this.directory);
      this.durableChanges = placed;
    } catch (failure) {
      if (!this.abandoned) throw failure;
    } finally {
      this.syncing = null;
    }
  }

  /** What a killed process left unsynced; null when there is nothing, or a power cut left only a part. */
  private readUnsynced(): readonly EpochStart[] | null {
    if (!this.disk.exists(this.unsyncedPath)) return null;
    const content = this.disk.readFile(this.unsyncedPath);
    if (content.at(-1) !== NEW_LINE) return null;
    try {
      return parseStarts(this.unsyncedPath, content);
    } catch (failure) {
      // Half-written: what was in place before still is.
      if (failure instanceof CheckpointMalformed) return null;
      throw failure;
    }
  }
}

const NEW_LINE = 0x0a;

function parseStarts(path: string, content: Buffer): EpochStart[] {
  return parseCheckpoint(path, content).map((line) => {
    const [epoch, startOffset, ...rest] = line.split(/\s+/);
    if (rest.length > 0) throw new CheckpointMalformed(path, `malformed line "${line}"`);
    return { epoch: checkpointNumber(path, line, epoch), startOffset: checkpointNumber(path, line, startOffset) };
  });
}
