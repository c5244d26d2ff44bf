import { NO_LEADER } from "../broker-channel";

/** What the state znode of a partition says. */
export interface PartitionState {
  /** Broker id; -1 without a leader. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  /** True after an unclean election, until the leader's first ISR change. */
  readonly recovering: boolean;
}

/**
 * The first state of a partition: the first live replica leads, all live replicas are in sync (there is nothing to lack yet), epoch 0.
 *
 * @returns null when no replica is live; the partition stays new until one is
 */
export function initialPartitionState(replicas: readonly number[], isLive: IsLive): PartitionState | null {
  const isr = replicas.filter(isLive);
  const leader = isr[0];
  return leader === undefined ? null : { leader, leaderEpoch: 0, isr, recovering: false };
}

/**
 * Whether the leader has restarted since the state was written: its registration (czxid = broker epoch) is younger than the state's last
 * change. A process never leads in an epoch it did not open, so such a partition needs an election, LE + 1, even if nobody else can lead.
 */
export function leaderBounced(
  state: PartitionState,
  stateMzxid: bigint,
  leaderBrokerEpoch: bigint | undefined,
): boolean {
  return state.leader !== NO_LEADER && leaderBrokerEpoch !== undefined && leaderBrokerEpoch > stateMzxid;
}

/**
 * The state once one replica of a topic that is being deleted is offline: out of the ISR unless it is the last, leader none if it led.
 * The epoch rises each time, so that whatever the replica still sends is late.
 *
 * @returns the same object when the replica is not in the ISR: nothing to write
 */
export function withReplicaDeleted(state: PartitionState, replica: number): PartitionState {
  if (!state.isr.includes(replica)) return state;
  return {
    ...state,
    leader: state.leader === replica ? NO_LEADER : state.leader,
    leaderEpoch: state.leaderEpoch + 1,
    isr: state.isr.length === 1 ? state.isr : state.isr.filter((id) => id !== replica),
  };
}

export type IsLive = (brokerId: number) => boolean;
