import { CorruptRecordError } from "@ottla/protocol";
import { type Clock, DiskError, type Logger } from "@ottla/runtime";
import { type CleanedLog, CleaningOvertaken, CleaningStopped } from "./clean-log";
import { CleanedTooLarge } from "./clean-output";
import type { CleanerSettings } from "./clean-settings";
import { DamagedSource } from "./clean-source";
import type { PartitionLog } from "./partition-log";
import { type CleaningProposal, filthiest } from "./plans/clean-choice";

/** A log that could not be cleaned is left alone for so long, unless it is cut meanwhile, which may have taken the cause away. */
const UNCLEANABLE_MS = 3_600_000;

interface Candidate {
  readonly log: PartitionLog;
  readonly proposal: CleaningProposal;
}

/**
 * Compacts the logs of a directory, one after the other, the dirtiest first. A log that cannot be cleaned is said so once and passed over;
 * the others go on.
 */
export class DirectoryCleaner {
  private readonly uncleanable = new WeakMap<PartitionLog, { readonly sinceMs: number; readonly cuts: number }>();

  constructor(
    private readonly directory: {
      readonly clock: Clock;
      readonly logger: Logger;
      readonly settings: CleanerSettings;
      logs(): Iterable<PartitionLog>;
      /** Whether the log is still the directory's: one that was deleted meanwhile may fail without consequence. */
      holds(log: PartitionLog): boolean;
      /** Makes durable how far logs are clean. */
      writeOffsets(): Promise<void>;
      removeLater(files: readonly string[], delayMs: number): void;
    },
  ) {}

  /**
   * Cleans until no log is worth it.
   *
   * @returns how many logs were cleaned
   * @throws DiskError when the disk failed
   */
  async cleanAll(signal: AbortSignal): Promise<number> {
    const { settings, clock } = this.directory;
    let cleaned = 0;
    if (!settings.enabled) return cleaned;
    for (const log of this.compacted()) log.rollIfIdle(clock.nowMs());
    while (!signal.aborted) {
      const next = filthiest(this.candidates());
      if (next === null) break;
      if (await this.clean(next, signal)) cleaned++;
    }
    return cleaned;
  }

  private candidates(): Candidate[] {
    const nowMs = this.directory.clock.nowMs();
    const candidates: Candidate[] = [];
    for (const log of this.compacted()) {
      if (this.isLeftAlone(log)) continue;
      const proposal = log.proposeCleaning(nowMs);
      if (proposal !== null) candidates.push({ log, proposal });
    }
    return candidates;
  }

  private *compacted(): Generator<PartitionLog> {
    for (const log of this.directory.logs()) if (log.config.cleanupPolicy.compact && log.offline === null) yield log;
  }

  private isLeftAlone(log: PartitionLog): boolean {
    const mark = this.uncleanable.get(log);
    if (mark === undefined) return false;
    return mark.cuts === log.cuts && this.directory.clock.monotonicMs() - mark.sinceMs < UNCLEANABLE_MS;
  }

  private async clean({ log, proposal }: Candidate, signal: AbortSignal): Promise<boolean> {
    const { clock, logger, settings } = this.directory;
    const partition = `${log.topic}-${log.partition}`;
    const beganMs = clock.monotonicMs();
    const { fileDeleteDelayMs } = log.config;
    try {
      const cleaned = await log.clean(
        proposal,
        settings,
        (files) => this.directory.removeLater(files, fileDeleteDelayMs),
        signal,
      );
      await this.directory.writeOffsets();
      logger.info("cleaned a log", said(partition, proposal, cleaned, clock.monotonicMs() - beganMs));
      return true;
    } catch (failure) {
      if (failure instanceof CleaningStopped) return false;
      if (failure instanceof CleaningOvertaken) {
        logger.info("cleaning is put off", { partition, reason: failure.message });
        // What overtook it may go on: another log has its turn first.
        await new Promise<void>((resolve) => clock.afterTick(resolve));
        return false;
      }
      if (!this.directory.holds(log)) {
        logger.debug("a deleted partition failed to be cleaned", { partition, failure });
        return false;
      }
      if (!isOfThisLogAlone(failure)) throw failure;
      this.uncleanable.set(log, { sinceMs: clock.monotonicMs(), cuts: log.cuts });
      logger.error("a log cannot be cleaned and is left as it is", { partition, failure });
      return false;
    }
  }
}

/** Another log, or the same one later, may do better. */
function isOfThisLogAlone(failure: unknown): boolean {
  return (
    failure instanceof DamagedSource ||
    failure instanceof CorruptRecordError ||
    failure instanceof CleanedTooLarge ||
    (failure instanceof DiskError && failure.code === "ENOSPC")
  );
}

function said(partition: string, proposal: CleaningProposal, cleaned: CleanedLog, tookMs: number) {
  return {
    partition,
    from: cleaned.firstDirtyOffset,
    to: cleaned.cleanedTo,
    dirtyRatio: Math.round(proposal.dirtyRatio * 1000) / 1000,
    isOverdue: proposal.isOverdue,
    segments: `${cleaned.segmentsBefore} to ${cleaned.segmentsAfter}`,
    bytes: `${cleaned.bytesBefore} to ${cleaned.bytesAfter}`,
    records: `${cleaned.recordsRead} to ${cleaned.recordsKept}`,
    tombstones: cleaned.tombstonesKept,
    keys: cleaned.keys,
    mapBytes: cleaned.mapBytes,
    tookMs: Math.round(tookMs),
  };
}
