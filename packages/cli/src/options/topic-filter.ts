import { UsageError } from "./usage-error";

/**
 * A regular expression over whole topic names, as Kafka's tools take it: commas separate alternatives, quotes around it are dropped.
 *
 * @param options.internal whether internal topics may match
 * @throws UsageError when it is no regular expression
 */
export function topicFilter(
  option: string,
  text: string,
  options: { readonly internal: boolean },
): (topic: string) => boolean {
  const source = text
    .trim()
    .replaceAll(",", "|")
    .replaceAll(" ", "")
    .replace(/^["']+|["']+$/g, "");
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${source})$`);
  } catch (cause) {
    throw new UsageError(`--${option} ${text} is not a regular expression: ${(cause as Error).message}`, { cause });
  }
  return (topic) => expression.test(topic) && (options.internal || !INTERNAL.has(topic));
}

/** Topics that the cluster keeps for itself. */
export const INTERNAL: ReadonlySet<string> = new Set(["__consumer_offsets", "__transaction_state"]);
