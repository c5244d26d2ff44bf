import type { Random } from "@ottla/runtime";
import type { TopicMetadata } from "../cluster/cluster-metadata";
import { murmur2 } from "./murmur2";

/**
 * Chooses partitions as Java's producer does: by the hash of the key; without a key one partition until `batch.size` bytes went
 * there, then another, so that batches fill (KIP-480, KIP-794).
 */
export class Partitioner {
  private readonly sticky = new Map<string, { partition: number; bytes: number }>();

  constructor(
    private readonly random: Random,
    private readonly batchSizeBytes: number,
  ) {}

  partitionFor(key: Buffer | null, topic: TopicMetadata): number {
    if (key !== null) return (murmur2(key) & 0x7fffffff) % topic.partitions.length;
    let current = this.sticky.get(topic.name);
    if (current === undefined || current.partition >= topic.partitions.length) {
      current = { partition: this.another(topic, -1), bytes: 0 };
      this.sticky.set(topic.name, current);
    } else if (current.bytes >= this.batchSizeBytes) {
      current.partition = this.another(topic, current.partition);
      current.bytes = 0;
    }
    return current.partition;
  }

  /** Counts a record without a key, once it has its place. */
  placed(topic: string, bytes: number): void {
    const current = this.sticky.get(topic);
    if (current !== undefined) current.bytes += bytes;
  }

  /** Drawn from the partitions that have a leader, if any has. */
  private another(topic: TopicMetadata, than: number): number {
    const led = topic.partitions.filter(({ leaderId, partition }) => leaderId >= 0 && partition !== than);
    const candidates = led.length > 0 ? led : topic.partitions;
    return candidates[this.random.below(candidates.length)]!.partition;
  }
}
