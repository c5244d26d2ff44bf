import type { BatchView } from "@ottla/protocol";
import type { PartitionLog } from "../partition-log";
import { batchesOf, type ReadRecord, recordsOf } from "./cleaned-log";

/** All that was ever written to a log, beside it: what a compacted log must still say. */
export class CompactedModel {
  private readonly written = new Map<number, ReadRecord>();
  private readonly aborted = new Set<number>();

  get size(): number {
    return this.written.size;
  }

  add(records: readonly ReadRecord[]): void {
    for (const record of records) this.written.set(record.offset, record);
  }

  abort(records: readonly ReadRecord[]): void {
    for (const { offset } of records) this.aborted.add(offset);
  }

  /**
   * Reads the whole log and expects: batches in order and sound; every record as it was written, at its offset; for a reader of committed
   * records nothing that was aborted, and in the end the same value of every key.
   *
   * @param wasInterrupted some of what counts as dirty may have been cleaned, too. Otherwise all of it is there, and what counts as clean
   *   holds each key once.
   * @returns how many records there are
   */
  expectHeldBy(log: PartitionLog, wasInterrupted = false): number {
    const batches = batchesOf(log);
    let expected = 0;
    for (const batch of batches) {
      const isSound = batch.baseOffset >= expected && batch.isCrcValid();
      const epoch = log.leaderEpochAt(batch.baseOffset);
      expect([batch.baseOffset, isSound, batch.partitionLeaderEpoch]).toEqual([batch.baseOffset, true, epoch]);
      expected = batch.nextOffset;
    }
    const read = recordsOf(batches);
    expect(asText(read)).toEqual(asText(read.flatMap(({ offset }) => this.written.get(offset) ?? [])));

    const undone = offsetsUndone(log, batches);
    const visible = read.filter(({ offset }) => !undone.has(offset));
    const everything = [...this.written.values()].filter(({ offset }) => !this.aborted.has(offset));
    expect(visible.filter(({ offset }) => this.aborted.has(offset))).toEqual([]);
    expect(lastValues(visible)).toEqual(lastValues(everything));
    if (wasInterrupted) return read.length;
    const cleanedTo = log.firstDirtyOffset ?? 0;
    expect(asText(visible.filter(({ offset }) => offset >= cleanedTo))).toEqual(
      asText(everything.filter(({ offset }) => offset >= cleanedTo)),
    );
    const cleaned = visible.filter(({ offset }) => offset < cleanedTo).map(({ key }) => key);
    expect(cleaned.length).toBe(new Set(cleaned).size);
    return read.length;
  }
}

/** Thousands of objects take a comparison by `expect` long; their text does not. */
function asText(records: readonly ReadRecord[]): string {
  return records.map((record) => JSON.stringify(record)).join("\n");
}

/** What a reader of committed records leaves out, by the transaction index. */
function offsetsUndone(log: PartitionLog, batches: readonly BatchView[]): Set<number> {
  const aborted = log.abortedTransactions(0, log.logEndOffset);
  const hidden = new Set<number>();
  for (const batch of batches) {
    if (!batch.isTransactional || batch.isControl) continue;
    const isAborted = aborted.some(
      ({ producerId, firstOffset, lastOffset }) =>
        producerId === batch.producerId && firstOffset <= batch.baseOffset && batch.baseOffset <= lastOffset,
    );
    if (isAborted) for (const { offset } of recordsOf([batch])) hidden.add(offset);
  }
  return hidden;
}

/** What a reader knows of each key in the end: tombstones leave nothing. */
function lastValues(records: readonly ReadRecord[]): Record<string, string> {
  const values = new Map<string, string>();
  for (const { key, value } of records) {
    if (value === null) values.delete(key ?? "");
    else values.set(key ?? "", value);
  }
  return Object.fromEntries([...values].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
