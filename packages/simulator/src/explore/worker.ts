/** A process that plays seeds, one after the other, as its parent asks. */
import { drawPlan } from "./plan";
import { playPlan } from "./run";
import type { RunResult } from "./run-result";

/** What the parent asks for. */
export interface WorkRequest {
  readonly seed: number;
  readonly seconds: number;
}

process.on("message", ({ seed, seconds }: WorkRequest) => {
  playPlan(drawPlan(seed, seconds)).then(
    (result: RunResult) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
