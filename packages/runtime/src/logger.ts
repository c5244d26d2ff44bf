import type winston from "winston";

/** What a process says: one line per event. Fields are values worth searching for; they follow the message as `key=value`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same logger, whose lines carry `fields` too. `component` names the room the line comes from. */
  with(fields: LogFields): Logger;
}

export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = "debug" | "info" | "warn" | "error";

/** A winston logger on standard error (data belongs on standard output), as text or, when asked, one JSON object a line. */
export function createLogger(options: { readonly level: LogLevel; readonly format: "text" | "json" }): Logger {
  const { format, transports, createLogger: create } = loadWinston();
  const { combine, timestamp, json, printf } = format;
  const errorsAsText = format(withErrorsAsText);
  const out = create({
    level: options.level,
    format:
      options.format === "json"
        ? combine(timestamp(), errorsAsText(), json())
        : combine(
            timestamp(),
            errorsAsText(),
            printf((info) => asLine(info as unknown as Record<string, unknown>)),
          ),
    transports: [new transports.Console({ stderrLevels: ["error", "warn", "info", "debug"] })],
  });
  return wrap(out, {});
}

/** Says nothing. For specs that look at behaviour alone. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLogger,
};

function wrap(out: winston.Logger, bound: LogFields): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
    void out.log(level, message, { ...bound, ...fields });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => wrap(out, { ...bound, ...fields }),
  };
}

/** Loaded when the first logger is made: it takes some 20 ms, and the tools, which say little, never make one. */
function loadWinston(): typeof winston {
  return require("winston") as typeof winston;
}

/** winston prints an Error in a field as `{}`; say its message and causes instead. */
function withErrorsAsText(info: winston.Logform.TransformableInfo): winston.Logform.TransformableInfo {
  for (const [key, value] of Object.entries(info)) if (value instanceof Error) info[key] = explain(value);
  return info;
}

/** An error and its causes on one line: `cannot start: connect: ECONNREFUSED`. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
  const cause = error.cause === undefined ? "" : explain(error.cause);
  return cause === "" || own.includes(cause) ? own : `${own}: ${cause}`;
}

function asLine(info: Record<string, unknown>): string {
  const { level, message, timestamp, component, ...fields } = info;
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${asField(value)}`);
  const room = component === undefined ? "" : `${asField(component)}: `;
  return `${String(timestamp)} ${String(level).toUpperCase().padEnd(5)} ${room}${String(message)}${rest.join("")}`;
}

function asField(value: unknown): string {
  if (typeof value === "string") return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
  if (typeof value === "bigint") return value.toString();
  return JSON.stringify(value) ?? String(value);
}
