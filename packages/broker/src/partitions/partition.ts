import type { PartitionAssignment } from "@ottla/controller";
import type { ErrorName } from "@ottla/protocol";
import { type Clock, invariant, type Logger } from "@ottla/runtime";
import type { PartitionLog, ProduceValidationConfig, ValidatedBatch } from "@ottla/storage";
import type { TopicConfig } from "../config/topic-configs";
import { PartitionFollower } from "../partition/partition-follower";
import { type LeaderEffect, PartitionLeader } from "../partition/partition-leader";
import { decideRole, type RoleDecision } from "../partition/role-decision";
import { type ProduceAppend, type ProduceOutcome, refused } from "./produce-append";
import { produceRulesOf } from "./produce-rules";
import { UnansweredBatches } from "./unanswered-batches";

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
  /** True for a log that was on disk when this process started. */
  readonly wasOnDisk: boolean;
  /** Asks to have `flushQueue` called once this tick's input has been read. */
  readonly scheduleFlush: (partition: Partition) => void;
  /** The topic's configuration, read at each use. */
  readonly topicConfig: () => TopicConfig;
  readonly replicaLagTimeMaxMs: number;
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
  readonly log: PartitionLog;
  readonly unanswered = new UnansweredBatches();
  private readonly options: PartitionOptions;
  private readonly lastEpochAtStart: number | null;
  private role: PartitionLeader | PartitionFollower | null = null;
  private queue: ProduceAppend[] = [];
  private committing: Committing[] = [];
  private readonly watchers = new Set<PartitionWatcher>();
  private uncommittedBytes = 0;
  private rules: ProduceValidationConfig | null = null;
  private stopped = false;

  constructor(options: PartitionOptions) {
    this.options = options;
    this.log = options.log;
    this.lastEpochAtStart = options.wasOnDisk ? options.log.lastEpoch : null;
  }

  get topic(): string {
    return this.log.topic;
  }
  get index(): number {
    return this.log.partition;
  }
  /** The leadership held here; null while another broker leads, or nobody was named yet. */
  get leader(): PartitionLeader | null {
    return this.role instanceof PartitionLeader ? this.role : null;
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
    return acks === -1 && !this.leader?.hasEnoughReplicas ? "NOT_ENOUGH_REPLICAS" : "NONE";
  }

  /** Takes a validated batch. It is written at the end of this tick; `append.settle` hears of it no earlier. */
  enqueue(append: ProduceAppend): void {
    if (append.producerId >= 0n) this.unanswered.add(append.producerId);
    this.queue.push(append);
    if (this.queue.length === 1) this.options.scheduleFlush(this);
  }

  /** Gives up waiting for a batch's answer: it timed out, or its connection is gone. Once written, it may still be committed. */
  abandon(append: ProduceAppend): void {
    append.abandoned = true;
    this.committing = this.committing.filter((waiting) => waiting.append !== append);
    if (append.producerId >= 0n) this.unanswered.remove(append.producerId);
  }

  /** Writes what the tick collected: leadership checked, offsets given and bytes written in this one step. */
  flushQueue(): void {
    const queue = this.queue;
    if (queue.length === 0) return;
    this.queue = [];
    const accepted: ProduceAppend[] = [];
    for (const append of queue) {
      const error = this.checkProduce(append.acks);
      if (error === "NONE") accepted.push(append);
      else this.settle(append, refused(error));
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
        this.settle(append, refused(outcome?.error ?? "KAFKA_STORAGE_ERROR", this.log.logStartOffset));
        continue;
      }
      const logAppendTimeMs = outcome.kind === "duplicate" ? outcome.timestamp : outcome.logAppendTime;
      const written = {
        error: "NONE" as const,
        baseOffset: outcome.baseOffset,
        logAppendTimeMs,
        logStartOffset: this.log.logStartOffset,
      };
      this.committing.push({ append, lastOffset: outcome.lastOffset, written, knowsToWait: false });
    }
    this.onLogEnd(leader);
    for (const waiting of this.committing) {
      if (waiting.knowsToWait) continue;
      waiting.knowsToWait = true;
      waiting.append.mustWait();
    }
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
  apply(assignment: PartitionAssignment): RoleDecision {
    const decision = decideRole(assignment, {
      brokerId: this.options.brokerId,
      topicId: this.log.topicId,
      role:
        this.role === null
          ? null
          : { leader: this.leaderId, leaderEpoch: this.role.leaderEpoch, partitionEpoch: this.role.partitionEpoch },
      lastEpochAtStart: this.lastEpochAtStart,
    });
    if (decision.kind === "lead") this.lead(assignment);
    else if (decision.kind === "follow") this.follow(assignment);
    else if (decision.kind === "adopt") this.adopt(assignment);
    return decision;
  }

  /** The topic's configuration changed. */
  onConfigChanged(): void {
    this.rules = null;
    const { leader } = this;
    if (leader === null) return;
    this.perform(leader.onMinInsyncReplicas(this.options.topicConfig().get("min.insync.replicas"), this.nowMs()));
  }

  /** The disk refused: nothing waits here in vain. */
  onLogOffline(): void {
    this.failWaiting("KAFKA_STORAGE_ERROR");
    this.notifyChanged();
  }

  /** Moves the log start up to `offset`; records below it are gone for readers at once. @returns the log start as it is now */
  deleteRecordsBefore(offset: number): number {
    this.log.advanceLogStart(offset);
    this.notifyChanged();
    return this.log.logStartOffset;
  }

  /** Ends the replica here: it is deleted, or the broker stops. */
  stop(): void {
    this.stopped = true;
    this.role = null;
    this.failWaiting("NOT_LEADER_OR_FOLLOWER");
    this.notifyChanged();
  }

  /** Rule 16: what the old role collected fails, the epoch's start is written down, everything is forgotten about followers; then it serves. */
  private lead(assignment: PartitionAssignment): void {
    const keepsLeading = this.role instanceof PartitionLeader;
    this.failQueue("NOT_LEADER_OR_FOLLOWER");
    if (!keepsLeading) this.failWaiting("NOT_LEADER_OR_FOLLOWER");
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
    this.failWaiting("NOT_LEADER_OR_FOLLOWER");
    this.role = new PartitionFollower(
      assignment.leader,
      assignment.leaderEpoch,
      assignment.partitionEpoch,
      assignment.isr,
      assignment.replicas,
    );
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
      // Proposals travel to the controller once brokers replicate; a lone replica makes none.
      if (effect.kind !== "highWatermarkAdvanced") continue;
      this.log.advanceHighWatermark(effect.to);
      const bytes = this.uncommittedBytes;
      this.uncommittedBytes = 0;
      if (this.leader !== null) this.settleCommitted(this.leader);
      for (const watcher of this.watchers) watcher.onCommitted(bytes);
    }
  }

  /** Answers acks=1 for what the log holds, acks=all for what is committed: a duplicate waits for the batch it repeats (rule 34). */
  private settleCommitted(leader: PartitionLeader): void {
    if (this.committing.length === 0) return;
    const held = this.log.acknowledgedEndOffset;
    const still: Committing[] = [];
    const done: Committing[] = [];
    for (const waiting of this.committing) {
      const end = waiting.append.acks === -1 ? leader.highWatermark : held;
      (waiting.lastOffset < end ? done : still).push(waiting);
    }
    this.committing = still;
    for (const { append, written } of done) {
      const enough = append.acks !== -1 || leader.maximalIsrSize >= leader.effectiveMinInsyncReplicas;
      this.settle(append, enough ? written : refused("NOT_ENOUGH_REPLICAS_AFTER_APPEND", written.logStartOffset));
    }
  }

  private failWaiting(error: ErrorName): void {
    this.failQueue(error);
    const { committing } = this;
    this.committing = [];
    for (const { append } of committing) this.settle(append, refused(error));
  }

  private failQueue(error: ErrorName): void {
    const { queue } = this;
    this.queue = [];
    for (const append of queue) this.settle(append, refused(error));
  }

  private settle(append: ProduceAppend, outcome: ProduceOutcome): void {
    if (append.abandoned) return;
    if (append.producerId >= 0n) this.unanswered.remove(append.producerId);
    append.settle(outcome);
  }

  private notifyChanged(): void {
    for (const watcher of this.watchers) watcher.onChanged();
  }

  private nowMs(): number {
    return this.options.clock.monotonicMs();
  }
}

/** Why a replica does not serve a client. */
export type ServingError =
  | "KAFKA_STORAGE_ERROR"
  | "FENCED_LEADER_EPOCH"
  | "UNKNOWN_LEADER_EPOCH"
  | "NOT_LEADER_OR_FOLLOWER";

/** A batch in the log whose answer waits until its last offset is held, or committed. */
interface Committing {
  readonly append: ProduceAppend;
  readonly lastOffset: number;
  readonly written: ProduceOutcome;
  knowsToWait: boolean;
}
