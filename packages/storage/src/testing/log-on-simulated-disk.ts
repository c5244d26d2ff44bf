import { BatchBuilder, buildEndTxnMarker, type CompressionCodec } from "@ottla/protocol";
import { type Disk, DiskError, SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import type { ValidatedBatch } from "../append-outcome";
import { defaultLogConfig, type LogConfig } from "../log-config";
import type { LogCheckpoint, LogOptions } from "../log-options";
import { OpenFiles } from "../open-files";
import { PartitionLog } from "../partition-log";
import { TailBudget } from "../tail-cache";

export const DIRECTORY = "/data/t-0";

/** A disk, a clock, and the partition `t-0` on them, for specs. */
export class SimulatedLogHome {
  readonly clock = new SimulatedClock();
  readonly disk = new SimulatedDisk({ nowMs: () => this.clock.nowMs() });
  /** What the log opened last was refused by the disk. */
  failures: DiskError[] = [];
  readonly budget: TailBudget;
  config: LogConfig;
  openFiles = new OpenFiles();
  /** See `LogOptions`. */
  wholeSegmentBytesMax = 1024 * 1024;
  /** What a log directory does when a truncation lowered a recovery point. */
  recoveryPointFell: () => Promise<void> = async () => {};
  /** Takes files that the log has done with; by default they stay. */
  removeLater: (files: readonly string[]) => void = () => {};
  private life = 0;

  constructor(config: Partial<LogConfig> = {}, tailBytes = 1024 * 1024) {
    this.config = { ...defaultLogConfig, ...config };
    this.budget = new TailBudget(tailBytes);
  }

  create(): PartitionLog {
    return PartitionLog.create(this.options());
  }

  /** Opens what is on the disk; by default as after a kill, with nothing known. */
  open(checkpoint: Partial<LogCheckpoint> = {}) {
    const nothingKnown = { cleanShutdown: false, recoveryPoint: 0, logStartOffset: null, highWatermark: null };
    return PartitionLog.open(this.options(), { ...nothingKnown, ...checkpoint }, new AbortController().signal);
  }

  /** The process ends; what it was doing goes no further. */
  kill(): void {
    this.life++;
    this.disk.kill();
  }

  /** The machine ends, too; see `SimulatedDisk.losePower`. */
  losePower(luck?: SeededRandom): void {
    this.life++;
    this.disk.losePower(luck);
  }

  options(): LogOptions {
    const failures: DiskError[] = [];
    this.failures = failures;
    return {
      disk: this.diskOfThisLife(),
      clock: this.clock,
      random: new SeededRandom(1),
      logger: silentLogger,
      directory: DIRECTORY,
      topic: "t",
      partition: 0,
      topicId: null,
      config: this.config,
      producerIdExpirationMs: 24 * 3600 * 1000,
      tailBudget: this.budget,
      openFiles: this.openFiles,
      wholeSegmentBytesMax: this.wholeSegmentBytesMax,
      onFailure: (error) => void failures.push(error),
      recoveryPointFell: () => this.recoveryPointFell(),
      removeLater: (files) => this.removeLater(files),
    };
  }

  /** A dead process renames and removes nothing any more. */
  private diskOfThisLife(): Disk {
    const { disk, life } = this;
    const alive = (): void => {
      if (this.life !== life) throw new DiskError("use", DIRECTORY, Object.assign(new Error("EIO"), { code: "EIO" }));
    };
    return new Proxy<Disk>(disk, {
      get: (target, name) => {
        alive();
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  }
}

export interface BatchWish {
  readonly values?: readonly string[];
  readonly timestamps?: readonly number[];
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly codec?: CompressionCodec;
  readonly baseOffset?: number;
  readonly leaderEpoch?: number;
}

/** A batch as produce validation hands it on; one record with the value "v" unless told otherwise. */
export function batchOf(wish: BatchWish = {}): ValidatedBatch {
  const {
    values = ["v"],
    timestamps = [],
    producerId,
    producerEpoch = 0,
    baseSequence,
    baseOffset,
    leaderEpoch,
  } = wish;
  const builder = new BatchBuilder({
    codec: wish.codec ?? "none",
    isTransactional: wish.isTransactional ?? false,
    ...(baseOffset === undefined ? {} : { baseOffset }),
    ...(leaderEpoch === undefined ? {} : { partitionLeaderEpoch: leaderEpoch }),
    ...(producerId === undefined ? {} : { producerId, producerEpoch, baseSequence: baseSequence ?? 0 }),
  });
  for (const [index, value] of values.entries()) {
    builder.append({ timestamp: timestamps[index] ?? 1_700_000_000_000, key: null, value: Buffer.from(value) });
  }
  return { batch: builder.build(), info: { logAppendTime: -1 } };
}

export function markerOf(type: "ABORT" | "COMMIT", producerId: bigint, producerEpoch = 0): ValidatedBatch {
  const batch = buildEndTxnMarker({
    type,
    coordinatorEpoch: 0,
    producerId,
    producerEpoch,
    timestamp: 1_700_000_000_000,
  });
  return { batch, info: { logAppendTime: -1 } };
}
