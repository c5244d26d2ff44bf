import { EarlierBatches } from "./earlier-batches";
import { type CompletedTransaction, OpenTransactions } from "./open-transactions";
import {
  judgeBatch,
  type ProducerEntry,
  type ProducerVerdict,
  type SequencedBatch,
  type TransactionMarker,
  withBatch,
  withMarker,
} from "./producer-entry";

/** A batch that lies in the log: its header fields and where it begins. */
export interface StoredBatch extends SequencedBatch {
  readonly baseOffset: number;
}

/**
 * What one partition knows of its idempotent and transactional producers: who they are, the last five batches of each, and which
 * transactions are open. It is rebuilt from the log and from snapshots; it does no I/O of its own.
 *
 * A leader judges and appends through `pending()`, so that a failed write leaves no trace. Followers and recovery `replay` what the
 * log holds, without judging it again.
 *
 * @see KIP-98
 */
export class ProducerState {
  private readonly producers = new Map<bigint, ProducerEntry>();
  private readonly transactions = new OpenTransactions();

  /** @param options.expirationMs how long an idle producer without open transaction is remembered (`producer.id.expiration.ms`) */
  constructor(private options: { readonly expirationMs: number }) {}

  /** Number of producer ids known. */
  get size(): number {
    return this.producers.size;
  }

  get(producerId: bigint): ProducerEntry | null {
    return this.producers.get(producerId) ?? null;
  }

  /** Every producer known, in no particular order: what a snapshot stores and DescribeProducers shows. */
  entries(): IterableIterator<ProducerEntry> {
    return this.producers.values();
  }

  /** Opens a group of appends that takes effect as a whole, or not at all. At most one may be open at a time. */
  pending(): PendingProducers {
    return new PendingProducers(this.producers, this.transactions);
  }

  /**
   * Takes in a batch that lies in the log: on a follower, in recovery, after a truncation. Batches without producer id leave no trace.
   *
   * @param marker what a control batch says; null for data, and for a marker that the cleaner has emptied
   * @returns the transaction that the marker ended, if it had data here
   */
  replay(
    batch: StoredBatch & { readonly isControl: boolean },
    marker: TransactionMarker | null,
  ): CompletedTransaction | null {
    if (batch.producerId < 0n || (batch.isControl && marker === null)) return null;
    const group = this.pending();
    if (marker === null) group.add(batch, batch.baseOffset);
    else group.addMarker(batch, batch.baseOffset, marker);
    return group.commit()[0] ?? null;
  }

  /** First offset that an open or undecided transaction keeps from read_committed consumers; null when there is none. */
  firstUnstableOffset(): number | null {
    return this.transactions.firstUnstableOffset();
  }

  /** The high watermark rose to `offset`: transactions whose marker is below it no longer hold back the last stable offset. */
  onHighWatermark(offset: number): void {
    this.transactions.settleBelow(offset);
  }

  /** The log now starts at `offset`: transactions that ended before it are forgotten. Producers are kept, as in Kafka. */
  onLogStart(offset: number): void {
    this.transactions.settleBelow(offset);
  }

  /** Another `producer.id.expiration.ms` from now on. */
  setExpirationMs(expirationMs: number): void {
    this.options = { expirationMs };
  }

  /** Forgets producers idle for `producer.id.expiration.ms`. @returns how many */
  expire(nowMs: number): number {
    let expired = 0;
    for (const entry of this.producers.values()) {
      if (!this.isExpired(entry, nowMs)) continue;
      this.producers.delete(entry.producerId);
      expired++;
    }
    return expired;
  }

  /** Starts again from a snapshot's entries; those expired by `nowMs` are left out. */
  load(entries: Iterable<ProducerEntry>, nowMs: number): void {
    this.clear();
    for (const entry of entries) {
      if (this.isExpired(entry, nowMs)) continue;
      this.producers.set(entry.producerId, entry);
      if (entry.currentTransactionFirstOffset !== null) {
        this.transactions.open(entry.producerId, entry.currentTransactionFirstOffset);
      }
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.producers.clear();
    this.transactions.clear();
  }

  /**
   * The way back to a window of five after a load from a snapshot, which names only each producer's last batch: offer it batches
   * from before the snapshot, then `restore` them.
   *
   * @returns null when every window is full or known to be complete
   */
  earlierBatches(): EarlierBatches | null {
    const wanted = EarlierBatches.wantedBy(this.producers.values());
    return wanted.missingProducers === 0 ? null : wanted;
  }

  /** Puts what `earlier` found before the batches known. */
  restore(earlier: EarlierBatches): void {
    for (const [producerId, batches] of earlier.found()) {
      const entry = this.producers.get(producerId);
      if (entry !== undefined) this.producers.set(producerId, { ...entry, batches: [...batches, ...entry.batches] });
    }
  }

  private isExpired(entry: ProducerEntry, nowMs: number): boolean {
    return entry.currentTransactionFirstOffset === null && nowMs - entry.lastTimestamp >= this.options.expirationMs;
  }
}

/**
 * Appends judged and numbered, but not yet written. Later batches are judged against earlier ones of the same group; nothing of it is
 * seen elsewhere until `commit`, and a group that is dropped never was.
 */
export class PendingProducers {
  private readonly changed = new Map<bigint, ProducerEntry>();
  private readonly steps: (() => CompletedTransaction | null)[] = [];

  /** Made by `ProducerState.pending`. */
  constructor(
    private readonly producers: Map<bigint, ProducerEntry>,
    private readonly transactions: OpenTransactions,
  ) {}

  /** What to do with a client's batch. A batch without producer id is always new. */
  judge(batch: SequencedBatch): ProducerVerdict {
    return judgeBatch(batch.producerId < 0n ? null : this.entryOf(batch.producerId), batch);
  }

  /**
   * What to do with a transaction coordinator's marker.
   *
   * @returns null when it may be appended
   */
  judgeMarker(
    batch: Pick<SequencedBatch, "producerId" | "producerEpoch">,
    marker: TransactionMarker,
  ): "INVALID_PRODUCER_EPOCH" | "TRANSACTION_COORDINATOR_FENCED" | null {
    const entry = this.entryOf(batch.producerId);
    if (entry === null) return null;
    if (batch.producerEpoch < entry.producerEpoch) return "INVALID_PRODUCER_EPOCH";
    return marker.coordinatorEpoch < entry.coordinatorEpoch ? "TRANSACTION_COORDINATOR_FENCED" : null;
  }

  /** `batch` will lie at `baseOffset`. Batches without producer id leave no trace. */
  add(batch: SequencedBatch, baseOffset: number): void {
    if (batch.producerId < 0n) return;
    const before = this.entryOf(batch.producerId);
    const after = withBatch(before, batch, baseOffset);
    this.changed.set(batch.producerId, after);
    const opened = after.currentTransactionFirstOffset;
    if (opened !== null && before?.currentTransactionFirstOffset !== opened) {
      this.steps.push(() => {
        this.transactions.open(after.producerId, opened);
        return null;
      });
    }
  }

  /** A marker will lie at `offset`. */
  addMarker(batch: SequencedBatch, offset: number, marker: TransactionMarker): void {
    const { producerId } = batch;
    this.changed.set(producerId, withMarker(this.entryOf(producerId), batch, marker));
    this.steps.push(() => this.transactions.complete(producerId, offset, marker.type === "ABORT"));
  }

  /** The batches are in the log. @returns the transactions that their markers ended, in order */
  commit(): CompletedTransaction[] {
    for (const [producerId, entry] of this.changed) this.producers.set(producerId, entry);
    const completed: CompletedTransaction[] = [];
    for (const step of this.steps) {
      const transaction = step();
      if (transaction !== null) completed.push(transaction);
    }
    return completed;
  }

  private entryOf(producerId: bigint): ProducerEntry | null {
    return this.changed.get(producerId) ?? this.producers.get(producerId) ?? null;
  }
}
