import type { Clock, Disk, DiskError, Logger, Random } from "@ottla/runtime";
import type { LogConfig } from "./log-config";
import type { OpenFiles } from "./open-files";
import type { TailBudget } from "./tail-cache";

/** What a log needs to know and to use. */
export interface LogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Absolute path of the partition's directory. */
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  /** Null when `partition.metadata` was lost, or never made. */
  readonly topicId: string | null;
  readonly config: LogConfig;
  /** `producer.id.expiration.ms`. */
  readonly producerIdExpirationMs: number;
  /** Shared by all logs of the process. */
  readonly tailBudget: TailBudget;
  /** Shared by all logs of a directory. */
  readonly openFiles: OpenFiles;
  /** The segment that holds the recovery point is read through whole after a crash when it is no larger than this; 1 MiB when left out. */
  readonly wholeSegmentBytesMax?: number;
  /** Called once, when the disk refused a write or a sync. The log is offline then; so should be the others on that disk. */
  onFailure(error: DiskError): void;
  /**
   * A truncation lowered the recovery point: writes it to `recovery-point-offset-checkpoint`. The log calls nothing durable until that
   * resolves; a stale, higher one would keep recovery from what was written since.
   */
  recoveryPointFell?(): Promise<void>;
  /** Removes files that are of no use any more, one by one while others have their turn; the log does it at once when it is left out. */
  removeLater?(files: readonly string[]): void;
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
  /** `cleaner-offset-checkpoint`: compaction has been through everything before it; null or absent when the log was never compacted. */
  readonly firstDirtyOffset?: number | null;
}
