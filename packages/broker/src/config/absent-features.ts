import type { BrokerConfig } from "./broker-config";

/** A configuration that asks for something that is not here. Such a key stops the start: ignored, it would mean something else. */
export interface AbsentFeature {
  readonly key: string;
  readonly value: string;
  readonly feature: string;
}

/** Keys that we do not define, and that ask for a feature whatever they say. */
const BY_PREFIX: readonly (readonly [RegExp, string])[] = [
  [/^(listener\.name\.[^.]+\.)?ssl\./, "TLS"],
  [/^(listener\.name\.[^.]+\.)?(.+\.)?sasl\./, "SASL"],
  [/^zookeeper\.ssl\.(?!client\.enable$)/, "TLS to ZooKeeper"],
  [/^delegation\.token\./, "delegation tokens"],
  [/^(super\.users|allow\.everyone\.if\.no\.acl\.found|principal\.builder\.class)$/, "ACLs"],
  [/^(client\.quota\.callback\.class|quota\.(producer|consumer)\.default)$/, "quotas"],
  [/^(rsm\.|rlmm\.|remote\.log\.(?!storage\.system\.enable$)|log\.local\.retention\.)/, "tiered storage"],
  [
    /^(process\.roles|controller\.quorum\.|controller\.listener\.names$|metadata\.log\.|zookeeper\.metadata\.migration\.)/,
    "KRaft: the cluster is coordinated by ZooKeeper",
  ],
  [/^group\.(share|consumer\.migration)\./, "KIP-848 and share groups"],
  [/^(create\.topic|alter\.config)\.policy\.class\.name$/, "policies as Java classes"],
];

/** @param given every key that was set, with its value; keys that ask for what cannot be are found among them */
export function absentFeatures(given: ReadonlyMap<string, string>, config: BrokerConfig): AbsentFeature[] {
  const found: AbsentFeature[] = [];
  for (const [key, value] of given) {
    const feature = value === "" ? undefined : BY_PREFIX.find(([pattern]) => pattern.test(key))?.[1];
    if (feature !== undefined) found.push({ key, value: isSecret(key) ? "(hidden)" : value, feature });
  }
  const refuse = (key: Parameters<BrokerConfig["get"]>[0], asks: boolean, feature: string): void => {
    if (asks) found.push({ key, value: given.get(key) ?? String(config.get(key)), feature });
  };
  const protocols = config.protocols;
  for (const { name } of config.listeners) {
    const protocol = protocols.get(name);
    if (protocol !== undefined && protocol !== "PLAINTEXT")
      found.push({
        key: "listener.security.protocol.map",
        value: `${name}:${protocol}`,
        feature: securityOf(protocol),
      });
  }
  const between = config.get("security.inter.broker.protocol");
  refuse("security.inter.broker.protocol", between !== "PLAINTEXT", securityOf(between));
  refuse("authorizer.class.name", config.get("authorizer.class.name") !== "", "ACLs");
  refuse("zookeeper.set.acl", config.get("zookeeper.set.acl"), "ACLs in ZooKeeper");
  refuse("zookeeper.ssl.client.enable", config.get("zookeeper.ssl.client.enable"), "TLS to ZooKeeper");
  refuse("connections.max.reauth.ms", config.get("connections.max.reauth.ms") > 0, "SASL");
  refuse("max.connection.creation.rate", config.get("max.connection.creation.rate") < 2 ** 31 - 1, "quotas");
  refuse("remote.log.storage.system.enable", config.get("remote.log.storage.system.enable"), "tiered storage");
  refuse("log.message.downconversion.enable", config.get("log.message.downconversion.enable"), DOWN_CONVERSION);
  refuse(
    "group.coordinator.rebalance.protocols",
    config.get("group.coordinator.rebalance.protocols").some((protocol) => protocol !== "classic"),
    "KIP-848 and share groups",
  );
  return found;
}

export const DOWN_CONVERSION = "down-conversion of records for Fetch versions below 4";

const securityOf = (protocol: string): string => (protocol.startsWith("SASL") ? "SASL" : "TLS");

const isSecret = (key: string): boolean => /password|secret|jaas/.test(key);
