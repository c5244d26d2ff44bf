import { type RunOptions, type RunResult, runToEnd } from "./run-to-end";

/** Runs kcat against a broker and returns what it wrote; throws with its words when it fails. */
export async function kcat(
  bootstrapServer: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await runToEnd("kcat", ["-b", bootstrapServer, ...args], options);
  if (result.code !== 0) {
    throw new Error(`kcat ${args.join(" ")} ended with ${result.code ?? result.signal}:\n${result.stderr}`);
  }
  return result;
}
