/** A group as it is written down, and found again by the next coordinator. */
export interface GroupRecord {
  /** Null for a group that has only committed offsets so far. */
  readonly protocolType: string | null;
  readonly generation: number;
  /** Null while there are no members. */
  readonly protocolName: string | null;
  readonly leaderId: string | null;
  /** When it came into the state it is in, milliseconds since the epoch; null when that was not written down. */
  readonly stateSinceMs: number | null;
  readonly members: readonly MemberRecord[];
}

export interface MemberRecord {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly subscription: Buffer;
  readonly assignment: Buffer;
}
