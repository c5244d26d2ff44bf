import { execFile } from "node:child_process";

/**
 * Runs one of the system's network tools.
 *
 * @param input for its standard input
 * @returns what it printed
 * @throws Error with the command and what it complained of
 */
export function run(command: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(" ")}: ${stderr.trim() || error.message}`, { cause: error }));
    });
    // It may end before it has read everything; its exit code says why.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

export const ip = (...args: string[]): Promise<string> => run("ip", args);

const TIMEOUT_MS = 10_000;
