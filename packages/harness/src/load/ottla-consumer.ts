import { AssignedConsumer, ClusterClient, formatTopicPartition, type TopicPartition } from "@ottla/client";
import { type ConsumerLibrary, type LoadConsumer, POLL_MS, type PolledRecords } from "./load-consumer";
import { decodeValue } from "./record-value";

/** Our own client. */
export const ottlaConsumer: ConsumerLibrary = {
  name: "ottla",
  open: (bootstrapServers) => new OttlaConsumer(bootstrapServers),
};

class OttlaConsumer implements LoadConsumer {
  private readonly cluster: ClusterClient;
  private readonly consumer: AssignedConsumer;

  constructor(bootstrapServers: string) {
    this.cluster = new ClusterClient({ bootstrapServers, clientId: "harness-read", allowAutoTopicCreation: false });
    this.consumer = new AssignedConsumer({
      cluster: this.cluster,
      assignments: [],
      isolationLevel: "read_committed",
      // A log that ends before what was read is a finding; the next poll shows it as going back.
      onOutOfRange: "earliest",
    });
  }

  assign(starts: readonly (TopicPartition & { readonly offset: number })[]): void {
    this.consumer.assign(starts.map(({ topic, partition, offset }) => ({ topic, partition, start: { offset } })));
  }

  async poll(signal: AbortSignal): Promise<PolledRecords> {
    const records: Record<string, [number, number][]> = {};
    const nextOffsets = new Map<string, number>();
    for (const batch of await this.consumer.poll({ timeoutMs: POLL_MS, signal })) {
      const key = formatTopicPartition(batch);
      const list = (records[key] ??= []);
      for (const { offset, value } of batch.records()) list.push([offset, decodeValue(value)]);
      nextOffsets.set(key, batch.nextOffset);
    }
    return { records, nextOffsets };
  }

  async close(): Promise<void> {
    await this.consumer.close();
    await this.cluster.close();
  }
}
