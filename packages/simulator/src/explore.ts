#!/usr/bin/env node
/**
 * Plays seeds: each is a cluster, a load and a schedule of faults, in virtual time, with the checkers on at every event.
 *
 *   node packages/simulator/dist/explore.js --seeds N [--from SEED] [--seconds 30] [--jobs 2]
 *   node packages/simulator/dist/explore.js --seed S [--trace] [--reduce]
 *
 * Without --from the seeds are fresh ones. Exit code 1 when a seed fails; the line to replay it is printed.
 */
import { parseArgs } from "node:util";
import { drawPlan, type Plan } from "./explore/plan";
import { reducePlan } from "./explore/reduce";
import { playPlan } from "./explore/run";
import { type RunResult, RunTotals } from "./explore/run-result";
import { playSeeds } from "./explore/seed-workers";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "20" },
      from: { type: "string" },
      seed: { type: "string" },
      seconds: { type: "string", default: "30" },
      jobs: { type: "string", default: "2" },
      trace: { type: "boolean", default: false },
      debug: { type: "boolean", default: false },
      reduce: { type: "boolean", default: false },
      "keep-going": { type: "boolean", default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (values.seed !== undefined) {
    const plan = drawPlan(Number(values.seed), seconds);
    if (values.reduce) await reduce(plan);
    else await playOne(plan, values.trace || values.debug, values.debug);
    return;
  }
  const from = values.from === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.from);
  await playMany(from, Number(values.seeds), seconds, Number(values.jobs), values["keep-going"]);
}

async function playOne(plan: Plan, isTraced: boolean, withDebug: boolean): Promise<void> {
  const result = await playPlan(plan, isTraced ? { trace: (line) => console.log(line), withDebug } : {});
  const totals = new RunTotals();
  totals.add(result);
  for (const line of totals.report()) console.log(line);
  if (result.failure !== null) tellFailure(result, plan);
}

async function playMany(
  from: number,
  seeds: number,
  seconds: number,
  jobs: number,
  keepsGoing: boolean,
): Promise<void> {
  const begunMs = performance.now();
  const totals = new RunTotals();
  let next = from;
  console.log(`seeds ${from} to ${from + seeds - 1}, ${seconds} simulated seconds each, ${jobs} at a time`);
  await playSeeds({
    jobs,
    seconds,
    nextSeed: () => (next < from + seeds ? next++ : null),
    onResult: (result) => {
      totals.add(result);
      if (result.failure === null) return true;
      tellFailure(result, drawPlan(result.seed, seconds));
      return keepsGoing;
    },
  });
  for (const line of totals.report()) console.log(line);
  console.log(`took               ${((performance.now() - begunMs) / 1000).toFixed(0)} s`);
}

/** Prints the smallest plan found, and what happens in it. */
async function reduce(plan: Plan): Promise<void> {
  const smallest = await reducePlan(
    plan,
    (candidate) => playPlan(candidate),
    ({ faults, producers, consumers }) =>
      console.log(`still fails with ${faults.length} faults, ${producers.length} producers, ${consumers} consumers`),
  );
  console.log(JSON.stringify(smallest, null, 2));
  await playOne(smallest, true, false);
}

function tellFailure({ seed, failure }: RunResult, plan: Plan): void {
  if (failure === null) return;
  process.exitCode = 1;
  const seconds = Math.round(plan.faultsUntilMs / 750);
  console.log(`\nFAILED seed ${seed} at ${failure.atMs.toFixed(3)} ms of the run\n  ${failure.what}`);
  for (const line of failure.lastEvents) console.log(`  ${line}`);
  console.log(`  again: node packages/simulator/dist/explore.js --seed ${seed} --seconds ${seconds} --trace\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
