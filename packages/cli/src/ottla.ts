import type { Command, Io } from "./io";
import { nearestName } from "./options/nearest-name";
import { VERSION } from "./version";

/**
 * The command line `ottla COMMAND [OPTIONS]`.
 *
 * @param argv what follows `ottla`
 * @returns the exit code
 */
export async function runOttla(argv: readonly string[], io: Io): Promise<number> {
  const [typed = "--help", ...rest] = argv;
  const command = commandNamed(typed);
  if (command !== null) return command.run(rest, io);
  if (typed === "--version") {
    io.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const isHelp = typed === "--help" || typed === "help";
  const lines = ["usage: ottla COMMAND [OPTIONS]", "", "Commands"];
  for (const key of Object.keys(COMMANDS)) lines.push(`  ${key.padEnd(20)} ${COMMANDS[key]!().summary}`);
  lines.push("", "ottla COMMAND --help says more.");
  if (!isHelp) {
    const nearest = nearestName(plainName(typed), Object.keys(COMMANDS));
    io.stderr.write(`${typed} is not a command${nearest === null ? "" : `; did you mean ${nearest}?`}\n`);
  }
  (isHelp ? io.stdout : io.stderr).write(`${lines.join("\n")}\n`);
  return isHelp ? 0 : 1;
}

/** @returns null when there is no such command */
export function commandNamed(typed: string): Command | null {
  const name = plainName(typed);
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name]!() : null;
}

/** Each command is loaded when it is called, so that none waits for the others. */
const COMMANDS: Readonly<Record<string, () => Command>> = {
  broker: () => (require("./commands/broker") as typeof import("./commands/broker")).broker,
  "console-consumer": () =>
    (require("./commands/console-consumer") as typeof import("./commands/console-consumer")).consoleConsumer,
  "console-producer": () =>
    (require("./commands/console-producer") as typeof import("./commands/console-producer")).consoleProducer,
  "consumer-groups": () =>
    (require("./commands/consumer-groups") as typeof import("./commands/consumer-groups")).consumerGroups,
  topics: () => (require("./commands/topics") as typeof import("./commands/topics")).topics,
};

/** Fingers that know Kafka's scripts type their names. */
function plainName(typed: string): string {
  return typed.replace(/^kafka-/, "").replace(/\.sh$/, "");
}
