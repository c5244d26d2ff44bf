import { SeededRandom } from "@ottla/runtime";
import type { HistoryEvent, SettingsClass } from "../history/history-event";
import { type AnomalyName, anomalyNames } from "./anomaly";
import { type CheckerOptions, HistoryChecker, type Verdict } from "./history-checker";

/** A history for every anomaly, sound but for that one. */
const planted: readonly (readonly [AnomalyName, () => Script])[] = [
  [
    "lost-write",
    () =>
      script()
        .send("p", 0, { at: 0 })
        .send("p", 1, { at: 1 })
        .poll("c", [[1, 1]]),
  ],
  [
    "unseen",
    () =>
      script()
        .send("p", 0, { at: 0 })
        .send("p", 1, { at: 1 })
        .poll("c", [[0, 0]]),
  ],
  ["unseen", () => script().send("p", 0, { at: null })],
  [
    "inconsistent-offsets",
    () =>
      script()
        .send("p", 0, "info")
        .send("p", 1, "info")
        .poll("c", [[0, 0]])
        .poll("d", [[0, 1]]),
  ],
  [
    "duplicate",
    () =>
      script()
        .send("p", 0, { at: 0 })
        .poll("c", [
          [0, 0],
          [1, 0],
        ]),
  ],
  [
    "G1a",
    () =>
      script()
        .send("p", 0, "fail")
        .poll("c", [[0, 0]]),
  ],
  [
    "poll-skip",
    () =>
      three()
        .poll("c", [[0, 0]])
        .poll("c", [[2, 2]])
        .poll("d", all(3)),
  ],
  [
    "poll-skip",
    () =>
      three()
        .assign("c", 0)
        .poll("c", [[1, 1]])
        .poll("d", all(3)),
  ],
  [
    "nonmonotonic-poll",
    () =>
      three()
        .poll("c", all(3))
        .poll("c", [[1, 1]]),
  ],
  [
    "int-poll-skip",
    () =>
      three()
        .poll("c", [
          [0, 0],
          [2, 2],
        ])
        .poll("d", all(3)),
  ],
  [
    "int-nonmonotonic-poll",
    () =>
      three()
        .poll("d", all(3))
        .poll("c", [
          [0, 0],
          [1, 1],
          [0, 0],
        ]),
  ],
  [
    "nonmonotonic-send",
    () =>
      script()
        .send("p", 0, { at: 1 })
        .send("p", 1, { at: 0 })
        .poll("c", [
          [0, 1],
          [1, 0],
        ]),
  ],
  [
    "int-nonmonotonic-send",
    () =>
      script()
        .send("p", 0, "info", 2)
        .poll("c", [
          [0, 1],
          [1, 0],
        ]),
  ],
  [
    "offset-mismatch",
    () =>
      script()
        .send("p", 0, { at: 4 })
        .poll("c", [[5, 0]]),
  ],
  [
    "offset-mismatch",
    () =>
      script()
        .send("p", 0, { at: -1 })
        .poll("c", [[5, 0]]),
  ],
  [
    "offset-mismatch",
    () =>
      script()
        .send("p", 0, { at: 0 })
        .send("q", 1, { at: 0 })
        .poll("c", [
          [0, 0],
          [1, 1],
        ]),
  ],
  [
    "stuck",
    () =>
      script()
        .send("p", 0, { at: 0 })
        .poll("c", [[0, 0]])
        .send("p", 1, "pending")
        .wait(31_000)
        .told("x"),
  ],
  ["phantom", () => script().poll("c", [[0, 99]])],
];

describe("a history without a fault in it", () => {
  it("passes, and its operations are counted", () => {
    const verdict = judge(
      script()
        .send("p", 0, { at: 0 })
        .send("p", 1, { at: 1 })
        .poll("c", [
          [0, 0],
          [1, 1],
        ]),
    );
    expect(verdict).toMatchObject({ ok: true, anomalies: [], acknowledgedValues: 2, polledRecords: 2 });
    expect(verdict.counts).toEqual({ send: { ok: 2, fail: 0, info: 0 }, poll: { ok: 1, fail: 0, info: 0 } });
  });

  it("passes when an unknown send is there, and when it is not", () => {
    check(
      script()
        .send("p", 0, "info")
        .send("p", 1, "info")
        .poll("c", [[0, 1]]),
      [],
    );
  });

  it("passes when a failed send is nowhere", () => {
    check(
      script()
        .send("p", 0, "fail")
        .send("p", 1, { at: 0 })
        .poll("c", [[0, 1]]),
      [],
    );
  });

  it("passes when other writers' records and markers lie between", () => {
    check(
      script()
        .send("p", 0, { at: 0 })
        .send("q", 100, { at: 1 })
        .send("p", 1, { at: 5 })
        .poll("c", [
          [0, 0],
          [1, 100],
          [5, 1],
        ]),
      [],
    );
  });

  it("passes when a client tells no offsets", () => {
    check(
      script()
        .send("p", 0, { at: null })
        .poll("c", [[7, 0]]),
      [],
    );
  });

  it("counts operations without completion as unknown", () => {
    const verdict = judge(script().send("p", 0, "pending"));
    expect(verdict.ok).toBe(true);
    expect(verdict.counts.send).toEqual({ ok: 0, fail: 0, info: 1 });
  });
});

describe("each anomaly, planted", () => {
  it.each(planted)("%s is named, and it alone", (name, history) => check(history(), [name]));

  it("is named for every name there is", () => {
    // Keeps the table above honest: a name without a history would be a promise never tested.
    const named = new Set(planted.map(([name]) => name));
    expect(anomalyNames.filter((name) => !named.has(name))).toEqual([]);
  });

  it("is named twice when an acknowledged write is gone and another lies in its place", () => {
    check(
      script()
        .send("p", 0, { at: 0 })
        .send("q", 1, "info")
        .send("p", 2, { at: 1 })
        .poll("c", [
          [0, 1],
          [1, 2],
        ]),
      ["lost-write", "inconsistent-offsets"],
    );
  });

  it("is told with its key, value and offsets", () => {
    const { anomalies } = judge(
      script()
        .send("p", 0, { at: 0 })
        .send("p", 1, { at: 1 })
        .poll("c", [[1, 1]]),
    );
    expect(anomalies[0]?.examples[0]?.what).toBe("t-0: 0 was acknowledged at 0; polls got to 1, and nobody saw it");
  });
});

describe("what settings promise", () => {
  it.each<[SettingsClass, string, boolean, () => Script]>([
    [
      "default",
      "a value twice",
      true,
      () =>
        script()
          .send("p", 0, { at: 0 })
          .poll("c", [
            [0, 0],
            [1, 0],
          ]),
    ],
    [
      "default",
      "sends out of order",
      true,
      () =>
        script()
          .send("p", 0, { at: 1 })
          .send("p", 1, { at: 0 })
          .poll("c", [
            [0, 1],
            [1, 0],
          ]),
    ],
    ["default", "a loss", false, () => script().send("p", 0, { at: 0 })],
    ["weak", "a loss", true, () => script().send("p", 0, { at: 0 })],
    [
      "weak",
      "an offset given to another",
      true,
      () =>
        script()
          .send("p", 0, { at: 0 })
          .send("q", 1, "info")
          .poll("c", [[0, 1]]),
    ],
    [
      "weak",
      "readers that disagree",
      false,
      () =>
        script()
          .send("p", 0, "info")
          .send("p", 1, "info")
          .poll("c", [[0, 0]])
          .poll("d", [[0, 1]]),
    ],
    [
      "weak",
      "a failed send that is there",
      false,
      () =>
        script()
          .send("p", 0, "fail")
          .poll("c", [[0, 0]]),
    ],
    [
      "weak",
      "a reader that goes back",
      false,
      () =>
        three()
          .poll("c", all(3))
          .poll("c", [[0, 0]]),
    ],
  ])("%s: %s is named, and allowed: %s", (settings, _, allowed, history) => {
    const verdict = judge(history().as(settings));
    expect(verdict.anomalies.length).toBeGreaterThan(0);
    expect(verdict.ok).toBe(allowed);
  });
});

describe("consumers", () => {
  it("may go back after they were assigned anew", () => {
    check(
      three()
        .poll("c", all(3))
        .assign("c", 1)
        .poll("c", [
          [1, 1],
          [2, 2],
        ]),
      [],
    );
  });

  it("may begin anywhere when nobody said where", () => {
    check(
      three()
        .poll("d", all(3))
        .poll("c", [[2, 2]]),
      [],
    );
  });

  it("may jump over offsets at which nobody ever saw a record", () => {
    check(
      script()
        .send("p", 0, { at: 0 })
        .send("p", 1, { at: 4 })
        .poll("c", [[0, 0]])
        .poll("c", [[4, 1]]),
      [],
    );
  });
});

describe("a client that waits", () => {
  it("is not stuck while something is broken, nor within the grace after it", () => {
    const waiting = () => script().send("p", 0, "pending").wait(100_000).told("still waiting");
    check(waiting(), [], { healedAtMs: 90_000 });
    check(waiting(), ["stuck"], { healedAtMs: 60_000 });
  });

  it("is stuck although it is told errors all the time: only success is progress", () => {
    const history = script();
    for (let i = 0; i < 4; i++) history.send("p", i, "info").wait(10_000);
    check(history.told("end"), ["stuck"]);
  });

  it("is not stuck when it was closed", () => {
    check(script().send("p", 0, "pending").close("p").wait(100_000).told("other", "q"), []);
  });
});

describe("random histories", () => {
  const seed = Number(process.env.OTTLA_SEED ?? 4);

  it(`pass when they are sound, and fail by name when one thing in them is changed (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    for (let round = 0; round < 200; round++) {
      const size = 5 + random.below(40);
      const log = Array.from({ length: size }, (_, offset) => [offset, offset] as const);
      const sends = () => {
        const history = script();
        for (const [offset, value] of log) history.send("p", value, { at: offset });
        return history;
      };
      check(sends().assign("c", 0).poll("c", log), []);
      const victim = random.below(size - 1);
      // The record is gone and all behind it moved up: what losing the tail of one leader looks like.
      const moved = log.filter(([offset]) => offset !== victim).map(([, value], offset) => [offset, value] as const);
      const names = judge(sends().poll("c", moved)).anomalies.map(({ name }) => name);
      expect(names).toContain("lost-write");
      expect(names).toContain("offset-mismatch");
      // The record is not delivered, though others saw it.
      check(
        sends()
          .assign("c", 0)
          .poll(
            "c",
            log.filter(([offset]) => offset !== victim),
          )
          .poll("d", log),
        [victim === 0 ? "poll-skip" : "int-poll-skip"],
      );
    }
  });
});

describe("a history of a million sends", () => {
  it("is judged within seconds", () => {
    const checker = new HistoryChecker();
    const sends = 1_000_000;
    const keys = 30;
    const started = performance.now();
    for (let i = 0; i < sends; i++) {
      const key = `t-${i % keys}`;
      const value = Math.floor(i / keys);
      const process = `p${i % 5}`;
      checker.accept({ type: "invoke", f: "send", op: i, process, timeMs: i, key, value, count: 1 });
      checker.accept({ type: "ok", f: "send", op: i, process, timeMs: i, offset: value });
    }
    for (let key = 0; key < keys; key++) {
      const records = Array.from({ length: Math.ceil((sends - key) / keys) }, (_, i) => [i, i] as const);
      checker.accept({ type: "ok", f: "poll", op: 1, process: "c", timeMs: sends, records: { [`t-${key}`]: records } });
    }
    const verdict = checker.verdict();
    expect(verdict).toMatchObject({ ok: true, acknowledgedValues: sends, polledRecords: sends });
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

function check(history: Script, expected: readonly AnomalyName[], options?: CheckerOptions): void {
  const found = judge(history, options).anomalies.map(({ name }) => name);
  expect([...found].sort()).toEqual([...expected].sort());
}

function judge(history: Script, options?: CheckerOptions): Verdict {
  const checker = new HistoryChecker(options);
  for (const event of history.events) checker.accept(event);
  return checker.verdict();
}

const script = () => new Script();

const three = () => script().send("p", 0, { at: 0 }).send("p", 1, { at: 1 }).send("p", 2, { at: 2 });

const all = (count: number) => Array.from({ length: count }, (_, i) => [i, i] as const);

/** A history in the making, about one key. */
class Script {
  private readonly written: HistoryEvent[] = [];
  private op = 0;
  private timeMs = 1;
  private settings: SettingsClass = "safe";

  get events(): readonly HistoryEvent[] {
    const processes = new Set(this.written.map(({ process }) => process));
    const opened = [...processes].map(
      (process) => ({ type: "open", process, timeMs: 0, settings: this.settings, client: "spec" }) as const,
    );
    return [...opened, ...this.written];
  }

  as(settings: SettingsClass): this {
    this.settings = settings;
    return this;
  }

  send(process: string, value: number, result: { at: number | null } | "fail" | "info" | "pending", count = 1): this {
    const op = ++this.op;
    const timeMs = this.timeMs++;
    this.written.push({ type: "invoke", f: "send", op, process, timeMs, key: "t-0", value, count });
    if (result === "pending") return this;
    if (typeof result === "object")
      this.written.push({ type: "ok", f: "send", op, process, timeMs, offset: result.at });
    else this.written.push({ type: result, f: "send", op, process, timeMs, error: "REQUEST_TIMED_OUT" });
    return this;
  }

  poll(process: string, records: readonly (readonly [number, number])[]): this {
    const op = ++this.op;
    const timeMs = this.timeMs++;
    this.written.push({ type: "invoke", f: "poll", op, process, timeMs });
    this.written.push({ type: "ok", f: "poll", op, process, timeMs, records: { "t-0": records } });
    return this;
  }

  assign(process: string, offset: number): this {
    this.written.push({ type: "ok", f: "assign", process, timeMs: this.timeMs++, from: { "t-0": offset } });
    return this;
  }

  told(error: string, process = "p"): this {
    this.written.push({ type: "told", process, timeMs: this.timeMs++, error });
    return this;
  }

  close(process: string): this {
    this.written.push({ type: "close", process, timeMs: this.timeMs++ });
    return this;
  }

  wait(ms: number): this {
    this.timeMs += ms;
    return this;
  }
}
