import type { Ticket } from "./group-effects";

/** One way in which a member could take part, best first in its list: an assignor's name, and what the member tells it. */
export interface MemberProtocol {
  readonly name: string;
  /** For consumers, a ConsumerProtocolSubscription behind its version. */
  readonly metadata: Buffer;
}

/** A member of a group. Owned by its group, which changes it. */
export interface Member {
  /** Another one once a static member has come back. */
  memberId: string;
  /** Null for a dynamic member. @see KIP-345 */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  protocols: readonly MemberProtocol[];
  /** What the leader gave it in this generation; empty before. */
  assignment: Buffer;
  /** Its JoinGroup that waits for an answer. */
  joining: Ticket | null;
  /** Its SyncGroup that waits for an answer. */
  syncing: Ticket | null;
  /** It has not had an answer to its first JoinGroup: it may go while it waits. */
  isNew: boolean;
  /** Without a word until then it is out. Put off by every heartbeat. */
  deadlineMs: number;
  /** The queue has it looked at then, at or before its deadline; null when it does not. */
  lookAtMs: number | null;
}

/** Whether a member says of itself just what it said before. */
export function hasSameProtocols(member: Member, protocols: readonly MemberProtocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every(({ name, metadata }, index) => {
      const other = protocols[index];
      return other !== undefined && other.name === name && other.metadata.equals(metadata);
    })
  );
}

/** What a member says to a protocol; empty when it does not know it. */
export function metadataFor(member: Member, protocolName: string | null): Buffer {
  return member.protocols.find(({ name }) => name === protocolName)?.metadata ?? NOTHING;
}

export const NOTHING: Buffer = Buffer.alloc(0);
