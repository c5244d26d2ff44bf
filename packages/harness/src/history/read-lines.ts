import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/**
 * The lines of a file of JSON lines.
 *
 * @throws Error naming the line that is not JSON. A last line that was cut short, as a killed process leaves it, is left out
 */
export async function* readLines<Line>(path: string): AsyncGenerator<Line, void> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  let broken: { readonly number: number; readonly cause: unknown } | null = null;
  for await (const line of lines) {
    number++;
    if (broken !== null) throw new Error(`${path}:${broken.number} is not JSON`, { cause: broken.cause });
    if (line === "") continue;
    try {
      yield JSON.parse(line) as Line;
    } catch (cause) {
      broken = { number, cause };
    }
  }
}
