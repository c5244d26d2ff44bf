import { Kafka, logLevel } from "kafkajs";

/** kafkajs against one broker, with retries quick enough for specs. */
export function kafka(bootstrapServer: string): Kafka {
  return new Kafka({
    clientId: "harness",
    brokers: [bootstrapServer],
    logLevel: logLevel.NOTHING,
    retry: { retries: 60, initialRetryTime: 50, maxRetryTime: 500 },
  });
}
