import { consumerProtocolSubscription, decodeVersioned, MalformedMessage } from "@ottla/protocol";

/** The protocol type of consumers; only of these a broker knows what their metadata means. */
export const CONSUMER_PROTOCOL_TYPE = "consumer";

/**
 * The topics that consumers are subscribed to, from what they told their group.
 *
 * @returns null when one of them cannot be read: then any topic may be subscribed to
 */
export function subscribedTopics(subscriptions: Iterable<Buffer>): ReadonlySet<string> | null {
  const topics = new Set<string>();
  for (const bytes of subscriptions) {
    try {
      const { value } = decodeVersioned(consumerProtocolSubscription, bytes, { newer: "as-newest" });
      for (const topic of value.topics) topics.add(topic);
    } catch (failure) {
      if (failure instanceof MalformedMessage) return null;
      throw failure;
    }
  }
  return topics;
}
