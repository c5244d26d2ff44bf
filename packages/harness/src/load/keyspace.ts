import type { TopicPartition } from "@ottla/client";

/** The keys of a run. Topics come along while it goes on; the newest few are written to, all of them are read. */
export class Keyspace {
  private readonly all: TopicPartition[] = [];
  private readonly names: string[] = [];
  private current: readonly TopicPartition[] = [];

  /** @param writtenTopics how many topics are written to at a time */
  constructor(private readonly writtenTopics: number) {}

  add(topic: string, partitions: number): void {
    this.names.push(topic);
    for (let partition = 0; partition < partitions; partition++) this.all.push({ topic, partition });
    const newest = new Set(this.names.slice(-this.writtenTopics));
    this.current = this.all.filter((key) => newest.has(key.topic));
  }

  /** In the order in which they came. */
  get keys(): readonly TopicPartition[] {
    return this.all;
  }

  /** Those that are written to now. */
  get written(): readonly TopicPartition[] {
    return this.current;
  }

  get topics(): readonly string[] {
    return this.names;
  }
}
