import type { ControlledShutdownOutcome } from "@ottla/controller";
import { type Clock, type Logger, sleep } from "@ottla/runtime";

export interface ControlledShutdownOptions {
  /** `controlled.shutdown.max.retries`. */
  readonly retriesMax: number;
  /** `controlled.shutdown.retry.backoff.ms`. */
  readonly retryBackoffMs: number;
  /** Stops taking records and waits until what was taken is committed, at most so long (replication rule 38). */
  readonly drain: (deadlineMs: number, signal: AbortSignal) => Promise<boolean>;
  /** Whether a partition has other replicas at all: a lone one is not waited for. */
  readonly isReplicated: (partition: { readonly topic: string; readonly partition: number }) => boolean;
  /** Asks the active controller once. */
  readonly ask: (signal: AbortSignal) => Promise<ControlledShutdownOutcome>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DRAIN_MS = 1000;
/** A controller that has just changed, or is not reached at once, is asked again much sooner than one that says no. */
const NOT_REACHED_AGAIN_MS = 100;
const NOT_REACHED_TRIES_MAX = 20;

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
  let refused = 0;
  let unreached = 0;
  while (!signal.aborted) {
    const outcome = await options.ask(signal);
    if (outcome.error === "NONE") {
      const remaining = outcome.remaining.filter((partition) => options.isReplicated(partition));
      if (remaining.length === 0) return;
      logger.info("nobody else can lead some partitions", { partitions: remaining.length });
      refused++;
    } else if (outcome.error === "NOT_CONTROLLER") {
      unreached++;
    } else {
      logger.info("leaderships could not be moved away", { error: outcome.error });
      // This registration is none any more, and so are the leaderships.
      if (outcome.error === "STALE_BROKER_EPOCH" || outcome.error === "BROKER_NOT_AVAILABLE") break;
      refused++;
    }
    if (refused > retriesMax || unreached > NOT_REACHED_TRIES_MAX) break;
    const pauseMs = outcome.error === "NOT_CONTROLLER" ? NOT_REACHED_AGAIN_MS : retryBackoffMs;
    await sleep(clock, pauseMs, signal).catch(() => {
      // Only the signal ends it early; the loop's condition sees that.
    });
  }
  logger.warn("stopping although not every leadership could be handed over");
}
