import type { BatchView } from "@ottla/protocol";
import type { PendingProducers } from "./producer-state";
import { transactionMarkerOf } from "./transaction-marker";

/** The batches of one append, on their way from judged to written. */
export class AppendStep {
  nextOffset: number;
  /** Added, not yet written. */
  waiting: BatchView[] = [];
  sizeBytes = 0;
  firstTimestamp: number | null = null;
  readonly done: BatchView[] = [];
  doneBytes = 0;

  constructor(
    logEndOffset: number,
    public producers: PendingProducers,
  ) {
    this.nextOffset = logEndOffset;
  }

  add(batch: BatchView): void {
    this.waiting.push(batch);
    this.sizeBytes += batch.sizeInBytes;
    this.firstTimestamp ??= batch.maxTimestamp;
    this.nextOffset = batch.lastOffset + 1;
    const marker = batch.isControl ? transactionMarkerOf(batch) : null;
    if (marker !== null) this.producers.addMarker(batch, batch.baseOffset, marker);
    else if (!batch.isControl) this.producers.add(batch, batch.baseOffset);
  }

  written(producers: PendingProducers): void {
    for (const batch of this.waiting) this.done.push(batch);
    this.doneBytes += this.sizeBytes;
    this.waiting = [];
    this.sizeBytes = 0;
    this.firstTimestamp = null;
    this.producers = producers;
  }
}
