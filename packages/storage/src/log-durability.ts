import type { DiskError } from "@ottla/runtime";
import { LogFlusher } from "./log-flusher";
import type { LogState } from "./log-state";
import { LoweredRecoveryPoint } from "./lowered-recovery-point";

/** A flush begins by itself once this much is unsynced: the device keeps up instead of being handed hundreds of megabytes at once. */
const UNFLUSHED_BYTES_MAX = 16 * 1024 * 1024;
/** Longest time that bytes stay unsynced, whatever `flush.ms` says: recovery re-reads what is younger. */
const UNFLUSHED_MS_MAX = 1000;

/** How much of a log survives a loss of power: when to sync, what a sync comprises, and what may be called durable after it. */
export class LogDurability {
  private readonly flusher: LogFlusher;
  private readonly lowered: LoweredRecoveryPoint;
  private unflushedBytes: number;
  private unflushedSinceMs: number;
  private recordsAtLastFlush: number;

  constructor(
    private readonly state: LogState,
    loaded: { readonly flushedEndOffset: number; readonly unflushedBytes: number },
  ) {
    const { options, guard } = state;
    const onFailed = (failure: unknown) => void guard.failBecause(failure);
    this.flusher = new LogFlusher(
      { logEndOffset: () => state.logEndOffset, syncLog: () => this.syncLog(), onFlushFailed: onFailed },
      loaded.flushedEndOffset,
    );
    this.lowered = new LoweredRecoveryPoint(async () => options.recoveryPointFell?.(), onFailed);
    this.unflushedBytes = loaded.unflushedBytes;
    this.unflushedSinceMs = options.clock.monotonicMs();
    this.recordsAtLastFlush = state.logEndOffset;
  }

  /** Records below it survive a loss of power. */
  get flushedEndOffset(): number {
    return this.flusher.flushedEndOffset;
  }

  /** Whether something has been unsynced for too long: a second, or `flush.ms` if that is less. */
  flushIsDue(nowMs: number): boolean {
    if (this.state.guard.failure !== null || this.unflushedBytes === 0 || this.flusher.isUnderWay) return false;
    return nowMs - this.unflushedSinceMs >= Math.min(UNFLUSHED_MS_MAX, this.state.config.flushMs);
  }

  /** Resolves once all below `endOffset` is durable; everybody who waits shares one sync. */
  whenFlushed(endOffset: number): Promise<void> {
    return this.flusher.until(endOffset);
  }

  /** `bytes` more were written. */
  appended(bytes: number): void {
    if (this.unflushedBytes === 0) this.unflushedSinceMs = this.state.options.clock.monotonicMs();
    this.unflushedBytes += bytes;
    const isManyRecords = this.state.logEndOffset - this.recordsAtLastFlush >= this.state.config.flushMessages;
    if (this.unflushedBytes >= UNFLUSHED_BYTES_MAX || isManyRecords) this.flusher.start();
  }

  /** A segment was closed: it is synced now, and never again. */
  rolled(): void {
    this.flusher.start();
  }

  /** The log was cut and ends earlier. */
  truncated(): void {
    const { logEndOffset } = this.state;
    this.recordsAtLastFlush = Math.min(this.recordsAtLastFlush, logEndOffset);
    this.flusher.truncated(logEndOffset);
    this.lowered.fell();
  }

  /** The log is empty and starts elsewhere. Nothing of it is durable before the names of its files are. */
  restarted(): void {
    this.recordsAtLastFlush = this.state.logEndOffset;
    this.flusher.truncated(0);
    this.lowered.fell();
    this.flusher.start();
  }

  /** Resolves once the recovery point on disk has followed a truncation. */
  truncationSettled(): Promise<void> {
    return this.lowered.settled();
  }

  /** No flush will succeed any more. */
  fail(error: DiskError): void {
    this.flusher.fail(error);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.flusher.idle();
    await this.lowered.idle();
  }

  /** Makes everything durable, indexes included, for a log that gets no more appends. */
  async finish(): Promise<void> {
    const { segments, epochs, options, directory } = this.state;
    for (const segment of segments.all) if (segment.needsSync) await segment.sync(true);
    await epochs.sync();
    await options.disk.syncDirectory(directory);
  }

  private async syncLog(): Promise<void> {
    const { state, unflushedBytes } = this;
    const { logEndOffset, namesChanged } = state;
    const beganMs = state.options.clock.monotonicMs();
    state.namesChanged = false;
    await this.lowered.settled();
    await this.syncSegments();
    await state.epochs.sync();
    if (namesChanged) await state.options.disk.syncDirectory(state.directory);
    this.unflushedBytes = Math.max(this.unflushedBytes - unflushedBytes, 0);
    this.unflushedSinceMs = beganMs;
    this.recordsAtLastFlush = Math.max(this.recordsAtLastFlush, Math.min(logEndOffset, state.logEndOffset));
  }

  /**
   * Older segments are made durable with their indexes, which nobody looks through again after a crash. Under a sync for each append
   * the index entries of the active one may wait: recovery finds its way without them.
   */
  private async syncSegments(): Promise<void> {
    const { segments, config } = this.state;
    const { active } = segments;
    for (const segment of segments.all) {
      if (segment !== active && segment.needsSync) await segment.sync(true);
    }
    await active.sync(config.flushMessages > 1);
    // It was rolled meanwhile: its indexes are complete now, and the next recovery point lies behind it.
    if (active !== segments.active) await this.syncSegments();
  }
}
