/** Requests and replies of the calls between brokers. Errors are Kafka's names. */

/** What a call that only the active controller serves can end in. */
export type ControllerCallError =
  | "NONE"
  | "NOT_CONTROLLER"
  | "STALE_BROKER_EPOCH"
  | "BROKER_NOT_AVAILABLE"
  | "REQUEST_TIMED_OUT"
  | "INVALID_REQUEST"
  | "UNKNOWN_SERVER_ERROR";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface ControlledShutdownRequest {
  readonly brokerId: number;
  readonly brokerEpoch: bigint;
}

export interface ControlledShutdownReply {
  readonly error: ControllerCallError;
  /** Partitions that the broker still leads: nobody else in their ISR can. */
  readonly remaining: readonly TopicPartition[];
}

export interface AllocateProducerIdsRequest {
  readonly brokerId: number;
  readonly brokerEpoch: bigint;
}

export interface AllocateProducerIdsReply {
  readonly error: ControllerCallError;
  /** First id of the block, which is the asker's for ever; -1 with an error. */
  readonly firstProducerId: bigint;
  /** How many ids; 0 with an error. */
  readonly length: number;
}

export interface ElectLeadersRequest {
  readonly electionType: "preferred" | "unclean";
  /** Null: every partition. */
  readonly partitions: readonly TopicPartition[] | null;
  /** How long to wait for the effect, milliseconds. */
  readonly timeoutMs: number;
}

export interface ElectLeadersReply {
  /** For the request as a whole; unless NONE, `partitions` is empty. */
  readonly error: ControllerCallError;
  readonly partitions: readonly ElectionOutcome[];
}

export interface ElectionOutcome extends TopicPartition {
  readonly error: ElectionError;
  readonly message: string | null;
}

export type ElectionError =
  | "NONE"
  | "PREFERRED_LEADER_NOT_AVAILABLE"
  | "ELIGIBLE_LEADERS_NOT_AVAILABLE"
  | "ELECTION_NOT_NEEDED"
  | "INVALID_TOPIC_EXCEPTION"
  | "UNKNOWN_TOPIC_OR_PARTITION"
  | "LEADER_NOT_AVAILABLE"
  | "NOT_CONTROLLER"
  | "REQUEST_TIMED_OUT"
  | "UNKNOWN_SERVER_ERROR";

export interface AlterReassignmentsRequest {
  readonly timeoutMs: number;
  readonly partitions: readonly ReassignmentTarget[];
}

export interface ReassignmentTarget extends TopicPartition {
  /** The replicas wanted, preferred leader first; null cancels what is under way. */
  readonly replicas: readonly number[] | null;
}

export interface AlterReassignmentsReply {
  readonly error: ControllerCallError;
  readonly message: string | null;
  readonly partitions: readonly ReassignmentOutcome[];
}

export interface ReassignmentOutcome extends TopicPartition {
  readonly error: ReassignmentError;
  readonly message: string | null;
}

export type ReassignmentError =
  | "NONE"
  | "NO_REASSIGNMENT_IN_PROGRESS"
  | "INVALID_REPLICA_ASSIGNMENT"
  | "INVALID_REPLICATION_FACTOR"
  | "INVALID_TOPIC_EXCEPTION"
  | "UNKNOWN_TOPIC_OR_PARTITION"
  | "REASSIGNMENT_IN_PROGRESS"
  | "NOT_CONTROLLER"
  | "REQUEST_TIMED_OUT"
  | "UNKNOWN_SERVER_ERROR";

export interface ListReassignmentsRequest {
  readonly timeoutMs: number;
  /** Null: every partition. */
  readonly partitions: readonly TopicPartition[] | null;
}

export interface ListReassignmentsReply {
  readonly error: ControllerCallError;
  readonly message: string | null;
  readonly partitions: readonly OngoingReassignment[];
}

export interface OngoingReassignment extends TopicPartition {
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

export type IdentityRequest = Readonly<Record<never, never>>;

/** Who answers (replication rule 39). */
export interface Identity {
  readonly brokerId: number;
  /** czxid of the registration; null before there is one. */
  readonly brokerEpoch: bigint | null;
  /** Names the process for its lifetime. */
  readonly incarnation: string;
  /** Ids of its log directories, as in meta.properties. */
  readonly directoryIds: readonly string[];
  /** Its epoch as active controller; null when it is not. */
  readonly controllerEpoch: number | null;
}

/** Asks what the addressee has found about a controller that the asker cannot reach. */
export interface EvidenceRequest {
  readonly controllerId: number;
  readonly controllerEpoch: number;
  /** Names the controller's process; empty when the asker never had a session with it. */
  readonly controllerIncarnation: string;
}

export interface Evidence {
  /**
   * - gone: nobody listens at its addresses, or another process does
   * - silent: no route, name or answer for the whole grace
   * - alive: a session with it stands
   * - unknown: none of these yet, or another controller epoch is known here
   */
  readonly found: "gone" | "silent" | "alive" | "unknown";
  /** The process is known to be no more (replication rule 40). */
  readonly proof: boolean;
}

export interface EpochEndRequest {
  readonly partitions: readonly EpochEndQuestion[];
}

export interface EpochEndQuestion {
  /** 22 characters, base64url. */
  readonly topicId: string;
  readonly partition: number;
  /** The leader epoch that the asker knows; -1: not checked. */
  readonly currentLeaderEpoch: number;
  /** The epoch whose end is asked for. */
  readonly leaderEpoch: number;
}

export interface EpochEndReply {
  readonly partitions: readonly EpochEnd[];
}

export interface EpochEnd {
  readonly topicId: string;
  readonly partition: number;
  readonly error:
    | "NONE"
    | "FENCED_LEADER_EPOCH"
    | "UNKNOWN_LEADER_EPOCH"
    | "NOT_LEADER_OR_FOLLOWER"
    | "UNKNOWN_TOPIC_ID"
    | "KAFKA_STORAGE_ERROR"
    | "UNKNOWN_SERVER_ERROR";
  /** The greatest known epoch not above the one asked for; -1 when there is none, or an error. */
  readonly leaderEpoch: number;
  /** Where it ends; -1 when there is none, or an error. */
  readonly endOffset: number;
}

export interface LogEndsRequest {
  readonly partitions: readonly { readonly topicId: string; readonly partition: number }[];
}

export interface LogEndsReply {
  readonly partitions: readonly LogEnd[];
}

export interface LogEnd {
  readonly topicId: string;
  readonly partition: number;
  readonly error: "NONE" | "UNKNOWN_TOPIC_ID" | "KAFKA_STORAGE_ERROR" | "UNKNOWN_SERVER_ERROR";
  /** Leader epoch of the last batch; -1 when the log holds none, or with an error. */
  readonly lastEpoch: number;
  /** -1 with an error. */
  readonly logEndOffset: number;
  /** -1 with an error. */
  readonly logStartOffset: number;
}
