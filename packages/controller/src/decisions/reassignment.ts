import { type Rejection, rejection } from "./rejection";

/** A partition's replicas while it moves, as the topic node holds them. */
export interface Assignment {
  /** All replicas: those to be, then those to leave. */
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** The replicas once the reassignment is done. */
export function targetOf({ replicas, removing }: Assignment): readonly number[] {
  return replicas.filter((id) => !removing.includes(id));
}

/** The replicas from before the reassignment, and after its cancellation. */
export function originOf({ replicas, adding }: Assignment): readonly number[] {
  return replicas.filter((id) => !adding.includes(id));
}

export function isMoving({ adding, removing }: Assignment): boolean {
  return adding.length > 0 || removing.length > 0;
}

/** The assignment on the way from `current` to `target`, whatever way it was on before (KIP-455). */
export function reassignTo(current: Assignment, target: readonly number[]): Assignment {
  const origin = originOf(current);
  const replicas = [...new Set([...target, ...origin])];
  return {
    replicas,
    adding: replicas.filter((id) => !origin.includes(id)),
    removing: replicas.filter((id) => !target.includes(id)),
  };
}

/** Whether every replica to be is in sync, so that the others may go. */
export function isComplete(assignment: Assignment, isr: readonly number[]): boolean {
  return !isMoving(assignment) || targetOf(assignment).every((id) => isr.includes(id));
}

export interface ReassignmentPlan {
  readonly error: "NONE";
  readonly assignment: Assignment;
}

/**
 * Judges what a client asks for.
 *
 * @param target null: cancel what is under way
 * @param isLive brokers that may take new replicas
 */
export function planReassignment(
  current: Assignment,
  target: readonly number[] | null,
  isLive: (id: number) => boolean,
): ReassignmentPlan | Rejection {
  if (target === null) {
    if (!isMoving(current)) return rejection("NO_REASSIGNMENT_IN_PROGRESS", null);
    return { error: "NONE", assignment: reassignTo(current, originOf(current)) };
  }
  if (target.length === 0) {
    return invalid("Empty replica list specified in partition reassignment.");
  }
  const shown = target.join(", ");
  if (new Set(target).size !== target.length) {
    return invalid(`Duplicate replica ids in partition reassignment replica list: ${shown}`);
  }
  if (target.some((id) => id < 0)) return invalid(`Invalid broker id in replica list: ${shown}`);
  const assignment = reassignTo(current, target);
  if (!assignment.adding.every(isLive)) {
    return invalid(`Replica assignment has brokers that are not alive. Replica list: ${assignment.adding.join(", ")}`);
  }
  return { error: "NONE", assignment };
}

function invalid(message: string): Rejection {
  return rejection("INVALID_REPLICA_ASSIGNMENT", message);
}
