/** For how long a broker that came back must wait for leaderships, after it has been suspected. */
export interface HoldDown {
  readonly lengthMs: number;
  /** When it ends, monotonic; null while the broker is away. */
  readonly untilMs: number | null;
}

/**
 * Longer than clients wait before they dial a broker again that refused them: librdkafka's `reconnect.backoff.max.ms` is 10 s. Given its
 * leaderships back sooner, the broker leads partitions whose producers do not speak to it yet.
 */
const LENGTH_MS_MIN = 15_000;
const LENGTH_MS_MAX = 60_000;
/** A broker that has been back for so long has no past. */
const FORGOTTEN_AFTER_MS = 600_000;

/** The broker has just been suspected: twice as long as the last time, 15 s to 60 s (rule 43). */
export function holdDownOnSuspicion(before: HoldDown | undefined, nowMs: number): HoldDown {
  const forgotten = before?.untilMs != null && nowMs - before.untilMs >= FORGOTTEN_AFTER_MS;
  if (before === undefined || forgotten) return { lengthMs: LENGTH_MS_MIN, untilMs: null };
  return { lengthMs: Math.min(before.lengthMs * 2, LENGTH_MS_MAX), untilMs: null };
}

/** The broker is back. */
export function holdDownOnReturn({ lengthMs }: HoldDown, nowMs: number): HoldDown {
  return { lengthMs, untilMs: nowMs + lengthMs };
}

/** Whether preferred leaderships must still wait. */
export function isHeldDown(holdDown: HoldDown | undefined, nowMs: number): boolean {
  return holdDown !== undefined && (holdDown.untilMs === null || nowMs < holdDown.untilMs);
}
