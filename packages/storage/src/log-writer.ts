import type { BatchView } from "@ottla/protocol";
import { AppendStep } from "./append-step";
import { segmentMsOf } from "./log-config";
import type { LogDurability } from "./log-durability";
import type { LogState } from "./log-state";
import { needsRoll } from "./plans/roll";

/** Producer state is stored each time this much was appended to a segment, so that recovery has little to replay. */
const BYTES_BETWEEN_SNAPSHOTS = 32 * 1024 * 1024;

/**
 * Puts batches that have their final offsets at the end of a log: `begin` a step, `add` batches to it, `write` what it holds, and
 * `finish` it, which makes them part of the log. A step that failed to be written is dropped, and the log is as it was.
 */
export class LogWriter {
  private bytesSinceSnapshot = 0;
  /** Offsets of the snapshots taken inside the active segment; the last two are kept, since the newest may lie above the recovery point. */
  private snapshotsInside: readonly number[] = [];

  constructor(
    private readonly state: LogState,
    private readonly durability: LogDurability,
  ) {}

  begin(): AppendStep {
    return new AppendStep(this.state.logEndOffset, this.state.producers.pending());
  }

  /** Puts a batch into the step, after a roll if it belongs into a new segment. @throws DiskError */
  add(batch: BatchView, step: AppendStep): void {
    if (this.mustRollFor(batch, step)) {
      this.write(step);
      this.roll(batch.baseOffset);
    }
    step.add(batch);
  }

  /** Writes what the step holds for the active segment. @throws DiskError */
  write(step: AppendStep): void {
    if (step.waiting.length === 0) return;
    const { segments, config, producers } = this.state;
    const { active } = segments;
    active.append(step.waiting, config.indexIntervalBytes);
    for (const ended of step.producers.commit()) if (ended.isAborted) active.transactions.append(ended);
    step.written(producers.pending());
  }

  /** What was written becomes part of the log. */
  finish(step: AppendStep): void {
    const { state } = this;
    const { epochs, guard } = state;
    for (const batch of step.done) {
      const epoch = batch.partitionLeaderEpoch;
      if (epoch > (epochs.lastEpoch ?? -1)) guard.onDisk(() => epochs.assign(epoch, batch.baseOffset));
      state.tail.add(batch);
    }
    state.logEndOffset = step.nextOffset;
    if (step.doneBytes === 0) return;
    state.warmBytes += step.doneBytes;
    this.bytesSinceSnapshot += step.doneBytes;
    if (this.bytesSinceSnapshot >= BYTES_BETWEEN_SNAPSHOTS) guard.onDisk(() => this.takeSnapshotInside());
    this.durability.appended(step.doneBytes);
  }

  /** Closes the active segment and goes on in a new one. @throws DiskError */
  roll(baseOffset: number): void {
    const { segments, snapshots, producers } = this.state;
    const { active } = segments;
    // An empty segment of that name is already there; its index cannot be what is full.
    if (active.sizeBytes === 0 && active.baseOffset === baseOffset) return;
    active.seal();
    segments.push(this.state.newSegment(baseOffset));
    snapshots.write(baseOffset, producers.entries());
    snapshots.removeSome(this.snapshotsInside);
    this.snapshotsInside = [];
    this.bytesSinceSnapshot = 0;
    this.durability.rolled();
  }

  private mustRollFor(batch: BatchView, step: AppendStep): boolean {
    const { segments, config, options } = this.state;
    const { active } = segments;
    const { segmentBytes, segmentIndexBytes } = config;
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
      nowMs: options.clock.nowMs(),
      segmentBytes,
      segmentMs: segmentMsOf(config),
    });
  }

  /** Closes the active segment of a log that gets no appends, once it is as old as `segment.ms` allows. @throws DiskError */
  rollIfIdle(nowMs: number): void {
    const { segments, config, logEndOffset } = this.state;
    const { active } = segments;
    if (active.sizeBytes > 0 && nowMs - active.createdMs > segmentMsOf(config) - active.rollJitterMs)
      this.roll(logEndOffset);
  }

  private takeSnapshotInside(): void {
    const { snapshots, producers, logEndOffset } = this.state;
    this.bytesSinceSnapshot = 0;
    snapshots.write(logEndOffset, producers.entries());
    snapshots.removeSome(this.snapshotsInside.slice(0, -1));
    this.snapshotsInside = [...this.snapshotsInside.slice(-1), logEndOffset];
  }
}
