/** Where group offsets are kept. */
export const GROUP_OFFSETS_TOPIC = "__consumer_offsets";
/** Where transaction states are kept. */
export const TRANSACTION_STATE_TOPIC = "__transaction_state";

/** Topics that brokers write for themselves: clients may read them, and only Kafka's admin tool may write them. */
export function isInternalTopic(name: string): boolean {
  return name === GROUP_OFFSETS_TOPIC || name === TRANSACTION_STATE_TOPIC;
}
