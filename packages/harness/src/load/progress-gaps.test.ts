import { ProgressGaps } from "./progress-gaps";

const gaps = new ProgressGaps();
for (const timeMs of [0, 10, 500, 510, 900]) gaps.mark("a", timeMs);
for (const timeMs of [0, 10, 20, 300, 310, 880, 900]) gaps.mark("b", timeMs);

describe("the longest gap", () => {
  it.each([
    ["within an interval is found in whichever series has it", 0, 400, { series: "a", fromMs: 10, toMs: 500 }],
    ["counts whole when it reaches over the interval's end", 400, 600, { series: "b", fromMs: 310, toMs: 880 }],
    ["is none where all went on", 10_000, 10_000, null],
    ["that is still open lasts until the interval's end", 950, 2000, { series: "a", fromMs: 900, toMs: 2000 }],
  ])("%s", (_, fromMs, toMs, expected) => {
    expect(gaps.longest(fromMs, toMs)).toEqual(expected);
  });

  it("counts for the interval that has its middle, not for the one in which it began", () => {
    const late = new ProgressGaps();
    for (const timeMs of [0, 99, 400]) late.mark("late", timeMs);
    expect(late.longest(0, 100)).toEqual({ series: "late", fromMs: 0, toMs: 99 });
    expect(late.longest(100, 500)).toEqual({ series: "late", fromMs: 99, toMs: 400 });
  });

  it("counts from the beginning of a series, when it is said to begin before its first success", () => {
    const waiting = new ProgressGaps({ mayEnd: true });
    waiting.begin("new", 100);
    waiting.begin("new", 300);
    waiting.mark("new", 900);
    expect(waiting.longest(0, 1000)).toEqual({ series: "new", fromMs: 100, toMs: 900 });
  });

  it("is none after the end of a series that may end", () => {
    const retired = new ProgressGaps({ mayEnd: true });
    for (const timeMs of [0, 50]) retired.mark("old", timeMs);
    expect(retired.longest(50, 5000)).toBeNull();
  });

  it("can be asked of some series alone", () => {
    expect(gaps.longest(0, 900, (name) => name === "a")).toEqual({ series: "a", fromMs: 10, toMs: 500 });
  });

  it("is none when gaps are shorter than what is worth keeping", () => {
    const quick = new ProgressGaps();
    for (let timeMs = 0; timeMs < 100; timeMs += 10) quick.mark("c", timeMs);
    expect(quick.longest(0, 95)).toBeNull();
  });
});
