/**
 * Reads the text form of Java's `Properties`: `key=value` lines (`:` or white space separate, too), comment lines beginning with `#` or
 * `!`, a backslash before a line's end to go on in the next, and backslash escapes.
 */
export function parseJavaProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [, key = "", value = ""] = KEY_AND_VALUE.exec(line) ?? [];
    properties.set(unescaped(key), unescaped(value));
  }
  return properties;
}

/**
 * Writes properties as Java's `Properties.store` does with an empty comment, date line included.
 *
 * @param nowMs milliseconds since the Unix epoch, for the date line
 */
export function formatJavaProperties(properties: Iterable<readonly [string, string]>, nowMs: number): string {
  const lines = [...properties].map(([key, value]) => `${escaped(key).replaceAll(" ", "\\ ")}=${escaped(value)}\n`);
  return `#\n#${javaDate(nowMs)}\n${lines.join("")}`;
}

const KEY_AND_VALUE = /^((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)$/s;

function* logicalLines(text: string): Generator<string> {
  let unfinished = "";
  for (const natural of text.split(/\r\n|\n|\r/)) {
    const line = unfinished + natural.trimStart();
    if (unfinished === "" && (line === "" || line.startsWith("#") || line.startsWith("!"))) continue;
    const backslashes = /\\*$/.exec(line)?.[0].length ?? 0;
    if (backslashes % 2 === 1) {
      unfinished = line.slice(0, -1);
      continue;
    }
    unfinished = "";
    yield line;
  }
  if (unfinished !== "") yield unfinished;
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, char: string | undefined) =>
    code === undefined ? (ESCAPES[char ?? ""] ?? char ?? "") : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function escaped(text: string): string {
  return text
    .replace(/[\\=:#!]/g, "\\$&")
    .replace(/\n/g, "\\n")
    .replace(/\r/g, "\\r")
    .replace(/\t/g, "\\t");
}

/** Such as `Sun Nov 22 10:35:37 UTC 2026`. */
function javaDate(nowMs: number): string {
  const [weekday, day, month, year, time] = new Date(nowMs).toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
