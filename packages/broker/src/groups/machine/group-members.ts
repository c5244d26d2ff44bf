import { hasSameProtocols, type Member, type MemberProtocol } from "./member";

/**
 * Who is in a group, who leads it, and which protocols all of them know.
 *
 * Counts are kept as members come and go, so that "has everybody joined?" costs the same for ten members and ten thousand.
 */
export class GroupMembers {
  private readonly byId = new Map<string, Member>();
  /** Member id by instance id. */
  private readonly statics = new Map<string, string>();
  /** How many members know a protocol. */
  private readonly supporters = new Map<string, number>();
  /** Ids given out with MEMBER_ID_REQUIRED and not used yet. @see KIP-394 */
  readonly pendingIds = new Set<string>();
  private waitingToJoin = 0;
  private leader: string | null = null;

  get size(): number {
    return this.byId.size;
  }
  /** How many have a JoinGroup that waits. */
  get joiningCount(): number {
    return this.waitingToJoin;
  }
  get leaderId(): string | null {
    return this.leader;
  }
  get hasAllJoined(): boolean {
    return this.waitingToJoin === this.byId.size && this.pendingIds.size === 0;
  }

  has(memberId: string): boolean {
    return this.byId.has(memberId);
  }
  get(memberId: string): Member | undefined {
    return this.byId.get(memberId);
  }
  /** In the order in which they came. */
  all(): Iterable<Member> {
    return this.byId.values();
  }
  isLeader(memberId: string): boolean {
    return this.leader === memberId;
  }
  /** The member id that an instance has now. */
  idOfInstance(groupInstanceId: string): string | undefined {
    return this.statics.get(groupInstanceId);
  }

  /** The longest that any member may take to rejoin; 0 without members. */
  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const member of this.byId.values()) longest = Math.max(longest, member.rebalanceTimeoutMs);
    return longest;
  }

  /** The first one leads. */
  add(member: Member, leaderId: string = this.leader ?? member.memberId): void {
    this.leader = leaderId;
    this.byId.set(member.memberId, member);
    if (member.groupInstanceId !== null) this.statics.set(member.groupInstanceId, member.memberId);
    this.pendingIds.delete(member.memberId);
    this.count(member.protocols, 1);
    if (member.joining !== null) this.waitingToJoin++;
  }

  remove(member: Member): void {
    this.byId.delete(member.memberId);
    if (member.groupInstanceId !== null) this.statics.delete(member.groupInstanceId);
    this.count(member.protocols, -1);
    if (member.joining !== null) this.waitingToJoin--;
    if (this.leader === member.memberId) this.leader = this.byId.keys().next().value ?? null;
  }

  /** A static member goes on under another id; the leader stays leader. */
  rename(member: Member, memberId: string): void {
    this.byId.delete(member.memberId);
    if (this.leader === member.memberId) this.leader = memberId;
    member.memberId = memberId;
    this.byId.set(memberId, member);
    if (member.groupInstanceId !== null) this.statics.set(member.groupInstanceId, memberId);
  }

  setProtocols(member: Member, protocols: readonly MemberProtocol[]): void {
    if (hasSameProtocols(member, protocols)) return;
    this.count(member.protocols, -1);
    member.protocols = protocols;
    this.count(protocols, 1);
  }

  setJoining(member: Member, ticket: Member["joining"]): void {
    if (member.joining !== null) this.waitingToJoin--;
    member.joining = ticket;
    if (ticket !== null) this.waitingToJoin++;
  }

  /** Whether every member knows one of these. */
  knowOneOf(protocols: readonly MemberProtocol[]): boolean {
    return protocols.some(({ name }) => this.isCommon(name));
  }

  /** The protocol with the most votes; each member votes for the first in its list that all know. Of equals, the one voted for first. */
  electProtocol(): string | null {
    const votes = new Map<string, number>();
    for (const { protocols } of this.byId.values()) {
      const choice = protocols.find(({ name }) => this.isCommon(name));
      if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    let best: string | null = null;
    for (const [name, count] of votes) if (best === null || count > (votes.get(best) ?? 0)) best = name;
    return best;
  }

  /** Makes a member leader that waits to join, unless the present one does. @returns false when nobody waits */
  electLeader(): boolean {
    const leader = this.leader === null ? undefined : this.byId.get(this.leader);
    if (leader !== undefined && leader.joining !== null) return true;
    for (const { memberId, joining } of this.byId.values()) {
      if (joining === null) continue;
      this.leader = memberId;
      return true;
    }
    return false;
  }

  private isCommon(protocol: string): boolean {
    return this.supporters.get(protocol) === this.byId.size;
  }

  private count(protocols: readonly MemberProtocol[], by: 1 | -1): void {
    for (const name of new Set(protocols.map((protocol) => protocol.name))) {
      const left = (this.supporters.get(name) ?? 0) + by;
      if (left === 0) this.supporters.delete(name);
      else this.supporters.set(name, left);
    }
  }
}
