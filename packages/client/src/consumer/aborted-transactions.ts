import { type BatchView, controlRecordType, iterateRecords } from "@ottla/protocol";

/** A transaction that was aborted, as a fetch answer names it. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** Tells which batches of one fetch answer belong to aborted transactions (read_committed). Batches are shown in the order of their offsets. */
export class AbortedTransactions {
  private readonly upcoming: AbortedTransaction[];
  private readonly aborted = new Set<bigint>();

  constructor(transactions: readonly AbortedTransaction[]) {
    this.upcoming = [...transactions].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  }

  /** Whether the batch's records must not be seen. Control batches are the caller's to skip; they are shown here all the same. */
  covers(batch: BatchView): boolean {
    while (this.upcoming.length > 0 && Number(this.upcoming[0]!.firstOffset) <= batch.lastOffset)
      this.aborted.add(this.upcoming.shift()!.producerId);
    if (!batch.hasProducerId || this.aborted.size === 0) return false;
    const { producerId } = batch;
    if (batch.isControl) {
      if (endsInAbort(batch)) this.aborted.delete(producerId);
      return true;
    }
    return batch.isTransactional && this.aborted.has(producerId);
  }
}

function endsInAbort(batch: BatchView): boolean {
  for (const { key } of iterateRecords(batch)) return controlRecordType(key) === "ABORT";
  return false;
}
