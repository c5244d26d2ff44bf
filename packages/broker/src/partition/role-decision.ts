/** What the controller decided about one partition, as a LeaderAndIsr command tells it. */
export interface PartitionDecision {
  readonly topicId: string;
  /** Broker that leads; -1 when nobody does. */
  readonly leader: number;
  readonly leaderEpoch: number;
  /** Version of the partition's state znode. */
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
  readonly replicas: readonly number[];
}

/** What this broker knows of the same partition before the command. */
export interface LocalReplica {
  readonly brokerId: number;
  /** Null where the partition is not hosted yet. */
  readonly topicId: string | null;
  /** Null until the first decision reached this process: whatever the log holds was written by an earlier one, or followed. */
  readonly role: {
    readonly leader: number;
    readonly leaderEpoch: number;
    readonly partitionEpoch: number;
  } | null;
  /** Newest leader epoch that the log knows; null for an empty log. */
  readonly lastEpoch: number | null;
  /** Records of the log are damaged. */
  readonly isDamaged?: boolean;
}

/**
 * - lead, follow: a new leader epoch begins here
 * - adopt: same leader epoch, newer ISR
 * - keep: nothing new; the sender may take it as done
 * - refuse: the error is the answer for this partition, and nothing changes
 */
export type RoleDecision =
  | { readonly kind: "lead" | "follow" | "adopt" | "keep" }
  | {
      readonly kind: "refuse";
      readonly error:
        | "INCONSISTENT_TOPIC_ID"
        | "UNKNOWN_TOPIC_OR_PARTITION"
        | "STALE_CONTROLLER_EPOCH"
        | "FENCED_LEADER_EPOCH"
        | "KAFKA_STORAGE_ERROR";
      readonly reason: string;
    };

/**
 * Judges one partition of a LeaderAndIsr command.
 *
 * An equal leader epoch with a higher partition epoch is adopted, not skipped as Kafka does (rule 28): the controller took a follower
 * out of the ISR and left the leader in place. A process never leads in an epoch it did not open (rule 17): after a restart it would
 * give offsets that followers hold under that epoch to other records, and no comparison could tell.
 */
export function decideRole(decision: PartitionDecision, local: LocalReplica): RoleDecision {
  if (local.topicId !== null && local.topicId !== decision.topicId) {
    return refuse("INCONSISTENT_TOPIC_ID", `hosted under topic id ${local.topicId}, told ${decision.topicId}`);
  }
  if (!decision.replicas.includes(local.brokerId)) {
    return refuse("UNKNOWN_TOPIC_OR_PARTITION", `broker ${local.brokerId} is not among its replicas`);
  }
  const { role } = local;
  if (role !== null && decision.leaderEpoch <= role.leaderEpoch) return withoutNewEpoch(decision, role);
  if (decision.leader !== local.brokerId) return { kind: "follow" };
  if (local.lastEpoch !== null && decision.leaderEpoch <= local.lastEpoch) {
    return refuse(
      "FENCED_LEADER_EPOCH",
      `leader epoch ${decision.leaderEpoch}, the log already knows ${local.lastEpoch}; a new election is needed`,
    );
  }
  if (local.isDamaged === true && decision.isr.some((id) => id !== local.brokerId)) {
    return refuse("KAFKA_STORAGE_ERROR", "records of its log are damaged, and another member of the ISR can lead");
  }
  return { kind: "lead" };
}

function withoutNewEpoch(decision: PartitionDecision, role: NonNullable<LocalReplica["role"]>): RoleDecision {
  if (decision.leaderEpoch < role.leaderEpoch) {
    return refuse("STALE_CONTROLLER_EPOCH", `leader epoch ${decision.leaderEpoch}, ${role.leaderEpoch} is known`);
  }
  if (decision.leader !== role.leader) {
    return refuse("STALE_CONTROLLER_EPOCH", `two leaders, ${role.leader} and ${decision.leader}, in one leader epoch`);
  }
  return { kind: decision.partitionEpoch > role.partitionEpoch ? "adopt" : "keep" };
}

function refuse(error: Extract<RoleDecision, { kind: "refuse" }>["error"], reason: string): RoleDecision {
  return { kind: "refuse", error, reason };
}
