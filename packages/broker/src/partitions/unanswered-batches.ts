/** Kafka's producers keep as many requests in flight at most, and the duplicate window is as wide. */
export const UNANSWERED_BATCHES_MAX = 5;

/**
 * Counts the batches of each idempotent producer that one partition has not answered yet (rule 37).
 *
 * The duplicate window holds five batches. Were a sixth appended, a retry of the first would look like a gap; so the connection that
 * brings it is not read until an answer went out.
 */
export class UnansweredBatches {
  private readonly counts = new Map<bigint, number>();
  private waiting: (() => void)[] = [];

  add(producerId: bigint): void {
    this.counts.set(producerId, (this.counts.get(producerId) ?? 0) + 1);
  }

  remove(producerId: bigint): void {
    const count = (this.counts.get(producerId) ?? 0) - 1;
    if (count > 0) this.counts.set(producerId, count);
    else this.counts.delete(producerId);
    const { waiting } = this;
    if (waiting.length === 0) return;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Whether any producer has an answer outstanding: the cheap question on the hot path. */
  get isEmpty(): boolean {
    return this.counts.size === 0;
  }

  /** @param further batches of the same request that will be counted too */
  isFull(producerId: bigint, further = 0): boolean {
    return (this.counts.get(producerId) ?? 0) + further >= UNANSWERED_BATCHES_MAX;
  }

  /** Resolves when some answer went out. Every batch here is answered within its request's timeout, so this ends. */
  whenAnswered(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
