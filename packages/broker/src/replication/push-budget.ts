import type { Attachment } from "./attachment";
import type { ReplicationThrottle } from "./replication-throttle";

/**
 * What throttles leave one stream to push (KIP-73): the leader's own, shared with its other streams, and the follower's, which grants
 * credit. Only replicas that are not in sync wait. Those in sync count against the leader's throttle all the same, as in Kafka.
 */
export class PushBudget {
  private creditBytes = 0;

  constructor(private readonly throttle: ReplicationThrottle) {}

  /** Bytes that may be pushed to an attachment now; below one when it has to wait. A batch larger than that may go. */
  allowed(attachment: Attachment, isInSync: boolean): number {
    if (isInSync) return Number.POSITIVE_INFINITY;
    const asLeader = this.countsHere(attachment) ? this.throttle.available() : Number.POSITIVE_INFINITY;
    const asFollower = attachment.isThrottled ? this.creditBytes : Number.POSITIVE_INFINITY;
    return Math.min(asLeader, asFollower);
  }

  /** Whether it is this broker's own throttle that an attachment waits for. */
  waitsHere(attachment: Attachment): boolean {
    return this.countsHere(attachment) && this.throttle.available() < 1;
  }

  /** @returns whether the follower's credit was used */
  spend(attachment: Attachment, isInSync: boolean, bytes: number): boolean {
    if (this.countsHere(attachment)) {
      if (isInSync) this.throttle.count(bytes);
      else this.throttle.take(bytes);
    }
    const isCredited = !isInSync && attachment.isThrottled;
    if (isCredited) this.creditBytes -= bytes;
    return isCredited;
  }

  /** Keeps others from using what a read under way is about to use. @returns how to let go of it */
  reserve(attachment: Attachment, isInSync: boolean, bytes: number): () => void {
    if (isInSync) return NOTHING_RESERVED;
    const isShared = this.countsHere(attachment);
    if (isShared) this.throttle.take(bytes);
    const isCredited = attachment.isThrottled;
    if (isCredited) this.creditBytes -= bytes;
    return () => {
      if (isShared) this.throttle.take(-bytes);
      if (isCredited) this.creditBytes += bytes;
    };
  }

  /** The follower lets more through, or takes back what has not been used. */
  onCredit(bytes: number): void {
    this.creditBytes += bytes;
  }

  private countsHere({ partition }: Attachment): boolean {
    return this.throttle.isOn && partition.isThrottledAs("leader");
  }
}

const NOTHING_RESERVED = (): void => undefined;
