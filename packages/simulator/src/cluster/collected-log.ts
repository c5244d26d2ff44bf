import { explain, type LogFields, type Logger, type LogLevel, type SimulatedClock } from "@ottla/runtime";

interface Entry {
  readonly atMs: number;
  readonly who: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly bound: LogFields;
  readonly fields: LogFields | undefined;
}

/** The last lines that the processes of a simulated world have logged, with virtual times. Lines are put into words only when they are asked for. */
export class CollectedLog {
  private readonly entries: Entry[] = [];
  private next = 0;

  constructor(
    private readonly clock: SimulatedClock,
    private readonly linesMax: number,
    private readonly withDebug = false,
  ) {}

  loggerOf(who: string, bound: LogFields = {}): Logger {
    const at =
      (level: LogLevel) =>
      (message: string, fields?: LogFields): void =>
        this.add({ atMs: this.clock.monotonicMs(), who, level, message, bound, fields });
    return {
      debug: this.withDebug ? at("debug") : () => {},
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      with: (fields) => this.loggerOf(who, { ...bound, ...fields }),
    };
  }

  /** Something that happens to the world, among what processes say. */
  note(message: string, fields?: LogFields): void {
    this.add({ atMs: this.clock.monotonicMs(), who: "world", level: "info", message, bound: {}, fields });
  }

  /** Oldest first. */
  lines(): string[] {
    return [...this.entries.slice(this.next), ...this.entries.slice(0, this.next)].map(asLine);
  }

  private add(entry: Entry): void {
    if (this.linesMax <= 0) return;
    if (this.entries.length < this.linesMax) {
      this.entries.push(entry);
      return;
    }
    this.entries[this.next] = entry;
    this.next = (this.next + 1) % this.linesMax;
  }
}

function asLine({ atMs, who, level, message, bound, fields }: Entry): string {
  const { component, ...rest } = { ...bound, ...fields };
  const room = typeof component === "string" ? `${component}: ` : "";
  const words = Object.entries(rest).map(([key, value]) => ` ${key}=${asWord(value)}`);
  return `${atMs.toFixed(3).padStart(11)} ${who.padEnd(10)} ${level.padEnd(5)} ${room}${message}${words.join("")}`;
}

function asWord(value: unknown): string {
  if (value instanceof Error) return explain(value);
  if (typeof value === "string" || typeof value === "bigint") return String(value);
  return (
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ?? String(value)
  );
}
