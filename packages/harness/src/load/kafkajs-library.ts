import type { TopicPartition } from "@ottla/client";
import { Kafka, KafkaJSProtocolError, logLevel, type Producer } from "kafkajs";
import {
  CERTAIN_FAILURES,
  type LoadProducer,
  type ProducerLibrary,
  type ProducerOptions,
  producerSettings,
  type SendResult,
} from "./load-producer";
import { encodeValue } from "./record-value";

/** kafkajs: one request at a time, as its idempotent producer needs it. */
export const kafkajsLibrary: ProducerLibrary = {
  name: "kafkajs",
  inFlightMax: 1,
  countMax: 10,
  async open(options) {
    const producer = producerOf(options);
    await producer.connect();
    return new KafkajsProducer(producer, producerSettings(options.settings).acks);
  },
};

function producerOf({ bootstrapServers, settings, onTold }: ProducerOptions): Producer {
  const kafka = new Kafka({
    clientId: "harness-load",
    brokers: bootstrapServers.split(","),
    requestTimeout: 10_000,
    connectionTimeout: 1_000,
    // Quick enough that a gap shows the cluster rather than the client's patience.
    retry: { retries: 200, initialRetryTime: 50, maxRetryTime: 500 },
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => {
      const error: unknown = entry.log["error"];
      if (typeof error === "string") onTold(error.slice(0, 80));
    },
  });
  const { idempotent } = producerSettings(settings);
  return kafka.producer({ idempotent, maxInFlightRequests: 1, allowAutoTopicCreation: false });
}

class KafkajsProducer implements LoadProducer {
  constructor(
    private readonly producer: Producer,
    private readonly acks: number,
  ) {}

  async send({ topic, partition }: TopicPartition, value: number, count: number): Promise<SendResult> {
    const messages = Array.from({ length: count }, (_, i) => ({ partition, value: encodeValue(value + i) }));
    try {
      const [answer] = await this.producer.send({ topic, acks: this.acks, timeout: 10_000, messages });
      return { type: "ok", offset: answer?.baseOffset === undefined ? null : Number(answer.baseOffset) };
    } catch (error) {
      const name = error instanceof KafkaJSProtocolError ? error.type : (error as Error).name;
      return { type: CERTAIN_FAILURES.has(name) ? "fail" : "info", error: name };
    }
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }
}
