import type { Verdict } from "./checker/history-checker";
import { type JudgedFolder, judgementText } from "./judge-runs";

describe("several histories judged together", () => {
  it("add up", () => {
    const text = judgementText([
      run("a", { acknowledgedValues: 5 }, { kill: 2 }),
      run("b", { acknowledgedValues: 7 }, { kill: 1, cut: 4 }),
    ]);
    expect(text).toContain("KEPT: 2 history(s)\n");
    expect(text).toContain("sends 20 ok, 0 failed, 2 unknown");
    expect(text).toContain("12 values acknowledged");
    expect(text).toContain("faults: 4 x cut, 3 x kill");
    expect(text).toContain("anomalies: none");
    expect(text).toContain("2  TIMEOUT");
  });

  it("name the one that broke a promise, and what it broke", () => {
    const example = { name: "lost-write", what: "t-0: 5 is gone", forbidden: true } as const;
    const broken: Partial<Verdict> = {
      ok: false,
      anomalies: [{ name: "lost-write", count: 3, forbidden: 2, examples: [example] }],
    };
    const text = judgementText([run("a", {}, {}), run("b", broken, {})]);
    expect(text).toContain("BROKEN: 2 history(s), broken in b\n");
    expect(text).toContain("lost-write: 3, 2 forbidden; such as t-0: 5 is gone");
  });
});

function run(folder: string, change: Partial<Verdict>, faults: JudgedFolder["faults"]): JudgedFolder {
  const verdict: Verdict = {
    ok: true,
    anomalies: [],
    counts: { send: { ok: 10, fail: 0, info: 1 }, poll: { ok: 4, fail: 0, info: 0 } },
    acknowledgedValues: 10,
    polledRecords: 10,
    errors: { TIMEOUT: 1 },
    ...change,
  };
  return { folder, verdict, faults };
}
