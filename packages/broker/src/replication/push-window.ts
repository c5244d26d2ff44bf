/**
 * How much may be on its way to one follower, unacknowledged. Beyond it nothing is buffered: what a slow follower lacks is read again from
 * the log. In-sync partitions come first; those that catch up get at most half (rule 22), so that a new replica's gigabytes do not stand
 * in the way of a record that a producer waits for.
 */
export class PushWindow {
  private inSyncBytes = 0;
  private catchingUpBytes = 0;

  constructor(private readonly sizeBytes: number) {}

  /** Bytes that may be sent now. */
  room(isInSync: boolean): number {
    const free = this.sizeBytes - this.inSyncBytes - this.catchingUpBytes;
    return Math.max(0, isInSync ? free : Math.min(free, this.sizeBytes / 2 - this.catchingUpBytes));
  }

  /** Whether a batch larger than the room may go all the same: it could never go otherwise. */
  mayOverflow(isInSync: boolean): boolean {
    return this.catchingUpBytes === 0 && (isInSync ? this.inSyncBytes === 0 : this.inSyncBytes < this.sizeBytes / 2);
  }

  /** @returns how to give it back, once: a partition that joins the ISR meanwhile does not change what it took */
  take(isInSync: boolean, sizeBytes: number): () => void {
    this.add(isInSync, sizeBytes);
    return () => this.add(isInSync, -sizeBytes);
  }

  private add(isInSync: boolean, sizeBytes: number): void {
    if (isInSync) this.inSyncBytes += sizeBytes;
    else this.catchingUpBytes += sizeBytes;
  }
}
