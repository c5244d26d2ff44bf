import type { PartitionLeader } from "../partition/partition-leader";
import type { Partition } from "../partitions/partition";

/** Records sent and not acknowledged yet. */
interface InFlight {
  /** The offset after the last of them. */
  readonly endOffset: number;
  /** Gives their share of the window back. */
  readonly leaveWindow: () => void;
  /** Gives their memory back to the log. */
  readonly release: () => void;
}

/**
 * One partition on one stream, in one leader epoch: how far it has been sent to the follower, and how far acknowledged.
 *
 * It stands for as long as the leadership object it was made for does; whatever comes under it later belongs to nobody (rule 3).
 */
export class Attachment {
  private readonly inFlight: InFlight[] = [];
  /** A read from the device is under way. */
  isReading = false;
  /** What is pushed while it is not in sync uses up the follower's credit. */
  isThrottled = false;
  private isDropped = false;

  constructor(
    readonly attachId: number,
    /** Of the follower's question, by which it knows an answer. */
    readonly attempt: number,
    readonly partition: Partition,
    readonly leader: PartitionLeader,
    /** What is sent next: the follower's log end once all that was sent has arrived. */
    private end: number,
  ) {}

  /** Whether it has not been dropped, and the leadership it was made under still stands. */
  get isCurrent(): boolean {
    return !this.isDropped && this.partition.leader === this.leader;
  }

  get nextOffset(): number {
    return this.end;
  }

  get hasMore(): boolean {
    return this.end < this.partition.log.logEndOffset;
  }

  sent(nextOffset: number, leaveWindow: () => void, release: () => void): void {
    this.end = nextOffset;
    this.inFlight.push({ endOffset: nextOffset, leaveWindow, release });
  }

  /** The follower holds what lies below `endOffset`. */
  acknowledged(endOffset: number): void {
    for (let first = this.inFlight[0]; first !== undefined && first.endOffset <= endOffset; first = this.inFlight[0]) {
      this.inFlight.shift();
      first.leaveWindow();
      first.release();
    }
  }

  /** Nothing of it counts any more. Memory lent by the log's pool is left to the garbage collector: it may still be on its way. */
  drop(): void {
    this.isDropped = true;
    for (const { leaveWindow } of this.inFlight) leaveWindow();
    this.inFlight.length = 0;
  }
}
