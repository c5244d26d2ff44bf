import type { Judge } from "./invariants";
import type { ReplicaRecord } from "./replica-record";
import { describeBatch, type SeenBatch } from "./seen-batch";

/**
 * What is known of one partition above all its replicas: which batch each (epoch, offset) names, and what is committed.
 *
 * A batch is one object here: two replicas hold the same one exactly when they hold equal bytes in the same place.
 */
export class ReferenceLog {
  /** By leader epoch, then by offset: the batch that covers it. */
  private readonly epochs = new Map<number, Map<number, SeenBatch>>();
  private readonly committed: SeenBatch[] = [];
  private committedUpTo = 0;

  constructor(
    readonly name: string,
    private readonly judge: Judge,
  ) {}

  /** All below it has been called committed by a leader that had the right to. */
  get committedEnd(): number {
    return this.committedUpTo;
  }

  /** The batch as every replica has it. */
  identify(batch: SeenBatch, brokerId: number): SeenBatch {
    let offsets = this.epochs.get(batch.leaderEpoch);
    if (offsets === undefined) this.epochs.set(batch.leaderEpoch, (offsets = new Map()));
    const known = offsets.get(batch.baseOffset);
    if (known !== undefined) {
      const isSame =
        known.baseOffset === batch.baseOffset &&
        known.nextOffset === batch.nextOffset &&
        known.crc === batch.crc &&
        known.sizeBytes === batch.sizeBytes;
      this.judge.hold(
        "log-matching",
        this.name,
        isSame,
        () => `broker ${brokerId} has ${describeBatch(batch)} where another replica had ${describeBatch(known)}`,
      );
      return known;
    }
    for (let offset = batch.baseOffset; offset < batch.nextOffset; offset++) {
      const other = offsets.get(offset);
      this.judge.hold(
        "log-matching",
        this.name,
        other === undefined,
        () => `broker ${brokerId} has ${describeBatch(batch)}, and ${describeBatch(other ?? batch)} was seen`,
      );
      offsets.set(offset, batch);
    }
    return batch;
  }

  /** The batch committed at an offset; null when none is. */
  committedAt(offset: number): SeenBatch | null {
    const { committed } = this;
    let low = 0;
    let high = committed.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((committed[middle]?.nextOffset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const found = committed[low];
    return found !== undefined && found.baseOffset <= offset ? found : null;
  }

  /** A replica shows readers what it has up to `to`: as far as that is known to be committed, it must be that. */
  shown(record: ReplicaRecord, from: number, to: number): void {
    const upTo = Math.min(to, this.committedUpTo);
    for (const batch of record.between(from, upTo)) {
      const committed = this.committedAt(batch.baseOffset);
      this.judge.hold(
        "one-value",
        this.name,
        committed === batch,
        () =>
          `broker ${record.brokerId} shows ${describeBatch(batch)}, and committed was ` +
          (committed === null ? "nothing there" : describeBatch(committed)),
      );
    }
  }

  /** Whoever leads says that all below `to` is committed. The caller has judged that it may. */
  commit(record: ReplicaRecord, to: number): void {
    if (to <= this.committedUpTo) return;
    for (const batch of record.between(this.committedUpTo, to)) this.committed.push(batch);
    this.committedUpTo = to;
  }

  /** @returns the first committed batch that `record` lacks, or null */
  missingFrom(record: ReplicaRecord): SeenBatch | null {
    for (let i = this.committed.length - 1; i >= 0; i--) {
      const batch = this.committed[i];
      if (batch === undefined || batch.nextOffset <= record.startOffset) return null;
      if (record.batchAt(batch.baseOffset) === batch) {
        // Equal there, two logs are equal below: epochs rise along both, and each epoch is one leader's. Yet looked at while short.
        if (i < this.committed.length - LOOKED_AT) return null;
        continue;
      }
      return batch;
    }
    return null;
  }
}

const LOOKED_AT = 50;
