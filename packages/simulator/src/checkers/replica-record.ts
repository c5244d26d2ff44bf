import type { Judge } from "./invariants";
import { ProducerSequences } from "./producer-sequences";
import { describeBatch, type SeenBatch } from "./seen-batch";

/**
 * What one replica's log holds, as far as the checkers have watched it: it outlives the processes that serve it, as a disk does.
 */
export class ReplicaRecord {
  private readonly batches: SeenBatch[] = [];
  private readonly sequences: ProducerSequences;
  /** Where the log begins to be readable. */
  startOffset = 0;
  private end = 0;
  /** All below it is known to be synced. */
  flushedEnd = 0;
  /**
   * It may lack what it acknowledged, since its machine lost power or its disk was emptied. Until the ISR is without it, nothing is
   * expected of it.
   */
  isTorn = false;
  /** Bits of its files have flipped: while the ISR is without it ("out"), it may cut its log there and fetch it again. */
  damage: "none" | "in sync" | "out" = "none";
  /** The next process may find less than there was: what was synced, after a loss of power; nothing, where the replica was taken away. */
  owes: "everything" | "what was synced" | "nothing" = "everything";

  constructor(
    readonly name: string,
    readonly brokerId: number,
    private readonly judge: Judge,
  ) {
    this.sequences = new ProducerSequences(name, brokerId, judge);
  }

  get endOffset(): number {
    return this.end;
  }

  /** The next batch of the log. */
  append(batch: SeenBatch): void {
    const last = this.batches.at(-1);
    this.judge.hold(
      "log-order",
      this.name,
      batch.baseOffset >= this.end && (last === undefined || last.leaderEpoch <= batch.leaderEpoch),
      () =>
        `broker ${this.brokerId} appended ${describeBatch(batch)} behind ` +
        (last === undefined ? `offset ${this.end}` : describeBatch(last)),
    );
    this.judge.hold(
      "log-order",
      this.name,
      batch.baseOffset === this.end,
      () => `broker ${this.brokerId} appended ${describeBatch(batch)}, its log ended at ${this.end}`,
    );
    this.sequences.append(batch);
    this.batches.push(batch);
    this.end = batch.nextOffset;
  }

  /** The log ends at `offset` now. @returns what went, in order */
  truncate(offset: number): readonly SeenBatch[] {
    let keep = this.batches.length;
    while (keep > 0 && (this.batches[keep - 1]?.nextOffset ?? 0) > offset) keep--;
    const gone = this.batches.splice(keep);
    this.end = offset;
    this.flushedEnd = Math.min(this.flushedEnd, offset);
    if (gone.length > 0) this.sequences.rebuild(this.batches);
    return gone;
  }

  /** The log begins anew, empty, at `offset`. */
  restartAt(offset: number): readonly SeenBatch[] {
    const gone = this.truncate(0);
    this.end = offset;
    this.startOffset = offset;
    return gone;
  }

  /** The batch that covers an offset; null when none does. */
  batchAt(offset: number): SeenBatch | null {
    const found = this.batches[this.indexOf(offset)];
    return found !== undefined && found.baseOffset <= offset ? found : null;
  }

  /** Batches that begin in [from, to). */
  *between(from: number, to: number): Generator<SeenBatch, void> {
    for (let i = this.indexOf(from); i < this.batches.length; i++) {
      const batch = this.batches[i];
      if (batch === undefined || batch.baseOffset >= to) return;
      if (batch.baseOffset >= from) yield batch;
    }
  }

  /** Index of the first batch that ends behind `offset`. */
  private indexOf(offset: number): number {
    let low = 0;
    let high = this.batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.batches[middle]?.nextOffset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
