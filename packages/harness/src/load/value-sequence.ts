import { formatTopicPartition, type TopicPartition } from "@ottla/client";

/** Gives out values: each once for its key, whoever asks. */
export class ValueSequence {
  private readonly next = new Map<string, number>();

  /** @returns the first of `count` fresh values */
  take(key: TopicPartition, count: number): number {
    const name = formatTopicPartition(key);
    const value = this.next.get(name) ?? 0;
    this.next.set(name, value + count);
    return value;
  }
}
