import { drawPlan, type Plan } from "./plan";
import { reducePlan } from "./reduce";
import type { RunResult } from "./run-result";

function resultOf(plan: Plan, invariant: "truncation" | "isr" | null): RunResult {
  const failure = invariant === null ? null : { invariant, what: "", atMs: 0, lastEvents: [] };
  return {
    seed: plan.seed,
    simulatedMs: 0,
    cpuMs: 0,
    steps: 0,
    faults: {},
    judged: {},
    acknowledged: 0,
    consumed: 0,
    elections: 0,
    healedAfterMs: null,
    failure,
  };
}

describe("a failing plan is reduced", () => {
  it("to the faults without which it does not fail", async () => {
    const plan = drawPlan(7, 60);
    const needed = [plan.faults[3], plan.faults[9]];
    let runs = 0;
    const run = async (candidate: Plan) => {
      runs++;
      return resultOf(
        candidate,
        needed.every((fault) => candidate.faults.includes(fault as never)) ? "truncation" : null,
      );
    };
    const reduced = await reducePlan(plan, run, () => undefined);
    expect(reduced.faults).toEqual(needed);
    expect(reduced.producers).toHaveLength(1);
    expect(runs).toBeLessThan(plan.faults.length * 3 + 10);
  });

  it("and keeps failing for the same reason", async () => {
    const plan = drawPlan(7, 60);
    const run = async (candidate: Plan) => resultOf(candidate, candidate.faults.length > 2 ? "truncation" : "isr");
    expect((await reducePlan(plan, run, () => undefined)).faults).toHaveLength(3);
  });
});

describe("a plan", () => {
  it("follows from its seed", () => {
    expect(drawPlan(12, 30)).toEqual(drawPlan(12, 30));
    expect(drawPlan(12, 30)).not.toEqual(drawPlan(13, 30));
  });

  it("heals every fault in time, and loses power only where nothing acknowledged is lost by that", () => {
    for (let seed = 0; seed < 300; seed++) {
      const { faults, faultsUntilMs, topics, configs } = drawPlan(seed, 30);
      for (const { atMs, forMs, kind } of faults) {
        expect(atMs + forMs).toBeLessThanOrEqual(faultsUntilMs);
        const isFlushing = configs["log.flush.interval.messages"] === "1";
        if (kind === "power-loss-all") expect(isFlushing).toBe(true);
        if (kind === "wiped-disk") expect(topics[0]?.minInsyncReplicas).toBeGreaterThan(1);
      }
    }
  });
});
