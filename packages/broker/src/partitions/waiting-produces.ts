import type { ErrorName } from "@ottla/protocol";
import { type ProduceAppend, type ProduceOutcome, refused } from "./produce-append";
import { UnansweredBatches } from "./unanswered-batches";

/** The produced batches of one partition: collected for the tick's write, then waiting for their answers. */
export class WaitingProduces {
  readonly unanswered = new UnansweredBatches();
  private queue: ProduceAppend[] = [];
  private committing: Committing[] = [];

  /** @returns whether it is the first of its tick */
  enqueue(append: ProduceAppend): boolean {
    if (append.producerId >= 0n) this.unanswered.add(append.producerId);
    this.queue.push(append);
    return this.queue.length === 1;
  }

  /** What the tick collected; it is not collected any more. */
  takeQueue(): readonly ProduceAppend[] {
    const { queue } = this;
    this.queue = [];
    return queue;
  }

  /** The batch is in the log up to `lastOffset`; `written` is its answer once that is held, or committed. */
  hold(append: ProduceAppend, lastOffset: number, written: ProduceOutcome): void {
    this.committing.push({ append, lastOffset, written, knowsToWait: false });
  }

  /** Whoever is still not answered now needs a deadline. */
  tellToWait(): void {
    for (const waiting of this.committing) {
      if (waiting.knowsToWait) continue;
      waiting.knowsToWait = true;
      waiting.append.mustWait();
    }
  }

  /** Answers acks=1 for what the log holds, acks=all for what is committed: a duplicate waits for the batch it repeats (rule 34). */
  settleUpTo(held: number, committed: number, hasEnoughReplicas: boolean): void {
    if (this.committing.length === 0) return;
    const still: Committing[] = [];
    const done: Committing[] = [];
    for (const waiting of this.committing) {
      const end = waiting.append.acks === -1 ? committed : held;
      (waiting.lastOffset < end ? done : still).push(waiting);
    }
    this.committing = still;
    for (const { append, written } of done) {
      const isEnough = append.acks !== -1 || hasEnoughReplicas;
      this.settle(append, isEnough ? written : refused("NOT_ENOUGH_REPLICAS_AFTER_APPEND", written.logStartOffset));
    }
  }

  /** Nobody waits for this answer any more. Once written, the batch may still be committed. */
  abandon(append: ProduceAppend): void {
    append.abandoned = true;
    this.committing = this.committing.filter((waiting) => waiting.append !== append);
    if (append.producerId >= 0n) this.unanswered.remove(append.producerId);
  }

  /** Fails what was collected and not written. */
  failQueue(error: ErrorName): void {
    for (const append of this.takeQueue()) this.settle(append, refused(error));
  }

  /** Fails everybody. */
  failAll(error: ErrorName): void {
    this.failQueue(error);
    const { committing } = this;
    this.committing = [];
    for (const { append } of committing) this.settle(append, refused(error));
  }

  settle(append: ProduceAppend, outcome: ProduceOutcome): void {
    if (append.abandoned) return;
    if (append.producerId >= 0n) this.unanswered.remove(append.producerId);
    append.settle(outcome);
  }
}

/** A batch in the log whose answer waits until its last offset is held, or committed. */
interface Committing {
  readonly append: ProduceAppend;
  readonly lastOffset: number;
  readonly written: ProduceOutcome;
  knowsToWait: boolean;
}
