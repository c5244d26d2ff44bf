import { BatchView, iterateBatches, iterateRecords } from "@ottla/protocol";
import type { CleanedLog } from "../clean-log";
import { type CleanerSettings, defaultCleanerSettings } from "../clean-settings";
import type { PartitionLog } from "../partition-log";

/** A record as a reader gets it. */
export interface ReadRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
}

/** Every batch of the log, as a reader gets them; each with memory of its own. */
export function batchesOf(log: PartitionLog, from = log.logStartOffset): BatchView[] {
  const batches: BatchView[] = [];
  for (let offset = from; offset < log.logEndOffset; ) {
    const outcome = log.read({ offset, maxBytes: 1000, upperBound: log.logEndOffset, minOneBatch: true });
    if (outcome.kind === "empty") break;
    if (outcome.kind !== "records") throw new Error(`reading at ${offset}: ${JSON.stringify(outcome)}`);
    const bytes = Buffer.concat(outcome.slices);
    outcome.release();
    for (const batch of iterateBatches(bytes)) batches.push(new BatchView(Buffer.from(batch.bytes), 0));
    offset = outcome.nextOffset;
  }
  return batches;
}

export function recordsOf(batches: readonly BatchView[]): ReadRecord[] {
  return batches
    .filter((batch) => !batch.isControl)
    .flatMap((batch) =>
      Array.from(iterateRecords(batch), ({ offset, key, value, timestamp }) => ({
        offset,
        key: key?.toString() ?? null,
        value: value?.toString() ?? null,
        timestamp,
      })),
    );
}

/** `offset:key=value` of every record, `offset:key-` for tombstones. */
export function told(log: PartitionLog): string[] {
  return recordsOf(batchesOf(log)).map(
    ({ offset, key, value }) => `${offset}:${key}${value === null ? "-" : `=${value}`}`,
  );
}

/** Cleans the log once, all of it committed and durable; null when there is nothing to do. */
export async function cleanOnce(
  log: PartitionLog,
  nowMs: number,
  settings: Partial<CleanerSettings> = {},
  removeLater: (files: readonly string[]) => void = () => {},
): Promise<CleanedLog | null> {
  await log.flush();
  log.advanceHighWatermark(log.logEndOffset);
  const proposal = log.proposeCleaning(nowMs);
  if (proposal === null) return null;
  return log.clean(proposal, { ...defaultCleanerSettings, ...settings }, removeLater, new AbortController().signal);
}
