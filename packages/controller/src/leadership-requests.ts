import type { PartitionIdentity } from "./broker-channel";
import type { Outcome } from "./requests";

/** Names a partition as clients do. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/**
 * - preferred: the first assigned replica leads again
 * - unclean: a partition without a live leader gets one, outside the ISR if need be: records may be lost
 */
export interface LeaderElectionRequest {
  readonly kind: "preferred" | "unclean";
  /** Null: all partitions; those that need no election are then left out of the outcome. */
  readonly partitions: readonly PartitionName[] | null;
}

export interface LeaderElectionOutcome extends Outcome, PartitionName {}

/** A partition's new replicas, the preferred leader first; null cancels the reassignment under way. */
export interface ReassignmentRequest extends PartitionName {
  readonly replicas: readonly number[] | null;
}

export interface ReassignmentOutcome extends Outcome, PartitionName {}

/** A reassignment under way. */
export interface OngoingReassignment extends PartitionIdentity {
  /** All replicas: those to be, then those to leave. */
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

export type ReassignmentList =
  | { readonly error: "NONE"; readonly reassignments: readonly OngoingReassignment[] }
  | { readonly error: "NOT_CONTROLLER" | "REQUEST_TIMED_OUT" | "UNKNOWN_SERVER_ERROR" };

/** What a broker that is about to leave is told. With NONE: partitions that it still leads, since nobody else can. */
export type ControlledShutdownOutcome =
  | { readonly error: "NONE"; readonly remaining: readonly PartitionIdentity[] }
  | {
      readonly error:
        | "NOT_CONTROLLER"
        | "STALE_BROKER_EPOCH"
        | "BROKER_NOT_AVAILABLE"
        | "REQUEST_TIMED_OUT"
        | "UNKNOWN_SERVER_ERROR";
    };
