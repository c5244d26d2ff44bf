import type { EnsemblePartition } from "./ensemble-history";
import type { Replica } from "./watched-replica";

/** A partition with the replicas that live processes have of it, by broker id. */
export interface LivePartition {
  readonly partition: EnsemblePartition;
  readonly replicas: ReadonlyMap<number, Replica>;
}

/**
 * What keeps the cluster from being whole: every partition led, every replica in its ISR, all logs equally long and committed to their
 * ends.
 *
 * @returns null when nothing does
 */
export function unsettled(partitions: Iterable<LivePartition>): string | null {
  for (const { partition, replicas } of partitions) {
    const { name, state } = partition;
    if (state === null) return `${name} has no state`;
    if (state.leader < 0) return `${name} has no leader; its ISR is [${state.isr.join(", ")}]`;
    const missing = partition.replicas.filter((id) => !state.isr.includes(id));
    if (missing.length > 0) return `${name}: ${missing.join(", ")} not in the ISR [${state.isr.join(", ")}]`;
    const leader = replicas.get(state.leader);
    if (leader?.leader?.leaderEpoch !== state.leaderEpoch)
      return `${name}: ${state.leader} should lead in epoch ${state.leaderEpoch}, and does not`;
    const end = leader.log.logEndOffset;
    for (const id of partition.replicas) {
      const replica = replicas.get(id);
      if (replica === undefined) return `${name} is not on broker ${id}`;
      const { logEndOffset, highWatermark, offline } = replica.log;
      if (offline !== null) return `${name} is offline on broker ${id}`;
      if (logEndOffset !== end || highWatermark !== end)
        return `${name} ends at ${end} on ${state.leader}; on ${id} at ${logEndOffset}, committed up to ${highWatermark}`;
    }
  }
  return null;
}

/** @returns where replicas of a settled partition differ in bytes; null when nowhere */
export function differingBytes(partitions: Iterable<LivePartition>): string | null {
  for (const { partition, replicas } of partitions) {
    let first: { readonly id: number; readonly replica: Replica } | null = null;
    for (const [id, replica] of replicas) {
      if (!partition.replicas.includes(id)) continue;
      if (first === null) {
        first = { id, replica };
        continue;
      }
      const from = Math.max(first.replica.log.logStartOffset, replica.log.logStartOffset);
      if (!bytesFrom(first.replica, from).equals(bytesFrom(replica, from)))
        return `${partition.name}: the bytes on ${first.id} and ${id} differ`;
    }
  }
  return null;
}

function bytesFrom({ log }: Replica, offset: number): Buffer {
  const pieces: Buffer[] = [];
  for (let next = offset; next < log.logEndOffset; ) {
    const read = log.read({ offset: next, maxBytes: 1 << 24, upperBound: log.logEndOffset, minOneBatch: true });
    if (read.kind !== "records") break;
    pieces.push(Buffer.concat([...read.slices]));
    read.release();
    next = read.nextOffset;
  }
  return Buffer.concat(pieces);
}
