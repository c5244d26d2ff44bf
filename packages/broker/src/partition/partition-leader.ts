import { invariant } from "@ottla/runtime";

/** What the shell must do after an event. */
export type LeaderEffect =
  | { readonly kind: "highWatermarkAdvanced"; readonly from: number; readonly to: number }
  | { readonly kind: "proposeIsr"; readonly proposal: IsrProposal }
  /** An ISR member attached without records it once acknowledged (rule 15): its disk has lost them. */
  | { readonly kind: "tailLost"; readonly brokerId: number; readonly logEndOffset: number };

/** A change of the ISR that the controller has been asked for and has not settled. */
export interface IsrProposal {
  readonly isr: readonly IsrMember[];
  readonly leaderEpoch: number;
  /** The partition epoch it was made on; a state with a higher one settles it. */
  readonly partitionEpoch: number;
}

export interface IsrMember {
  readonly brokerId: number;
  /**
   * Broker epoch under which it acknowledged; -1n for a member of the confirmed ISR that has not attached under this leader epoch; null for
   * the leader itself, which knows its own.
   */
  readonly brokerEpoch: bigint | null;
}

export interface PartitionLeaderOptions {
  readonly brokerId: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
  readonly replicas: readonly number[];
  /** Where the log ends as the epoch begins; it is the epoch's start offset. */
  readonly logEndOffset: number;
  readonly highWatermark: number;
  /** `min.insync.replicas` of the topic. */
  readonly minInsyncReplicas: number;
  /** `replica.lag.time.max.ms`. */
  readonly replicaLagTimeMaxMs: number;
  readonly nowMs: number;
}

/**
 * What the leader of one partition knows: who is in sync, how far each follower is, and what is committed.
 *
 * It owns its state, and touches nothing else: events come in with their time, effects go out. The *maximal ISR* is the ISR the
 * controller confirmed together with the members of a proposal that is not settled; the controller may already have made any of them
 * electable, so a record one of them lacks is not committed (KIP-497).
 */
export class PartitionLeader {
  readonly leaderEpoch: number;
  readonly epochStartOffset: number;
  private readonly brokerId: number;
  private readonly replicaLagTimeMaxMs: number;
  private readonly followers = new Map<number, FollowerProgress>();
  private committedIsr: readonly number[];
  private replicaIds: readonly number[];
  private minInsync: number;
  private epochOfPartition: number;
  private endOffset: number;
  private committedEnd: number;
  private pending: IsrProposal | null = null;
  private removalRefusedUntilMs = Number.NEGATIVE_INFINITY;

  /** Begins a leader epoch: every follower's position is unknown until it attaches under it (rule 16). */
  constructor(options: PartitionLeaderOptions) {
    this.brokerId = options.brokerId;
    this.leaderEpoch = options.leaderEpoch;
    this.epochStartOffset = options.logEndOffset;
    this.epochOfPartition = options.partitionEpoch;
    this.committedIsr = options.isr;
    this.replicaIds = options.replicas;
    this.endOffset = options.logEndOffset;
    this.committedEnd = options.highWatermark;
    this.minInsync = options.minInsyncReplicas;
    this.replicaLagTimeMaxMs = options.replicaLagTimeMaxMs;
    this.resetFollowers(options.nowMs);
  }

  get isr(): readonly number[] {
    return this.committedIsr;
  }
  get replicas(): readonly number[] {
    return this.replicaIds;
  }
  get partitionEpoch(): number {
    return this.epochOfPartition;
  }
  get highWatermark(): number {
    return this.committedEnd;
  }
  get logEndOffset(): number {
    return this.endOffset;
  }
  get proposal(): IsrProposal | null {
    return this.pending;
  }

  /** Replicas that a record must be on before it counts as committed, at most as many as there are replicas. */
  get effectiveMinInsyncReplicas(): number {
    return Math.min(this.minInsync, this.replicaIds.length);
  }

  /** Whether an acks=all produce may be taken. Judged by the confirmed ISR: a member asked for is not a member yet. */
  get hasEnoughReplicas(): boolean {
    return this.committedIsr.length >= this.effectiveMinInsyncReplicas;
  }

  /** Members of the ISR, those asked for included. */
  get maximalIsrSize(): number {
    const asked = this.pending?.isr.filter((member) => !this.committedIsr.includes(member.brokerId)).length ?? 0;
    return this.committedIsr.length + asked;
  }

  /** Whether the records it serves as committed include all that earlier leaders committed; until then `latest` is not known (KIP-207). */
  get hasCaughtUpWithEpochStart(): boolean {
    return this.committedEnd >= this.epochStartOffset;
  }

  /** The log got longer. @param nowMs when: followers that stood at the old end were caught up until now (rule 30) */
  onAppended(logEndOffset: number, nowMs: number): readonly LeaderEffect[] {
    invariant(logEndOffset >= this.endOffset, () => `log end went from ${this.endOffset} to ${logEndOffset}`);
    for (const follower of this.followers.values()) {
      const stoodAtEnd = follower.logEndOffset !== null && follower.logEndOffset >= this.endOffset;
      if (follower.attached && stoodAtEnd) follower.caughtUpAtMs = nowMs;
    }
    this.endOffset = logEndOffset;
    return this.advance(nowMs);
  }

  /**
   * A follower's stream stands, and its log was found to be a prefix of ours ending at `logEndOffset` (rule 14).
   *
   * @returns among others, the removal of an ISR member that has lost its tail (rule 15)
   */
  onFollowerAttached(
    brokerId: number,
    brokerEpoch: bigint,
    logEndOffset: number,
    nowMs: number,
  ): readonly LeaderEffect[] {
    const follower = this.followers.get(brokerId);
    if (follower === undefined || follower.brokerEpoch > brokerEpoch) return NOTHING;
    follower.brokerEpoch = brokerEpoch;
    follower.attached = true;
    follower.logEndOffset = logEndOffset;
    follower.mark = { endOffset: this.endOffset, atMs: nowMs };
    if (logEndOffset >= this.endOffset) follower.caughtUpAtMs = nowMs;
    const effects: LeaderEffect[] = [];
    follower.hasLostTail = logEndOffset < this.committedEnd && this.committedIsr.includes(brokerId);
    if (follower.hasLostTail) {
      follower.caughtUpAtMs = Number.NEGATIVE_INFINITY;
      effects.push({ kind: "tailLost", brokerId, logEndOffset });
    }
    return [...effects, ...this.proposeNext(nowMs), ...this.advance(nowMs)];
  }

  /**
   * Whether an acknowledgement may count (rule 14): of the incarnation that attached, and not behind its last. Whether it is for the
   * attach that stands, and not past the log's end, is for its stream to say.
   */
  accepts(brokerId: number, brokerEpoch: bigint, logEndOffset: number): boolean {
    const follower = this.followers.get(brokerId);
    if (follower === undefined || !follower.attached || follower.brokerEpoch !== brokerEpoch) return false;
    return logEndOffset >= (follower.logEndOffset ?? 0);
  }

  /**
   * A follower holds every record before `logEndOffset`.
   *
   * @param brokerEpoch the registration it speaks for; an older one than known is ignored
   * @param logEndOffset not below its last, nor past the end of our log: `accepts` was asked before
   */
  onFollowerAck(brokerId: number, brokerEpoch: bigint, logEndOffset: number, nowMs: number): readonly LeaderEffect[] {
    const follower = this.followers.get(brokerId);
    if (follower === undefined || !follower.attached || follower.brokerEpoch !== brokerEpoch) return NOTHING;
    invariant(
      logEndOffset >= (follower.logEndOffset ?? 0),
      () => `${brokerId} acknowledged ${logEndOffset} after ${follower.logEndOffset}`,
    );
    follower.logEndOffset = logEndOffset;
    this.noteCaughtUp(follower, nowMs);
    if (logEndOffset >= this.committedEnd) follower.hasLostTail = false;
    return [...this.proposeNext(nowMs), ...this.advance(nowMs)];
  }

  /** Where a follower's log begins, as it says: what a DeleteRecords waits for. */
  onFollowerLogStart(brokerId: number, logStartOffset: number): void {
    const follower = this.followers.get(brokerId);
    if (follower !== undefined) follower.logStartOffset = logStartOffset;
  }

  /**
   * The stream is gone. Where the follower stands stays known; the clock of being caught up freezes (rule 30): at this moment where it
   * stands at the end, however long ago the last record came.
   */
  onFollowerDetached(brokerId: number, nowMs: number): void {
    const follower = this.followers.get(brokerId);
    if (follower === undefined || !follower.attached) return;
    if (follower.logEndOffset !== null && follower.logEndOffset >= this.endOffset) follower.caughtUpAtMs = nowMs;
    follower.attached = false;
  }

  /** Another incarnation of a follower has been heard: what the one before acknowledged says nothing about it (rule 2). */
  onFollowerReborn(brokerId: number, brokerEpoch: bigint): void {
    const follower = this.followers.get(brokerId);
    if (follower === undefined || follower.brokerEpoch >= brokerEpoch) return;
    follower.brokerEpoch = brokerEpoch;
    follower.attached = false;
    follower.logEndOffset = null;
  }

  /** Followers with a stream that stands. */
  get attachedFollowers(): number {
    let count = 0;
    for (const follower of this.followers.values()) if (follower.attached) count++;
    return count;
  }

  /** Whether a follower is served before those that catch up (rule 22). */
  isInSync(brokerId: number): boolean {
    return this.committedIsr.includes(brokerId);
  }

  /** Where the other ISR members stand, for whoever chooses a replica to read from (KIP-392). */
  *readableFollowers(): Iterable<FollowerPosition> {
    for (const [brokerId, { attached, logEndOffset, logStartOffset }] of this.followers) {
      if (!attached || logEndOffset === null || !this.committedIsr.includes(brokerId)) continue;
      yield { brokerId, logEndOffset, logStartOffset };
    }
  }

  /**
   * The least log start of the replicas that live: records below it are gone from all of them.
   *
   * @param ownLogStartOffset the leader's
   */
  lowWatermark(ownLogStartOffset: number, isAlive: (brokerId: number) => boolean): number {
    let least = ownLogStartOffset;
    for (const [brokerId, { logStartOffset }] of this.followers) {
      if (isAlive(brokerId) && logStartOffset < least) least = logStartOffset;
    }
    return least;
  }

  /** The controller's word on the ISR, under this leader epoch. A higher partition epoch settles whatever was proposed (rules 25, 28). */
  onIsr(
    isr: readonly number[],
    replicas: readonly number[],
    partitionEpoch: number,
    nowMs: number,
  ): readonly LeaderEffect[] {
    if (partitionEpoch <= this.epochOfPartition) return NOTHING;
    this.epochOfPartition = partitionEpoch;
    this.committedIsr = isr;
    this.replicaIds = replicas;
    this.pending = null;
    this.dropFormerReplicas(nowMs);
    return [...this.proposeNext(nowMs), ...this.advance(nowMs)];
  }

  /**
   * A definite refusal of `proposal` on the session it was sent on: back to the confirmed ISR (rules 24, 25). Whoever it would have let
   * in is not proposed again within a second (rule 26); `onRetry` is to be called then. Nor is it waited for (rule 32) before it has
   * acknowledged something again: it may have lost the directory that the replica lies in, and acknowledge nothing any more.
   */
  onProposalRefused(proposal: IsrProposal, nowMs: number): readonly LeaderEffect[] {
    if (this.pending !== proposal) return NOTHING;
    this.pending = null;
    for (const { brokerId } of proposal.isr) {
      const follower = this.followers.get(brokerId);
      if (follower !== undefined && !this.committedIsr.includes(brokerId)) {
        follower.ineligibleUntilMs = nowMs + INELIGIBLE_MS;
        follower.caughtUpAtMs = Number.NEGATIVE_INFINITY;
      }
    }
    this.removalRefusedUntilMs = nowMs + INELIGIBLE_MS;
    return [...this.proposeNext(nowMs), ...this.advance(nowMs)];
  }

  /** Looks again for what to propose: a refusal is a second old. */
  onRetry(nowMs: number): readonly LeaderEffect[] {
    return [...this.proposeNext(nowMs), ...this.advance(nowMs)];
  }

  /** Looks for ISR members that have not been caught up for `replica.lag.time.max.ms`; called every half of that. */
  onLagCheck(nowMs: number): readonly LeaderEffect[] {
    if (this.pending !== null) return NOTHING;
    const late = this.committedIsr.filter((id) => id !== this.brokerId && !this.isCaughtUp(id, nowMs));
    if (late.length > 0) return this.propose(without(this.committedIsr, late));
    return [...this.proposeNext(nowMs), ...this.advance(nowMs)];
  }

  /**
   * This process was paused: nobody was late by their own doing (rule 31). Who is attached gets a full lag period; for the others, whose
   * streams the pause may have broken, that time does not count.
   *
   * @param pausedMs how long
   */
  onPaused(nowMs: number, pausedMs: number): void {
    for (const follower of this.followers.values()) {
      follower.caughtUpAtMs = follower.attached ? nowMs : Math.min(nowMs, follower.caughtUpAtMs + pausedMs);
    }
  }

  onMinInsyncReplicas(minInsyncReplicas: number, nowMs: number): readonly LeaderEffect[] {
    this.minInsync = minInsyncReplicas;
    return this.advance(nowMs);
  }

  /**
   * Under steady load an acknowledgement always speaks for what was the end a while ago: whoever reaches the end as it was at the mark
   * was caught up then.
   */
  private noteCaughtUp(follower: FollowerProgress, nowMs: number): void {
    const end = follower.logEndOffset ?? -1;
    if (end >= this.endOffset) follower.caughtUpAtMs = nowMs;
    if (end < follower.mark.endOffset) return;
    follower.caughtUpAtMs = Math.max(follower.caughtUpAtMs, follower.mark.atMs);
    follower.mark = { endOffset: this.endOffset, atMs: nowMs };
  }

  private isMaximal(brokerId: number): boolean {
    return this.committedIsr.includes(brokerId) || (this.pending?.isr.some((m) => m.brokerId === brokerId) ?? false);
  }

  private isCaughtUp(brokerId: number, nowMs: number): boolean {
    const follower = this.followers.get(brokerId);
    if (follower === undefined) return false;
    if (follower.attached && follower.logEndOffset !== null && follower.logEndOffset >= this.endOffset) return true;
    return nowMs - follower.caughtUpAtMs <= this.replicaLagTimeMaxMs;
  }

  /**
   * Proposes what cannot wait: a member that lost its tail must go; else one that has all there is may come. Choosing the candidate,
   * checking it, and counting it in are one step, before the proposal leaves (rule 23).
   */
  private proposeNext(nowMs: number): readonly LeaderEffect[] {
    if (this.pending !== null) return NOTHING;
    const lost = this.committedIsr.filter((id) => this.followers.get(id)?.hasLostTail);
    if (lost.length > 0 && nowMs >= this.removalRefusedUntilMs) return this.propose(without(this.committedIsr, lost));
    for (const [brokerId, follower] of this.followers) {
      if (this.mayJoin(brokerId, follower, nowMs)) return this.propose([...this.committedIsr, brokerId]);
    }
    return NOTHING;
  }

  private mayJoin(brokerId: number, follower: FollowerProgress, nowMs: number): boolean {
    if (!follower.attached || this.committedIsr.includes(brokerId) || nowMs < follower.ineligibleUntilMs) return false;
    const end = follower.logEndOffset ?? -1;
    return end >= this.committedEnd && end >= this.epochStartOffset;
  }

  private propose(isr: readonly number[]): readonly LeaderEffect[] {
    if (this.pending !== null) return NOTHING;
    this.pending = {
      isr: isr.map((brokerId) => ({ brokerId, brokerEpoch: this.followers.get(brokerId)?.brokerEpoch ?? null })),
      leaderEpoch: this.leaderEpoch,
      partitionEpoch: this.epochOfPartition,
    };
    return [{ kind: "proposeIsr", proposal: this.pending }];
  }

  /** Rule 32: the least end over the maximal ISR and over attached followers about to join it; never down; still while too few are in sync. */
  private advance(nowMs: number): readonly LeaderEffect[] {
    if (!this.hasEnoughReplicas) return NOTHING;
    let end = this.endOffset;
    for (const [brokerId, follower] of this.followers) {
      if (!this.isMaximal(brokerId) && !this.isAboutToJoin(brokerId, follower, nowMs)) continue;
      if (follower.logEndOffset === null) return NOTHING;
      if (follower.logEndOffset < end) end = follower.logEndOffset;
    }
    if (end <= this.committedEnd) return NOTHING;
    const from = this.committedEnd;
    this.committedEnd = end;
    return [{ kind: "highWatermarkAdvanced", from, to: end }];
  }

  private isAboutToJoin(brokerId: number, follower: FollowerProgress, nowMs: number): boolean {
    return follower.attached && nowMs >= follower.ineligibleUntilMs && this.isCaughtUp(brokerId, nowMs);
  }

  private resetFollowers(nowMs: number): void {
    for (const id of this.replicaIds) if (id !== this.brokerId) this.followers.set(id, this.unknownFollower(id, nowMs));
    for (const id of this.committedIsr)
      if (id !== this.brokerId) this.followers.set(id, this.unknownFollower(id, nowMs));
  }

  private dropFormerReplicas(nowMs: number): void {
    const kept = new Set([...this.replicaIds, ...this.committedIsr]);
    for (const id of this.followers.keys()) if (!kept.has(id)) this.followers.delete(id);
    for (const id of kept) {
      if (id !== this.brokerId && !this.followers.has(id)) this.followers.set(id, this.unknownFollower(id, nowMs));
    }
  }

  /** ISR members get a full lag period from the start of the epoch; others count as caught up only once they are. */
  private unknownFollower(brokerId: number, nowMs: number): FollowerProgress {
    const caughtUpAtMs = this.committedIsr.includes(brokerId) ? nowMs : Number.NEGATIVE_INFINITY;
    return {
      brokerEpoch: -1n,
      attached: false,
      logEndOffset: null,
      logStartOffset: 0,
      caughtUpAtMs,
      mark: { endOffset: this.endOffset, atMs: nowMs },
      ineligibleUntilMs: Number.NEGATIVE_INFINITY,
      hasLostTail: false,
    };
  }
}

interface FollowerProgress {
  brokerEpoch: bigint;
  attached: boolean;
  /** Null until it attached under this leader epoch. */
  logEndOffset: number | null;
  logStartOffset: number;
  caughtUpAtMs: number;
  /** Where our log ended at some moment since; reached, it proves that the follower was caught up then. */
  mark: { readonly endOffset: number; readonly atMs: number };
  /** A proposal with it has been refused: neither proposed nor waited for before this time. */
  ineligibleUntilMs: number;
  /** It attached below the high watermark while in the ISR, and has not caught up with it since. */
  hasLostTail: boolean;
}

/** Where an ISR member stands. */
export interface FollowerPosition {
  readonly brokerId: number;
  readonly logEndOffset: number;
  readonly logStartOffset: number;
}

/** Rule 26. */
export const INELIGIBLE_MS = 1000;

const NOTHING: readonly LeaderEffect[] = [];

function without(isr: readonly number[], gone: readonly number[]): readonly number[] {
  return isr.filter((id) => !gone.includes(id));
}
