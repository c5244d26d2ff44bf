import type { Command } from "../io";

/** Runs a broker in the foreground, until a signal ends it. */
export const broker: Command = {
  name: "broker",
  summary: "runs a broker: [FILE] [--override KEY=VALUE]...",
  endsItself: true,
  run: (argv) => {
    // The broker is by far the most that a tool could load, and `--help` asks each command for its summary.
    const { runBroker } = require("@ottla/broker") as typeof import("@ottla/broker");
    return runBroker(argv);
  },
};
