import { explain } from "@ottla/runtime";
import type { Io } from "./io";
import { type OptionTable, type ParsedOptions, parseOptions, usage } from "./options/option-table";
import { UsageError } from "./options/usage-error";
import { VERSION } from "./version";

/**
 * What every tool does around its work: help, version, complaints about what was typed.
 *
 * @param work gives the exit code; what it throws is told on standard error and makes 1
 */
export async function runTool(
  table: OptionTable,
  argv: readonly string[],
  io: Io,
  work: (options: ParsedOptions) => Promise<number>,
): Promise<number> {
  if (argv.length === 0) {
    io.stderr.write(usage(table));
    return 1;
  }
  try {
    if (argv.includes("--help")) {
      io.stdout.write(usage(table));
      return 0;
    }
    if (argv.includes("--version")) {
      io.stdout.write(`${VERSION}\n`);
      return 0;
    }
    const options = parseOptions(table, argv);
    for (const note of options.notes) io.stderr.write(`${note}\n`);
    return await work(options);
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr.write(`${error.message}\n\n${usage(table)}`);
    } else {
      io.stderr.write(`error: ${explain(error)}\n`);
    }
    return 1;
  }
}
