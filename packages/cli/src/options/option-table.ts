import { nearestName } from "./nearest-name";
import { UsageError } from "./usage-error";

export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for its value in the help, such as `host:port`; absent for a flag. */
  readonly value?: string;
  /** The value taken when the option stands bare; with it a value is optional. */
  readonly bareValue?: string;
  readonly help: string;
  readonly repeatable?: boolean;
  /** The name that took this one's place. The old one goes on working, with a line on standard error. */
  readonly replacedBy?: string;
  /** Another name of this option, no worse than it. */
  readonly aliasOf?: string;
  /** Not worth a line in the help. */
  readonly hidden?: boolean;
}

export interface OptionTable {
  /** As it is typed: `console-producer`. */
  readonly command: string;
  readonly summary: string;
  readonly example: string;
  readonly groups: readonly { readonly title: string; readonly options: readonly OptionSpec[] }[];
}

/** What was typed. */
export class ParsedOptions {
  constructor(
    private readonly values: ReadonlyMap<string, readonly string[]>,
    /** Lines to be told: old names that were used. */
    readonly notes: readonly string[],
  ) {}

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The value, the last one where it was given several times. */
  get(name: string): string | undefined {
    return this.values.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /** @throws UsageError unless it was given */
  required(name: string): string {
    const value = this.get(name);
    if (value === undefined) throw missing(name);
    return value;
  }

  /** @throws UsageError when it is no whole number of at least `min` */
  integer(name: string, min: number): number | undefined {
    const text = this.get(name);
    return text === undefined ? undefined : wholeNumber(`--${name}`, text, min);
  }

  /** @throws UsageError when any of `others` was given beside `name` */
  excludes(name: string, ...others: readonly string[]): void {
    if (!this.has(name)) return;
    for (const other of others)
      if (this.has(other)) throw new UsageError(`Option "[${name}]" can't be used with option "[${other}]"`);
  }
}

export function missing(name: string): UsageError {
  return new UsageError(`Missing required argument "[${name}]"`);
}

/** @throws UsageError naming `what` */
export function wholeNumber(what: string, text: string, min: number): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
    throw new UsageError(
      `${what} takes a whole number${Number.isFinite(min) ? ` of at least ${min}` : ""}, not '${text}'`,
    );
  return value;
}

/**
 * Reads a command line: `--name value` or `--name=value`, whole names only.
 *
 * @throws UsageError
 */
export function parseOptions(table: OptionTable, argv: readonly string[]): ParsedOptions {
  const specs = new Map(
    [...COMMON, ...table.groups.flatMap(({ options }) => options)].map((spec) => [spec.name, spec]),
  );
  const values = new Map<string, string[]>();
  const notes: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const parts = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word);
    if (parts === null) throw new UsageError(`'${word}' is not an option; options begin with --`);
    const spec = specs.get(parts[1]!);
    if (spec === undefined) throw unknownOption(parts[1]!, specs.keys());
    let value = parts[2];
    if (spec.value === undefined) {
      if (value !== undefined) throw new UsageError(`--${spec.name} takes no value`);
    } else if (value === undefined) {
      const next = argv[at + 1];
      // A value that begins with dashes must be joined on by =, except for negative numbers.
      if (next !== undefined && !next.startsWith("--")) {
        value = next;
        at++;
      } else if (spec.bareValue === undefined) throw new UsageError(`--${spec.name} needs a value: ${spec.value}`);
    }
    const name = spec.replacedBy ?? spec.aliasOf ?? spec.name;
    if (spec.replacedBy !== undefined) notes.push(`--${spec.name} is old; using --${spec.replacedBy}`);
    const known = values.get(name);
    if (known === undefined) values.set(name, [value ?? spec.bareValue ?? ""]);
    else known.push(value ?? spec.bareValue ?? "");
  }
  return new ParsedOptions(values, notes);
}

/** The help: grouped, with an example. */
export function usage(table: OptionTable): string {
  const lines = [`${table.command}: ${table.summary}`, "", `  ${table.example}`];
  for (const { title, options } of [...table.groups, { title: "Other", options: COMMON }]) {
    const shown = options.filter(
      ({ hidden, replacedBy, aliasOf }) => hidden !== true && (replacedBy ?? aliasOf) === undefined,
    );
    if (shown.length === 0) continue;
    lines.push("", title);
    const left = shown.map(leftColumn);
    const width = Math.min(36, Math.max(...left.map(({ length }) => length)));
    shown.forEach(({ help }, i) => lines.push(`  ${left[i]!.padEnd(width)}  ${help}`));
  }
  return `${lines.join("\n")}\n`;
}

const COMMON: readonly OptionSpec[] = [
  { name: "help", help: "print this" },
  { name: "version", help: "print the version" },
];

function leftColumn({ name, value, bareValue }: OptionSpec): string {
  if (value === undefined) return `--${name}`;
  return bareValue === undefined ? `--${name} ${value}` : `--${name} [${value}]`;
}

function unknownOption(name: string, known: Iterable<string>): UsageError {
  const nearest = nearestName(name, known);
  return new UsageError(`--${name} is not an option${nearest === null ? "" : `; did you mean --${nearest}?`}`);
}
