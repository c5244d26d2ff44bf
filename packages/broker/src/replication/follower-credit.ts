import type { ReplicationThrottle } from "./replication-throttle";

/** What may be on its way at a time, of what the rate allows in a second: enough for a round trip and a late timer. */
const GRANTED_SECONDS = 0.25;

/**
 * What a follower lets one leader push of its throttled replicas. Credit is taken from the throttle when it is granted, so that all leaders
 * together stay within the rate, and a leader never holds more than a quarter of a second's worth.
 */
export class FollowerCredit {
  private isWanted = false;
  /** Granted, and not used by what has arrived. */
  private grantedBytes = 0;
  /** Granted or taken back, and not yet said. */
  private unsaidBytes = 0;

  /** @param onDue called when there is something to say */
  constructor(
    private readonly throttle: ReplicationThrottle,
    private readonly onDue: () => void,
  ) {}

  /** @param isWanted whether any throttled replica is attached */
  want(isWanted: boolean): void {
    this.isWanted = isWanted;
    this.adjust();
  }

  /** Records arrived that the leader counted against this credit. */
  onUsed(bytes: number): void {
    this.grantedBytes -= bytes;
    this.adjust();
  }

  /** The rate has changed: what was granted under a higher one is taken back. */
  onRateChanged(): void {
    const excess = this.grantedBytes - this.limit;
    if (this.throttle.isOn && excess > 0) this.grant(-excess);
    this.adjust();
  }

  /** What to tell the leader; zero for nothing. */
  takeUnsaid(): number {
    const bytes = this.unsaidBytes;
    this.unsaidBytes = 0;
    return bytes;
  }

  /** The stream is gone, and what was granted on it with it. */
  reset(): void {
    this.throttle.forget(this.onTurn);
    this.throttle.take(-this.grantedBytes);
    this.isWanted = false;
    this.grantedBytes = 0;
    this.unsaidBytes = 0;
  }

  private get limit(): number {
    return Math.max(1, Math.floor(this.throttle.bytesPerSecond * GRANTED_SECONDS));
  }

  /** Fills up what the leader may have, at once when there is enough, else when this leader's turn comes. */
  private adjust(): void {
    const lacking = this.lacking;
    if (lacking < 1) this.throttle.forget(this.onTurn);
    else if (this.throttle.available() >= lacking) this.grant(lacking);
    else this.throttle.whenAvailable(this.onTurn);
  }

  private readonly onTurn = (): void => {
    const bytes = Math.min(this.lacking, Math.floor(this.throttle.available()));
    if (bytes >= 1) this.grant(bytes);
    if (this.lacking >= 1) this.throttle.whenAvailable(this.onTurn);
  };

  private get lacking(): number {
    return this.isWanted && this.throttle.isOn ? this.limit - this.grantedBytes : 0;
  }

  private grant(bytes: number): void {
    this.throttle.take(bytes);
    this.grantedBytes += bytes;
    this.unsaidBytes += bytes;
    this.onDue();
  }
}
