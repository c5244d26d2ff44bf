/** Resource types of the config APIs, by their numbers on the wire. */
export const TOPIC_RESOURCE = 2;
export const BROKER_RESOURCE = 4;

/** What a config request is about; null for a kind of resource that has no configs here. */
export type ConfigResource =
  | { readonly kind: "topic"; readonly name: string }
  | { readonly kind: "broker"; readonly id: number }
  | { readonly kind: "all-brokers" };

/** @returns the resource, or why the request is refused */
export function resourceOf(
  type: number,
  name: string,
  ownId: number,
): ConfigResource | { readonly kind: "refused"; readonly message: string } {
  if (type === TOPIC_RESOURCE) return { kind: "topic", name };
  if (type !== BROKER_RESOURCE) return { kind: "refused", message: `Unsupported resource type: ${type}` };
  if (name === "") return { kind: "all-brokers" };
  if (!/^\d{1,9}$/.test(name)) return { kind: "refused", message: `Broker id must be an integer, but it is: ${name}` };
  if (Number(name) !== ownId)
    return {
      kind: "refused",
      message: `Unexpected broker id, expected ${ownId} or empty string, but received ${name}`,
    };
  return { kind: "broker", id: ownId };
}

/** How Kafka names a resource in messages. */
export const inWords = (type: number, name: string): string =>
  `ConfigResource(type=${{ [TOPIC_RESOURCE]: "TOPIC", [BROKER_RESOURCE]: "BROKER" }[type] ?? "UNKNOWN"}, name='${name}')`;
