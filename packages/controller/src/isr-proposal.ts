import type { PartitionIdentity } from "./broker-channel";

/** A leader's proposals, one for each partition. */
export interface AlterPartitionRequest {
  readonly partitions: readonly IsrProposal[];
}

/** The ISR that a leader wants its partition to have. */
export interface IsrProposal extends PartitionIdentity {
  /** The leader's own epoch. */
  readonly leaderEpoch: number;
  /** Version of the state that the proposal starts from. */
  readonly partitionEpoch: number;
  readonly isr: readonly ProposedMember[];
  /** True while the leader has not finished its recovery after an unclean election. */
  readonly recovering: boolean;
}

export interface ProposedMember {
  readonly brokerId: number;
  /**
   * The broker epoch under which the member acknowledged what it has. -1n for a member of the ISR as it stands that has not attached under
   * this leader epoch, and for the leader itself, where it is the session's.
   */
  readonly brokerEpoch: bigint;
}

export interface AlterPartitionReply {
  /**
   * Anything but NONE concerns the whole request and settles none of its proposals.
   *
   * - NOT_CONTROLLER: also when the session has been replaced, or the outcome is unknown
   */
  readonly error: "NONE" | "NOT_CONTROLLER" | "STALE_BROKER_EPOCH";
  /** Epoch of the controller that answers; a success counts only from one at least that of the current leader epoch's (rule 5). */
  readonly controllerEpoch: number;
  /** In the order asked; empty with an error. */
  readonly partitions: readonly AlterPartitionOutcome[];
}

/**
 * What became of one proposal. With NONE and INVALID_UPDATE_VERSION the state is the present one, as ZooKeeper has confirmed it; with every
 * other error it is what the controller knows, or -1 throughout when it knows nothing.
 *
 * - NOT_CONTROLLER: the broker knows more than this controller
 * - FENCED_LEADER_EPOCH: there is a later leader epoch
 * - INVALID_UPDATE_VERSION: the state has changed meanwhile; adopt the one given
 * - INELIGIBLE_REPLICA: definite: a proposed member may not join; not to be proposed again within a second (rule 26)
 */
export interface AlterPartitionOutcome extends PartitionIdentity {
  readonly error:
    | "NONE"
    | "NOT_CONTROLLER"
    | "FENCED_LEADER_EPOCH"
    | "INVALID_UPDATE_VERSION"
    | "INVALID_REQUEST"
    | "INELIGIBLE_REPLICA"
    | "UNKNOWN_TOPIC_ID"
    | "UNKNOWN_TOPIC_OR_PARTITION";
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
  readonly recovering: boolean;
}
