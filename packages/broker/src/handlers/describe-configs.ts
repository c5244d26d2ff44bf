import { type DescribeConfigsResponseInput, describeConfigs, type ErrorName } from "@ottla/protocol";
import { brokerDefinitions } from "../config/broker-definitions";
import type { ConfigDefinition, ConfigType } from "../config/config-definition";
import { type ConfigResource, resourceOf } from "../config/config-resource";
import type { ConfigSource } from "../config/layered-config";
import type { TopicConfigSource } from "../config/topic-configs";
import { type TopicConfigName, topicDefinitions } from "../config/topic-definitions";
import type { BrokerServices } from "../services";
import { type Handler, handles } from "./handler";
import { unlessZooKeeperIsAway } from "./unless-zookeeper-is-away";

type Entry = DescribeConfigsResponseInput["results"][number]["configs"][number];

/** What the answer is to say beside each value. */
interface Wanted {
  readonly version: number;
  /** Null: every key. */
  readonly keys: readonly string[] | null;
  readonly synonyms: boolean;
  readonly documentation: boolean;
}

/** Tells effective configs, and where each comes from. @see KIP-133, KIP-226, KIP-569 */
export const describeConfigsHandler: Handler<typeof describeConfigs> = handles(
  describeConfigs,
  [0, 4],
  async (request, { services, header }) => {
    const results = request.resources.map(async ({ resourceType, resourceName, configurationKeys }) => {
      const wanted: Wanted = {
        version: header.apiVersion,
        keys: configurationKeys !== null && configurationKeys.length > 0 ? configurationKeys : null,
        synonyms: request.includeSynonyms,
        documentation: request.includeDocumentation,
      };
      const resource = resourceOf(resourceType, resourceName, services.brokerId);
      const outcome: Described =
        resource.kind === "refused"
          ? { errorCode: "INVALID_REQUEST", errorMessage: resource.message, configs: [] }
          : await unlessZooKeeperIsAway(
              () => describe(resource, wanted, services),
              (errorCode, errorMessage) => ({ errorCode, errorMessage, configs: [] }),
            );
      return { resourceType, resourceName, ...outcome };
    });
    return { throttleTimeMs: 0, results: await Promise.all(results) };
  },
);

interface Described {
  readonly errorCode: ErrorName;
  readonly errorMessage: string | null;
  readonly configs: readonly Entry[];
}

async function describe(resource: ConfigResource, wanted: Wanted, services: BrokerServices): Promise<Described> {
  switch (resource.kind) {
    case "topic":
      if (services.metadata.topic(resource.name) === undefined)
        return { errorCode: "UNKNOWN_TOPIC_OR_PARTITION", errorMessage: null, configs: [] };
      // Read where it was written, so that whoever has just altered it sees it altered.
      return found(
        topicEntries(await services.configStore.read({ type: "topics", name: resource.name }), wanted, services),
      );
    case "broker":
      return found(brokerEntries(wanted, services));
    case "all-brokers":
      return found(defaultEntries(await services.configStore.read({ type: "brokers", name: "<default>" }), wanted));
  }
}

const found = (configs: readonly Entry[]): Described => ({ errorCode: "NONE", errorMessage: "", configs });

function topicEntries(overrides: Readonly<Record<string, string>>, wanted: Wanted, services: BrokerServices): Entry[] {
  return namesOf(topicDefinitions, wanted).map((name) => {
    const sources = listed(
      services.topicConfigs.sourcesOf(name as TopicConfigName, overrides),
      name as TopicConfigName,
    );
    const source = services.topicConfigs.sourcesOf(name as TopicConfigName, overrides)[0]?.source ?? "default";
    return entryOf(name, topicDefinitions[name as TopicConfigName], wanted, {
      value: services.topicConfigs.textOf(name as TopicConfigName, overrides),
      source,
      readOnly: false,
      synonyms: sources,
    });
  });
}

/** Of defaults only the first broker key's is told; the others would not count even if it were unset. */
const listed = (sources: readonly TopicConfigSource[], name: TopicConfigName): readonly TopicConfigSource[] =>
  sources.filter((one) => one.source !== "default" || one.name === topicDefinitions[name].synonyms[0]?.name);

function brokerEntries(wanted: Wanted, { config }: BrokerServices): Entry[] {
  return namesOf(brokerDefinitions, wanted).map((name) => {
    const sources = config.sourcesOf(name);
    const definition = brokerDefinitions[name as keyof typeof brokerDefinitions];
    return entryOf(name, definition, wanted, {
      value: sources[0]?.text ?? null,
      source: sources[0]?.source ?? "default",
      readOnly: definition.dynamic === "read-only",
      synonyms: sources.map(({ source, text }) => ({ source, name, text: text ?? "" })),
    });
  });
}

function defaultEntries(texts: Readonly<Record<string, string>>, wanted: Wanted): Entry[] {
  return namesOf(brokerDefinitions, wanted)
    .filter((name) => Object.hasOwn(texts, name))
    .map((name) =>
      entryOf(name, brokerDefinitions[name as keyof typeof brokerDefinitions], wanted, {
        value: texts[name] ?? null,
        source: "dynamic-default",
        readOnly: false,
        synonyms: [{ source: "dynamic-default", name, text: texts[name] ?? "" }],
      }),
    );
}

const namesOf = (definitions: Readonly<Record<string, ConfigDefinition>>, { keys }: Wanted): string[] =>
  Object.keys(definitions).filter((name) => keys === null || keys.includes(name));

function entryOf(
  name: string,
  definition: ConfigDefinition,
  wanted: Wanted,
  told: {
    readonly value: string | null;
    readonly source: TopicConfigSource["source"];
    readonly readOnly: boolean;
    readonly synonyms: readonly TopicConfigSource[];
  },
): Entry {
  const isSensitive = definition.type === "password";
  return {
    name,
    value: isSensitive ? null : told.value,
    readOnly: told.readOnly,
    isDefault: wanted.version === 0 && told.source === "default",
    configSource: SOURCES[told.source],
    isSensitive,
    synonyms: wanted.synonyms
      ? told.synonyms.map((synonym) => ({
          name: synonym.name,
          value: isSensitive ? null : synonym.text,
          source: SOURCES[synonym.source],
        }))
      : [],
    configType: TYPES[definition.type],
    documentation: wanted.documentation ? definition.doc : null,
  };
}

const SOURCES: Readonly<Record<"dynamic-topic" | ConfigSource, number>> = {
  "dynamic-topic": 1,
  "dynamic-broker": 2,
  "dynamic-default": 3,
  static: 4,
  default: 5,
};

const TYPES: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};
