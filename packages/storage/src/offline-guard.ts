import { DiskError } from "@ottla/runtime";

/**
 * Once the disk has refused a write or a sync, what the kernel holds of a log is unknown: nothing is written to it any more (rule 13 of
 * replication: offsets once given are never given to other bytes).
 */
export class OfflineGuard {
  private firstFailure: DiskError | null = null;

  /**
   * @param onFailure the disk refused something here
   * @param onOffline the same, or another log of this disk failed
   */
  constructor(
    private readonly onFailure: (error: DiskError) => void,
    private readonly onOffline: (error: DiskError) => void,
  ) {}

  /** The failure after which nothing more is written; null while all is well. */
  get failure(): DiskError | null {
    return this.firstFailure;
  }

  /** Runs what writes to the disk; a refusal takes the log offline before it is thrown on. */
  onDisk<T>(action: () => T): T {
    if (this.firstFailure !== null) throw this.firstFailure;
    try {
      return action();
    } catch (failure) {
      throw this.failBecause(failure);
    }
  }

  /** @returns the disk's failure, after which the log is offline. @throws whatever else it was: a bug of ours */
  failBecause(failure: unknown): DiskError {
    if (!(failure instanceof DiskError)) throw failure;
    if (this.firstFailure !== null) return this.firstFailure;
    this.takeOffline(failure);
    this.onFailure(failure);
    return failure;
  }

  takeOffline(error: DiskError): void {
    if (this.firstFailure !== null) return;
    this.firstFailure = error;
    this.onOffline(error);
  }
}
