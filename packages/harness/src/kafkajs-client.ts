import { Kafka, logLevel } from "kafkajs";

/** kafkajs against brokers (`host:port`, with commas between them), with retries quick enough for specs. */
export function kafka(bootstrapServers: string): Kafka {
  return new Kafka({
    clientId: "harness",
    brokers: bootstrapServers.split(","),
    logLevel: logLevel.NOTHING,
    retry: { retries: 60, initialRetryTime: 50, maxRetryTime: 500 },
  });
}
