#!/usr/bin/env node
/**
 * Shows that the checkers see: plays seeds against each mutant until one is caught.
 *
 *   node packages/simulator/dist/mutants.js [--only a,b] [--limit 60] [--from SEED] [--seconds 30] [--jobs 2]
 *
 * Exit code 1 when a mutant was not caught within the limit (seconds of real time for each).
 */
import { parseArgs } from "node:util";
import { drawPlan } from "./explore/plan";
import { playSeeds } from "./explore/seed-workers";
import { mutants } from "./mutants/catalogue";
import type { Mutant } from "./mutants/mutant";

interface Catch {
  readonly mutant: Mutant;
  /** Null: not within the limit. */
  readonly seed: number | null;
  readonly invariant: string;
  readonly what: string;
  readonly seeds: number;
  readonly seconds: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      limit: { type: "string", default: "60" },
      from: { type: "string", default: "1" },
      seconds: { type: "string", default: "30" },
      jobs: { type: "string", default: "2" },
      verbose: { type: "boolean", default: false },
    },
  });
  const only = values.only?.split(",");
  const chosen = mutants.filter(({ name }) => only === undefined || only.includes(name));
  const waiting = [...chosen];
  const caught: Catch[] = [];
  const one = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const found = await hunt(mutant, Number(values.from), Number(values.seconds), Number(values.limit) * 1000);
      caught.push(found);
      console.log(rowOf(found));
      if (values.verbose || found.seed === null) console.log(`    ${found.what}`);
    }
  };
  console.log(HEADING);
  await Promise.all(Array.from({ length: Number(values.jobs) }, one));
  const missed = caught.filter(({ seed }) => seed === null);
  console.log(`${caught.length - missed.length} of ${caught.length} mutants caught`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

async function hunt(mutant: Mutant, from: number, seconds: number, limitMs: number): Promise<Catch> {
  const begunMs = performance.now();
  let seed = from;
  let seeds = 0;
  let known: number | null = mutant.knownSeed;
  let found: { readonly seed: number; readonly invariant: string; readonly what: string } | null = null;
  await playSeeds({
    jobs: 1,
    seconds,
    mutant: mutant.name,
    nextSeed: () => {
      if (performance.now() - begunMs > limitMs) return null;
      if (known !== null) {
        const first = known;
        known = null;
        return first;
      }
      while (mutant.prefers?.(drawPlan(seed, seconds)) === false) seed++;
      return seed++;
    },
    onResult: (result) => {
      seeds++;
      if (result.failure === null) return true;
      found = { seed: result.seed, invariant: result.failure.invariant, what: result.failure.what };
      return false;
    },
  });
  const { invariant, what, seed: caughtBy } = found ?? { invariant: "-", what: "it was not caught", seed: null };
  return { mutant, seed: caughtBy, invariant, what, seeds, seconds: (performance.now() - begunMs) / 1000 };
}

const HEADING = `${"mutant".padEnd(34)} ${"seed".padStart(6)} ${"seeds".padStart(6)} ${"seconds".padStart(8)}  invariant`;

function rowOf({ mutant, seed, seeds, seconds, invariant }: Catch): string {
  return (
    `${mutant.name.padEnd(34)} ${String(seed ?? "-").padStart(6)} ${String(seeds).padStart(6)} ` +
    `${seconds.toFixed(1).padStart(8)}  ${invariant}`
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
