import type { TopicPartition } from "@ottla/client";

/** The partitions that a run writes and reads. They come and go while it lasts. */
export class Keyspace {
  private readonly all: TopicPartition[] = [];
  private readonly forsaken = new Set<string>();

  /** Every partition there ever was, in the order in which they came. */
  get known(): readonly TopicPartition[] {
    return this.all;
  }

  /** Those that are written to now. */
  get written(): readonly TopicPartition[] {
    return this.all.filter(({ topic }) => !this.forsaken.has(topic));
  }

  add(topic: string, partitions: number): void {
    for (let partition = 0; partition < partitions; partition++) this.all.push({ topic, partition });
  }

  /** The topic is about to be deleted: nobody writes or reads it any more. */
  forsake(topic: string): void {
    this.forsaken.add(topic);
  }

  isForsaken(topic: string): boolean {
    return this.forsaken.has(topic);
  }
}
