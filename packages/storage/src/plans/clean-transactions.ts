import type { BatchView } from "@ottla/protocol";
import type { TransactionMarker } from "../producer-entry";
import type { AbortedTransaction } from "../transaction-index";

/** What becomes of a marker, as far as its transaction is concerned. */
export interface MarkerStanding {
  /** Nothing of its transaction is left below it: it may go, once its delete horizon has passed. */
  readonly isDiscardable: boolean;
  /** The entry that the transaction index of the new segment needs: something of an aborted transaction is left, or was until now. */
  readonly aborted: AbortedTransaction | null;
}

/**
 * Follows transactions through a log, batch by batch from its beginning: which batches belong to aborted ones, and of which markers nothing
 * is left. Every transaction in the stretch is decided, since cleaning ends at the last stable offset.
 */
export class CleanTransactions {
  /** By first offset; those before `next` have begun. */
  private readonly aborted: readonly AbortedTransaction[];
  private next = 0;
  private readonly abortedOpen = new Map<bigint, { readonly transaction: AbortedTransaction; hasBatches: boolean }>();
  /** Producers with a batch of a transaction whose COMMIT is still to come. */
  private readonly committedOpen = new Set<bigint>();

  /** @param aborted every one that touches the stretch, in any order, and none that ended before it */
  constructor(aborted: readonly AbortedTransaction[]) {
    this.aborted = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** The next batch, of data. @returns whether its transaction was aborted, so that its records may go */
  onData(batch: BatchView): boolean {
    this.beginUpTo(batch.lastOffset);
    if (!batch.isTransactional) return false;
    const { producerId } = batch;
    const open = this.abortedOpen.get(producerId);
    if (open === undefined) {
      this.committedOpen.add(producerId);
      return false;
    }
    open.hasBatches = true;
    return true;
  }

  /** The next batch, of control. @param marker what it says; null for one that the cleaner has emptied, and for other control records */
  onControl(batch: BatchView, marker: TransactionMarker | null): MarkerStanding {
    this.beginUpTo(batch.lastOffset);
    if (marker === null) return { isDiscardable: batch.recordCount === 0, aborted: null };
    const { producerId } = batch;
    if (marker.type === "COMMIT") return { isDiscardable: !this.committedOpen.delete(producerId), aborted: null };
    const open = this.abortedOpen.get(producerId);
    this.abortedOpen.delete(producerId);
    if (open === undefined || !open.hasBatches) return { isDiscardable: true, aborted: null };
    return { isDiscardable: false, aborted: open.transaction };
  }

  private beginUpTo(offset: number): void {
    for (;;) {
      const transaction = this.aborted[this.next];
      if (transaction === undefined || transaction.firstOffset > offset) return;
      this.next++;
      this.abortedOpen.set(transaction.producerId, { transaction, hasBatches: false });
    }
  }
}
