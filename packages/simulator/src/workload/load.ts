import { type ClusterClient, formatTopicPartition, type TopicPartition } from "@ottla/client";
import { type HistoryEvent, ProcessRecorder, type SettingsClass } from "@ottla/harness";
import type { Clock, Random } from "@ottla/runtime";
import { Keyspace } from "./keyspace";
import { VirtualConsumer } from "./virtual-consumer";
import { VirtualProducer } from "./virtual-producer";

export interface LoadOptions {
  /** A new client on the node of that name. */
  readonly openCluster: (node: string) => ClusterClient;
  readonly producers: readonly {
    readonly settings: SettingsClass;
    readonly sendsPerSecond: number;
    readonly lingerMs: number;
  }[];
  readonly consumers: number;
  readonly onCommitted: (key: TopicPartition, offset: number, value: number) => void;
  readonly onRecord: (key: TopicPartition, offset: number, value: number) => void;
  readonly clock: Clock;
  readonly random: Random;
}

/** Producers and consumers of one run, and the history that they leave. */
export class Load {
  readonly keyspace = new Keyspace();
  readonly history: HistoryEvent[] = [];
  acknowledged = 0;
  consumed = 0;
  private readonly values = new Map<string, number>();
  private producers: VirtualProducer[] = [];
  private consumers: VirtualConsumer[] = [];

  constructor(private readonly options: LoadOptions) {}

  /** The nodes that clients live on. */
  get nodes(): readonly string[] {
    const { producers, consumers } = this.options;
    return [...producers.keys()].map(producerNode).concat(Array.from({ length: consumers }, (_, i) => consumerNode(i)));
  }

  start(): void {
    const { openCluster, clock, random, onCommitted, onRecord } = this.options;
    this.producers = this.options.producers.map(
      (producer, index) =>
        new VirtualProducer({
          ...producer,
          openCluster: () => openCluster(producerNode(index)),
          recorderOf: (incarnation) => this.recorder(`${producerNode(index)}#${incarnation}`),
          keyspace: this.keyspace,
          nextValue: (key) => this.nextValue(key),
          onCommitted: (key, offset, value) => {
            this.acknowledged++;
            onCommitted(key, offset, value);
          },
          clock,
          random,
        }),
    );
    for (let index = 0; index < this.options.consumers; index++) {
      this.consumers.push(
        new VirtualConsumer({
          openCluster: () => openCluster(consumerNode(index)),
          recorderOf: (incarnation) => this.recorder(`${consumerNode(index)}#${incarnation}`),
          keyspace: this.keyspace,
          onRecord: (key, offset, value) => {
            this.consumed++;
            onRecord(key, offset, value);
          },
          clock,
        }),
      );
    }
  }

  /** No more is sent; resolves once what was under way is decided. */
  async stopProducing(): Promise<void> {
    await Promise.all(this.producers.map((producer) => producer.stop()));
  }

  async stopConsuming(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
  }

  /** Whether every consumer has read what lies below `end` of every partition that is still there. */
  hasReadAll(endOf: (key: TopicPartition) => number): boolean {
    return this.keyspace.written.every((key) => {
      const end = endOf(key);
      return this.consumers.every((consumer) => consumer.nextOffset(key) >= end);
    });
  }

  /** Sends whose end is not known yet, in words; those to topics that were deleted meanwhile are nobody's business. */
  waiting(): string[] {
    const open = new Map<string, { readonly key: string; readonly what: string }>();
    for (const event of this.history) {
      if (event.type === "invoke" && event.f === "send") {
        const { process, op, key, value, timeMs } = event;
        open.set(`${process} ${op}`, { key, what: `${process} sent ${value} to ${key} at ${timeMs}` });
      } else if ("op" in event) open.delete(`${event.process} ${event.op}`);
    }
    return [...open.values()]
      .filter(({ key }) => !this.keyspace.isForsaken(key.slice(0, key.lastIndexOf("-"))))
      .map(({ what }) => what);
  }

  private nextValue(key: TopicPartition): number {
    const name = formatTopicPartition(key);
    const value = this.values.get(name) ?? 0;
    this.values.set(name, value + 1);
    return value;
  }

  private recorder(process: string): ProcessRecorder {
    return new ProcessRecorder(
      process,
      (event) => this.history.push(event),
      () => this.options.clock.nowMs(),
    );
  }
}

function producerNode(index: number): string {
  return `producer-${index + 1}`;
}

function consumerNode(index: number): string {
  return `consumer-${index + 1}`;
}
