import type { ErrorName } from "@ottla/protocol";
import { Aborted, type Clock, explain, InvariantViolation, type Logger, type Random } from "@ottla/runtime";
import type { BrokerConfig } from "../config/broker-config";
import { GROUP_OFFSETS_TOPIC } from "../handlers/internal-topics";
import type { LimitedWarnings } from "../limited-warnings";
import type { Partition } from "../partitions/partition";
import type { PartitionManager } from "../partitions/partition-manager";
import type { ReplicaObserver } from "../partitions/replica-observer";
import { CoordinatedGroup, CoordinatedPartition, type NotHere } from "./coordinated-group";
import { commitErrorOf, groupErrorOf } from "./group-errors";
import { GroupTimers } from "./group-timers";
import { type CommittedOffset, CommittedOffsets, type TopicPartition } from "./machine/committed-offsets";
import {
  Group,
  type GroupLimits,
  type JoinRequest,
  type MemberIdentity,
  refusedJoin,
  refusedSync,
  type SyncRequest,
} from "./machine/group";
import type { GroupEffect, JoinAnswer, Moment, SyncAnswer, Ticket } from "./machine/group-effects";
import { memberIdFor } from "./member-ids";
import { OffsetsLog } from "./offsets-log";
import { groupRecord, offsetRecord } from "./offsets-records";
import { OffsetsReplay } from "./offsets-replay";
import type { OffsetsTopic } from "./offsets-topic";

export interface GroupCoordinatorOptions {
  readonly config: BrokerConfig;
  readonly partitions: Pick<PartitionManager, "observe" | "onPause">;
  readonly topic: OffsetsTopic;
  readonly clock: Clock;
  readonly random: Random;
  readonly warnings: LimitedWarnings;
  readonly logger: Logger;
}

export type JoinCall = Omit<JoinRequest, "freshMemberId">;

export interface CommitCall extends MemberIdentity {
  /** Below 0 from who is no member. */
  readonly generation: number;
  readonly offsets: readonly (TopicPartition & { readonly committed: CommittedOffset })[];
}

/**
 * Coordinates the groups whose partition of `__consumer_offsets` this broker leads.
 *
 * Each group is a pure machine (`machine/group.ts`); here its requests wait for their answers, its effects are performed, and it is read
 * from the log and written to it. What a client is told has been committed before.
 */
export class GroupCoordinator {
  private readonly partitions = new Map<number, CoordinatedPartition>();
  private readonly joins = new Map<Ticket, (answer: JoinAnswer) => void>();
  private readonly syncs = new Map<Ticket, (answer: SyncAnswer) => void>();
  private readonly timers: GroupTimers;
  private readonly limits: GroupLimits;
  private readonly stopWatching: (() => void)[] = [];
  private lastTicket = 0;
  private isClosed = false;

  constructor(private readonly options: GroupCoordinatorOptions) {
    const { config, clock } = options;
    this.timers = new GroupTimers(clock, (due) => this.perform(due, due.group.onTimer(this.now)));
    this.limits = {
      get membersMax() {
        return config.get("group.max.size");
      },
      get initialRebalanceDelayMs() {
        return config.get("group.initial.rebalance.delay.ms");
      },
    };
  }

  /** Begins to follow which partitions are led here; to be called before the first of them is. */
  start(): void {
    const { partitions } = this.options;
    this.stopWatching.push(
      partitions.observe(new OffsetsPartitionsObserver((partition) => this.onRole(partition))),
      partitions.onPause((lateMs) => this.onPaused(lateMs)),
    );
  }

  /** Who waits is told to look for the coordinator again. */
  close(): void {
    this.isClosed = true;
    for (const stop of this.stopWatching.splice(0)) stop();
    for (const index of this.partitions.keys()) this.resign(index);
    this.timers.close();
  }

  /** The partitions that are coordinated here and have been read. */
  *readyPartitions(): Iterable<CoordinatedPartition> {
    for (const partition of this.partitions.values()) if (partition.isReady) yield partition;
  }

  /** Whether a partition led here is still being read. */
  get isLoading(): boolean {
    for (const { isReady } of this.partitions.values()) if (!isReady) return true;
    return false;
  }

  get hasStopped(): boolean {
    return this.isClosed;
  }

  /** The group; undefined when it is coordinated here and there is none. */
  find(groupId: string): CoordinatedGroup | undefined | NotHere {
    const partition = this.partitionOf(groupId);
    return typeof partition === "string" ? partition : partition.groups.get(groupId);
  }

  join(groupId: string, call: JoinCall): Promise<JoinAnswer> {
    const { memberId, sessionTimeoutMs } = call;
    const { config, random } = this.options;
    const refuse = (error: ErrorName) => Promise.resolve(refusedJoin(memberId, error));
    if (groupId === "") return refuse("INVALID_GROUP_ID");
    const partition = this.partitionOf(groupId);
    if (typeof partition === "string") return refuse(partition);
    const isInBounds =
      sessionTimeoutMs >= config.get("group.min.session.timeout.ms") &&
      sessionTimeoutMs <= config.get("group.max.session.timeout.ms");
    if (!isInBounds) return refuse("INVALID_SESSION_TIMEOUT");
    const present = partition.groups.get(groupId);
    if (present === undefined && memberId !== "") return refuse("UNKNOWN_MEMBER_ID");
    const coordinated = present ?? this.newGroup(groupId, partition);
    const freshMemberId = memberId === "" ? memberIdFor(call, random) : "";
    const ticket = ++this.lastTicket;
    return new Promise((resolve) => {
      this.joins.set(ticket, resolve);
      this.perform(coordinated, coordinated.group.join({ ...call, freshMemberId }, ticket, this.now));
    });
  }

  sync(groupId: string, call: SyncRequest): Promise<SyncAnswer> {
    const refuse = (error: ErrorName) => Promise.resolve(refusedSync(error));
    if (groupId === "") return refuse("INVALID_GROUP_ID");
    const found = this.find(groupId);
    // What a rebalance had come to is lost with the coordinator that led it: members join again, without looking for another one.
    if (found === "COORDINATOR_LOAD_IN_PROGRESS") return refuse("REBALANCE_IN_PROGRESS");
    if (typeof found === "string") return refuse(found);
    if (found === undefined) return refuse("UNKNOWN_MEMBER_ID");
    const ticket = ++this.lastTicket;
    return new Promise((resolve) => {
      this.syncs.set(ticket, resolve);
      this.perform(found, found.group.sync(call, ticket, this.now));
    });
  }

  heartbeat(groupId: string, call: MemberIdentity & { readonly generation: number }): ErrorName {
    if (groupId === "") return "INVALID_GROUP_ID";
    const found = this.find(groupId);
    // Its session begins when it is loaded; until then nobody is late.
    if (found === "COORDINATOR_LOAD_IN_PROGRESS") return "NONE";
    if (typeof found === "string") return found;
    return found?.group.heartbeat(call, this.now) ?? "UNKNOWN_MEMBER_ID";
  }

  /** @returns an error for each who leaves; none of them when `error` says why nobody could */
  leave(
    groupId: string,
    leaving: readonly MemberIdentity[],
  ): { readonly error: ErrorName; readonly errors: readonly ErrorName[] } {
    if (groupId === "") return { error: "INVALID_GROUP_ID", errors: [] };
    const found = this.find(groupId);
    if (typeof found === "string") return { error: found, errors: [] };
    if (found === undefined) return { error: "NONE", errors: leaving.map(() => "UNKNOWN_MEMBER_ID") };
    const { error, errors, effects } = found.group.leave(leaving, this.now);
    this.perform(found, effects);
    return { error, errors };
  }

  /** Stores offsets; resolves once they are committed. */
  async commit(groupId: string, call: CommitCall): Promise<ErrorName> {
    const partition = this.partitionOf(groupId);
    if (typeof partition === "string") return partition;
    const present = partition.groups.get(groupId);
    if (present === undefined && call.generation >= 0) return "ILLEGAL_GENERATION";
    const coordinated = present ?? this.newGroup(groupId, partition);
    const error = coordinated.group.checkCommit(call, this.now);
    if (error !== "NONE" || call.offsets.length === 0) return error;
    const { offsets, log } = coordinated;
    const nowMs = this.now.wallMs;
    for (const at of call.offsets) offsets.begun(at);
    const records = call.offsets.map((at) => offsetRecord(groupId, at, at.committed, nowMs));
    const outcome = await log.append(records, 0);
    for (const [index, at] of call.offsets.entries()) {
      offsets.settled(at);
      if (outcome.error === "NONE") offsets.apply(at, at.committed, outcome.baseOffset + index);
    }
    return commitErrorOf(outcome.error);
  }

  /** Deletes a group without members, with its offsets. */
  async delete(groupId: string): Promise<ErrorName> {
    const found = this.find(groupId);
    if (typeof found === "string") return found;
    if (found === undefined || found.group.state === "Dead") return "GROUP_ID_NOT_FOUND";
    if (found.group.state !== "Empty") return "NON_EMPTY_GROUP";
    // An offset on its way to the log would outlive its group.
    if (found.offsets.isBeingWritten) return "COORDINATOR_NOT_AVAILABLE";
    return this.forget(found, [...found.offsets.all()], { wholeGroup: true });
  }

  /**
   * Removes offsets, and with the last of them the group, if it is empty.
   *
   * @param options.wholeGroup whatever is left in the group
   */
  async forget(
    coordinated: CoordinatedGroup,
    gone: readonly TopicPartition[],
    options: { readonly wholeGroup?: boolean } = {},
  ): Promise<ErrorName> {
    const { group, groupId, offsets, log } = coordinated;
    const partition = this.partitionOf(groupId);
    if (typeof partition === "string") return partition;
    // What the caller looked at has been coordinated elsewhere since, or is being deleted.
    if (partition.groups.get(groupId) !== coordinated || group.state === "Dead") return "NOT_COORDINATOR";
    const stored = gone.filter(({ topic, partition: index }) => offsets.get(topic, index) !== undefined);
    const ends = group.state === "Empty" && (options.wholeGroup === true || coordinated.isDoneWithout(stored));
    if (stored.length === 0 && !ends) return "NONE";
    const nowMs = this.now.wallMs;
    const records = stored.map((at) => offsetRecord(groupId, at, null, nowMs));
    // Of a group that never had a generation nothing but offsets was written.
    if (ends && group.generation > 0) records.push(groupRecord(groupId, null, nowMs));
    if (ends) this.perform(coordinated, group.kill("COORDINATOR_NOT_AVAILABLE", this.now));
    const outcome = records.length === 0 ? null : await log.appendEach(records);
    const error = outcome?.error ?? "NONE";
    const isWritten = error === "NONE" || MAYBE_WRITTEN.has(error);
    if (isWritten) {
      const before = error === "NONE" && outcome !== null ? outcome.baseOffset : Number.POSITIVE_INFINITY;
      for (const at of stored) offsets.remove(at, before);
      if (ends && partition.groups.get(groupId) === coordinated) partition.groups.delete(groupId);
    } else if (ends) group.revive(this.now);
    return commitErrorOf(error);
  }

  private newGroup(groupId: string, partition: CoordinatedPartition): CoordinatedGroup {
    const coordinated = new CoordinatedGroup(
      new Group(groupId, this.limits, this.now),
      new CommittedOffsets(),
      partition.log,
    );
    partition.groups.set(groupId, coordinated);
    return coordinated;
  }

  private partitionOf(groupId: string): CoordinatedPartition | NotHere {
    if (this.isClosed) return "COORDINATOR_NOT_AVAILABLE";
    const partition = this.partitions.get(this.options.topic.partitionOf(groupId));
    if (partition === undefined) return "NOT_COORDINATOR";
    return partition.isReady ? partition : "COORDINATOR_LOAD_IN_PROGRESS";
  }

  private perform(coordinated: CoordinatedGroup, effects: readonly GroupEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "answerJoin":
          this.joins.get(effect.ticket)?.(effect.answer);
          this.joins.delete(effect.ticket);
          break;
        case "answerSync":
          this.syncs.get(effect.ticket)?.(effect.answer);
          this.syncs.delete(effect.ticket);
          break;
        case "persist":
          this.persist(coordinated, effect);
      }
    }
    this.timers.look(coordinated);
  }

  private persist(coordinated: CoordinatedGroup, { write, record }: GroupEffect & { kind: "persist" }): void {
    const { group, log } = coordinated;
    void log.append([groupRecord(group.groupId, record, this.now.wallMs)], -1).then((outcome) => {
      if (outcome.error !== "NONE") {
        const about = { group: group.groupId, generation: record.generation, error: outcome.error };
        this.options.warnings.warn("a group could not be written", about);
      }
      this.perform(coordinated, group.onPersisted(write, groupErrorOf(outcome.error), this.now));
    });
  }

  private onRole(partition: Partition): void {
    const present = this.partitions.get(partition.index);
    const leadsHere = partition.leader !== null && partition.log.offline === null;
    // A leader that stays leader in another epoch has kept its log, and so what was made of it.
    if (leadsHere && present?.log.partition === partition) return;
    if (present !== undefined && (leadsHere || present.log.partition === partition)) this.resign(partition.index);
    if (!leadsHere || this.isClosed) return;
    const coordinated = new CoordinatedPartition(new OffsetsLog(partition, this.options));
    this.partitions.set(partition.index, coordinated);
    // The step in which the role began is not ours to do our work in.
    this.options.clock.afterTick(() => void this.load(coordinated));
  }

  private resign(index: number): void {
    const partition = this.partitions.get(index);
    if (partition === undefined) return;
    this.partitions.delete(index);
    partition.end();
    for (const coordinated of partition.groups.values()) {
      this.perform(coordinated, coordinated.group.kill("NOT_COORDINATOR", this.now));
    }
    partition.groups.clear();
  }

  private async load(partition: CoordinatedPartition): Promise<void> {
    const { clock, logger } = this.options;
    const { log, signal } = partition;
    const startedMs = clock.monotonicMs();
    const about = { topic: GROUP_OFFSETS_TOPIC, partition: log.partition.index };
    try {
      const replay = new OffsetsReplay(logger);
      const end = await log.readAll((batch) => replay.take(batch), signal);
      // What this leader alone holds might be lost with it: nobody may see a commit that another one would not know of.
      await log.committed(end, signal);
      this.install(partition, replay);
      const level = partition.groups.size === 0 ? "debug" : "info";
      logger[level]("groups loaded", {
        ...about,
        records: replay.recordCount,
        groups: partition.groups.size,
        tookMs: Math.round(clock.monotonicMs() - startedMs),
      });
    } catch (failure) {
      if (failure instanceof Aborted) return;
      if (failure instanceof InvariantViolation) throw failure;
      logger.error("groups cannot be loaded", { ...about, failure: explain(failure) });
      clock.setTimer(LOAD_AGAIN_MS, () => void (signal.aborted || this.load(partition)), { background: true });
    }
  }

  private install(partition: CoordinatedPartition, replay: OffsetsReplay): void {
    const { now, limits } = this;
    for (const groupId of new Set([...replay.groups.keys(), ...replay.offsets.keys()])) {
      const record = replay.groups.get(groupId);
      const offsets = replay.offsets.get(groupId) ?? new CommittedOffsets();
      if (record === undefined && offsets.isUnused) continue;
      const group =
        record === undefined ? new Group(groupId, limits, now) : Group.restored(groupId, record, limits, now);
      partition.groups.set(groupId, new CoordinatedGroup(group, offsets, partition.log));
    }
    partition.isReady = true;
    for (const coordinated of partition.groups.values()) {
      this.perform(coordinated, coordinated.group.shrinkToLimit(now));
    }
  }

  private onPaused(lateMs: number): void {
    for (const { groups } of this.partitions.values()) {
      for (const { group } of groups.values()) group.onPaused(lateMs);
    }
  }

  private get now(): Moment {
    const { clock } = this.options;
    return { atMs: clock.monotonicMs(), wallMs: clock.nowMs() };
  }
}

/** Tells of every change of role of a partition of `__consumer_offsets`. */
class OffsetsPartitionsObserver implements ReplicaObserver {
  constructor(private readonly tell: (partition: Partition) => void) {}

  onRole(partition: Partition): void {
    if (partition.topic === GROUP_OFFSETS_TOPIC) this.tell(partition);
  }
  onStopped(partition: Partition): void {
    this.onRole(partition);
  }
  onAdopted(): void {}
  onConfigChanged(): void {}
  onAppended(): void {}
  onProgress(): void {}
  onTickWritten(): void {}
  onBrokers(): void {}
}

/** How long until a log that could not be read is tried again. */
const LOAD_AGAIN_MS = 1000;

/** The records are in the log, and their fate is not known. */
const MAYBE_WRITTEN: ReadonlySet<ErrorName> = new Set<ErrorName>([
  "REQUEST_TIMED_OUT",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
]);
