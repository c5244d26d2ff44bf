import { ClusterClient, KafkaError, Producer, type TopicPartition } from "@ottla/client";
import { type Logger, silentLogger } from "@ottla/runtime";
import {
  CERTAIN_FAILURES,
  type LoadProducer,
  type ProducerLibrary,
  type ProducerOptions,
  producerSettings,
  type SendResult,
} from "./load-producer";
import { encodeValue } from "./record-value";

/** Our own client, with five requests in flight. */
export const ottlaLibrary: ProducerLibrary = {
  name: "ottla",
  inFlightMax: 50,
  countMax: 1,
  async open(options) {
    return new OttlaProducer(options);
  },
};

class OttlaProducer implements LoadProducer {
  private readonly cluster: ClusterClient;
  private readonly producer: Producer;
  private turn: Promise<unknown> = Promise.resolve();

  constructor({ bootstrapServers, settings, onTold }: ProducerOptions) {
    const { acks, idempotent } = producerSettings(settings);
    this.cluster = new ClusterClient({
      bootstrapServers,
      clientId: "harness-load",
      logger: listening(onTold),
      allowAutoTopicCreation: false,
    });
    this.producer = new Producer({ cluster: this.cluster, acks, idempotence: idempotent, maxInFlight: 5 });
  }

  /**
   * Through `enqueue`, one after the other: concurrent calls of the client's own `send` may pass each other while a topic's metadata is on
   * its way, and load owes the checker the order of its calls.
   */
  async send(key: TopicPartition, value: number): Promise<SendResult> {
    const taken = this.turn.then(() => this.take(key, value));
    this.turn = taken;
    return (await taken).result;
  }

  /** Resolves once the client has the record; what becomes of it is known later. */
  private async take(key: TopicPartition, value: number): Promise<{ readonly result: Promise<SendResult> }> {
    let delivered: (result: SendResult) => void = () => undefined;
    const result = new Promise<SendResult>((resolve) => {
      delivered = resolve;
    });
    try {
      const record = { ...key, value: encodeValue(value) };
      while (
        !this.producer.enqueue(record, (error, { offset }) =>
          delivered(error === null ? { type: "ok", offset } : resultOf(error)),
        )
      )
        await this.producer.ready(key.topic);
    } catch (error) {
      delivered(resultOf(error));
    }
    return { result };
  }

  async close(): Promise<void> {
    await this.producer.close({ timeoutMs: 1000 });
    await this.cluster.close();
  }
}

function resultOf(error: unknown): SendResult {
  const name =
    error instanceof KafkaError ? error.name : error instanceof Error ? error.constructor.name : String(error);
  return { type: CERTAIN_FAILURES.has(name) ? "fail" : "info", error: name };
}

/** The client says in its log what brokers refused and it retried: names in capitals are Kafka's. */
function listening(onTold: (error: string) => void): Logger {
  const logger: Logger = {
    ...silentLogger,
    debug: (message, fields) => {
      if (message === "a batch was not acknowledged") onTold(errorNameIn(String(fields?.["reason"])));
    },
    with: () => logger,
  };
  return logger;
}

function errorNameIn(reason: string): string {
  return /\b[A-Z]+(?:_[A-Z]+)+\b/.exec(reason)?.[0] ?? reason.replace(/\d+(\.\d+)*(:\d+)?/g, "N").slice(0, 60);
}
