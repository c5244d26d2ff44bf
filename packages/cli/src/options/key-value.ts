import { UsageError } from "./usage-error";

/**
 * Reads `k=v` arguments. A key without a value is given an empty one, as Kafka's tools do where they take that.
 *
 * @throws UsageError
 */
export function keyValues(option: string, texts: readonly string[]): Map<string, string> {
  return new Map(
    texts.map((text): [string, string] => {
      const at = text.indexOf("=");
      if (at < 1) throw new UsageError(`--${option} takes key=value, not '${text}'`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
