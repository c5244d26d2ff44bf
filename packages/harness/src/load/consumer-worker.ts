import {
  AssignedConsumer,
  ClusterClient,
  type ConsumedBatch,
  formatTopicPartition,
  type TopicPartition,
} from "@ottla/client";
import { explain, sleep, systemClock } from "@ottla/runtime";
import { type EventSink, ProcessRecorder } from "../history/recorder";
import { decodeValue } from "./record-value";

export interface ConsumerWorkerOptions {
  readonly name: string;
  readonly bootstrapServers: string;
  readonly keys: readonly TopicPartition[];
  readonly sink: EventSink;
}

/** Reads its keys from their start and then along with the load, with our own client. After an error it goes on as a new one. */
export class ConsumerWorker {
  private readonly next = new Map<string, number>();
  private readonly stopping = new AbortController();
  private incarnation = 0;
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
    const starts = this.options.keys.map((key) => ({
      key,
      offset: this.next.get(formatTopicPartition(key)) ?? 0,
    }));
    recorder.assigned(Object.fromEntries(starts.map(({ key, offset }) => [formatTopicPartition(key), offset])));
    return new AssignedConsumer({
      cluster,
      assignments: starts.map(({ key, offset }) => ({ ...key, start: { offset } })),
      isolationLevel: "read_committed",
      // A log that ends before what was read is a finding; the next poll shows it as going back.
      onOutOfRange: "earliest",
    });
  }

  private async pollUntilFailure(consumer: AssignedConsumer, recorder: ProcessRecorder): Promise<void> {
    while (!this.stopping.signal.aborted) {
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
