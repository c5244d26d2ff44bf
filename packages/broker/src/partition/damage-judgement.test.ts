import { judgeDamage } from "./damage-judgement";

describe("a replica with damaged records", () => {
  it.each([
    ["leads, and others are in sync", 1, [1, 2, 3], "leaveIsr"],
    ["follows in sync", 2, [1, 2], "leaveIsr"],
    ["is in sync with others where nobody leads", -1, [1, 2], "leaveIsr"],
    ["leads alone", 1, [1], "serveAround"],
    ["is the last that was in sync where nobody leads", -1, [1], "serveAround"],
    ["follows, and no ISR relies on it", 2, [2], "fetchAgain"],
    ["is relied on by no ISR, and there is nobody to fetch from", -1, [2], "wait"],
  ] as const)("that %s", (_, leader, isr, verdict) => {
    expect(judgeDamage({ brokerId: 1, leader, isr })).toBe(verdict);
  });
});
