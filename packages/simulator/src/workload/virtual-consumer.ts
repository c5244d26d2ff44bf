import {
  AssignedConsumer,
  type ClusterClient,
  type ConsumedBatch,
  formatTopicPartition,
  type PartitionAssignment,
  type TopicPartition,
} from "@ottla/client";
import type { ProcessRecorder } from "@ottla/harness";
import { type Clock, explain, sleep } from "@ottla/runtime";
import type { Keyspace } from "./keyspace";
import { decodeValue } from "./record-value";

export interface VirtualConsumerOptions {
  readonly openCluster: () => ClusterClient;
  readonly recorderOf: (incarnation: number) => ProcessRecorder;
  readonly keyspace: Keyspace;
  readonly onRecord: (key: TopicPartition, offset: number, value: number) => void;
  readonly clock: Clock;
}

/** Reads every partition from its start and then along with the load; those that come later too. After an error it goes on as a new client. */
export class VirtualConsumer {
  private readonly next = new Map<string, number>();
  private readonly stopping = new AbortController();
  private incarnation = 0;
  private assigned = 0;
  private readonly running: Promise<void>;

  constructor(private readonly options: VirtualConsumerOptions) {
    this.running = this.run();
    // A failure is thrown by `stop`; until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  /** The offset after the last one read of a partition. */
  nextOffset(key: TopicPartition): number {
    return this.next.get(formatTopicPartition(key)) ?? 0;
  }

  stop(): Promise<void> {
    this.stopping.abort();
    return this.running;
  }

  private async run(): Promise<void> {
    const { openCluster, recorderOf } = this.options;
    while (!this.stopping.signal.aborted) {
      const recorder = recorderOf(++this.incarnation);
      recorder.opened("ottla", "safe");
      const cluster = openCluster();
      this.assigned = 0;
      const consumer = new AssignedConsumer({
        cluster,
        assignments: this.newAssignments(recorder),
        isolationLevel: "read_committed",
        // A log that ends before what was read is a finding; the next poll shows it as going back.
        onOutOfRange: "earliest",
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
      });
      try {
        await this.pollUntilFailure(consumer, recorder);
      } finally {
        recorder.closed();
        await consumer.close();
        await cluster.close();
      }
    }
  }

  private newAssignments(recorder: ProcessRecorder): PartitionAssignment[] {
    const { known } = this.options.keyspace;
    const starts = known
      .slice(this.assigned)
      .filter(({ topic }) => !this.options.keyspace.isForsaken(topic))
      .map((key) => ({ ...key, start: { offset: this.nextOffset(key) } }));
    this.assigned = known.length;
    if (starts.length > 0)
      recorder.assigned(Object.fromEntries(starts.map((key) => [formatTopicPartition(key), key.start.offset])));
    return starts;
  }

  private async pollUntilFailure(consumer: AssignedConsumer, recorder: ProcessRecorder): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (this.options.keyspace.known.length > this.assigned) consumer.assign(this.newAssignments(recorder));
      const op = recorder.pollInvoked();
      try {
        recorder.pollOk(op, this.recordsOf(await consumer.poll({ timeoutMs: POLL_MS, signal })));
      } catch (error) {
        recorder.notOk("poll", "info", op, signal.aborted ? "Aborted" : explain(error).slice(0, 100));
        if (!signal.aborted) await sleep(this.options.clock, POLL_MS);
        return;
      }
    }
  }

  private recordsOf(batches: readonly ConsumedBatch[]): Record<string, [number, number][]> {
    const records: Record<string, [number, number][]> = {};
    for (const batch of batches) {
      const { topic, partition } = batch;
      const key = formatTopicPartition(batch);
      const list = (records[key] ??= []);
      for (const { offset, value: bytes } of batch.records()) {
        const value = decodeValue(bytes);
        list.push([offset, value]);
        this.options.onRecord({ topic, partition }, offset, value);
      }
      this.next.set(key, batch.nextOffset);
    }
    return records;
  }
}

const POLL_MS = 500;
const REQUEST_TIMEOUT_MS = 4000;
