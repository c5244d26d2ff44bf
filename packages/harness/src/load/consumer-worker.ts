import { formatTopicPartition, type TopicPartition } from "@ottla/client";
import { explain, sleep, systemClock } from "@ottla/runtime";
import { type EventSink, ProcessRecorder } from "../history/recorder";
import type { Keyspace } from "./keyspace";
import { type ConsumerLibrary, type LoadConsumer, POLL_MS } from "./load-consumer";
import { ottlaConsumer } from "./ottla-consumer";

export interface ConsumerWorkerOptions {
  readonly name: string;
  /** Our own by default. */
  readonly library?: ConsumerLibrary;
  readonly bootstrapServers: string;
  readonly keyspace: Keyspace;
  readonly sink: EventSink;
}

/** Reads all keys from their start and then along with the load; keys that come later too. After an error it goes on as a new consumer. */
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
    const { name, sink, bootstrapServers, library = ottlaConsumer } = this.options;
    while (!this.stopping.signal.aborted) {
      const recorder = new ProcessRecorder(`${name}#${++this.incarnation}`, sink);
      recorder.opened(library.name, "safe");
      const consumer = library.open(bootstrapServers);
      this.assigned = 0;
      try {
        await this.pollUntilFailure(consumer, recorder);
      } finally {
        recorder.closed();
        await consumer.close();
      }
    }
  }

  /** What this consumer does not read yet. */
  private newStarts(recorder: ProcessRecorder): (TopicPartition & { readonly offset: number })[] {
    const { keys } = this.options.keyspace;
    const starts = keys
      .slice(this.assigned)
      .map((key) => ({ ...key, offset: this.nextOffset(formatTopicPartition(key)) }));
    this.assigned = keys.length;
    if (starts.length > 0)
      recorder.assigned(Object.fromEntries(starts.map((start) => [formatTopicPartition(start), start.offset])));
    return starts;
  }

  private async pollUntilFailure(consumer: LoadConsumer, recorder: ProcessRecorder): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (this.options.keyspace.keys.length > this.assigned) consumer.assign(this.newStarts(recorder));
      const op = recorder.pollInvoked();
      try {
        const { records, nextOffsets } = await consumer.poll(this.stopping.signal);
        recorder.pollOk(op, records);
        for (const [key, offset] of nextOffsets) this.next.set(key, offset);
      } catch (error) {
        recorder.notOk("poll", "info", op, this.stopping.signal.aborted ? "Aborted" : explain(error).slice(0, 100));
        if (!this.stopping.signal.aborted) await sleep(systemClock, POLL_MS);
        return;
      }
    }
  }
}
