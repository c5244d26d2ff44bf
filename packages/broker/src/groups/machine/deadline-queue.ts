/**
 * What is due when, the earliest first: a binary heap.
 *
 * Entries are never moved. Whoever postpones something leaves its entry where it is and looks again when it comes up: putting off a
 * deadline, as every heartbeat does, costs nothing here.
 */
export class DeadlineQueue<T> {
  private readonly heap: Entry<T>[] = [];
  private order = 0;

  get size(): number {
    return this.heap.length;
  }

  /** When the first entry is due; null when there is none. */
  get firstAtMs(): number | null {
    return this.heap[0]?.atMs ?? null;
  }

  add(atMs: number, item: T): void {
    this.heap.push({ atMs, order: this.order++, item });
    this.rise(this.heap.length - 1);
  }

  /** Takes the first entry if it is due. Of those due at one moment, the one that was added first. */
  takeDue(nowMs: number): { readonly atMs: number; readonly item: T } | null {
    const [first] = this.heap;
    if (first === undefined || first.atMs > nowMs) return null;
    const last = this.heap.pop();
    if (last !== undefined && last !== first) {
      this.heap[0] = last;
      this.sink(0);
    }
    return first;
  }

  private rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  private sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const least = this.isBefore(right, left) ? right : left;
      if (!this.swapIfBefore(least, at)) return;
      at = least;
    }
  }

  private swapIfBefore(later: number, earlier: number): boolean {
    if (!this.isBefore(later, earlier)) return false;
    const one = this.heap[later] as Entry<T>;
    this.heap[later] = this.heap[earlier] as Entry<T>;
    this.heap[earlier] = one;
    return true;
  }

  private isBefore(a: number, b: number): boolean {
    const one = this.heap[a];
    const other = this.heap[b];
    if (one === undefined) return false;
    if (other === undefined) return true;
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }
}

interface Entry<T> {
  readonly atMs: number;
  readonly order: number;
  readonly item: T;
}
