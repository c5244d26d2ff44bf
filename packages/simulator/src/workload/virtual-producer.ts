import { type ClusterClient, formatTopicPartition, KafkaError, Producer, type TopicPartition } from "@ottla/client";
import type { ProcessRecorder, SettingsClass } from "@ottla/harness";
import { type Clock, type Random, sleep } from "@ottla/runtime";
import type { Keyspace } from "./keyspace";
import { encodeValue } from "./record-value";

export interface VirtualProducerOptions {
  /** A client of its own, on a node of its own. */
  readonly openCluster: () => ClusterClient;
  /** A recorder for each incarnation of the client. */
  readonly recorderOf: (incarnation: number) => ProcessRecorder;
  readonly settings: SettingsClass;
  readonly keyspace: Keyspace;
  /** Gives out values, each once. */
  readonly nextValue: (key: TopicPartition) => number;
  readonly sendsPerSecond: number;
  readonly lingerMs: number;
  /** Told of what was acknowledged under acks=all. */
  readonly onCommitted: (key: TopicPartition, offset: number, value: number) => void;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Sends fresh values to its partitions, at about a given rate and in bursts. A client that does not know what became of a send is dropped
 * for a new one once its other sends have ended, as an application would restart.
 */
export class VirtualProducer {
  private isStopping = false;
  private incarnation = 0;
  private turn = 0;
  private readonly running: Promise<void>;

  constructor(private readonly options: VirtualProducerOptions) {
    this.running = this.run();
    // A failure is thrown by `stop`; until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  /** Ends the load, once what is under way has ended. */
  stop(): Promise<void> {
    this.isStopping = true;
    return this.running;
  }

  private async run(): Promise<void> {
    const { openCluster, recorderOf, settings, lingerMs } = this.options;
    while (!this.isStopping) {
      const recorder = recorderOf(++this.incarnation);
      const cluster = openCluster();
      const producer = new Producer({
        cluster,
        acks: settings === "weak" ? 1 : -1,
        idempotence: settings === "safe",
        lingerMs,
        deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        maxBlockMs: DELIVERY_TIMEOUT_MS,
        // A few records in a batch, so that batches are many.
        batchSizeBytes: 400,
      });
      recorder.opened("ottla", settings);
      await this.sendUntilDoubt(producer, recorder);
      recorder.closed();
      await producer.close({ timeoutMs: 1000 });
      await cluster.close();
    }
  }

  private async sendUntilDoubt(producer: Producer, recorder: ProcessRecorder): Promise<void> {
    const { keyspace, clock, random, sendsPerSecond } = this.options;
    const underWay = new Set<Promise<void>>();
    let hasDoubt = false;
    while (!this.isStopping && !hasDoubt) {
      const burst = random.below(4) === 0 ? 1 + random.below(8) : 1;
      const { written } = keyspace;
      for (let i = 0; i < burst; i++) {
        const key = written[this.turn++ % Math.max(1, written.length)];
        if (key === undefined || underWay.size >= IN_FLIGHT_MAX) break;
        const sent = this.send(producer, recorder, key).then((isKnown) => {
          underWay.delete(sent);
          if (!isKnown) hasDoubt = true;
        });
        underWay.add(sent);
      }
      if (underWay.size >= IN_FLIGHT_MAX) await Promise.race(underWay);
      await sleep(clock, (burst * 2000 * random.fraction()) / sendsPerSecond);
    }
    await Promise.all(underWay);
  }

  /** @returns whether its outcome is known */
  private async send(producer: Producer, recorder: ProcessRecorder, key: TopicPartition): Promise<boolean> {
    const { nextValue, settings, onCommitted, keyspace } = this.options;
    const value = nextValue(key);
    const op = recorder.sendInvoked(formatTopicPartition(key), value, 1);
    try {
      const { offset } = await producer.send({ ...key, value: encodeValue(value) });
      recorder.sendOk(op, offset);
      if (settings !== "weak" && offset !== null && !keyspace.isForsaken(key.topic)) onCommitted(key, offset, value);
      return true;
    } catch (error) {
      recorder.notOk("send", "info", op, nameOf(error));
      return false;
    }
  }
}

function nameOf(error: unknown): string {
  if (error instanceof KafkaError) return error.name;
  return error instanceof Error ? error.constructor.name : String(error);
}

const DELIVERY_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 4000;
const IN_FLIGHT_MAX = 40;
