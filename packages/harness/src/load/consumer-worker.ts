import {
  AssignedConsumer,
  ClusterClient,
  type ConsumedBatch,
  formatTopicPartition,
  type PartitionAssignment,
} from "@ottla/client";
import { explain, sleep, systemClock } from "@ottla/runtime";
import { type EventSink, ProcessRecorder } from "../history/recorder";
import type { Keyspace } from "./keyspace";
import { decodeValue } from "./record-value";

export interface ConsumerWorkerOptions {
  readonly name: string;
  readonly bootstrapServers: string;
  readonly keyspace: Keyspace;
  readonly sink: EventSink;
}

/** Reads all keys from their start and then along with the load, with our own client; keys that come later too. After an error it goes on as a new one. */
export class ConsumerWorker {
  private readonly next = new Map<string, number>();
  private readonly stopping = new AbortController();
  private incarnation = 0;
  private assigned = 0;
  private readonly running: Promise<void>;

  constructor(private readonly options: ConsumerWorkerOptions) {
    this.running = this.run();
    // A failure is thrown by `stop`; until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  /** The offset after the last one read of each key. */
  nextOffset(key: string): number {
    return this.next.get(key) ?? 0;
  }

  stop(): Promise<void> {
    this.stopping.abort();
    return this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const { name, sink, bootstrapServers } = this.options;
      const recorder = new ProcessRecorder(`${name}#${++this.incarnation}`, sink);
      recorder.opened("ottla", "safe");
      const cluster = new ClusterClient({ bootstrapServers, clientId: "harness-read", allowAutoTopicCreation: false });
      const consumer = this.consumerOn(cluster, recorder);
      try {
        await this.pollUntilFailure(consumer, recorder);
      } finally {
        recorder.closed();
        await consumer.close();
        await cluster.close();
      }
    }
  }

  private consumerOn(cluster: ClusterClient, recorder: ProcessRecorder): AssignedConsumer {
    this.assigned = 0;
    return new AssignedConsumer({
      cluster,
      assignments: this.newAssignments(recorder),
      isolationLevel: "read_committed",
      // A log that ends before what was read is a finding; the next poll shows it as going back.
      onOutOfRange: "earliest",
    });
  }

  /** What this consumer does not read yet. */
  private newAssignments(recorder: ProcessRecorder): PartitionAssignment[] {
    const { keys } = this.options.keyspace;
    const starts = keys
      .slice(this.assigned)
      .map((key) => ({ key, offset: this.nextOffset(formatTopicPartition(key)) }));
    this.assigned = keys.length;
    if (starts.length > 0)
      recorder.assigned(Object.fromEntries(starts.map(({ key, offset }) => [formatTopicPartition(key), offset])));
    return starts.map(({ key, offset }) => ({ ...key, start: { offset } }));
  }

  private async pollUntilFailure(consumer: AssignedConsumer, recorder: ProcessRecorder): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (this.options.keyspace.keys.length > this.assigned) consumer.assign(this.newAssignments(recorder));
      const op = recorder.pollInvoked();
      try {
        const batches = await consumer.poll({ timeoutMs: POLL_MS, signal: this.stopping.signal });
        recorder.pollOk(op, this.recordsOf(batches));
      } catch (error) {
        recorder.notOk("poll", "info", op, this.stopping.signal.aborted ? "Aborted" : explain(error).slice(0, 100));
        if (!this.stopping.signal.aborted) await sleep(systemClock, POLL_MS);
        return;
      }
    }
  }

  private recordsOf(batches: readonly ConsumedBatch[]): Record<string, [number, number][]> {
    const records: Record<string, [number, number][]> = {};
    for (const batch of batches) {
      const key = formatTopicPartition(batch);
      const list = (records[key] ??= []);
      for (const { offset, value } of batch.records()) list.push([offset, decodeValue(value)]);
      this.next.set(key, batch.nextOffset);
    }
    return records;
  }
}

const POLL_MS = 500;
