import type { ControlledShutdownOutcome } from "@ottla/controller";
import { type Clock, type Logger, sleep } from "@ottla/runtime";

export interface ControlledShutdownOptions {
  /** `controlled.shutdown.max.retries`. */
  readonly retriesMax: number;
  /** `controlled.shutdown.retry.backoff.ms`. */
  readonly retryBackoffMs: number;
  /** Stops taking records and waits until what was taken is committed, at most so long (replication rule 38). */
  readonly drain: (deadlineMs: number, signal: AbortSignal) => Promise<boolean>;
  /** Whether another live broker has a replica: what nobody else has at all is not waited for. */
  readonly isElsewhere: (partition: { readonly topic: string; readonly partition: number }) => boolean;
  /** Asks the active controller once. */
  readonly ask: (signal: AbortSignal) => Promise<ControlledShutdownOutcome>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DRAIN_MS = 1000;
/** Kafka asks again every `retryBackoffMs` only; asking more often costs nothing and lets a broker go as soon as it may. */
const AGAIN_MS = 100;
/** When for so long nothing more moves, nothing will: the others are leaving as well, say, or there is no controller. */
const STANDSTILL_MS = 1000;

/**
 * Hands over what this broker leads before it goes, so that clients lose milliseconds: nothing that was committed is answered with an error
 * and sent again.
 *
 * Best effort: what nobody else can lead stays, and a cluster without a controller does not keep a broker from stopping.
 */
export async function controlledShutdown(options: ControlledShutdownOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, retriesMax, retryBackoffMs } = options;
  const committed = await options.drain(DRAIN_MS, signal);
  if (!committed) logger.info("some records are not committed yet; the next leaders settle them");
  const endMs = clock.monotonicMs() + Math.max(retriesMax, 1) * retryBackoffMs;
  let least = Number.POSITIVE_INFINITY;
  let movedAtMs = clock.monotonicMs();
  while (!signal.aborted) {
    const outcome = await options.ask(signal);
    // This registration is none any more, and so are the leaderships.
    if (outcome.error === "STALE_BROKER_EPOCH" || outcome.error === "BROKER_NOT_AVAILABLE") return;
    const nowMs = clock.monotonicMs();
    if (outcome.error === "NONE") {
      const remaining = outcome.remaining.filter((partition) => options.isElsewhere(partition)).length;
      if (remaining === 0) return;
      if (remaining < least) movedAtMs = nowMs;
      least = Math.min(least, remaining);
    }
    if (nowMs >= endMs || nowMs - movedAtMs >= STANDSTILL_MS) {
      logger.warn("stopping although not every leadership could be handed over", { outcome: outcome.error });
      return;
    }
    await sleep(clock, AGAIN_MS, signal).catch(() => {
      // Only the signal ends it early; the loop's condition sees that.
    });
  }
}
