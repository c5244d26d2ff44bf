/** A transaction that began and ended in this partition; what the transaction index stores when it was aborted. */
export interface CompletedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
  /** Offset of the marker. */
  readonly lastOffset: number;
  readonly isAborted: boolean;
  /** The last stable offset once the marker was written: the oldest transaction still open, or the offset after the marker. */
  readonly lastStableOffset: number;
}

/**
 * The transactions that hold back the last stable offset: those open, and those whose marker is not yet below the high watermark.
 */
export class OpenTransactions {
  private readonly openByProducer = new Map<bigint, number>();
  /** In the order of their markers. */
  private undecided: CompletedTransaction[] = [];

  open(producerId: bigint, firstOffset: number): void {
    this.openByProducer.set(producerId, firstOffset);
  }

  /** @returns null when the producer had none open: a marker without data leaves no trace */
  complete(producerId: bigint, markerOffset: number, isAborted: boolean): CompletedTransaction | null {
    const firstOffset = this.openByProducer.get(producerId);
    if (firstOffset === undefined) return null;
    this.openByProducer.delete(producerId);
    const completed: CompletedTransaction = {
      producerId,
      firstOffset,
      lastOffset: markerOffset,
      isAborted,
      lastStableOffset: this.oldestOpen() ?? markerOffset + 1,
    };
    this.undecided.push(completed);
    return completed;
  }

  /** First offset a read_committed consumer may not see yet; null when nothing holds it back but the high watermark. */
  firstUnstableOffset(): number | null {
    let first = this.oldestOpen();
    for (const { firstOffset } of this.undecided) if (first === null || firstOffset < first) first = firstOffset;
    return first;
  }

  /** Lets go of the transactions whose marker lies below `offset`. */
  settleBelow(offset: number): void {
    if (this.undecided.length === 0) return;
    this.undecided = this.undecided.filter((completed) => completed.lastOffset >= offset);
  }

  clear(): void {
    this.openByProducer.clear();
    this.undecided = [];
  }

  private oldestOpen(): number | null {
    let first: number | null = null;
    for (const offset of this.openByProducer.values()) if (first === null || offset < first) first = offset;
    return first;
  }
}
