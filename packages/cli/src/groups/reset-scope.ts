import type { Admin, TopicPartition } from "@ottla/client";
import { type ParsedOptions, wholeNumber } from "../options/option-table";
import { UsageError } from "../options/usage-error";

/**
 * The partitions that `--topic t`, `--topic t:0,1` or `--all-topics` name.
 *
 * @throws UsageError
 */
export async function partitionsInScope(
  options: ParsedOptions,
  admin: Admin,
  committed: readonly TopicPartition[],
): Promise<TopicPartition[]> {
  options.excludes("all-topics", "topic");
  if (options.has("all-topics")) return committed.map(({ topic, partition }) => ({ topic, partition }));
  if (!options.has("topic")) throw new UsageError("One of the scopes should be defined: --all-topics, --topic.");
  const scope: TopicPartition[] = [];
  for (const given of options.all("topic")) {
    const colon = given.indexOf(":");
    if (colon >= 0) {
      const topic = given.slice(0, colon);
      for (const text of given.slice(colon + 1).split(",")) {
        scope.push({ topic, partition: wholeNumber("a partition", text, 0) });
      }
      continue;
    }
    const [found] = await admin.describeTopics([given]);
    if (found === undefined || found.error !== "NONE") throw new UsageError(`Topic '${given}' does not exist.`);
    for (const { partition } of found.partitions) scope.push({ topic: given, partition });
  }
  return scope;
}
