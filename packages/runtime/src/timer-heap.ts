/** What is due at a moment. */
export interface Due {
  readonly atMs: number;
  /** Ties are fired in this order. */
  readonly order: number;
  readonly callback: () => void;
  /** Where it lies in the heap; -1 once it does not. */
  position: number;
}

/** Timers, the next one first: adding, taking and cancelling cost the logarithm of how many are set. */
export class TimerHeap {
  private readonly items: Due[] = [];

  get size(): number {
    return this.items.length;
  }

  get first(): Due | undefined {
    return this.items[0];
  }

  add(due: Due): void {
    due.position = this.items.length;
    this.items.push(due);
    this.rise(due);
  }

  takeFirst(): Due | undefined {
    const first = this.items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Nothing happens when it is not there any more. */
  remove(due: Due): void {
    const { position } = due;
    if (position < 0) return;
    due.position = -1;
    const last = this.items.pop();
    if (last === undefined || last === due) return;
    last.position = position;
    this.items[position] = last;
    this.rise(last);
    this.sink(last);
  }

  private rise(due: Due): void {
    const { items } = this;
    let at = due.position;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above]!;
      if (!isBefore(due, parent)) break;
      items[at] = parent;
      parent.position = at;
      at = above;
    }
    items[at] = due;
    due.position = at;
  }

  private sink(due: Due): void {
    const { items } = this;
    let at = due.position;
    for (;;) {
      let below = at * 2 + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && isBefore(items[below + 1]!, items[below]!)) below++;
      const child = items[below]!;
      if (!isBefore(child, due)) break;
      items[at] = child;
      child.position = at;
      at = below;
    }
    items[at] = due;
    due.position = at;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
