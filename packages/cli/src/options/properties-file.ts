import { readFileSync } from "node:fs";
import { UsageError } from "./usage-error";

/**
 * Reads a Java properties file.
 *
 * @throws UsageError when the file cannot be read
 */
export function readPropertiesFile(path: string): Map<string, string> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`, {
      cause,
    });
  }
  const entries = new Map<string, string>();
  // A backslash at the end of a line joins the next one on.
  for (const line of text.replace(/\\\r?\n[ \t]*/g, "").split(/\r?\n/)) {
    const trimmed = line.trimStart();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith("!")) continue;
    const parts = /^((?:\\.|[^\\=:\s])+)\s*[=:]?\s*(.*)$/.exec(trimmed);
    if (parts !== null) entries.set(unescaped(parts[1]!), unescaped(parts[2]!));
  }
  return entries;
}

function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escape: string) => {
    if (escape.length === 5) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return ESCAPES[escape] ?? escape;
  });
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };
