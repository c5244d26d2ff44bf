import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stage, type StageOptions } from "./stage";

/**
 * An attack on the rules of replication, by its name, as a spec: it is played with two seeds, every invariant is judged at every event, and at
 * its end everything is healed and everything acknowledged read back. Fresh seeds are for `explore.js`, whose runs stage nothing.
 *
 * `OTTLA_SEEDS=100` plays so many seeds, `OTTLA_SEED=N` that one alone.
 *
 * @param expected what must come of it, as a sentence
 */
export function attack(
  name: string,
  expected: string,
  options: Omit<StageOptions, "seed">,
  play: (stage: Stage) => Promise<void>,
): void {
  it(
    `${name}: ${expected}`,
    async () => {
      for (const seed of seeds()) await played(name, { ...options, seed }, play);
    },
    PATIENCE_MS,
  );
}

async function played(name: string, options: StageOptions, play: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await Stage.build(options);
  const onRejection = (reason: unknown): void => stage.cluster.world.fail(reason);
  process.on("unhandledRejection", onRejection);
  try {
    await play(stage);
    await stage.finish();
  } catch (cause) {
    const file = join(tmpdir(), `ottla-attack-${name}-${options.seed}.log`);
    writeFileSync(file, `${[...stage.cluster.log.lines()].join("\n")}\n`);
    throw new Error(
      `${name} with OTTLA_SEED=${options.seed}: ${cause instanceof Error ? cause.message : String(cause)}; logs: ${file}`,
      { cause },
    );
  } finally {
    process.off("unhandledRejection", onRejection);
    await stage.close();
  }
}

function seeds(): number[] {
  const one = process.env["OTTLA_SEED"];
  if (one !== undefined) return [Number(one)];
  const many = process.env["OTTLA_SEEDS"];
  if (many !== undefined) return Array.from({ length: Number(many) }, (_, index) => index + 1);
  return [1, Date.now() % 1_000_000_007];
}

/** Of the real clock: on a busy machine a minute of virtual time may take many seconds. */
const PATIENCE_MS = 240_000;
