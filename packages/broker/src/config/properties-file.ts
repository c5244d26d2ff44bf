/** One `key=value` of a `.properties` file; keys may be repeated, the last one counts. */
export interface Property {
  readonly key: string;
  readonly value: string;
  /** Where it begins, counted from 1. */
  readonly line: number;
}

/**
 * Reads the text of a `.properties` file by Java's rules: `=`, `:` or blanks end a key; `#` and `!` begin a comment line; a backslash at
 * the end of a line joins the next one; `\t`, `\n`, `\r`, `\f` and `\uXXXX` stand for what they usually do, any other escaped character
 * for itself. Blanks at the end of a value belong to it in Java; here they are cut, as Kafka cuts them when it reads the value.
 *
 * Total: any text is some properties.
 */
export function parseProperties(text: string): Property[] {
  const properties: Property[] = [];
  for (const { content, line } of logicalLines(text)) {
    const { rawKey, rawValue } = split(content);
    properties.push({ key: unescape(rawKey), value: unescape(rawValue).trim(), line });
  }
  return properties;
}

function* logicalLines(text: string): Generator<{ content: string; line: number }> {
  const lines = text.split(/\r\n|\n|\r/);
  for (let i = 0; i < lines.length; i++) {
    let content = trimStart(lines[i] ?? "");
    if (content === "" || content.startsWith("#") || content.startsWith("!")) continue;
    const line = i + 1;
    while (endsInContinuation(content)) content = content.slice(0, -1) + trimStart(lines[++i] ?? "");
    yield { content, line };
  }
}

const trimStart = (line: string): string => line.replace(/^[ \t\f]+/, "");

/** An even number of backslashes at the end is a text of backslashes. */
const endsInContinuation = (line: string): boolean => (/\\+$/.exec(line)?.[0].length ?? 0) % 2 === 1;

function split(content: string): { rawKey: string; rawValue: string } {
  let end = 0;
  while (end < content.length && !/[=: \t\f]/.test(content.charAt(end))) end += content.charAt(end) === "\\" ? 2 : 1;
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(content.slice(end))?.[0] ?? "";
  return { rawKey: content.slice(0, end), rawValue: content.slice(end + separator.length) };
}

const CONTROL: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

const unescape = (raw: string): string =>
  raw.replace(/\\(?:u([0-9a-fA-F]{4})|(.?))/gs, (_, code: string | undefined, other: string | undefined) =>
    code === undefined ? (CONTROL[other ?? ""] ?? other ?? "") : String.fromCharCode(parseInt(code, 16)),
  );
