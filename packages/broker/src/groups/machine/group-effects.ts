import type { ErrorName } from "@ottla/protocol";
import type { GroupRecord } from "./group-record";

/** Stands for a request that waits for its answer. */
export type Ticket = number;

/** One moment on both clocks. */
export interface Moment {
  /** Never goes back: deadlines are measured with it. */
  readonly atMs: number;
  /** Milliseconds since the epoch: what is written down. */
  readonly wallMs: number;
}

export interface JoinAnswer {
  readonly error: ErrorName;
  /** Empty where the client has to begin anew. */
  readonly memberId: string;
  /** -1 with an error. */
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** Member id of the leader; empty with an error. */
  readonly leaderId: string;
  /** The leader keeps the assignment that there is (KIP-814). */
  readonly skipAssignment: boolean;
  /** Everybody, for the leader; nobody for others. */
  readonly members: readonly JoinedMember[];
}

export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Buffer;
}

export interface SyncAnswer {
  readonly error: ErrorName;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

/** What a group wants done. */
export type GroupEffect =
  | { readonly kind: "answerJoin"; readonly ticket: Ticket; readonly answer: JoinAnswer }
  | { readonly kind: "answerSync"; readonly ticket: Ticket; readonly answer: SyncAnswer }
  /** To be written down; `Group.onPersisted` wants to hear of `write`. */
  | { readonly kind: "persist"; readonly write: number; readonly record: GroupRecord };
