/** Something that holds bytes of requests, and can be told to read no more for a while. */
export interface FrameHolder {
  readonly heldBytes: number;
  setMemoryHold(held: boolean): void;
}

/**
 * Bounds the bytes of requests held at a time over all connections.
 *
 * Past the bound only the holder that has waited longest goes on reading, so that its request becomes whole and lets go of its memory;
 * under half the bound all do.
 */
export class FrameMemory {
  private totalBytes = 0;
  /** In the order in which they began to hold. */
  private readonly holders = new Map<FrameHolder, number>();
  private holding = false;

  constructor(private readonly limitBytes: number) {}

  get heldBytes(): number {
    return this.totalBytes;
  }

  /** Takes note of what `holder` holds now. Called after each change. */
  update(holder: FrameHolder): void {
    const before = this.holders.get(holder) ?? 0;
    const now = holder.heldBytes;
    if (before === now) return;
    this.totalBytes += now - before;
    if (now === 0) this.holders.delete(holder);
    else this.holders.set(holder, now);
    if (now === 0 && this.holding) holder.setMemoryHold(false);
    this.decide();
  }

  /** The holder is gone. */
  remove(holder: FrameHolder): void {
    this.totalBytes -= this.holders.get(holder) ?? 0;
    this.holders.delete(holder);
    this.decide();
  }

  private decide(): void {
    if (this.totalBytes > this.limitBytes) this.holding = true;
    else if (this.holding && this.totalBytes <= this.limitBytes / 2) {
      this.holding = false;
      for (const holder of this.holders.keys()) holder.setMemoryHold(false);
    }
    if (!this.holding) return;
    let first = true;
    for (const holder of this.holders.keys()) {
      holder.setMemoryHold(!first);
      first = false;
    }
  }
}
