#!/usr/bin/env node
import type { Command, Io } from "./io";
import { nearestName } from "./options/nearest-name";
import { VERSION } from "./version";

/** Each command is loaded when it is called, so that none waits for the others. */
const COMMANDS: Readonly<Record<string, () => Command>> = {
  "console-consumer": () =>
    (require("./commands/console-consumer") as typeof import("./commands/console-consumer")).consoleConsumer,
  "console-producer": () =>
    (require("./commands/console-producer") as typeof import("./commands/console-producer")).consoleProducer,
  topics: () => (require("./commands/topics") as typeof import("./commands/topics")).topics,
};

async function main(argv: readonly string[], io: Io): Promise<number> {
  const [typed = "--help", ...rest] = argv;
  // Fingers that know Kafka's scripts type their names.
  const name = typed.replace(/^kafka-/, "").replace(/\.sh$/, "");
  const load = COMMANDS[name];
  if (load !== undefined) return load().run(rest, io);
  if (typed === "--version") {
    io.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const isHelp = typed === "--help" || typed === "help";
  const lines = ["usage: ottla COMMAND [OPTIONS]", "", "Commands"];
  for (const key of Object.keys(COMMANDS)) lines.push(`  ${key.padEnd(20)} ${COMMANDS[key]!().summary}`);
  lines.push("", "ottla COMMAND --help says more.");
  if (!isHelp) {
    const nearest = nearestName(name, Object.keys(COMMANDS));
    io.stderr.write(`${typed} is not a command${nearest === null ? "" : `; did you mean ${nearest}?`}\n`);
  }
  (isHelp ? io.stdout : io.stderr).write(`${lines.join("\n")}\n`);
  return isHelp ? 0 : 1;
}

/** Resolves once what was written has left the process; a reader that is gone need not be waited for. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The second time, at once.
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort(signal);
  });
}
// A pipe that is closed is met where it is written to; without a listener it would end the process with a stack trace.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

void main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
}).then(async (code) => {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(code);
});
