import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../repository-root";
import { lineProtocolConsumer } from "./line-protocol-consumer";
import { lineProtocolLibrary } from "./line-protocol-library";
import type { ConsumerLibrary } from "./load-consumer";
import type { ProducerLibrary } from "./load-producer";

const producers = join(repositoryRoot, "packages/harness/producers");
const consumers = join(repositoryRoot, "packages/harness/consumers");

/**
 * librdkafka through Python's `confluent-kafka`, or null where that is not installed. `OTTLA_PYTHONPATH` names a folder to look for it.
 */
export function librdkafkaLibrary(): ProducerLibrary | null {
  const env = librdkafkaEnvironment();
  return env && lineProtocolLibrary("librdkafka", "python3", [join(producers, "librdkafka_producer.py")], env);
}

/** The same library's consumer. */
export function librdkafkaConsumer(): ConsumerLibrary | null {
  const env = librdkafkaEnvironment();
  return env && lineProtocolConsumer("librdkafka", "python3", [join(consumers, "librdkafka_consumer.py")], env);
}

function librdkafkaEnvironment(): Record<string, string> | null {
  const folder = process.env["OTTLA_PYTHONPATH"];
  const env: Record<string, string> = folder === undefined ? {} : { PYTHONPATH: folder };
  const probe = spawnSync("python3", ["-c", "import confluent_kafka"], { env: { ...process.env, ...env } });
  return probe.status === 0 ? env : null;
}

/** Kafka's Java client, or null when `APACHE_KAFKA_LIB` names no folder with its jars. */
export function javaLibrary(): ProducerLibrary | null {
  const args = javaArguments(join(producers, "JavaProducer.java"));
  return args && lineProtocolLibrary("java", "java", args);
}

/** The same library's consumer. */
export function javaConsumer(): ConsumerLibrary | null {
  const args = javaArguments(join(consumers, "JavaConsumer.java"));
  return args && lineProtocolConsumer("java", "java", args);
}

function javaArguments(source: string): string[] | null {
  const lib = process.env["APACHE_KAFKA_LIB"];
  if (lib === undefined || !existsSync(lib)) return null;
  return ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", join(lib, "*"), source];
}
