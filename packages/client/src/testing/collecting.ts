import type { BatchView } from "@ottla/protocol";
import { iterateRecords } from "@ottla/protocol";

/** The values in batches, as text, in their order. */
export function valuesIn(batches: Iterable<BatchView>): string[] {
  return [...batches].flatMap((batch) => [...iterateRecords(batch)].map(({ value }) => String(value)));
}

/** Waits until `condition` holds. @throws Error after five seconds */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come to be`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
