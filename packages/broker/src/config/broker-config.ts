import { type AbsentFeature, absentFeatures } from "./absent-features";
import { type BrokerConfigName, brokerDefinitions, isBrokerConfig } from "./broker-definitions";
import { type ConfigValue, splitList } from "./config-definition";
import { LayeredConfig, type SourcedValue } from "./layered-config";
import { type ListenerAddress, parseListeners, parseProtocolMap } from "./listeners";
import { nearestName } from "./nearest-name";
import { topicDefinitions } from "./topic-definitions";

/** A key, its value, and who gave it, such as `server.properties line 12` or `environment KAFKA_LISTENERS`. */
export interface GivenConfig {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
}

/** The start is refused. The message has one line for each thing that is wrong. */
export class ConfigRefused extends Error {
  override readonly name = "ConfigRefused";
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

/** A broker's effective configuration. What may change at run time changes in place: read it at each use. */
export class BrokerConfig {
  readonly listeners: readonly ListenerAddress[];
  /** What clients and other brokers are told; a port of 0 stands for the one that the system chose. */
  readonly advertisedListeners: readonly ListenerAddress[];
  /** The protocol spoken on each listener, by its name. */
  readonly protocols: ReadonlyMap<string, string>;
  /** Absolute or relative directories, as given. */
  readonly logDirectories: readonly string[];
  private readonly listenersToChange = new Set<(changed: readonly string[]) => void>();

  private constructor(
    private readonly layers: LayeredConfig<typeof brokerDefinitions>,
    /** Things that are worth a warning, each a sentence. */
    readonly warnings: readonly string[],
  ) {
    const named = (key: "listeners" | "advertised.listeners", text: string): readonly ListenerAddress[] => {
      const parsed = parseListeners(text);
      if (typeof parsed === "string") throw new ConfigRefused([`${key}=${text} is not right: ${parsed}`]);
      return parsed;
    };
    this.listeners = named("listeners", this.get("listeners"));
    const advertised = this.get("advertised.listeners");
    this.advertisedListeners = advertised === null ? this.listeners : named("advertised.listeners", advertised);
    const map = this.get("listener.security.protocol.map");
    const protocols = parseProtocolMap(map);
    if (typeof protocols === "string")
      throw new ConfigRefused([`listener.security.protocol.map=${map} is not right: ${protocols}`]);
    this.protocols = protocols;
    this.logDirectories = splitList(this.get("log.dirs") ?? this.get("log.dir"));
  }

  /**
   * Judges what was given and makes a configuration of it; of several values for one key the last counts.
   *
   * @throws ConfigRefused with every problem found
   */
  static from(given: readonly GivenConfig[]): BrokerConfig {
    const problems: string[] = [];
    const warnings: string[] = [];
    const texts: Record<string, string> = {};
    const byKey = new Map(given.map((one) => [one.key, one]));
    for (const { key, value, origin } of byKey.values()) {
      if (!isBrokerConfig(key)) {
        warnings.push(unknownKey(key, origin));
        continue;
      }
      const parsed = brokerDefinitions[key].parse(value);
      if (parsed.ok) texts[key] = value;
      else problems.push(`${key}=${value} (${origin}) is not right: it must be ${parsed.expected}`);
    }
    if (problems.length > 0) throw new ConfigRefused(problems);

    const config = new BrokerConfig(new LayeredConfig(brokerDefinitions, texts), warnings);
    const values = new Map([...byKey].map(([key, { value }]) => [key, value]));
    const absent = absentFeatures(values, config);
    const refused = [...absent.map(asProblem), ...crossChecks(config)];
    if (refused.length > 0) throw new ConfigRefused(refused);
    const features = new Set(absent.map(({ key }) => key));
    return new BrokerConfig(
      config.layers,
      warnings.filter((warning) => ![...features].some((key) => warning.startsWith(`${key} `))),
    );
  }

  get<K extends BrokerConfigName>(name: K): ConfigValue<(typeof brokerDefinitions)[K]> {
    return this.layers.get(name);
  }

  /** Every layer that has a value for the name, strongest first. */
  sourcesOf(name: string): SourcedValue[] {
    return this.layers.sourcesOf(name);
  }

  /** What /config/brokers/N ("broker") or /config/brokers/<default> ("default") says now. */
  setDynamic(layer: "broker" | "default", texts: Readonly<Record<string, string>>): void {
    const changed = this.layers.setDynamic(layer, texts);
    if (changed.length > 0) for (const listener of this.listenersToChange) listener(changed);
  }

  /** Calls `listener` with the names whose values changed. @returns a function that ends it */
  onChange(listener: (changed: readonly string[]) => void): () => void {
    this.listenersToChange.add(listener);
    return () => void this.listenersToChange.delete(listener);
  }
}

function unknownKey(key: string, origin: string): string {
  if (Object.hasOwn(topicDefinitions, key)) {
    const synonym = topicDefinitions[key as keyof typeof topicDefinitions].synonyms[0]?.name;
    if (synonym !== undefined)
      return `${key} (${origin}) is a topic's key and has no effect here; the broker's is ${synonym}`;
  }
  const near = nearestName(key, Object.keys(brokerDefinitions));
  return `${key} (${origin}) is not known and has no effect${near === null ? "" : `; did you mean ${near}?`}`;
}

const asProblem = ({ key, value, feature }: AbsentFeature): string =>
  `${key}=${value} asks for something that is not supported: ${feature}`;

/** What no single key can be blamed for. */
function crossChecks(config: BrokerConfig): string[] {
  const problems: string[] = [];
  if ((config.get("zookeeper.connect") ?? "") === "")
    problems.push("zookeeper.connect is not set: it must be a list of host:port, comma-separated, then /path if any");
  if (config.logDirectories.length === 0) problems.push("log.dirs= is not right: it must be at least one directory");
  const id = config.get("broker.id");
  if (id < 0 && !config.get("broker.id.generation.enable"))
    problems.push("broker.id is not set and broker.id.generation.enable=false: one of them must change");
  if (id > config.get("reserved.broker.max.id") && config.get("broker.id.generation.enable"))
    problems.push(
      `broker.id=${id} is not right: it must be at most reserved.broker.max.id (${config.get("reserved.broker.max.id")}), or broker.id.generation.enable be false`,
    );
  for (const { name } of config.listeners)
    if (!config.protocols.has(name))
      problems.push(`listeners: ${name} has no protocol; listener.security.protocol.map must say ${name}:PLAINTEXT`);
  for (const { name, host } of config.advertisedListeners) {
    if (!config.listeners.some((listener) => listener.name === name))
      problems.push(`advertised.listeners: ${name} is not one of listeners`);
    if (host === "0.0.0.0" || host === "::")
      problems.push(`advertised.listeners: ${name} must name a host that clients can reach, not ${host}`);
  }
  const between = config.get("inter.broker.listener.name");
  if (between !== null && !config.advertisedListeners.some(({ name }) => name === between.toUpperCase()))
    problems.push(`inter.broker.listener.name=${between} is not right: it must be one of advertised.listeners`);
  return problems;
}
