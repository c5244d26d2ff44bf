import { defaultLogConfig, type LogConfig } from "@ottla/storage";
import { DOWN_CONVERSION } from "./absent-features";
import type { BrokerConfig } from "./broker-config";
import type { ConfigValue } from "./config-definition";
import type { ConfigSource } from "./layered-config";
import { isTopicConfig, type TopicConfigName, topicDefinitions } from "./topic-definitions";

type Texts = Readonly<Record<string, string>>;

/** Where a topic's value comes from, and under which name it stands there. */
export interface TopicConfigSource {
  readonly source: "dynamic-topic" | ConfigSource;
  readonly name: string;
  readonly text: string;
}

/** One topic's effective configuration at one moment. */
export interface TopicConfig {
  get<K extends TopicConfigName>(name: K): ConfigValue<(typeof topicDefinitions)[K]>;
}

/** Every topic's effective configuration: what /config/topics/T says, then this broker's keys for topics, then the default. */
export class TopicConfigs {
  private readonly overrides = new Map<string, Texts>();
  private readonly known = new Map<string, TopicConfig & { readonly log: LogConfig }>();
  private readonly listeners = new Set<(topic: string) => void>();

  constructor(private readonly broker: BrokerConfig) {
    broker.onChange(() => {
      const topics = [...this.known.keys()];
      this.known.clear();
      for (const topic of topics) this.tell(topic);
    });
  }

  of(topic: string): TopicConfig {
    return this.effective(topic);
  }

  logConfig(topic: string): LogConfig {
    return this.effective(topic).log;
  }

  /** What /config/topics/T says now. */
  setOverrides(topic: string, texts: Texts): void {
    this.overrides.set(topic, texts);
    this.known.delete(topic);
    this.tell(topic);
  }

  overridesOf(topic: string): Texts {
    return this.overrides.get(topic) ?? {};
  }

  /** Whether what /config/topics/T says has been read. */
  has(topic: string): boolean {
    return this.overrides.has(topic);
  }

  /** Every topic of which something has been read. */
  topics(): string[] {
    return [...this.overrides.keys()];
  }

  /** Forgets a topic that is gone. */
  forget(topic: string): void {
    this.overrides.delete(topic);
    this.known.delete(topic);
  }

  /** Calls `listener` after the configuration of a topic changed. @returns a function that ends it */
  onChange(listener: (topic: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Everything that says something about a topic's value, strongest first. Empty for a value that is nowhere. */
  sourcesOf(name: TopicConfigName, overrides: Texts): TopicConfigSource[] {
    const sources: TopicConfigSource[] = [];
    const own = overrides[name];
    if (own !== undefined && topicDefinitions[name].parse(own).ok)
      sources.push({ source: "dynamic-topic", name, text: own });
    for (const synonym of topicDefinitions[name].synonyms) {
      for (const { source, text } of this.broker.sourcesOf(synonym.name))
        if (text !== null) sources.push({ source, name: synonym.name, text });
    }
    return sources;
  }

  /** The value as Kafka prints it. */
  textOf(name: TopicConfigName, overrides: Texts): string | null {
    const definition = topicDefinitions[name];
    const strongest = this.sourcesOf(name, overrides)[0];
    if (strongest === undefined) return definition.defaultText;
    const synonym = definition.synonyms.find(
      (one) => one.name === strongest.name && strongest.source !== "dynamic-topic",
    );
    const factor = synonym?.factor ?? 1;
    const text = factor === 1 || Number(strongest.text) < 0 ? strongest.text : String(Number(strongest.text) * factor);
    // Whatever lies below zero means never: with -5 taken for a mistake, segments would go after the default time.
    const parsed = definition.parse(name === "retention.ms" && Number(text) < 0 ? "-1" : text);
    return parsed.ok ? parsed.text : definition.defaultText;
  }

  private tell(topic: string): void {
    for (const listener of this.listeners) listener(topic);
  }

  private effective(topic: string): TopicConfig & { readonly log: LogConfig } {
    const known = this.known.get(topic);
    if (known !== undefined) return known;
    const overrides = this.overridesOf(topic);
    const values = new Map<string, unknown>();
    for (const [name, definition] of Object.entries(topicDefinitions)) {
      const parsed = definition.parse(this.textOf(name as TopicConfigName, overrides) ?? "");
      values.set(name, parsed.ok ? parsed.value : null);
    }
    const config: TopicConfig = {
      get: <K extends TopicConfigName>(name: K) => values.get(name) as ConfigValue<(typeof topicDefinitions)[K]>,
    };
    const made = { ...config, log: logConfigOf(config) };
    this.known.set(topic, made);
    return made;
  }
}

/**
 * Judges configs that a client wants a topic to have.
 *
 * @returns null when they are sound, otherwise Kafka's error name and words for the first that is not
 */
export function validateTopicConfigs(
  configs: Readonly<Record<string, string | null>>,
): { readonly error: "INVALID_CONFIG"; readonly message: string } | null {
  const refuse = (message: string): { readonly error: "INVALID_CONFIG"; readonly message: string } => ({
    error: "INVALID_CONFIG",
    message,
  });
  for (const [name, text] of Object.entries(configs)) {
    if (!isTopicConfig(name)) return refuse(`Unknown topic config name: ${name}`);
    if (text === null) return refuse(`Null value not supported for topic configs: ${name}`);
    const parsed = topicDefinitions[name].parse(text.trim());
    if (!parsed.ok) return refuse(`Invalid value ${text} for configuration ${name}: it must be ${parsed.expected}`);
    if (name === "message.downconversion.enable" && parsed.value === true)
      return refuse(`Invalid value true for configuration ${name}: ${DOWN_CONVERSION} is not supported`);
  }
  return null;
}

function logConfigOf(topic: TopicConfig): LogConfig {
  const unlimited = (value: number): number => (value < 0 ? Infinity : value);
  // Kafka's default is the largest long.
  const orNever = (ms: number): number => (Number.isSafeInteger(ms) ? ms : Infinity);
  const policies = topic.get("cleanup.policy");
  return {
    ...defaultLogConfig,
    segmentBytes: topic.get("segment.bytes"),
    segmentMs: topic.get("segment.ms"),
    segmentJitterMs: topic.get("segment.jitter.ms"),
    segmentIndexBytes: topic.get("segment.index.bytes"),
    indexIntervalBytes: topic.get("index.interval.bytes"),
    retentionMs: unlimited(topic.get("retention.ms")),
    retentionBytes: unlimited(topic.get("retention.bytes")),
    cleanupPolicy: { delete: policies.includes("delete"), compact: policies.includes("compact") },
    minCleanableDirtyRatio: topic.get("min.cleanable.dirty.ratio"),
    minCompactionLagMs: topic.get("min.compaction.lag.ms"),
    maxCompactionLagMs: orNever(topic.get("max.compaction.lag.ms")),
    deleteRetentionMs: topic.get("delete.retention.ms"),
    flushMessages: topic.get("flush.messages"),
    flushMs: topic.get("flush.ms"),
    maxMessageBytes: topic.get("max.message.bytes"),
    fileDeleteDelayMs: topic.get("file.delete.delay.ms"),
    preallocate: topic.get("preallocate"),
    messageTimestampType: topic.get("message.timestamp.type") === "LogAppendTime" ? "LogAppendTime" : "CreateTime",
  };
}
