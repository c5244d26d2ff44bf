/** Both full commands of one incarnation must have come before clients are served. */
export class Readiness {
  private metadataEpoch: bigint | null = null;
  private assignmentsEpoch: bigint | null = null;
  private waiting: (() => void)[] = [];

  onFullMetadata(brokerEpoch: bigint): void {
    this.metadataEpoch = brokerEpoch;
    this.settle();
  }

  onFullAssignments(brokerEpoch: bigint): void {
    this.assignmentsEpoch = brokerEpoch;
    this.settle();
  }

  whenReady(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.isReady) return resolve();
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      this.waiting.push(() => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
    });
  }

  private get isReady(): boolean {
    return this.metadataEpoch !== null && this.metadataEpoch === this.assignmentsEpoch;
  }

  private settle(): void {
    if (!this.isReady) return;
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
