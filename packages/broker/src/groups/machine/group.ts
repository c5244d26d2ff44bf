import type { ErrorName } from "@ottla/protocol";
import { invariant } from "@ottla/runtime";
import type { GroupEffect, JoinAnswer, Moment, SyncAnswer, Ticket } from "./group-effects";
import { GroupMembers } from "./group-members";
import type { GroupRecord } from "./group-record";
import { hasSameProtocols, type Member, type MemberProtocol, metadataFor, NOTHING } from "./member";
import { MemberSessions } from "./member-sessions";
import { CONSUMER_PROTOCOL_TYPE, subscribedTopics } from "./subscriptions";

/**
 * What a group is doing.
 *
 * - `Empty`: no members; it keeps committed offsets. A JoinGroup moves it on to PreparingRebalance; when its offsets are gone, it is Dead.
 * - `PreparingRebalance`: JoinGroups wait for each other; heartbeats and SyncGroups are told REBALANCE_IN_PROGRESS. When all have come, or
 *   time is up, it is CompletingRebalance in a new generation; Empty if nobody is left.
 * - `CompletingRebalance`: SyncGroups wait for the leader's assignment. Once that is written down it is Stable; a new JoinGroup, a member
 *   lost, or a failed write makes it PreparingRebalance.
 * - `Stable`: everybody has an assignment, and SyncGroup answers it. A member that joins, leaves or falls silent: PreparingRebalance.
 * - `Dead`: removed, or coordinated elsewhere. Nothing moves it on; every request is told COORDINATOR_NOT_AVAILABLE.
 */
export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable" | "Dead";

/** Limits that a broker sets its groups; read at each use. */
export interface GroupLimits {
  readonly membersMax: number;
  /** How long a group that was empty waits for more members before its first generation. */
  readonly initialRebalanceDelayMs: number;
}

export interface JoinRequest {
  /** Empty for somebody new. */
  readonly memberId: string;
  /** The id that somebody new gets. */
  readonly freshMemberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  /** Somebody new must come again with the id that it is told (KIP-394). */
  readonly requiresKnownMemberId: boolean;
  /** The client knows `skipAssignment` (KIP-814). */
  readonly supportsSkippingAssignment: boolean;
}

export interface MemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export interface SyncRequest extends MemberIdentity {
  readonly generation: number;
  /** Null when the client does not say. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: ReadonlyMap<string, Buffer>;
}

/** How long a member whose first JoinGroup waits may be without a sign of life: it knows no id to send heartbeats with. */
export const NEW_MEMBER_JOIN_MS = 5 * 60 * 1000;

/**
 * One consumer group: who is in it, which generation, who owns what. Events in, effects out; it knows neither clock, log nor connections.
 *
 * @see KIP-62 for the two timeouts; KIP-134 for the initial delay; KIP-345 for static members; KIP-394 for pending ones; KIP-814
 */
export class Group {
  private current: GroupState = "Empty";
  private since: number | null;
  private currentGeneration = 0;
  private type: string | null = null;
  private protocol: string | null = null;
  /** Null when it is not known what is subscribed to. */
  private topics: ReadonlySet<string> | null = null;
  private readonly members = new GroupMembers();
  private readonly sessions = new MemberSessions();
  /** While preparing: until when JoinGroups are waited for. */
  private joinWait: JoinWait | null = null;
  /** Somebody came while the first generation of the group was waited for. */
  private someoneNewCame = false;
  /** Who has joined this generation and not yet asked for its assignment, and until when that is waited for. */
  private readonly owesSync = new Set<string>();
  private syncDeadlineMs: number | null = null;
  private readonly writes = new Map<number, PendingWrite>();
  private lastWrite = 0;
  private effects: GroupEffect[] = [];

  constructor(
    readonly groupId: string,
    private readonly limits: GroupLimits,
    now: Moment,
  ) {
    this.since = now.wallMs;
  }

  /** The group as another coordinator wrote it down; its members' sessions begin anew. */
  static restored(groupId: string, record: GroupRecord, limits: GroupLimits, now: Moment): Group {
    const group = new Group(groupId, limits, now);
    group.restore(record, now);
    return group;
  }

  get state(): GroupState {
    return this.current;
  }
  get generation(): number {
    return this.currentGeneration;
  }
  /** `consumer` for consumers; null while the group has only offsets. */
  get protocolType(): string | null {
    return this.type;
  }
  get protocolName(): string | null {
    return this.protocol;
  }
  /** Milliseconds since the epoch; null when that was not written down. */
  get stateSinceMs(): number | null {
    return this.since;
  }
  get size(): number {
    return this.members.size;
  }
  get leaderId(): string | null {
    return this.members.leaderId;
  }
  /** Whether somebody has been given an id and has not come with it yet. */
  get hasPendingMembers(): boolean {
    return this.members.pendingIds.size > 0;
  }
  /** In the order in which they came. Not to be changed. */
  get allMembers(): Iterable<Readonly<Member>> {
    return this.members.all();
  }
  /** When `onTimer` is to be called at the latest; null when nothing is waited for. */
  get nextDeadlineMs(): number | null {
    let next = this.sessions.firstAtMs;
    for (const atMs of [this.joinWait?.atMs ?? null, this.syncDeadlineMs]) {
      if (atMs !== null && (next === null || atMs < next)) next = atMs;
    }
    return next;
  }

  /** Whether offsets of the topic may be in use by a member. */
  isSubscribedTo(topic: string): boolean {
    return this.topics?.has(topic) ?? true;
  }
  /** What members are subscribed to; null when that is not known. */
  get subscribedTopics(): ReadonlySet<string> | null {
    return this.topics;
  }

  join(request: JoinRequest, ticket: Ticket, now: Moment): GroupEffect[] {
    const { memberId } = request;
    if (this.current === "Dead") this.refuseJoin(ticket, memberId, "COORDINATOR_NOT_AVAILABLE");
    else if (!this.hasRoomFor(memberId)) {
      const member = this.members.get(memberId);
      if (member !== undefined) this.drop(member);
      this.members.pendingIds.delete(memberId);
      this.refuseJoin(ticket, "", "GROUP_MAX_SIZE_REACHED");
    } else if (!this.canTake(request)) this.refuseJoin(ticket, memberId, "INCONSISTENT_GROUP_PROTOCOL");
    else if (memberId === "") this.joinAnew(request, ticket, now);
    else if (this.members.pendingIds.has(memberId) && request.groupInstanceId === null) {
      this.addMember(memberId, request, ticket, now);
    } else this.joinAgain(request, ticket, now);
    this.completeJoinIfAllCame(now);
    return this.takeEffects();
  }

  sync(request: SyncRequest, ticket: Ticket, now: Moment): GroupEffect[] {
    const error = this.checkSync(request);
    const member = this.members.get(request.memberId);
    if (error !== "NONE" || member === undefined) {
      this.answerSync(ticket, refusedSync(error));
      return this.takeEffects();
    }
    switch (this.current) {
      case "PreparingRebalance":
        this.answerSync(ticket, refusedSync("REBALANCE_IN_PROGRESS"));
        break;
      case "CompletingRebalance":
        this.answerWaitingSync(member, refusedSync("REBALANCE_IN_PROGRESS"));
        member.syncing = ticket;
        this.hasSynced(member.memberId);
        if (this.members.isLeader(member.memberId)) this.persistAssignment(request.assignments);
        break;
      case "Stable":
        this.hasSynced(member.memberId);
        this.answerSync(ticket, this.assignmentOf(member));
        this.heard(member, now);
        break;
      default:
        this.answerSync(ticket, refusedSync("UNKNOWN_MEMBER_ID"));
    }
    return this.takeEffects();
  }

  heartbeat(request: MemberIdentity & { readonly generation: number }, now: Moment): ErrorName {
    if (this.current === "Dead") return "COORDINATOR_NOT_AVAILABLE";
    const error = this.checkMember(request, request.generation);
    if (error !== "NONE") return error;
    const member = this.members.get(request.memberId);
    if (member === undefined) return "UNKNOWN_MEMBER_ID";
    this.heard(member, now);
    return this.current === "PreparingRebalance" ? "REBALANCE_IN_PROGRESS" : "NONE";
  }

  /** @returns an error for each who leaves, in their order; one for all when nobody could */
  leave(
    leaving: readonly MemberIdentity[],
    now: Moment,
  ): { readonly error: ErrorName; readonly errors: readonly ErrorName[]; readonly effects: GroupEffect[] } {
    if (this.current === "Dead") return { error: "COORDINATOR_NOT_AVAILABLE", errors: [], effects: [] };
    const errors = leaving.map((identity) => this.leaveOne(identity, now));
    return { error: "NONE", errors, effects: this.takeEffects() };
  }

  /**
   * Whether offsets may be committed; from a member it counts as a sign of life.
   *
   * @param generation below 0 from consumers that assign partitions to themselves, and from tools
   */
  checkCommit(request: MemberIdentity & { readonly generation: number }, now: Moment): ErrorName {
    if (this.current === "Dead") return "COORDINATOR_NOT_AVAILABLE";
    if (request.generation < 0 && this.current === "Empty") return "NONE";
    const saysNothing = request.generation < 0 && request.memberId === "" && request.groupInstanceId === null;
    if (saysNothing) return "UNKNOWN_MEMBER_ID";
    const error = this.checkMember(request, request.generation);
    if (error !== "NONE") return error;
    // It knows the generation, but not its assignment yet: it cannot have consumed anything under it.
    if (this.current === "CompletingRebalance") return "REBALANCE_IN_PROGRESS";
    const member = this.members.get(request.memberId);
    if (member !== undefined) this.heard(member, now);
    return "NONE";
  }

  /** What is due by `now` happens. */
  onTimer(now: Moment): GroupEffect[] {
    for (const expired of this.sessions.takeExpired(now.atMs)) {
      if ("pendingId" in expired) {
        if (this.members.pendingIds.delete(expired.pendingId)) this.completeJoinIfAllCame(now);
        continue;
      }
      if (this.members.get(expired.memberId) !== expired) continue;
      // Who waits for others cannot send heartbeats; its session begins when it is answered.
      const mayBeSilent = !expired.isNew && (expired.joining !== null || expired.syncing !== null);
      if (!mayBeSilent) this.removeMember(expired, now);
    }
    if (this.syncDeadlineMs !== null && this.syncDeadlineMs <= now.atMs) this.onSyncsOverdue(now);
    if (this.joinWait !== null && this.joinWait.atMs <= now.atMs) this.onJoinsOverdue(this.joinWait, now);
    return this.takeEffects();
  }

  /** @param error NONE when the record of `write` is committed */
  onPersisted(write: number, error: ErrorName, now: Moment): GroupEffect[] {
    const pending = this.writes.get(write);
    this.writes.delete(write);
    if (pending?.kind === "assignment") this.onAssignmentPersisted(pending, error, now);
    else if (pending?.kind === "staticMember") this.onStaticMemberPersisted(pending, error, now);
    return this.takeEffects();
  }

  /** This process stood still for `lateMs`: nobody was silent by its own doing. */
  onPaused(lateMs: number): void {
    for (const member of this.members.all()) member.deadlineMs += lateMs;
    if (this.joinWait !== null) this.joinWait = { ...this.joinWait, atMs: this.joinWait.atMs + lateMs };
    if (this.syncDeadlineMs !== null) this.syncDeadlineMs += lateMs;
  }

  /** There may be more members than the limit allows, as it is now: they are to join again, and the last ones will not get in. */
  shrinkToLimit(now: Moment): GroupEffect[] {
    if (this.members.size > this.limits.membersMax) this.prepareRebalance(now);
    return this.takeEffects();
  }

  /** It is deleted, or coordinated elsewhere: who waits is told `error`. */
  kill(error: ErrorName, now: Moment): GroupEffect[] {
    for (const member of this.members.all()) {
      this.answerWaitingJoin(member, refusedJoin(member.memberId, error));
      this.answerWaitingSync(member, refusedSync(error));
    }
    this.joinWait = null;
    this.syncDeadlineMs = null;
    this.writes.clear();
    this.enter("Dead", now);
    return this.takeEffects();
  }

  /** A deletion did not come about. */
  revive(now: Moment): void {
    invariant(this.members.size === 0, () => `group ${this.groupId} died with ${this.members.size} members`);
    this.enter("Empty", now);
  }

  private joinAnew(request: JoinRequest, ticket: Ticket, now: Moment): void {
    const { freshMemberId, groupInstanceId } = request;
    if (groupInstanceId !== null) {
      const formerId = this.members.idOfInstance(groupInstanceId);
      const former = formerId === undefined ? undefined : this.members.get(formerId);
      if (former === undefined) this.addMember(freshMemberId, request, ticket, now);
      else this.replaceStatic(former, request, ticket, now);
    } else if (request.requiresKnownMemberId) {
      this.members.pendingIds.add(freshMemberId);
      this.sessions.expectPending(freshMemberId, now.atMs + request.sessionTimeoutMs);
      this.refuseJoin(ticket, freshMemberId, "MEMBER_ID_REQUIRED");
    } else this.addMember(freshMemberId, request, ticket, now);
  }

  private joinAgain(request: JoinRequest, ticket: Ticket, now: Moment): void {
    const { memberId } = request;
    const error = this.checkIdentity(request);
    const member = this.members.get(memberId);
    if (error !== "NONE" || member === undefined) {
      this.refuseJoin(ticket, memberId, error === "NONE" ? "UNKNOWN_MEMBER_ID" : error);
      return;
    }
    const isUnchanged = hasSameProtocols(member, request.protocols);
    // Its answer was lost: it gets it again, and nobody is disturbed. A leader that joins a stable group wants a new assignment.
    const missedAnswer =
      isUnchanged &&
      (this.current === "CompletingRebalance" || (this.current === "Stable" && !this.members.isLeader(memberId)));
    if (missedAnswer) {
      this.answerJoin(ticket, this.joined(member));
      return;
    }
    this.update(member, request, ticket);
    this.maybePrepareRebalance(now);
  }

  /** A static member is back under its instance id, with no member id: whoever goes on under the old one is fenced. */
  private replaceStatic(member: Member, request: JoinRequest, ticket: Ticket, now: Moment): void {
    const formerLeaderId = this.members.leaderId;
    const before = { ...member };
    this.answerWaitingJoin(member, refusedJoin(member.memberId, "FENCED_INSTANCE_ID"));
    this.answerWaitingSync(member, refusedSync("FENCED_INSTANCE_ID"));
    this.owesSync.delete(member.memberId);
    this.members.rename(member, request.freshMemberId);
    this.update(member, request, ticket);
    this.heard(member, now);
    if (this.current === "CompletingRebalance") {
      // The leader may be assigning to the old id, which nobody would ask with.
      this.prepareRebalance(now);
    } else if (this.current === "Stable") {
      if (this.protocol === this.members.electProtocol()) {
        const { supportsSkippingAssignment } = request;
        this.persist({ kind: "staticMember", member, ticket, before, formerLeaderId, supportsSkippingAssignment });
      } else this.prepareRebalance(now);
    }
  }

  private onStaticMemberPersisted(write: StaticMemberWrite, error: ErrorName, now: Moment): void {
    const { member, ticket, before } = write;
    const isWaiting = this.members.get(member.memberId) === member && member.joining === ticket;
    // Once a rebalance has begun, its answer is the one to wait for.
    if (!isWaiting || this.current !== "Stable") return;
    if (error !== "NONE") {
      this.members.setJoining(member, null);
      this.members.rename(member, before.memberId);
      this.members.setProtocols(member, before.protocols);
      member.rebalanceTimeoutMs = before.rebalanceTimeoutMs;
      member.sessionTimeoutMs = before.sessionTimeoutMs;
      this.heard(member, now);
      this.answerJoin(ticket, refusedJoin("", error));
      return;
    }
    const joined = this.joined(member);
    const isLeader = this.members.isLeader(member.memberId);
    // Who does not know about skipping must not take itself for the leader: its assignment would be ignored.
    const answer = write.supportsSkippingAssignment
      ? { ...joined, skipAssignment: isLeader }
      : { ...joined, members: [], leaderId: write.formerLeaderId ?? "" };
    this.answerWaitingJoin(member, answer);
    this.heard(member, now);
  }

  private addMember(memberId: string, request: JoinRequest, ticket: Ticket, now: Moment): void {
    const { groupInstanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols } = request;
    if (this.current === "PreparingRebalance" && this.currentGeneration === 0) this.someoneNewCame = true;
    if (this.members.size === 0) this.type = request.protocolType;
    const member: Member = {
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      rebalanceTimeoutMs,
      sessionTimeoutMs,
      protocols,
      assignment: NOTHING,
      joining: ticket,
      syncing: null,
      isNew: true,
      deadlineMs: 0,
      lookAtMs: null,
    };
    this.members.add(member);
    this.sessions.expect(member, now.atMs + NEW_MEMBER_JOIN_MS);
    this.maybePrepareRebalance(now);
  }

  private update(member: Member, request: JoinRequest, ticket: Ticket): void {
    this.members.setProtocols(member, request.protocols);
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    this.answerWaitingJoin(member, refusedJoin(member.memberId, "REBALANCE_IN_PROGRESS"));
    this.members.setJoining(member, ticket);
  }

  private leaveOne(identity: MemberIdentity, now: Moment): ErrorName {
    const { memberId, groupInstanceId } = identity;
    if (memberId === "") {
      // A tool removes a static member whose id it does not know.
      const id = groupInstanceId === null ? undefined : this.members.idOfInstance(groupInstanceId);
      const member = id === undefined ? undefined : this.members.get(id);
      if (member === undefined) return "UNKNOWN_MEMBER_ID";
      this.removeMember(member, now);
      return "NONE";
    }
    if (this.members.pendingIds.delete(memberId)) {
      this.completeJoinIfAllCame(now);
      return "NONE";
    }
    const error = this.checkIdentity(identity);
    if (error !== "NONE") return error;
    const member = this.members.get(memberId);
    if (member === undefined) return "UNKNOWN_MEMBER_ID";
    this.removeMember(member, now);
    return "NONE";
  }

  private removeMember(member: Member, now: Moment): void {
    this.drop(member);
    if (this.current === "PreparingRebalance") this.completeJoinIfAllCame(now);
    else this.maybePrepareRebalance(now);
  }

  /** Whoever waits under its name learns that it is out. */
  private drop(member: Member): void {
    this.answerWaitingJoin(member, refusedJoin("", "UNKNOWN_MEMBER_ID"));
    this.answerWaitingSync(member, refusedSync("UNKNOWN_MEMBER_ID"));
    this.members.remove(member);
    this.hasSynced(member.memberId);
  }

  private maybePrepareRebalance(now: Moment): void {
    if (this.current === "Stable" || this.current === "CompletingRebalance" || this.current === "Empty") {
      this.prepareRebalance(now);
    }
  }

  private prepareRebalance(now: Moment): void {
    if (this.current === "CompletingRebalance") this.cancelAssignment("REBALANCE_IN_PROGRESS", now);
    this.owesSync.clear();
    this.syncDeadlineMs = null;
    const rebalanceMs = this.members.rebalanceTimeoutMs;
    if (this.current === "Empty") {
      const delayMs = this.limits.initialRebalanceDelayMs;
      this.joinWait = { atMs: now.atMs + delayMs, initialLeftMs: Math.max(0, rebalanceMs - delayMs) };
    } else this.joinWait = { atMs: now.atMs + rebalanceMs, initialLeftMs: null };
    this.enter("PreparingRebalance", now);
    this.completeJoinIfAllCame(now);
  }

  private completeJoinIfAllCame(now: Moment): void {
    // A group that was empty waits out its delay: those that start together are to begin together (KIP-134).
    if (this.joinWait?.initialLeftMs === null && this.members.hasAllJoined) this.completeJoin(now);
  }

  private onJoinsOverdue(wait: JoinWait, now: Moment): void {
    if (wait.initialLeftMs === null || !this.someoneNewCame || wait.initialLeftMs === 0) {
      this.completeJoin(now);
      return;
    }
    this.someoneNewCame = false;
    const moreMs = Math.min(this.limits.initialRebalanceDelayMs, wait.initialLeftMs);
    this.joinWait = { atMs: now.atMs + moreMs, initialLeftMs: wait.initialLeftMs - moreMs };
  }

  private completeJoin(now: Moment): void {
    this.joinWait = null;
    this.someoneNewCame = false;
    for (const member of this.members.all()) {
      if (member.joining === null && member.groupInstanceId === null) this.drop(member);
    }
    if (this.members.size > 0 && !this.members.electLeader()) {
      // Only static members, and none is back: their sessions decide how long they are waited for.
      this.joinWait = { atMs: now.atMs + this.members.rebalanceTimeoutMs, initialLeftMs: null };
      return;
    }
    this.currentGeneration++;
    this.protocol = this.members.size === 0 ? null : this.members.electProtocol();
    this.topics = this.readSubscriptions();
    if (this.members.size === 0) {
      this.enter("Empty", now);
      this.persist({ kind: "empty" });
      return;
    }
    this.enter("CompletingRebalance", now);
    for (const member of this.members.all()) {
      this.owesSync.add(member.memberId);
      this.answerWaitingJoin(member, this.joined(member));
      this.heard(member, now);
      member.isNew = false;
    }
    this.syncDeadlineMs = now.atMs + this.members.rebalanceTimeoutMs;
  }

  private onSyncsOverdue(now: Moment): void {
    this.syncDeadlineMs = null;
    for (const memberId of this.owesSync) {
      const member = this.members.get(memberId);
      if (member !== undefined) this.drop(member);
    }
    this.owesSync.clear();
    this.maybePrepareRebalance(now);
  }

  private hasSynced(memberId: string): void {
    this.owesSync.delete(memberId);
    if (this.owesSync.size === 0) this.syncDeadlineMs = null;
  }

  private persistAssignment(given: ReadonlyMap<string, Buffer>): void {
    for (const write of this.writes.values()) {
      // The leader asks again: what it said first is being written, and is what counts.
      if (write.kind === "assignment" && write.generation === this.currentGeneration) return;
    }
    const assignments = new Map<string, Buffer>();
    // Whom the leader forgot gets nothing.
    for (const { memberId } of this.members.all()) assignments.set(memberId, given.get(memberId) ?? NOTHING);
    this.persist({ kind: "assignment", generation: this.currentGeneration, assignments });
  }

  private onAssignmentPersisted({ generation, assignments }: AssignmentWrite, error: ErrorName, now: Moment): void {
    // Somebody joined or left while it was written: another assignment will follow.
    if (this.current !== "CompletingRebalance" || generation !== this.currentGeneration) return;
    if (error !== "NONE") {
      this.cancelAssignment(error, now);
      this.prepareRebalance(now);
      return;
    }
    for (const member of this.members.all()) member.assignment = assignments.get(member.memberId) ?? NOTHING;
    this.enter("Stable", now);
    for (const member of this.members.all()) this.answerSyncOf(member, this.assignmentOf(member), now);
  }

  private cancelAssignment(error: ErrorName, now: Moment): void {
    for (const member of this.members.all()) {
      member.assignment = NOTHING;
      this.answerSyncOf(member, refusedSync(error), now);
    }
  }

  private answerSyncOf(member: Member, answer: SyncAnswer, now: Moment): void {
    // Its session was not looked at while it waited.
    if (this.answerWaitingSync(member, answer)) this.heard(member, now);
  }

  private persist(write: PendingWrite): void {
    this.writes.set(++this.lastWrite, write);
    const assignments = write.kind === "assignment" ? write.assignments : null;
    this.effects.push({ kind: "persist", write: this.lastWrite, record: this.record(assignments) });
  }

  private record(assignments: ReadonlyMap<string, Buffer> | null): GroupRecord {
    return {
      protocolType: this.type,
      generation: this.currentGeneration,
      protocolName: this.protocol,
      leaderId: this.members.leaderId,
      stateSinceMs: this.since,
      members: Array.from(this.members.all(), (member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeoutMs: member.rebalanceTimeoutMs,
        sessionTimeoutMs: member.sessionTimeoutMs,
        subscription: metadataFor(member, this.protocol),
        assignment: assignments?.get(member.memberId) ?? member.assignment,
      })),
    };
  }

  private restore(record: GroupRecord, now: Moment): void {
    this.currentGeneration = record.generation;
    this.type = record.protocolType;
    this.protocol = record.protocolName;
    for (const { subscription, ...member } of record.members) {
      const restored: Member = {
        ...member,
        protocols: record.protocolName === null ? [] : [{ name: record.protocolName, metadata: subscription }],
        joining: null,
        syncing: null,
        isNew: false,
        deadlineMs: 0,
        lookAtMs: null,
      };
      this.members.add(restored, record.leaderId ?? member.memberId);
      this.heard(restored, now);
    }
    this.topics = this.readSubscriptions();
    this.current = this.members.size === 0 ? "Empty" : "Stable";
    this.since = record.stateSinceMs;
  }

  private readSubscriptions(): ReadonlySet<string> | null {
    if (this.type !== CONSUMER_PROTOCOL_TYPE) return null;
    return subscribedTopics(Array.from(this.members.all(), (member) => metadataFor(member, this.protocol)));
  }

  private hasRoomFor(memberId: string): boolean {
    const { membersMax } = this.limits;
    switch (this.current) {
      case "PreparingRebalance": {
        // The limit may have become lower: those that come first stay.
        const isWaiting = (this.members.get(memberId)?.joining ?? null) !== null;
        return isWaiting || this.members.joiningCount < membersMax;
      }
      case "CompletingRebalance":
      case "Stable":
        return this.members.has(memberId) || this.members.size < membersMax;
      default:
        return true;
    }
  }

  private canTake({ protocolType, protocols }: JoinRequest): boolean {
    if (this.current === "Empty") return protocolType !== "" && protocols.length > 0;
    // Before the first one has come there is nothing to agree with.
    if (this.members.size === 0) return protocolType !== "" && protocols.length > 0;
    return this.type === protocolType && this.members.knowOneOf(protocols);
  }

  private checkIdentity({ memberId, groupInstanceId }: MemberIdentity): ErrorName {
    if (groupInstanceId === null) return this.members.has(memberId) ? "NONE" : "UNKNOWN_MEMBER_ID";
    const current = this.members.idOfInstance(groupInstanceId);
    if (current === undefined) return "UNKNOWN_MEMBER_ID";
    return current === memberId ? "NONE" : "FENCED_INSTANCE_ID";
  }

  private checkMember(identity: MemberIdentity, generation: number): ErrorName {
    const error = this.checkIdentity(identity);
    if (error !== "NONE") return error;
    return generation === this.currentGeneration ? "NONE" : "ILLEGAL_GENERATION";
  }

  private checkSync(request: SyncRequest): ErrorName {
    if (this.current === "Dead") return "COORDINATOR_NOT_AVAILABLE";
    const error = this.checkMember(request, request.generation);
    if (error !== "NONE") return error;
    const { protocolType, protocolName } = request;
    if (protocolType !== null && protocolType !== this.type) return "INCONSISTENT_GROUP_PROTOCOL";
    if (protocolName !== null && protocolName !== this.protocol) return "INCONSISTENT_GROUP_PROTOCOL";
    return "NONE";
  }

  /** A sign of life. */
  private heard(member: Member, now: Moment): void {
    this.sessions.expect(member, now.atMs + member.sessionTimeoutMs);
  }

  private joined(member: Member): JoinAnswer {
    const isLeader = this.members.isLeader(member.memberId);
    return {
      error: "NONE",
      memberId: member.memberId,
      generation: this.currentGeneration,
      protocolType: this.type,
      protocolName: this.protocol,
      leaderId: this.members.leaderId ?? "",
      skipAssignment: false,
      members: isLeader
        ? Array.from(this.members.all(), (other) => ({
            memberId: other.memberId,
            groupInstanceId: other.groupInstanceId,
            metadata: metadataFor(other, this.protocol),
          }))
        : [],
    };
  }

  private assignmentOf(member: Member): SyncAnswer {
    return {
      error: "NONE",
      protocolType: this.type,
      protocolName: this.protocol,
      assignment: member.assignment,
    };
  }

  private enter(state: GroupState, now: Moment): void {
    this.current = state;
    this.since = now.wallMs;
  }

  private refuseJoin(ticket: Ticket, memberId: string, error: ErrorName): void {
    this.answerJoin(ticket, refusedJoin(memberId, error));
  }

  private answerJoin(ticket: Ticket, answer: JoinAnswer): void {
    this.effects.push({ kind: "answerJoin", ticket, answer });
  }

  private answerWaitingJoin(member: Member, answer: JoinAnswer): void {
    if (member.joining === null) return;
    this.answerJoin(member.joining, answer);
    this.members.setJoining(member, null);
  }

  private answerSync(ticket: Ticket, answer: SyncAnswer): void {
    this.effects.push({ kind: "answerSync", ticket, answer });
  }

  private answerWaitingSync(member: Member, answer: SyncAnswer): boolean {
    if (member.syncing === null) return false;
    this.answerSync(member.syncing, answer);
    member.syncing = null;
    return true;
  }

  private takeEffects(): GroupEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}

interface JoinWait {
  readonly atMs: number;
  /** For a group that was empty: how much longer it may wait for more members at most. Null when it waits for those it has. */
  readonly initialLeftMs: number | null;
}

interface AssignmentWrite {
  readonly kind: "assignment";
  readonly generation: number;
  readonly assignments: ReadonlyMap<string, Buffer>;
}

interface StaticMemberWrite {
  readonly kind: "staticMember";
  readonly member: Member;
  readonly ticket: Ticket;
  /** The member as it was. */
  readonly before: Readonly<Member>;
  readonly formerLeaderId: string | null;
  readonly supportsSkippingAssignment: boolean;
}

type PendingWrite = AssignmentWrite | StaticMemberWrite | { readonly kind: "empty" };

export function refusedJoin(memberId: string, error: ErrorName): JoinAnswer {
  return {
    error,
    memberId,
    generation: -1,
    protocolType: null,
    protocolName: null,
    leaderId: "",
    skipAssignment: false,
    members: [],
  };
}

export function refusedSync(error: ErrorName): SyncAnswer {
  return { error, protocolType: null, protocolName: null, assignment: NOTHING };
}
