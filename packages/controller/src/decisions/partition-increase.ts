import type { PartitionIncrease } from "../requests";
import { type Rejection, rejection } from "./rejection";
import { type PlaceableBroker, placeReplicas } from "./replica-placement";

/** What the controller knows of the topic whose partitions shall be more. */
export interface IncreaseGround {
  readonly brokers: readonly PlaceableBroker[];
  /** Replicas of every present partition, in order. */
  readonly present: readonly (readonly number[])[];
  readonly reassignmentRunning: boolean;
}

export interface IncreasePlan {
  readonly error: "NONE";
  /** Replicas of each partition to add, in order. */
  readonly added: readonly (readonly number[])[];
}

/** Judges a partition increase and places the replicas of the new partitions where the request does not. */
export function planPartitionIncrease(request: PartitionIncrease, ground: IncreaseGround): IncreasePlan | Rejection {
  const { present } = ground;
  if (ground.reassignmentRunning) {
    return rejection(
      "REASSIGNMENT_IN_PROGRESS",
      `A partition reassignment is in progress for the topic '${request.name}'.`,
    );
  }
  if (request.count < present.length) {
    return rejection(
      "INVALID_PARTITIONS",
      `Topic currently has ${present.length} partitions, which is higher than the requested ${request.count}.`,
    );
  }
  if (request.count === present.length) {
    return rejection("INVALID_PARTITIONS", `Topic already has ${present.length} partitions.`);
  }
  const count = request.count - present.length;
  const first = present[0] ?? [];
  if (request.assignments !== null) return checkAssignments(request.assignments, count, first.length, ground);

  // The round goes on where the topic's first partition began, so that old and new partitions spread together.
  const startIndex = Math.max(
    0,
    ground.brokers.findIndex((broker) => broker.id >= (first[0] ?? 0)),
  );
  const placed = placeReplicas({
    brokers: ground.brokers,
    partitions: count,
    replicationFactor: first.length,
    firstPartition: present.length,
    startIndex,
    shift: startIndex,
  });
  return "error" in placed ? placed : { error: "NONE", added: placed };
}

function checkAssignments(
  assignments: readonly (readonly number[])[],
  count: number,
  factor: number,
  ground: IncreaseGround,
): IncreasePlan | Rejection {
  if (assignments.length !== count) {
    return rejection(
      "INVALID_REPLICA_ASSIGNMENT",
      `Increasing the number of partitions by ${count} but ${assignments.length} assignments provided.`,
    );
  }
  const live = new Set(ground.brokers.map((broker) => broker.id));
  const unknown = [...new Set(assignments.flat().filter((id) => !live.has(id)))];
  if (unknown.length > 0) {
    return rejection(
      "INVALID_REPLICA_ASSIGNMENT",
      `Unknown broker(s) in replica assignment: ${unknown.toSorted((a, b) => a - b).join(", ")}.`,
    );
  }
  for (const [index, replicas] of assignments.entries()) {
    const partition = ground.present.length + index;
    if (replicas.length === 0) {
      return rejection(
        "INVALID_REPLICA_ASSIGNMENT",
        `Cannot have replication factor of 0 for partition id ${partition}.`,
      );
    }
    if (new Set(replicas).size !== replicas.length) {
      return rejection(
        "INVALID_REPLICA_ASSIGNMENT",
        `Duplicate brokers not allowed in replica assignment: ${replicas.join(", ")} for partition id ${partition}.`,
      );
    }
    if (replicas.length !== factor) {
      return rejection(
        "INVALID_REPLICA_ASSIGNMENT",
        `Inconsistent replication factor between partitions, partition 0 has ${factor} while partitions [${partition}] have replication factors [${replicas.length}], respectively.`,
      );
    }
  }
  return { error: "NONE", added: assignments };
}
