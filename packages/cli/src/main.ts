#!/usr/bin/env node
import { commandNamed, runOttla } from "./ottla";

/** Resolves once what was written has left the process; a reader that is gone need not be waited for. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}

const argv = process.argv.slice(2);
const endsItself = commandNamed(argv[0] ?? "")?.endsItself === true;
const interrupted = new AbortController();
for (const signal of endsItself ? [] : (["SIGINT", "SIGTERM"] as const)) {
  process.on(signal, () => {
    // The second time, at once.
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort(signal);
  });
}
// A pipe that is closed is met where it is written to; without a listener it would end the process with a stack trace.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

void runOttla(argv, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
}).then(async (code) => {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(code);
});
