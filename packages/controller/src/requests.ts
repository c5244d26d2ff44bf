/** Kafka's names of what a request to the controller can end in. */
export type RequestError =
  | "NONE"
  | "UNKNOWN_SERVER_ERROR"
  | "UNKNOWN_TOPIC_OR_PARTITION"
  | "UNKNOWN_TOPIC_ID"
  | "REQUEST_TIMED_OUT"
  | "INVALID_TOPIC_EXCEPTION"
  | "TOPIC_ALREADY_EXISTS"
  | "INVALID_PARTITIONS"
  | "INVALID_REPLICATION_FACTOR"
  | "INVALID_REPLICA_ASSIGNMENT"
  | "INVALID_CONFIG"
  | "NOT_CONTROLLER"
  | "INVALID_REQUEST"
  | "POLICY_VIOLATION"
  | "REASSIGNMENT_IN_PROGRESS"
  | "NO_REASSIGNMENT_IN_PROGRESS"
  | "PREFERRED_LEADER_NOT_AVAILABLE"
  | "ELIGIBLE_LEADERS_NOT_AVAILABLE"
  | "ELECTION_NOT_NEEDED"
  | "TOPIC_DELETION_DISABLED"
  | "STALE_BROKER_EPOCH"
  | "BROKER_NOT_AVAILABLE";

/** One item's outcome: an error name, and Kafka's words for it where it has some. */
export interface Outcome {
  readonly error: RequestError;
  readonly message: string | null;
}

export interface TopicCreation {
  readonly name: string;
  /** -1: the broker's default (num.partitions), and always when `assignments` is given. */
  readonly partitions: number;
  /** -1: the broker's default (default.replication.factor), and always when `assignments` is given. */
  readonly replicationFactor: number;
  /** Empty: the controller places the replicas. */
  readonly assignments: readonly { readonly partition: number; readonly replicas: readonly number[] }[];
  readonly configs: readonly { readonly name: string; readonly value: string | null }[];
}

export interface TopicCreationOutcome extends Outcome {
  readonly name: string;
  /** All zero when nothing was made. */
  readonly topicId: string;
  /** -1 when nothing was made (or, under validateOnly, would have been). */
  readonly partitions: number;
  readonly replicationFactor: number;
}

export interface PartitionIncrease {
  readonly name: string;
  /** How many partitions the topic shall have. */
  readonly count: number;
  /** Replicas of each added partition in order; null: the controller places them. */
  readonly assignments: readonly (readonly number[])[] | null;
}

export interface PartitionIncreaseOutcome extends Outcome {
  readonly name: string;
}

export type TopicDeletion = { readonly name: string } | { readonly topicId: string };

export interface TopicDeletionOutcome extends Outcome {
  /** Null when only an unknown id was given. */
  readonly name: string | null;
  /** All zero when only an unknown name was given. */
  readonly topicId: string;
}

export interface RequestOptions {
  /** How long to wait for the effect, milliseconds. 0 or less: REQUEST_TIMED_OUT once the act is done, without waiting. */
  readonly timeoutMs: number;
  /** Check only, write nothing. */
  readonly validateOnly?: boolean;
}

/** A block of producer ids that belongs to the asking broker for ever. */
export type ProducerIdBlockOutcome =
  | { readonly error: "NONE"; readonly firstProducerId: bigint; readonly length: number }
  | { readonly error: "NOT_CONTROLLER" | "STALE_BROKER_EPOCH" | "BROKER_NOT_AVAILABLE" | "UNKNOWN_SERVER_ERROR" };

/** The topic id of no topic. */
export const ZERO_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA";
