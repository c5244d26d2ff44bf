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

  async send(key: TopicPartition, value: number): Promise<SendResult> {
    try {
      const { offset } = await this.producer.send({ ...key, value: encodeValue(value) });
      return { type: "ok", offset };
    } catch (error) {
      return resultOf(error);
    }
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
