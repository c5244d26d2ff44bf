import type { Disk } from "@ottla/runtime";
import { type CheckpointedOffset, type CheckpointedOffsets, OffsetCheckpoint } from "./offset-checkpoints";

/** The checkpoints of a log directory that say where its logs stood. */
export class DirectoryCheckpoints {
  private readonly recoveryPoints: OffsetCheckpoint;
  private readonly logStarts: OffsetCheckpoint;
  private readonly highWatermarks: OffsetCheckpoint;
  private readonly cleanerOffsets: OffsetCheckpoint;

  constructor(disk: Disk, directory: string) {
    this.recoveryPoints = new OffsetCheckpoint(disk, directory, "recovery-point-offset-checkpoint");
    this.logStarts = new OffsetCheckpoint(disk, directory, "log-start-offset-checkpoint");
    this.highWatermarks = new OffsetCheckpoint(disk, directory, "replication-offset-checkpoint");
    this.cleanerOffsets = new OffsetCheckpoint(disk, directory, "cleaner-offset-checkpoint");
  }

  /** @throws CheckpointMalformed */
  read(): {
    readonly recoveryPoints: CheckpointedOffsets;
    readonly logStarts: CheckpointedOffsets;
    readonly highWatermarks: CheckpointedOffsets;
    readonly cleanerOffsets: CheckpointedOffsets;
  } {
    return {
      recoveryPoints: this.recoveryPoints.read(),
      logStarts: this.logStarts.read(),
      highWatermarks: this.highWatermarks.read(),
      cleanerOffsets: this.cleanerOffsets.read(),
    };
  }

  /** Also the cleaner's offsets, first: after a truncation what is then appended must not pass for clean. */
  async writeRecoveryPoints(logs: () => Iterable<CheckpointedLog>): Promise<void> {
    await this.writeCleanerOffsets(logs);
    await this.recoveryPoints.write(() => offsetsOf(logs(), (log) => log.recoveryPoint));
  }

  /** Lists only logs that are, or were, to be compacted. */
  writeCleanerOffsets(logs: () => Iterable<CheckpointedLog>): Promise<void> {
    return this.cleanerOffsets.write(() => offsetsOf(logs(), (log) => log.firstDirtyOffset));
  }

  /** Lists only logs that start inside their first segment: for the others its name says it. */
  writeLogStarts(logs: () => Iterable<CheckpointedLog>): Promise<void> {
    return this.logStarts.write(() =>
      offsetsOf(logs(), (log) => (log.logStartOffset > log.logStartSegmentOffset ? log.logStartOffset : null)),
    );
  }

  writeHighWatermarks(logs: () => Iterable<CheckpointedLog>): Promise<void> {
    return this.highWatermarks.write(() => offsetsOf(logs(), (log) => log.highWatermark));
  }
}

/** What the checkpoints take from a log. */
export interface CheckpointedLog {
  readonly topic: string;
  readonly partition: number;
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  /** Base offset of the first segment. */
  readonly logStartSegmentOffset: number;
  readonly highWatermark: number;
  /** Null when the log was never to be compacted. */
  readonly firstDirtyOffset: number | null;
}

function* offsetsOf(
  logs: Iterable<CheckpointedLog>,
  offsetOf: (log: CheckpointedLog) => number | null,
): Generator<CheckpointedOffset> {
  for (const log of logs) {
    const offset = offsetOf(log);
    if (offset !== null) yield { topic: log.topic, partition: log.partition, offset };
  }
}
