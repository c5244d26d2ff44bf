import type { Writable } from "node:stream";
import type { LogFields, Logger } from "@ottla/runtime";

/** Warnings and errors as plain lines: what a person at a terminal wants to know of a client's troubles, and no more. */
export function stderrLogger(stderr: Writable): Logger {
  const line = (level: string) => (message: string, fields?: LogFields) =>
    void stderr.write(`${level}: ${message}${formatted(fields)}\n`);
  const logger: Logger = {
    debug: process.env.OTTLA_DEBUG === undefined ? () => undefined : line("debug"),
    info: () => undefined,
    warn: line("warning"),
    error: line("error"),
    with: () => logger,
  };
  return logger;
}

function formatted(fields: LogFields | undefined): string {
  const entries = Object.entries(fields ?? {});
  return entries.length === 0 ? "" : ` (${entries.map(([key, value]) => `${key} ${String(value)}`).join(", ")})`;
}
