import type { Admin, GroupOffset, OffsetSpec, TopicPartition } from "@ottla/client";
import type { ParsedOptions } from "../options/option-table";
import { UsageError } from "../options/usage-error";

export type NewOffset = TopicPartition & { readonly offset: number };

/** Where offsets can be reset to; exactly one is named. */
export const RESET_TARGETS = [
  "to-earliest",
  "to-latest",
  "to-current",
  "to-offset",
  "shift-by",
  "to-datetime",
] as const;

/**
 * The offsets that a reset comes to, within what the partitions hold.
 *
 * @param warn told of offsets that had to be moved into the log
 * @throws UsageError
 */
export async function newOffsets(
  options: ParsedOptions,
  admin: Admin,
  scope: readonly TopicPartition[],
  committed: readonly GroupOffset[],
  warn: (line: string) => void,
): Promise<NewOffset[]> {
  const [target, ...others] = RESET_TARGETS.filter((name) => options.has(name));
  if (target === undefined || others.length > 0)
    throw new UsageError(`Exactly one of ${RESET_TARGETS.map((name) => `--${name}`).join(", ")} is needed`);
  const earliest = await found(admin, scope, "earliest");
  const latest = await found(admin, scope, "latest");
  const currentOf = ({ topic, partition }: TopicPartition) =>
    committed.find((one) => one.topic === topic && one.partition === partition)?.offset;
  const wanted = await wantedOffsets(target, options, admin, scope, { earliest, latest, currentOf });
  return scope.flatMap((at, index) => {
    const offset = wanted[index];
    if (offset === undefined) return [];
    const [least, end] = [earliest[index] ?? 0, latest[index] ?? 0];
    if (offset < least)
      warn(
        `WARN New offset (${offset}) is lower than earliest offset for topic partition ${at.topic}-${at.partition}. Value will be set to ${least}`,
      );
    if (offset > end)
      warn(
        `WARN New offset (${offset}) is higher than latest offset for topic partition ${at.topic}-${at.partition}. Value will be set to ${end}`,
      );
    return [{ ...at, offset: Math.max(least, Math.min(end, offset)) }];
  });
}

interface Ground {
  readonly earliest: readonly number[];
  readonly latest: readonly number[];
  readonly currentOf: (at: TopicPartition) => number | undefined;
}

/** In the order of the partitions; undefined where there is nothing to go by. */
async function wantedOffsets(
  target: (typeof RESET_TARGETS)[number],
  options: ParsedOptions,
  admin: Admin,
  scope: readonly TopicPartition[],
  { earliest, latest, currentOf }: Ground,
): Promise<readonly (number | undefined)[]> {
  switch (target) {
    case "to-earliest":
      return earliest;
    case "to-latest":
      return latest;
    case "to-current":
      return scope.map((at, index) => currentOf(at) ?? latest[index]);
    case "to-offset": {
      const offset = options.integer("to-offset", 0) ?? 0;
      return scope.map(() => offset);
    }
    case "shift-by": {
      const by = Number(options.required("shift-by"));
      if (!Number.isSafeInteger(by)) throw new UsageError("--shift-by takes a whole number, below 0 too");
      return scope.map((at) => {
        const current = currentOf(at);
        if (current === undefined)
          throw new UsageError(
            `Cannot shift offset for partition ${at.topic}-${at.partition} since there is no current committed offset`,
          );
        return current + by;
      });
    }
    case "to-datetime": {
      const timestampMs = Date.parse(options.required("to-datetime"));
      if (Number.isNaN(timestampMs)) throw new UsageError("--to-datetime takes YYYY-MM-DDTHH:mm:SS.sss");
      const at = await found(admin, scope, { timestampMs });
      return at.map((offset, index) => (offset >= 0 ? offset : latest[index]));
    }
  }
}

async function found(admin: Admin, scope: readonly TopicPartition[], spec: OffsetSpec): Promise<number[]> {
  const offsets = await admin.listOffsets(scope.map((at) => ({ ...at, spec })));
  return offsets.map(({ offset }) => offset);
}
