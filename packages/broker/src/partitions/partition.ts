import type { PartitionAssignment } from "@ottla/controller";
import { type Clock, DiskError, invariant, type Logger, type Timer } from "@ottla/runtime";
import type { FollowerAppendOutcome, PartitionLog, ProduceValidationConfig, ValidatedBatch } from "@ottla/storage";
import { isThrottledReplica } from "../config/throttled-replicas";
import type { TopicConfig } from "../config/topic-configs";
import { type AttachRequest, type AttachVerdict, judgeAttach } from "../partition/attach-decision";
import { type DamageVerdict, judgeDamage } from "../partition/damage-judgement";
import { type FollowerPlace, followerHighWatermark, PartitionFollower } from "../partition/partition-follower";
import { INELIGIBLE_MS, type IsrProposal, type LeaderEffect, PartitionLeader } from "../partition/partition-leader";
import { decideRole, type RoleDecision } from "../partition/role-decision";
import type { IsrProposals, ProposalOutcome } from "./isr-proposals";
import { type ProduceAppend, refused } from "./produce-append";
import { produceRulesOf } from "./produce-rules";
import type { ReplicaObserver } from "./replica-observer";
import type { UnansweredBatches } from "./unanswered-batches";
import { WaitingProduces } from "./waiting-produces";

/** Someone who waits at the end of a partition: a Fetch with nothing to return yet. */
export interface PartitionWatcher {
  /** More is committed. @param bytes about how much was appended for it */
  onCommitted(bytes: number): void;
  /** The role, the epoch or the log's state changed: look again now. */
  onChanged(): void;
}

export interface PartitionOptions {
  readonly brokerId: number;
  readonly log: PartitionLog;
  /** Asks to have `flushQueue` called once this tick's input has been read. */
  readonly scheduleFlush: (partition: Partition) => void;
  /** The topic's configuration, read at each use. */
  readonly topicConfig: () => TopicConfig;
  readonly replicaLagTimeMaxMs: number;
  /** Where proposals go; without it they stay pending. */
  readonly isrProposals?: IsrProposals | undefined;
  /** False while this broker must not append, whatever acks say (rules 18 to 20). */
  readonly mayAppend?: ((partition: Partition) => boolean) | undefined;
  readonly observer?: ReplicaObserver | undefined;
  /** Others in the ISR must take over, since records here are damaged: the controller is to ask for this broker's replicas. */
  readonly onMustLeaveIsr?: ((partition: Partition) => void) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * One replica on this broker: its log, its role, and those who wait on it.
 *
 * Events come in one at a time and are applied in one synchronous step each. Batches collected during a tick are written together at
 * its end; leadership is judged again in the step that writes them (rule 35).
 */
export class Partition {
  private currentLog: PartitionLog;
  private readonly options: PartitionOptions;
  private role: PartitionLeader | PartitionFollower | null = null;
  private readonly produces = new WaitingProduces();
  private readonly watchers = new Set<PartitionWatcher>();
  private readonly logStartWatchers = new Set<() => void>();
  private uncommittedBytes = 0;
  private rules: ProduceValidationConfig | null = null;
  private throttled: { readonly leader: boolean; readonly follower: boolean } | null = null;
  private stopped = false;
  /** The highest leader epoch heard of from anyone; above the role's own, nothing is appended (rule 18). */
  private heardLeaderEpoch = -1;
  /** Of the controller that set the leader epoch held. */
  private controllerEpoch = 0;
  private retryTimer: Timer | null = null;
  /** Of followers' roles before the present one. */
  private attemptsBefore = 0;
  private isDamageReviewDue = false;
  /** Committed before damage was cut off: until as much is here again, a consumer would take this log's end for the partition's. */
  private mendedUpTo = 0;
  private forgetLog: () => void;

  constructor(options: PartitionOptions) {
    this.options = options;
    this.currentLog = options.log;
    this.forgetLog = this.log.onDamage(() => this.reviewDamageSoon());
  }

  /** Another one once the replica has moved to another log directory. */
  get log(): PartitionLog {
    return this.currentLog;
  }
  get topic(): string {
    return this.log.topic;
  }
  get index(): number {
    return this.log.partition;
  }
  get unanswered(): UnansweredBatches {
    return this.produces.unanswered;
  }
  /** The leadership held here; null while another broker leads, or nobody was named yet. */
  get leader(): PartitionLeader | null {
    return this.role instanceof PartitionLeader ? this.role : null;
  }
  /** How this replica follows; null where it does not. */
  get follower(): PartitionFollower | null {
    return this.role instanceof PartitionFollower ? this.role : null;
  }
  get replicas(): readonly number[] {
    return this.role?.replicas ?? [];
  }
  /** -1 until the controller told a role. */
  get leaderEpoch(): number {
    return this.role?.leaderEpoch ?? -1;
  }
  /** Broker that leads as far as known here; -1 when nobody is. */
  get leaderId(): number {
    if (this.role === null) return -1;
    return this.role instanceof PartitionLeader ? this.options.brokerId : this.role.leader;
  }

  /** What produced batches have to meet here. */
  get produceRules(): ProduceValidationConfig {
    this.rules ??= produceRulesOf(this.options.topicConfig());
    return this.rules;
  }

  /** Whether the topic's config has this replica throttled in what it sends as leader, or takes as follower (KIP-73). */
  isThrottledAs(role: "leader" | "follower"): boolean {
    if (this.throttled === null) {
      const config = this.options.topicConfig();
      const { brokerId } = this.options;
      this.throttled = {
        leader: isThrottledReplica(config.get("leader.replication.throttled.replicas"), this.index, brokerId),
        follower: isThrottledReplica(config.get("follower.replication.throttled.replicas"), this.index, brokerId),
      };
    }
    return this.throttled[role];
  }

  /**
   * Whether a client may be served here.
   *
   * @param currentLeaderEpoch the epoch the client knows; -1 when it does not say (KIP-320)
   */
  check(currentLeaderEpoch: number): "NONE" | ServingError {
    if (this.log.offline !== null) return "KAFKA_STORAGE_ERROR";
    if (currentLeaderEpoch >= 0 && this.role !== null) {
      if (currentLeaderEpoch < this.role.leaderEpoch) return "FENCED_LEADER_EPOCH";
      if (currentLeaderEpoch > this.role.leaderEpoch) return "UNKNOWN_LEADER_EPOCH";
    }
    return this.leader === null ? "NOT_LEADER_OR_FOLLOWER" : "NONE";
  }

  /** Whether a produced batch may be taken: leader, and for acks=all enough replicas in sync. */
  checkProduce(acks: -1 | 0 | 1): "NONE" | ServingError | "NOT_ENOUGH_REPLICAS" {
    const error = this.check(-1);
    if (error !== "NONE") return error;
    if (this.heardLeaderEpoch > this.leaderEpoch) return "NOT_LEADER_OR_FOLLOWER";
    if (this.options.mayAppend !== undefined && !this.options.mayAppend(this)) return "NOT_LEADER_OR_FOLLOWER";
    return acks === -1 && !this.leader?.hasEnoughReplicas ? "NOT_ENOUGH_REPLICAS" : "NONE";
  }

  /**
   * Whether a consumer may read here: from a follower too, where it may be sent to one (KIP-392).
   *
   * @param currentLeaderEpoch as in `check`
   */
  checkRead(currentLeaderEpoch: number): "NONE" | ServingError {
    const error = this.check(currentLeaderEpoch);
    if (error !== "NOT_LEADER_OR_FOLLOWER" || this.follower === null || this.follower.leader < 0) return error;
    return this.log.highWatermark >= this.mendedUpTo ? "NONE" : error;
  }

  /**
   * What a consumer is told whose next records are damaged here: to look for another leader where there is going to be one; else that they
   * are.
   */
  get damageError(): "NOT_LEADER_OR_FOLLOWER" | "CORRUPT_MESSAGE" {
    return this.damageVerdict === "serveAround" ? "CORRUPT_MESSAGE" : "NOT_LEADER_OR_FOLLOWER";
  }

  /** Whether the ISR counts on records that are damaged here, while another member has them: this replica is not to be relied on. */
  get mustLeaveIsr(): boolean {
    return this.damageVerdict === "leaveIsr";
  }

  /** Takes a validated batch. It is written at the end of this tick; `append.settle` hears of it no earlier. */
  enqueue(append: ProduceAppend): void {
    if (this.produces.enqueue(append)) this.options.scheduleFlush(this);
  }

  /** Gives up waiting for a batch's answer: it timed out, or its connection is gone. Once written, it may still be committed. */
  abandon(append: ProduceAppend): void {
    this.produces.abandon(append);
  }

  /** Writes what the tick collected: leadership checked, offsets given and bytes written in this one step. */
  flushQueue(): void {
    const accepted: ProduceAppend[] = [];
    for (const append of this.produces.takeQueue()) {
      const error = this.checkProduce(append.acks);
      if (error === "NONE") accepted.push(append);
      else this.produces.settle(append, refused(error));
    }
    const { leader } = this;
    if (leader === null || accepted.length === 0) return;
    const sizeBefore = this.log.sizeBytes;
    const batches: ValidatedBatch[] = [];
    for (const append of accepted) {
      invariant(append.batch !== null, () => `a batch for ${this.topic}-${this.index} is written twice`);
      batches.push({ batch: append.batch, info: { logAppendTime: append.logAppendTimeMs } });
      append.batch = null;
    }
    const outcomes = this.log.appendAsLeader(batches, leader.leaderEpoch);
    this.uncommittedBytes += Math.max(0, this.log.sizeBytes - sizeBefore);
    for (const [index, append] of accepted.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined || outcome.kind === "refused") {
        this.produces.settle(append, refused(outcome?.error ?? "KAFKA_STORAGE_ERROR", this.log.logStartOffset));
        continue;
      }
      this.produces.hold(append, outcome.lastOffset, {
        error: "NONE",
        baseOffset: outcome.baseOffset,
        logAppendTimeMs: outcome.kind === "duplicate" ? outcome.timestamp : outcome.logAppendTime,
        logStartOffset: this.log.logStartOffset,
      });
    }
    this.options.observer?.onAppended(this);
    this.onLogEnd(leader);
    this.produces.tellToWait();
  }

  /** How many wait at the end of the partition. */
  get watcherCount(): number {
    return this.watchers.size;
  }

  /** Tells `watcher` of progress until the returned function is called. */
  watch(watcher: PartitionWatcher): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Applies the controller's word on this partition in one step. */
  apply(assignment: PartitionAssignment, controllerEpoch: number = assignment.controllerEpoch): RoleDecision {
    const decision = decideRole(assignment, {
      brokerId: this.options.brokerId,
      topicId: this.log.topicId,
      role:
        this.role === null
          ? null
          : { leader: this.leaderId, leaderEpoch: this.role.leaderEpoch, partitionEpoch: this.role.partitionEpoch },
      lastEpoch: this.log.lastEpoch,
      isDamaged: this.log.damage !== null,
    });
    if (decision.kind === "lead" || decision.kind === "follow") {
      this.controllerEpoch = controllerEpoch;
      this.attemptsBefore = this.follower?.attempts ?? this.attemptsBefore;
      this.cancelRetry();
      if (decision.kind === "lead") this.lead(assignment);
      else this.follow(assignment);
      this.options.observer?.onRole(this);
    } else if (decision.kind === "adopt") {
      this.adopt(assignment);
      this.options.observer?.onAdopted(this);
    }
    this.reviewDamage();
    return decision;
  }

  /** The topic's configuration changed. */
  onConfigChanged(): void {
    this.rules = null;
    this.throttled = null;
    this.options.observer?.onConfigChanged(this);
    const { leader } = this;
    if (leader === null) return;
    this.perform(leader.onMinInsyncReplicas(this.options.topicConfig().get("min.insync.replicas"), this.nowMs()));
  }

  /** The disk refused: nothing waits here in vain. */
  onLogOffline(): void {
    this.produces.failAll("KAFKA_STORAGE_ERROR");
    this.cancelRetry();
    this.notifyChanged();
    this.options.observer?.onStopped(this);
  }

  /** Moves the log start up to `offset`; records below it are gone for readers at once. @returns the log start as it is now */
  deleteRecordsBefore(offset: number): number {
    this.log.advanceLogStart(offset);
    this.notifyChanged();
    this.options.observer?.onProgress(this);
    return this.log.logStartOffset;
  }

  /** The least log start of the replicas whose brokers live, as far as the leader knows. */
  lowWatermark(isAlive: (brokerId: number) => boolean): number {
    return this.leader?.lowWatermark(this.log.logStartOffset, isAlive) ?? this.log.logStartOffset;
  }

  /** Tells `listener` whenever a follower's log start moved, or the role changed, until the returned function is called. */
  watchLogStarts(listener: () => void): () => void {
    this.logStartWatchers.add(listener);
    return () => this.logStartWatchers.delete(listener);
  }

  /** Somebody knows of a later leader epoch: nothing is appended until the controller's own word comes (rule 18). */
  leadershipHeard(leaderEpoch: number): void {
    this.heardLeaderEpoch = Math.max(this.heardLeaderEpoch, leaderEpoch);
  }

  /** Judges a follower's request to be served from here. */
  judgeAttach(brokerId: number, request: AttachRequest): AttachVerdict {
    const { log } = this;
    return judgeAttach(request, {
      leaderEpoch: this.leaderEpoch,
      isLeader: this.leader !== null,
      isReplica: this.replicas.includes(brokerId),
      isOffline: log.offline !== null,
      logStartOffset: log.logStartOffset,
      logEndOffset: log.logEndOffset,
      endOffsetFor: (epoch) => log.endOffsetFor(epoch),
    });
  }

  /** A follower joined its stream: its log is a prefix of ours. */
  onFollowerAttached(
    brokerId: number,
    brokerEpoch: bigint,
    at: { readonly logEndOffset: number; readonly logStartOffset: number },
  ): void {
    const { leader } = this;
    if (leader === null) return;
    leader.onFollowerLogStart(brokerId, at.logStartOffset);
    this.perform(leader.onFollowerAttached(brokerId, brokerEpoch, at.logEndOffset, this.nowMs()));
    this.notifyLogStarts();
  }

  /**
   * A follower holds what lies below `logEndOffset`.
   *
   * @returns false when that cannot be: the attach it came under is to be dropped (rule 14)
   */
  onFollowerAck(
    brokerId: number,
    brokerEpoch: bigint,
    at: { readonly logEndOffset: number; readonly logStartOffset: number },
  ): boolean {
    const { leader } = this;
    if (leader === null || at.logEndOffset > this.log.logEndOffset) return false;
    if (!leader.accepts(brokerId, brokerEpoch, at.logEndOffset)) return false;
    leader.onFollowerLogStart(brokerId, at.logStartOffset);
    this.perform(leader.onFollowerAck(brokerId, brokerEpoch, at.logEndOffset, this.nowMs()));
    this.notifyLogStarts();
    return true;
  }

  onFollowerDetached(brokerId: number): void {
    this.leader?.onFollowerDetached(brokerId, this.nowMs());
  }

  /** Another incarnation of a broker has been heard. */
  onFollowerReborn(brokerId: number, brokerEpoch: bigint): void {
    this.leader?.onFollowerReborn(brokerId, brokerEpoch);
  }

  /** Every half of `replica.lag.time.max.ms`. What is pending is proposed again: its answer may have been lost. */
  onLagCheck(): void {
    const { leader } = this;
    if (leader === null || this.log.offline !== null) return;
    this.proposeAgain();
    this.perform(leader.onLagCheck(this.nowMs()));
  }

  /** This process stood still: no follower was late by its own doing (rule 31). */
  onPaused(pausedMs: number): void {
    this.leader?.onPaused(this.nowMs(), pausedMs);
  }

  /** A session with a controller stands: what is pending belongs to it from now on (rule 24). */
  proposeAgain(): void {
    const proposal = this.leader?.proposal ?? null;
    if (proposal !== null) this.options.isrProposals?.propose(this, proposal);
  }

  /** The controller's answer to `proposal`, on the session that it was sent on last. Silence leaves it pending (rule 25). */
  onProposalOutcome(proposal: IsrProposal, outcome: ProposalOutcome): void {
    const { leader } = this;
    if (leader === null || leader.proposal !== proposal) return;
    if (outcome.leaderEpoch > leader.leaderEpoch) return this.leadershipHeard(outcome.leaderEpoch);
    switch (outcome.error) {
      case "NONE":
      case "INVALID_UPDATE_VERSION":
        // An old controller may answer from memory what is not so any more (rule 5).
        if (outcome.leaderEpoch !== leader.leaderEpoch || outcome.controllerEpoch < this.controllerEpoch) return;
        this.perform(leader.onIsr(outcome.isr, leader.replicas, outcome.partitionEpoch, this.nowMs()));
        this.settleCommitted(leader);
        this.options.observer?.onAdopted(this);
        this.reviewDamageSoon();
        return;
      case "INELIGIBLE_REPLICA":
      // It named who is no replica any more. As definite as the other: what is written already is never answered so (rule 27).
      case "INVALID_REQUEST":
        this.perform(leader.onProposalRefused(proposal, this.nowMs()));
        this.retryProposals(leader);
        return;
      default:
        this.options.logger.info("an ISR proposal waits for the controller's next word", {
          topic: this.topic,
          partition: this.index,
          error: outcome.error,
        });
    }
  }

  /** Where the log stands, for the decisions of a follower. */
  get place(): FollowerPlace {
    const { log } = this;
    return {
      logStartOffset: log.logStartOffset,
      logEndOffset: log.logEndOffset,
      highWatermark: log.highWatermark,
      lastEpoch: log.lastEpoch,
      endOffsetFor: (epoch) => log.endOffsetFor(epoch),
    };
  }

  /**
   * Appends what the leader pushed. The caller has judged that it belongs here.
   *
   * @throws DiskError
   */
  appendPushed(records: Buffer, push: { readonly from: number; readonly leaderEpoch: number }): FollowerAppendOutcome {
    const outcome = this.log.appendAsFollower(records, push);
    if (outcome.kind === "appended") this.uncommittedBytes += records.length;
    return outcome;
  }

  /** What the leader says is committed, and where its log begins; it counts only under a confirmed attach (rule 33). @throws DiskError */
  followProgress(highWatermark: number, logStartOffset: number): void {
    const { log } = this;
    const before = log.highWatermark;
    log.advanceHighWatermark(followerHighWatermark(before, highWatermark, log.logEndOffset));
    const start = Math.min(logStartOffset, log.highWatermark);
    if (start > log.logStartOffset) log.advanceLogStart(start);
    if (log.highWatermark > before) this.notifyCommitted();
  }

  /**
   * Cuts the log as the leader's answer says, and forgets what was being appended.
   *
   * @throws DiskError
   */
  cutTo(offset: number): void {
    this.log.truncateTo(offset);
    this.uncommittedBytes = 0;
    this.notifyChanged();
  }

  /** Drops the log, to begin anew where the leader's begins. @throws DiskError */
  restartAt(offset: number): void {
    this.log.truncateFullyAndStartAt(offset);
    this.uncommittedBytes = 0;
    this.notifyChanged();
  }

  /** What becomes of damaged records, if there are any and something is known of the ISR. */
  private get damageVerdict(): DamageVerdict | null {
    if (this.role === null || this.log.damage === null || this.log.offline !== null) return null;
    return judgeDamage({ brokerId: this.options.brokerId, leader: this.leaderId, isr: this.role.isr });
  }

  /** Damage is found in the midst of a read, which must end first. */
  private reviewDamageSoon(): void {
    if (this.isDamageReviewDue || this.log.damage === null) return;
    this.isDamageReviewDue = true;
    this.options.clock.afterTick(() => {
      this.isDamageReviewDue = false;
      if (!this.stopped) this.reviewDamage();
    });
  }

  private reviewDamage(): void {
    const { damageVerdict: verdict, log } = this;
    if (verdict === null) return;
    const about = { topic: this.topic, partition: this.index, offset: log.damage?.offset };
    switch (verdict) {
      case "leaveIsr":
        this.options.logger.error("records are damaged here: asks to be taken out of the ISR", about);
        this.options.onMustLeaveIsr?.(this);
        return;
      case "serveAround":
        this.options.logger.error(
          "records are damaged, and no other replica in sync has them: they cannot be read",
          about,
        );
        return;
      case "fetchAgain":
        this.fetchDamagedAgain();
        return;
      case "wait":
        return;
    }
  }

  /** Drops what is damaged and all behind it, and begins to follow anew from there. */
  private fetchDamagedAgain(): void {
    const { role, log } = this;
    if (!(role instanceof PartitionFollower)) return;
    const { observer, logger } = this.options;
    // Whatever stands under the present attach is over; the next one waits until the cut cannot be undone by a loss of power.
    role.onDetached();
    observer?.onStopped(this);
    this.mendedUpTo = Math.max(this.mendedUpTo, log.highWatermark);
    try {
      log.cutDamage();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      logger.error("cannot drop damaged records", { topic: this.topic, partition: this.index, error });
      return;
    }
    this.uncommittedBytes = 0;
    this.notifyChanged();
    log.truncationSettled().then(
      () => {
        if (this.role === role && !this.stopped) observer?.onRole(this);
      },
      (error: unknown) => {
        logger.error("cannot follow: the disk refused", { topic: this.topic, partition: this.index, error });
      },
    );
  }

  /** The replica lies in another log directory now: `log` holds what the one before held, to the last record. */
  moveTo(log: PartitionLog): void {
    invariant(
      log.logEndOffset === this.log.logEndOffset && log.highWatermark === this.log.highWatermark,
      () => `${this.topic}-${this.index} moves from ${this.log.logEndOffset} to ${log.logEndOffset}`,
    );
    this.forgetLog();
    this.currentLog = log;
    this.forgetLog = log.onDamage(() => this.reviewDamageSoon());
    // Whoever waits for the device waits for this one.
    if (this.leader !== null) this.onLogEnd(this.leader);
    else if (log.config.flushMessages === 1) this.options.observer?.onRole(this);
    this.notifyChanged();
  }

  /** Ends the replica here: it is deleted, or the broker stops. */
  stop(): void {
    this.stopped = true;
    this.forgetLog();
    this.role = null;
    this.cancelRetry();
    this.produces.failAll("NOT_LEADER_OR_FOLLOWER");
    this.notifyChanged();
    this.options.observer?.onStopped(this);
  }

  /** Rule 16: what the old role collected fails, the epoch's start is written down, everything is forgotten about followers; then it serves. */
  private lead(assignment: PartitionAssignment): void {
    const keepsLeading = this.role instanceof PartitionLeader;
    this.mendedUpTo = 0;
    this.produces.failQueue("NOT_LEADER_OR_FOLLOWER");
    if (!keepsLeading) this.produces.failAll("NOT_LEADER_OR_FOLLOWER");
    this.log.startLeaderEpoch(assignment.leaderEpoch);
    const leader = new PartitionLeader({
      brokerId: this.options.brokerId,
      leaderEpoch: assignment.leaderEpoch,
      partitionEpoch: assignment.partitionEpoch,
      isr: assignment.isr,
      replicas: assignment.replicas,
      logEndOffset: this.log.logEndOffset,
      highWatermark: this.log.highWatermark,
      minInsyncReplicas: this.options.topicConfig().get("min.insync.replicas"),
      replicaLagTimeMaxMs: this.options.replicaLagTimeMaxMs,
      nowMs: this.nowMs(),
    });
    this.role = leader;
    this.perform(leader.onAppended(this.log.logEndOffset, this.nowMs()));
    this.settleCommitted(leader);
    this.notifyChanged();
  }

  private follow(assignment: PartitionAssignment): void {
    const { log } = this;
    this.produces.failAll("NOT_LEADER_OR_FOLLOWER");
    const { leader, leaderEpoch, partitionEpoch, isr, replicas } = assignment;
    this.role = new PartitionFollower(leader, leaderEpoch, partitionEpoch, isr, replicas, this.attemptsBefore);
    if (log.offline === null && (log.lastEpoch ?? -1) <= leaderEpoch) {
      // An epoch that began here without a record says nothing about the log.
      log.truncateTo(log.logEndOffset);
      // Without any epoch nothing can be compared: what is committed is all that is sure.
      if (log.lastEpoch === null && log.logEndOffset > log.highWatermark) log.truncateTo(log.highWatermark);
    }
    this.notifyChanged();
  }

  private adopt(assignment: PartitionAssignment): void {
    const { isr, replicas, partitionEpoch } = assignment;
    if (this.role instanceof PartitionLeader) {
      this.perform(this.role.onIsr(isr, replicas, partitionEpoch, this.nowMs()));
    } else {
      this.role?.onIsr(isr, replicas, partitionEpoch);
    }
  }

  /** The log's acknowledged end moved: recompute what is committed, and answer whom that concerns. */
  private onLogEnd(leader: PartitionLeader): void {
    const end = Math.max(leader.logEndOffset, this.log.acknowledgedEndOffset);
    this.perform(leader.onAppended(end, this.nowMs()));
    this.settleCommitted(leader);
    if (this.log.acknowledgedEndOffset < this.log.logEndOffset) this.awaitFlush(this.log.logEndOffset);
  }

  /** flush.messages=1: acknowledgements wait for the device, all of a tick for one flush. */
  private awaitFlush(endOffset: number): void {
    this.log.whenFlushed(endOffset).then(
      () => {
        const { leader } = this;
        if (leader !== null && !this.stopped) {
          const end = Math.max(leader.logEndOffset, this.log.acknowledgedEndOffset);
          this.perform(leader.onAppended(end, this.nowMs()));
          this.settleCommitted(leader);
        }
      },
      (error: unknown) => {
        // Cut off before it was flushed: the role has changed since, and whoever waited was told then.
        if (this.log.offline === null) return;
        this.options.logger.error("flush failed", { topic: this.topic, partition: this.index, error });
        this.onLogOffline();
      },
    );
  }

  private perform(effects: readonly LeaderEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "highWatermarkAdvanced":
          this.log.advanceHighWatermark(effect.to);
          if (this.leader !== null) this.settleCommitted(this.leader);
          this.notifyCommitted();
          this.options.observer?.onProgress(this);
          break;
        case "proposeIsr":
          this.options.isrProposals?.propose(this, effect.proposal);
          break;
        case "tailLost":
          this.options.logger.error("an in-sync replica has lost records it acknowledged: it leaves the ISR", {
            topic: this.topic,
            partition: this.index,
            brokerId: effect.brokerId,
            logEndOffset: effect.logEndOffset,
            highWatermark: this.log.highWatermark,
          });
          break;
      }
    }
  }

  private settleCommitted(leader: PartitionLeader): void {
    const hasEnough = leader.maximalIsrSize >= leader.effectiveMinInsyncReplicas;
    this.produces.settleUpTo(this.log.acknowledgedEndOffset, leader.highWatermark, hasEnough);
  }

  private retryProposals(leader: PartitionLeader): void {
    this.cancelRetry();
    this.retryTimer = this.options.clock.setTimer(
      INELIGIBLE_MS + TIMER_EARLY_MS,
      () => {
        this.retryTimer = null;
        if (this.leader !== leader) return;
        this.perform(leader.onRetry(this.nowMs()));
      },
      { background: true },
    );
  }

  private cancelRetry(): void {
    this.retryTimer?.cancel();
    this.retryTimer = null;
  }

  private notifyCommitted(): void {
    const bytes = this.uncommittedBytes;
    this.uncommittedBytes = 0;
    for (const watcher of this.watchers) watcher.onCommitted(bytes);
  }

  private notifyLogStarts(): void {
    for (const listener of this.logStartWatchers) listener();
  }

  private notifyChanged(): void {
    for (const watcher of this.watchers) watcher.onChanged();
    this.notifyLogStarts();
  }

  private nowMs(): number {
    return this.options.clock.monotonicMs();
  }
}

/**
 * A timer may fire up to a millisecond before its time. A proposal made then is one too early, and at a partition without traffic nothing
 * would bring the next one.
 */
const TIMER_EARLY_MS = 5;

/** Why a replica does not serve a client. */
export type ServingError =
  | "KAFKA_STORAGE_ERROR"
  | "FENCED_LEADER_EPOCH"
  | "UNKNOWN_LEADER_EPOCH"
  | "NOT_LEADER_OR_FOLLOWER";
