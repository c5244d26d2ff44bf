import { formatTopicPartition } from "@ottla/client";
import { until } from "../until";
import { ConsumerWorker, type ConsumerWorkerOptions } from "./consumer-worker";

export interface FinalReadsOptions extends ConsumerWorkerOptions {
  /** For each key the offset that must be reached: behind all that was acknowledged and all that any log holds. */
  readonly until: ReadonlyMap<string, number>;
  /** 200,000 ms by default: what is not seen by then counts as lost. */
  readonly limitMs?: number;
}

/**
 * The end of every run: everything is read once more from its start, by a consumer that knew nothing before.
 *
 * @returns whether all of it was reached within the limit
 */
export async function readEverything(options: FinalReadsOptions): Promise<boolean> {
  const consumer = new ConsumerWorker(options);
  const complete = () =>
    options.keyspace.keys.every((key) => {
      const name = formatTopicPartition(key);
      return consumer.nextOffset(name) >= (options.until.get(name) ?? 0);
    });
  try {
    await until("everything is read", options.limitMs ?? 200_000, complete);
    return true;
  } catch {
    // Whatever is missing now is named by the checker.
    return false;
  } finally {
    await consumer.stop();
  }
}
