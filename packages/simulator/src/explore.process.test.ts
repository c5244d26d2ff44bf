import { join } from "node:path";
import { repositoryRoot, runToEnd } from "@ottla/harness";

const DIST = join(repositoryRoot, "packages", "simulator", "dist");

/** Runs one of this package's programs, and shows what it printed. */
async function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const result = await runToEnd(process.execPath, [join(DIST, program), ...args], { timeoutMs: TIMEOUT_MS });
  const output = result.stdout.toString() + result.stderr;
  console.log(output);
  return { code: result.code, output };
}

const TIMEOUT_MS = 600_000;

describe("the simulated cluster", () => {
  it(
    "keeps every invariant in 200 fresh runs of 30 simulated seconds",
    async () => {
      const { code, output } = await run("explore.js", ["--seeds", "200", "--seconds", "30", "--jobs", "2"]);
      expect(output).toContain("(0 failed)");
      expect(code).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    "catches a mistake in what is committed, acknowledged, compared and elected",
    async () => {
      const only = "high-watermark-off-by-one,ack-before-replication,epoch-check-skipped,stale-election";
      const { code, output } = await run("mutants.js", ["--only", only, "--limit", "120", "--jobs", "2"]);
      expect(output).toContain("4 of 4 mutants caught");
      expect(code).toBe(0);
    },
    TIMEOUT_MS,
  );
});
