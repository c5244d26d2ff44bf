import { type HoldDown, holdDownOnReturn, holdDownOnSuspicion, isHeldDown } from "./hold-down";

it("the wait of a flapping broker doubles from fifteen seconds to one minute, and is forgotten after ten quiet minutes", () => {
  let holdDown: HoldDown | undefined;
  const lengths: number[] = [];
  let nowMs = 0;
  for (let round = 0; round < 8; round++) {
    holdDown = holdDownOnSuspicion(holdDown, nowMs);
    lengths.push(holdDown.lengthMs);
    holdDown = holdDownOnReturn(holdDown, nowMs + 3_000);
    nowMs += 6_000;
  }
  expect(lengths).toEqual([15_000, 30_000, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000]);
  expect(holdDownOnSuspicion(holdDown, nowMs + 700_000).lengthMs).toBe(15_000);
});

it("leaderships wait while the broker is away, and for the length after its return", () => {
  const away = holdDownOnSuspicion(undefined, 0);
  expect(isHeldDown(away, 1_000_000)).toBe(true);
  const back = holdDownOnReturn(away, 5_000);
  expect(isHeldDown(back, 19_999)).toBe(true);
  expect(isHeldDown(back, 20_000)).toBe(false);
  expect(isHeldDown(undefined, 0)).toBe(false);
});
