import type { CreateTopicsResponseInput } from "@ottla/protocol";
import type { TopicConfigs } from "../config/topic-configs";
import { type TopicConfigName, topicDefinitions } from "../config/topic-definitions";

type Entry = NonNullable<CreateTopicsResponseInput["topics"][number]["configs"]>[number];

/** The effective configuration of a topic that has just been made with `overrides`, as CreateTopics reports it (KIP-525). */
export function topicConfigEntries(
  configs: TopicConfigs,
  overrides: readonly { readonly name: string; readonly value: string | null }[],
): Entry[] {
  const texts: Record<string, string> = {};
  for (const { name, value } of overrides) if (value !== null) texts[name] = value;
  return Object.keys(topicDefinitions).map((key) => {
    const name = key as TopicConfigName;
    const source = configs.sourcesOf(name, texts)[0]?.source ?? "default";
    return {
      name,
      value: configs.textOf(name, texts),
      readOnly: false,
      configSource: SOURCE_CODES[source],
      isSensitive: false,
    };
  });
}

/** Kafka's codes for where a value comes from. */
const SOURCE_CODES = { "dynamic-topic": 1, "dynamic-broker": 2, "dynamic-default": 3, static: 4, default: 5 } as const;
