import type { Random } from "@ottla/runtime";
import type { Fault } from "./fault";
import { brokerTargets } from "./fault-target";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STROBE_MS = 100;

/** Faults of wall clocks. */
export const clockFaults: readonly Fault[] = [
  clockFault(
    "clock-step",
    "have a clock that jumps by an hour, ahead or back, and jumps back again",
    (shift, random) => {
      shift(random.below(2) === 0 ? HOUR_MS : -HOUR_MS);
      return () => undefined;
    },
  ),
  clockFault("clock-strobe", `have a clock that jumps every ${STROBE_MS} ms, up to a minute off`, (shift, random) => {
    const timer = setInterval(() => shift(random.below(2 * MINUTE_MS) - MINUTE_MS), STROBE_MS);
    return () => clearInterval(timer);
  }),
];

function clockFault(
  kind: string,
  what: string,
  begin: (shift: (ms: number) => void, random: Random) => () => void,
): Fault {
  return {
    kind,
    what,
    targets: brokerTargets,
    takesProcess: false,
    isCut: false,
    refusal: ({ clocks }) => (clocks === null ? "clocks that can be set wrong take --clocks" : null),
    async hit({ cluster, victims, random }) {
      const shift = (ms: number) => {
        for (const id of victims) cluster.clocks?.shift(Number(id), ms);
      };
      const end = begin(shift, random);
      return async () => {
        end();
        shift(0);
      };
    },
  };
}
