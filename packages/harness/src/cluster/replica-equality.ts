import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { iterateBatches } from "@ottla/protocol";

/** Where two replicas of a partition differ. */
export interface ReplicaDifference {
  readonly partition: string;
  readonly what: string;
}

/**
 * Compares the logs of a partition's replicas byte by byte: batch by batch, wherever their segments begin and end. A replica whose log
 * begins later is compared from there. To be asked when nothing is written any more and all replicas are in sync.
 *
 * @param directories the log directory of each replica, by broker id
 * @param partition such as `orders-0`
 */
export function compareReplicas(
  directories: ReadonlyMap<number, string>,
  partition: string,
): readonly ReplicaDifference[] {
  const logs = [...directories].map(([id, directory]) => ({ id, batches: batchesOf(join(directory, partition)) }));
  const [first, ...others] = logs;
  if (first === undefined) return [];
  return others.flatMap(({ id, batches }) => {
    const what = firstDifference(first.batches, batches);
    return what === null ? [] : [{ partition, what: `brokers ${first.id} and ${id}: ${what}` }];
  });
}

interface StoredBatch {
  readonly nextOffset: number;
  readonly leaderEpoch: number;
  readonly bytes: Buffer;
}

function firstDifference(a: ReadonlyMap<number, StoredBatch>, b: ReadonlyMap<number, StoredBatch>): string | null {
  const ends = [endOf(a), endOf(b)];
  if (ends[0] !== ends[1]) return `the logs end at ${ends[0]} and at ${ends[1]}`;
  const start = Math.max(startOf(a), startOf(b));
  const offsets = [...new Set([...a.keys(), ...b.keys()])].filter((offset) => offset >= start).sort((x, y) => x - y);
  for (const offset of offsets) {
    const [left, right] = [a.get(offset), b.get(offset)];
    if (left === undefined || right === undefined) return `a batch begins at ${offset} in one of them only`;
    if (left.bytes.equals(right.bytes)) continue;
    return `the batches at ${offset} differ (${left.bytes.length} bytes of epoch ${left.leaderEpoch}, ${right.bytes.length} bytes of epoch ${right.leaderEpoch})`;
  }
  return null;
}

const startOf = (log: ReadonlyMap<number, StoredBatch>): number => log.keys().next().value ?? 0;

function endOf(log: ReadonlyMap<number, StoredBatch>): number {
  return [...log.values()].at(-1)?.nextOffset ?? 0;
}

/** By base offset, in the order of the log. */
function batchesOf(folder: string): Map<number, StoredBatch> {
  const batches = new Map<number, StoredBatch>();
  if (!existsSync(folder)) return batches;
  const segments = readdirSync(folder).filter((file) => /^\d{20}\.log$/.test(file));
  for (const segment of segments.sort()) {
    for (const view of iterateBatches(readFileSync(join(folder, segment)))) {
      // Apache Kafka allocates segments ahead of what it writes: zeros are no batch.
      if (view.magic !== 2 || view.sizeInBytes <= 12) break;
      const bytes = view.buffer.subarray(view.position, view.position + view.sizeInBytes);
      batches.set(view.baseOffset, { nextOffset: view.nextOffset, leaderEpoch: view.partitionLeaderEpoch, bytes });
    }
  }
  return batches;
}
