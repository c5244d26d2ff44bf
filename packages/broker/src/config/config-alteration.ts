import { brokerDefinitions, isBrokerConfig } from "./broker-definitions";
import { splitList } from "./config-definition";
import type { ConfigResource } from "./config-resource";
import { validateTopicConfigs } from "./topic-configs";
import { isTopicConfig, topicDefinitions } from "./topic-definitions";

type Texts = Readonly<Record<string, string>>;

/** What is to happen to one key. */
export interface ConfigOperation {
  readonly name: string;
  readonly operation: "set" | "delete" | "append" | "subtract";
  readonly value: string | null;
}

export interface ConfigRefusal {
  readonly error: "INVALID_REQUEST" | "INVALID_CONFIG";
  readonly message: string;
}

export type Altered = { readonly error: "NONE"; readonly next: Texts } | ConfigRefusal;

/** What a resource's overrides become, and whether they may: operations on single keys. @see KIP-339 */
export function alterIncrementally(
  resource: ConfigResource,
  current: Texts,
  operations: readonly ConfigOperation[],
): Altered {
  const twice = operations.find(({ name }, i) => operations.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) return invalidRequest(`Error due to duplicate config keys: ${twice.name}`);
  const nothing = operations.find(({ operation, value }) => operation !== "delete" && value === null);
  if (nothing !== undefined) return invalidRequest(`Null value not supported for : ${nothing.name}`);
  const next: Record<string, string> = { ...current };
  for (const { name, operation, value } of operations) {
    const text = (value ?? "").trim();
    if (operation === "set") next[name] = text;
    else if (operation === "delete") delete next[name];
    else {
      const known = definitionOf(resource, name);
      if (known?.type !== "list") return invalidConfig(`Config value append is not allowed for config key: ${name}`);
      const before = splitList(next[name] ?? known.defaultText ?? "");
      const values = splitList(text);
      next[name] = (
        operation === "append" ? [...new Set([...before, ...values])] : before.filter((one) => !values.includes(one))
      ).join(",");
    }
  }
  return judged(
    resource,
    current,
    next,
    operations.map(({ name }) => name),
  );
}

/** What a resource's overrides become, and whether they may: all of them replaced. @see KIP-133 */
export function replaceConfigs(
  resource: ConfigResource,
  current: Texts,
  configs: readonly { readonly name: string; readonly value: string | null }[],
): Altered {
  const nothing = configs.find(({ value }) => value === null);
  if (nothing !== undefined) return invalidRequest(`Null value not supported for : ${nothing.name}`);
  const next = Object.fromEntries(configs.map(({ name, value }) => [name, (value ?? "").trim()]));
  return judged(resource, current, next, [...Object.keys(current), ...Object.keys(next)]);
}

function judged(resource: ConfigResource, current: Texts, next: Texts, touched: readonly string[]): Altered {
  const refusal =
    resource.kind === "topic" ? validateTopicConfigs(next) : brokerRefusal(resource, current, next, touched);
  return refusal ?? { error: "NONE", next };
}

function brokerRefusal(
  resource: ConfigResource,
  current: Texts,
  next: Texts,
  touched: readonly string[],
): ConfigRefusal | null {
  for (const name of new Set(touched)) {
    if (current[name] === next[name]) continue;
    if (!isBrokerConfig(name)) return invalidConfig(`Unknown broker config name: ${name}`);
    const { dynamic } = brokerDefinitions[name];
    if (dynamic === "read-only") return invalidRequest(`Cannot update these configs dynamically: Set(${name})`);
    if (dynamic === "per-broker" && resource.kind === "all-brokers")
      return invalidRequest(`Cannot update these configs at default cluster level: Set(${name})`);
    const text = next[name];
    if (text === undefined) continue;
    const parsed = brokerDefinitions[name].parse(text);
    if (!parsed.ok)
      return invalidRequest(`Invalid value ${text} for configuration ${name}: it must be ${parsed.expected}`);
    // A file may say so, but from here nobody could connect any more to take it back.
    if (name === "max.connections" && parsed.value === 0)
      return invalidRequest(`Invalid value 0 for configuration ${name}: it would shut everybody out`);
    if (name === "log.message.downconversion.enable" && parsed.value === true)
      return invalidConfig(`Invalid value true for configuration ${name}: down-conversion is not supported`);
    if (name === "max.connection.creation.rate" && text !== brokerDefinitions[name].defaultText)
      return invalidConfig(`Invalid value ${text} for configuration ${name}: quotas are not supported`);
  }
  return withoutAddress(next) ? invalidRequest(NO_ADDRESS_MAY_CONNECT) : null;
}

/** Whether no address at all could connect. */
const withoutAddress = (texts: Texts): boolean =>
  Number(texts["max.connections.per.ip"] ?? 1) === 0 && (texts["max.connections.per.ip.overrides"] ?? "") === "";

const NO_ADDRESS_MAY_CONNECT =
  "max.connections.per.ip can be set to zero only together with max.connections.per.ip.overrides";

const definitionOf = (resource: ConfigResource, name: string) => {
  if (resource.kind === "topic") return isTopicConfig(name) ? topicDefinitions[name] : undefined;
  return isBrokerConfig(name) ? brokerDefinitions[name] : undefined;
};

const invalidRequest = (message: string): ConfigRefusal => ({ error: "INVALID_REQUEST", message });
const invalidConfig = (message: string): ConfigRefusal => ({ error: "INVALID_CONFIG", message });
