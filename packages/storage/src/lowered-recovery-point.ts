/**
 * Sees to it that the recovery point on disk follows when a truncation lowers the log's own.
 *
 * Until it has, a loss of power would make recovery trust bytes below the old one that were written since and never synced. So the log
 * calls nothing durable before `settled`, and whoever truncates should append nothing before it either.
 */
export class LoweredRecoveryPoint {
  private isStale = false;
  private settling: Promise<void> | null = null;
  private failure: { readonly cause: unknown } | null = null;

  /**
   * @param write makes the recovery point durable as it is when called
   * @param onFailed called when that fails: the log can promise nothing any more
   */
  constructor(
    private readonly write: () => Promise<void>,
    private readonly onFailed: (failure: unknown) => void,
  ) {}

  /** The recovery point is lower than it was. */
  fell(): void {
    this.isStale = true;
    this.settling ??= this.settle();
  }

  /** Resolves once the recovery point on disk is no higher than the log's. @throws what the write failed with */
  async settled(): Promise<void> {
    await this.settling;
    if (this.failure !== null) throw this.failure.cause;
  }

  /** Resolves once no write is under way, whatever became of it. */
  async idle(): Promise<void> {
    await this.settling;
  }

  private async settle(): Promise<void> {
    try {
      while (this.isStale) {
        this.isStale = false;
        await this.write();
      }
    } catch (failure) {
      this.failure = { cause: failure };
      this.onFailed(failure);
    } finally {
      this.settling = null;
    }
  }
}
