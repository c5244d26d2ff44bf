import { UsageError } from "../options/usage-error";

/**
 * Reads `1:2:3,2:3:1`: the brokers of each partition, preferred leader first.
 *
 * @throws UsageError
 */
export function replicaAssignment(text: string): number[][] {
  const assignment = text.split(",").map((part) =>
    part.split(":").map((id) => {
      if (!/^\s*\d+\s*$/.test(id)) throw new UsageError(`--replica-assignment ${text}: '${id}' is not a broker id`);
      return Number(id);
    }),
  );
  assignment.forEach((replicas, partition) => {
    if (new Set(replicas).size !== replicas.length)
      throw new UsageError(`Partition replica lists may not contain duplicate entries: ${replicas.join(",")}`);
    if (replicas.length !== assignment[0]!.length)
      throw new UsageError(`Partition ${partition} has different replication factor: ${replicas.join(",")}`);
  });
  return assignment;
}
