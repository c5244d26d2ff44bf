import type { Readable, Writable } from "node:stream";

/** What a command touches of its process, so that specs can stand in for it. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Data, and nothing else. */
  readonly stdout: Writable;
  /** Prompts, counts, warnings, errors. */
  readonly stderr: Writable;
  /** Aborts when the user wants the command to end (SIGINT, SIGTERM). */
  readonly signal: AbortSignal;
}

/** A tool: `ottla NAME ARGS`, and `scripts/NAME.sh ARGS`. */
export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Whether it heeds SIGINT and SIGTERM itself, and not `Io.signal`. */
  readonly endsItself?: true;
  /** @returns the exit code. Throws only what is a bug. */
  run(argv: readonly string[], io: Io): Promise<number>;
}
