/**
 * Runs `work` for every item, at most `limit` of them at a time, starting in order.
 *
 * @returns the results in the order of the items
 * @throws the first failure, once everything under way has settled; nothing more is started after it
 */
export async function inFlight<T, R>(
  limit: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (failure) {
        failures.push(failure);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}

/** Requests to the ensemble under way at once, as Kafka's zookeeper.max.in.flight.requests. */
export const REQUESTS_IN_FLIGHT = 10;
