/**
 * Whether a replica is among those that a topic's `*.replication.throttled.replicas` names (KIP-73).
 *
 * @param named `*` for all, or `partition:broker` for each
 * @param brokerId of the broker whose traffic it is: the leader's for what leaders send, the follower's for what followers take
 */
export const isThrottledReplica = (named: readonly string[], partition: number, brokerId: number): boolean =>
  named[0] === ALL || named.includes(`${partition}:${brokerId}`);

/** @returns null when a list names throttled replicas as it must, otherwise what would be right */
export const checkThrottledReplicas = (named: readonly string[]): string | null =>
  (named.length === 1 && named[0] === ALL) || named.every((one) => /^\d+:\d+$/.test(one))
    ? null
    : "the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...";

const ALL = "*";
