import { Admin, type ClusterClient, KafkaError } from "@ottla/client";
import { Aborted, explain, sleep, systemClock } from "@ottla/runtime";
import type { Keyspace } from "./keyspace";

export interface TopicMakerOptions {
  readonly cluster: ClusterClient;
  readonly keyspace: Keyspace;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Between two topics; 0 for none but the first. */
  readonly everyMs: number;
}

/** Makes a topic now and then, so that topics are created while brokers die. */
export class TopicMaker {
  /** What went wrong and was tried again: nothing of that is against the rules. */
  readonly troubles: string[] = [];
  private readonly admin: Admin;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: TopicMakerOptions) {
    this.admin = new Admin(options.cluster);
  }

  /** Makes the first topic, and the others from then on until `stop`. */
  async start(): Promise<void> {
    await this.make();
    if (this.options.everyMs === 0) return;
    this.running = this.run();
    // A failure is thrown by `stop`; until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await sleep(systemClock, this.options.everyMs, this.stopping.signal);
        await this.make();
      } catch (error) {
        if (error instanceof Aborted) return;
        this.troubles.push(explain(error));
      }
    }
  }

  private async make(): Promise<void> {
    const { keyspace, partitions, replicationFactor } = this.options;
    const name = `load-${keyspace.topics.length + 1}`;
    const [outcome] = await this.admin.createTopics([{ name, partitions, replicationFactor }]);
    const error = outcome?.error ?? null;
    // An earlier try may have made it without our hearing of that.
    if (error !== null && !(error instanceof KafkaError && error.name === "TOPIC_ALREADY_EXISTS")) throw error;
    keyspace.add(name, partitions);
  }
}
