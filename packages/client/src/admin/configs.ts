import { describeConfigs, incrementalAlterConfigs } from "@ottla/protocol";
import type { ClusterClient, Target } from "../cluster/cluster-client";
import { KafkaError, throwUnlessNone } from "../kafka-error";

export interface ConfigResource {
  readonly type: "topic" | "broker";
  /** Topic, or broker id as text; "" for the defaults of all brokers. */
  readonly name: string;
}

export type ConfigSource =
  | "unknown"
  | "topic"
  | "broker"
  | "all brokers"
  | "file"
  | "default"
  | "broker logger"
  | "client metrics"
  | "group";

export interface ConfigEntry {
  readonly name: string;
  /** Null where the value is sensitive. */
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  /** What the value overrides, itself first. */
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: ConfigSource }[];
}

export interface ConfigAlteration {
  readonly name: string;
  readonly operation: "set" | "delete" | "append" | "subtract";
  /** Null only with "delete". */
  readonly value: string | null;
}

/** The configuration of one resource. @throws KafkaError */
export async function readConfigs(
  cluster: ClusterClient,
  resource: ConfigResource,
  options: { readonly keys?: readonly string[]; readonly signal?: AbortSignal } = {},
): Promise<ConfigEntry[]> {
  const what = whatOf(resource);
  return cluster.retry(`describing ${what}`, options, async () => {
    const answer = await cluster.request(
      targetOf(resource),
      describeConfigs,
      {
        resources: [
          {
            resourceType: RESOURCE_TYPE[resource.type],
            resourceName: resource.name,
            configurationKeys: options.keys ?? null,
          },
        ],
        includeSynonyms: true,
      },
      options,
    );
    const result = answer.results[0];
    if (result === undefined) throw new KafkaError("UNKNOWN_SERVER_ERROR", what, "the answer is empty");
    throwUnlessNone(result.errorCode, what, result.errorMessage);
    return result.configs.map((config) => ({
      name: config.name,
      value: config.value,
      source: SOURCES[config.configSource] ?? "unknown",
      isReadOnly: config.readOnly,
      isSensitive: config.isSensitive,
      synonyms: config.synonyms.map(({ name, value, source }) => ({
        name,
        value,
        source: SOURCES[source] ?? "unknown",
      })),
    }));
  });
}

/** Changes single keys of one resource. @throws KafkaError */
export async function alterConfigs(
  cluster: ClusterClient,
  resource: ConfigResource,
  alterations: readonly ConfigAlteration[],
  options: { readonly validateOnly?: boolean; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const what = whatOf(resource);
  await cluster.retry(`altering ${what}`, options, async () => {
    const answer = await cluster.request(
      targetOf(resource),
      incrementalAlterConfigs,
      {
        resources: [
          {
            resourceType: RESOURCE_TYPE[resource.type],
            resourceName: resource.name,
            configs: alterations.map(({ name, operation, value }) => ({
              name,
              configOperation: OPERATIONS.indexOf(operation),
              value,
            })),
          },
        ],
        validateOnly: options.validateOnly ?? false,
      },
      options,
    );
    const result = answer.responses[0];
    throwUnlessNone(result?.errorCode ?? "UNKNOWN_SERVER_ERROR", what, result?.errorMessage);
  });
}

/** A broker answers for itself; topics and the defaults of all brokers are known to every one. */
function targetOf({ type, name }: ConfigResource): Target {
  return type === "broker" && name !== "" ? Number(name) : "any";
}

function whatOf({ type, name }: ConfigResource): string {
  return type === "broker" && name === "" ? "the defaults of all brokers" : `${type} ${name}`;
}

/** Of DescribeConfigs and IncrementalAlterConfigs. */
const RESOURCE_TYPE = { topic: 2, broker: 4 } as const;
/** By their codes, from 0. */
const OPERATIONS: readonly ConfigAlteration["operation"][] = ["set", "delete", "append", "subtract"];
/** By their codes, from 0. */
const SOURCES: readonly ConfigSource[] = [
  "unknown",
  "topic",
  "broker",
  "all brokers",
  "file",
  "default",
  "broker logger",
  "client metrics",
  "group",
];
