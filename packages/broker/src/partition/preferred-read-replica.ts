/** A replica that a consumer may be sent to. */
export interface ReadableReplica {
  readonly brokerId: number;
  readonly logEndOffset: number;
  readonly logStartOffset: number;
  /** Null when its broker says nothing of where it stands. */
  readonly rack: string | null;
}

/**
 * Which replica a consumer should rather read from (KIP-392, Kafka's RackAwareReplicaSelector): the most caught up in its own rack among
 * those that hold the offset, the leader first.
 *
 * @param followers in-sync replicas on live brokers, without the leader
 * @returns null when the leader serves the consumer itself
 */
export function preferredReadReplica(
  clientRack: string,
  fetchOffset: number,
  leader: ReadableReplica,
  followers: Iterable<ReadableReplica>,
): number | null {
  if (clientRack === "" || leader.rack === clientRack) return null;
  let best: ReadableReplica | null = null;
  for (const replica of followers) {
    if (replica.rack !== clientRack) continue;
    if (replica.logEndOffset < fetchOffset || replica.logStartOffset > fetchOffset) continue;
    if (best === null || replica.logEndOffset > best.logEndOffset) best = replica;
  }
  return best?.brokerId ?? null;
}
