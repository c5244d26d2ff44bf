import type { Plan } from "./plan";
import type { RunResult } from "./run-result";

/**
 * Drops faults from a failing plan while the failure stays: first in large pieces, then one by one, then producers and consumers.
 *
 * @param run plays a plan
 * @param onSmaller told of each smaller plan that still fails
 * @returns the smallest plan found that breaks the same invariant
 */
export async function reducePlan(
  plan: Plan,
  run: (plan: Plan) => Promise<RunResult>,
  onSmaller: (plan: Plan) => void,
): Promise<Plan> {
  const invariant = (await run(plan)).failure?.invariant;
  if (invariant === undefined) return plan;
  let smallest = plan;
  const stillFails = async (candidate: Plan): Promise<boolean> => {
    if ((await run(candidate)).failure?.invariant !== invariant) return false;
    smallest = candidate;
    onSmaller(candidate);
    return true;
  };
  for (let size = Math.ceil(plan.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = smallest.faults.length - size; at > -size; at -= size) {
      const from = Math.max(0, at);
      const faults = smallest.faults.filter((_, index) => index < from || index >= at + size);
      if (faults.length < smallest.faults.length) await stillFails({ ...smallest, faults });
    }
  }
  while (
    smallest.producers.length > 1 &&
    (await stillFails({ ...smallest, producers: smallest.producers.slice(0, -1) }))
  );
  if (smallest.consumers > 0) await stillFails({ ...smallest, consumers: 0 });
  return smallest;
}
