/** What an unused rate saves up at most, and what traffic that does not wait may leave as debt. */
const BURST_SECONDS = 1;

/**
 * How much may be sent at a rate: fills with time, empties with use, and may be overdrawn, so that a batch larger than all it can hold
 * still goes, and is waited for afterwards. Pure: whoever asks says what time it is.
 */
export class TokenBucket {
  private tokens = 0;

  /** @param rate bytes a second; Infinity for no limit */
  constructor(
    private rate: number,
    private atMs: number,
  ) {}

  get bytesPerSecond(): number {
    return this.rate;
  }

  /** Changes the rate from now on. What is owed stays owed, and is paid at the new rate. */
  setRate(rate: number, nowMs: number): void {
    this.fill(nowMs);
    if (this.rate === Number.POSITIVE_INFINITY) this.tokens = 0;
    this.rate = rate;
    this.tokens = Math.min(this.tokens, this.burst);
  }

  /** Bytes that may go now; zero or less when nothing may. */
  available(nowMs: number): number {
    if (this.rate === Number.POSITIVE_INFINITY) return this.rate;
    this.fill(nowMs);
    return this.tokens;
  }

  /** `bytes` went that had waited for their turn; negative when they came back unused. */
  take(bytes: number, nowMs: number): void {
    if (this.rate === Number.POSITIVE_INFINITY) return;
    this.fill(nowMs);
    this.tokens = Math.min(this.tokens - bytes, this.burst);
  }

  /** `bytes` went that never wait. They leave less for others, but not a debt that others would pay off for long. */
  count(bytes: number, nowMs: number): void {
    if (this.rate === Number.POSITIVE_INFINITY) return;
    this.fill(nowMs);
    this.tokens = Math.max(this.tokens - bytes, Math.min(this.tokens, -this.burst));
  }

  /** Milliseconds until something may go again; Infinity under a rate of zero. */
  msUntilAvailable(nowMs: number): number {
    const lacking = 1 - this.available(nowMs);
    return lacking <= 0 ? 0 : (lacking / this.rate) * 1000;
  }

  private get burst(): number {
    return this.rate * BURST_SECONDS;
  }

  private fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.atMs);
    this.atMs = nowMs;
    if (this.rate !== Number.POSITIVE_INFINITY)
      this.tokens = Math.min(this.tokens + (this.rate * elapsedMs) / 1000, Math.max(this.burst, this.tokens));
  }
}
