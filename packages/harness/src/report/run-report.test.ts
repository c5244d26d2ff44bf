import type { Verdict } from "../checker/history-checker";
import type { NemesisEvent } from "../history/nemesis-event";
import { ProgressGaps } from "../load/progress-gaps";
import { reportText } from "./report-text";
import { type RunFacts, reportOn } from "./run-report";

describe("the report of a run with two kills of leaders", () => {
  const probeGaps = new ProgressGaps();
  for (const timeMs of [1000, 1010, 1400, 2000, 3000, 3800, 4900, 5000]) probeGaps.mark("probe-0", timeMs);
  const libraryGaps = new ProgressGaps();
  for (const timeMs of [1000, 1600, 3000, 5000]) libraryGaps.mark("kafkajs load-0", timeMs);
  const report = reportOn(
    facts({ probeGaps, libraryGaps, nemesis: [...fault(1, 1005, 1500, 2000), ...fault(2, 3000, 3500, null)] }),
  );

  it("has each fault with its times and the longest gap until the next", () => {
    expect(report.faults).toMatchObject([
      { fault: 1, atMs: 905, healedAfterMs: 495, wholeAfterMs: 995, gapMs: 1000, libraryGapsMs: { kafkajs: 1400 } },
      { fault: 2, atMs: 2900, healedAfterMs: 500, wholeAfterMs: null, gapMs: 1100, libraryGapsMs: { kafkajs: 2000 } },
    ]);
  });

  it("has median and worst of each sort of fault", () => {
    expect(report.gaps).toEqual([
      {
        faults: "kill leader",
        count: 2,
        probe: { medianMs: 1050, worstMs: 1100 },
        healing: { medianMs: 500, worstMs: 500 },
        neverWhole: 1,
        libraries: { kafkajs: { medianMs: 1700, worstMs: 2000 } },
      },
    ]);
  });

  it("says it in words", () => {
    const text = reportText(report);
    expect(text).toContain("PASSED: ottla, 3 brokers, 1 ZooKeeper(s), load by kafkajs, 4.9 s, seed 7");
    expect(text).toContain("kill leader   2       1050 / 1100 ms        never whole: 1   1700 / 2000 ms");
    expect(text).toContain("anomalies: none");
    expect(text).toContain("memory at most: broker 1 90 MiB");
  });
});

describe("a run", () => {
  it.each<[string, Partial<RunFacts>, string]>([
    ["with a forbidden anomaly", { verdict: lost() }, "lost-write: 1, 1 forbidden\n    t-0: 5 is gone"],
    ["with replicas that differ", { replicaDifferences: [{ partition: "t-0", what: "they do" }] }, "t-0: they do"],
    ["that broke", { problems: ["it broke"] }, "problem: it broke"],
  ])("%s fails, and the reason is told", (_, change, words) => {
    const report = reportOn(facts(change));
    expect(report.passed).toBe(false);
    expect(reportText(report)).toMatch(/^FAILED/);
    expect(reportText(report)).toContain(words);
  });
});

function facts(change: Partial<RunFacts>): RunFacts {
  return {
    cluster: "ottla",
    brokers: 3,
    zookeepers: 1,
    seed: 7,
    topics: 1,
    elections: 2,
    uncleanElections: 0,
    memoryPeaks: { 1: 90 },
    libraries: ["kafkajs"],
    verdict: clean(),
    replicaDifferences: [],
    probeErrors: {},
    startedAtMs: 100,
    loadEndedAtMs: 5000,
    problems: [],
    nemesis: [],
    probeGaps: new ProgressGaps(),
    libraryGaps: new ProgressGaps(),
    ...change,
  };
}

function clean(): Verdict {
  const none = { ok: 0, fail: 0, info: 0 };
  return {
    ok: true,
    anomalies: [],
    counts: { send: none, poll: none },
    acknowledgedValues: 0,
    polledRecords: 0,
    errors: {},
  };
}

function lost(): Verdict {
  const example = { name: "lost-write", what: "t-0: 5 is gone", forbidden: true } as const;
  return { ...clean(), ok: false, anomalies: [{ name: "lost-write", count: 1, forbidden: 1, examples: [example] }] };
}

function fault(number: number, hitMs: number, healedMs: number, wholeMs: number | null): NemesisEvent[] {
  const event = (phase: NemesisEvent["phase"], timeMs: number): NemesisEvent => {
    return { timeMs, fault: number, kind: "kill", target: "leader", nodes: [1], phase };
  };
  const events = [event("hit", hitMs), event("healed", healedMs)];
  return wholeMs === null ? events : [...events, event("whole", wholeMs)];
}
