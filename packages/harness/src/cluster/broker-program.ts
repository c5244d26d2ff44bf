import { join } from "node:path";
import { repositoryRoot } from "../repository-root";

/** A broker that can be started from a file with Kafka's properties: what a cluster under test is made of. */
export interface BrokerProgram {
  readonly name: string;
  command(configFile: string): { readonly command: string; readonly args: readonly string[] };
  /** What it says when it serves. */
  readonly readyPattern: RegExp;
  /** Whether a killed broker can come back only after its old session in ZooKeeper has expired. */
  readonly waitsForOldSession: boolean;
  /** Properties that only this program needs. */
  readonly properties: Readonly<Record<string, string>>;
}

/** Ottla, from this checkout's build. */
export const ottla: BrokerProgram = {
  name: "ottla",
  command: (configFile) => ({
    command: "node",
    args: ["--single-threaded-gc", join(repositoryRoot, "packages/broker/dist/main.js"), configFile],
  }),
  readyPattern: / ready brokerId=/,
  waitsForOldSession: false,
  properties: {},
};

/**
 * Apache Kafka with ZooKeeper (3.x), beside which Ottla is measured and by which this harness itself is tested.
 *
 * @param libFolder a folder with its jars
 */
export function apacheKafka(libFolder: string): BrokerProgram {
  const flags = ["-Xms256m", "-Xmx512m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-Djava.awt.headless=true"];
  const log4j = `-Dlog4j.configuration=file:${join(__dirname, "../../fixtures/apache-kafka-log4j.properties")}`;
  return {
    name: "apache-kafka",
    command: (configFile) => ({
      command: "java",
      args: [...flags, log4j, "-cp", join(libFolder, "*"), "kafka.Kafka", configFile],
    }),
    readyPattern: /\[KafkaServer id=\d+\] started/,
    waitsForOldSession: true,
    properties: {},
  };
}
