import { Admin, type ClusterClient, KafkaError, Producer } from "@ottla/client";
import { Aborted, explain, sleep, systemClock } from "@ottla/runtime";
import type { Keyspace } from "./keyspace";

export interface TopicMakerOptions {
  readonly cluster: ClusterClient;
  readonly keyspace: Keyspace;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Between two topics; 0 for none but the first. */
  readonly everyMs: number;
  /** How many records of each partition are written and deleted before the load may come; 0 by default. */
  readonly logStart?: number;
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
    let waitMs = this.options.everyMs;
    while (!this.stopping.signal.aborted) {
      try {
        await sleep(systemClock, waitMs, this.stopping.signal);
        await this.make();
        waitMs = this.options.everyMs;
      } catch (error) {
        if (error instanceof Aborted) return;
        this.troubles.push(explain(error));
        waitMs = Math.min(TRY_AGAIN_MS, this.options.everyMs);
      }
    }
  }

  private async make(): Promise<void> {
    const { keyspace, partitions, replicationFactor, logStart = 0 } = this.options;
    const name = `load-${keyspace.topics.length + 1}`;
    const [outcome] = await this.admin.createTopics([{ name, partitions, replicationFactor }]);
    const error = outcome?.error ?? null;
    // An earlier try may have made it without our hearing of that.
    if (error !== null && !(error instanceof KafkaError && error.name === "TOPIC_ALREADY_EXISTS")) throw error;
    if (logStart > 0) await this.moveLogStart(name);
    keyspace.add(name, partitions);
  }

  /** Writes records that nobody is to see, and deletes them. */
  private async moveLogStart(topic: string): Promise<void> {
    const { cluster, partitions, logStart = 0 } = this.options;
    const keys = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
    const producer = new Producer({ cluster, lingerMs: 5 });
    try {
      const value = Buffer.from("deleted before anybody reads");
      await Promise.all(
        keys.flatMap((key) => Array.from({ length: logStart }, () => producer.send({ ...key, value }))),
      );
    } finally {
      await producer.close();
    }
    await this.admin.deleteRecords(keys.map((key) => ({ ...key, offset: -1 })));
  }
}

/** After a failure: brokers were down. */
const TRY_AGAIN_MS = 2_000;
