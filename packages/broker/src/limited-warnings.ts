import type { Clock, Logger } from "@ottla/runtime";

const INTERVAL_MS = 10_000;

/** Warns of what clients can cause, once for each cause in ten seconds: whoever repeats it must not fill the disk with log lines. */
export class LimitedWarnings {
  private readonly causes = new Map<string, { atMs: number; suppressed: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** @param cause the line's text, one of a few: lines of the same cause count together */
  warn(cause: string, fields: Readonly<Record<string, unknown>>): void {
    const nowMs = this.clock.monotonicMs();
    const last = this.causes.get(cause);
    if (last !== undefined && nowMs - last.atMs < INTERVAL_MS) {
      last.suppressed++;
      return;
    }
    const alike = last !== undefined && last.suppressed > 0 ? { alikeSince: last.suppressed } : {};
    this.causes.set(cause, { atMs: nowMs, suppressed: 0 });
    this.logger.warn(cause, { ...fields, ...alike });
  }
}
