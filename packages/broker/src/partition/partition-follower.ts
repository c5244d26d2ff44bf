/** What a follower of one partition knows. Its log is filled by replication; here is whom it follows and what it may serve. */
export class PartitionFollower {
  constructor(
    /** Broker that leads; -1 when nobody does. */
    readonly leader: number,
    readonly leaderEpoch: number,
    public partitionEpoch: number,
    public isr: readonly number[],
    public replicas: readonly number[],
  ) {}

  /** Same leader epoch, newer ISR. */
  onIsr(isr: readonly number[], replicas: readonly number[], partitionEpoch: number): void {
    if (partitionEpoch <= this.partitionEpoch) return;
    this.isr = isr;
    this.replicas = replicas;
    this.partitionEpoch = partitionEpoch;
  }
}

/** Rule 33: a follower's high watermark follows the leader's as far as its own log reaches; only truncation lowers it. */
export function followerHighWatermark(own: number, received: number, logEndOffset: number): number {
  return Math.max(own, Math.min(received, logEndOffset));
}
