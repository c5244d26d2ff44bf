import type { Clock, Logger } from "@ottla/runtime";
import {
  type BrokerChannel,
  type BrokerCommand,
  type BrokerReply,
  EPOCH_DURING_DELETE,
  LEADER_DURING_DELETE,
  NO_LEADER,
  type PartitionAssignment,
  type PartitionMetadata,
} from "./broker-channel";
import { BrokerOutbox } from "./broker-outbox";
import {
  type ClusterState,
  type ConfirmedState,
  identityOf,
  type LiveBroker,
  type PartitionRecord,
  type TopicRecord,
} from "./cluster-state";

export interface DispatchOptions {
  readonly state: ClusterState;
  readonly channel: BrokerChannel;
  readonly controllerId: number;
  readonly controllerEpoch: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the term ends: nobody is told anything then. */
  readonly signal: AbortSignal;
  /** Topics that clients must no longer see. */
  readonly isBeingDeleted: (topic: string) => boolean;
  readonly onReply: (brokerId: number, command: BrokerCommand, reply: BrokerReply) => void;
}

/** Tells brokers what ZooKeeper has confirmed: replicas their assignments, and everybody, after the leader, the metadata. */
export class CommandDispatch {
  private readonly outboxes = new Map<number, BrokerOutbox>();
  /** Partitions announced in this term. */
  private readonly announced = new WeakSet<PartitionRecord>();

  constructor(private readonly options: DispatchOptions) {}

  /** A broker can be told things now: from here on they are collected for it, and `open` lets them go. */
  prepare({ info }: LiveBroker): void {
    this.brokerDown(info.id);
    if (this.options.signal.aborted) return;
    const { state, channel, clock, logger, controllerId, controllerEpoch } = this.options;
    const outbox: BrokerOutbox = new BrokerOutbox({
      channel,
      broker: info,
      header: { controllerId, controllerEpoch, brokerEpoch: info.epoch },
      clock,
      logger,
      fullAssignments: () => this.assignmentsOn(info.id),
      fullMetadata: () => this.metadataOfAll(),
      brokers: () => state.brokerInfos(),
      tailSettled: () => isTailSettled(state, info.id),
      onReply: (command, reply) => {
        if (this.outboxes.get(info.id) !== outbox) return;
        if (command.kind === "leaderAndIsr" && reply.error === "NONE") this.announceLed(info.id, command.partitions);
        this.options.onReply(info.id, command, reply);
      },
    });
    this.outboxes.set(info.id, outbox);
  }

  /** The broker gets everything as it stands now, and then what changes. */
  open(brokerId: number): void {
    this.outboxes.get(brokerId)?.open();
  }

  /** A broker's session or incarnation has ended: it is told nothing more. What it was about to lead, clients may know of now. */
  brokerDown(brokerId: number): void {
    const outbox = this.outboxes.get(brokerId);
    if (outbox === undefined) return;
    const unheard = outbox.unacknowledged();
    outbox.close();
    this.outboxes.delete(brokerId);
    this.announceLed(brokerId, unheard);
  }

  /** The broker gets all its assignments again. */
  assignAll(brokerId: number): void {
    this.outboxes.get(brokerId)?.assignAll();
  }

  /** Tells torn brokers that stand in no ISR any more on the strength of what they may have lost. */
  settleTails(): void {
    const { state } = this.options;
    for (const { torn, info } of state.brokers.values()) {
      if (torn && isTailSettled(state, info.id)) this.outboxes.get(info.id)?.tellTailSettled();
    }
  }

  /** Clients learn of states that the leader knows already, because it has asked for them. */
  announceToClients(partitions: readonly PartitionRecord[]): void {
    this.toEveryone(partitions.map((record) => this.metadataOf(record)));
  }

  /** The list of brokers, or an address in it, has changed. */
  brokersChanged(): void {
    for (const outbox of this.outboxes.values()) outbox.tellBrokers();
  }

  /**
   * States that ZooKeeper has just confirmed: each live replica hears of its assignment. Everybody else hears once the leader has
   * acknowledged, for a client that comes earlier is only turned away; at once where nobody leads. Of new partitions clients hear at once
   * that they exist, all of a topic's in one command: one that sees some of them takes them for all, and spreads its keys over those.
   */
  announce(partitions: readonly PartitionRecord[]): void {
    this.announceBirths(partitions);
    const byBroker = new Map<number, PartitionAssignment[]>();
    const leaderless: PartitionMetadata[] = [];
    for (const record of partitions) {
      if (record.state === null) continue;
      const { state } = record;
      const common = assignmentOf(record, state, this.options.controllerEpoch);
      for (const id of record.replicas) {
        const assignment = isBeingAdded(record, state, id) ? { ...common, isNew: true } : common;
        const list = byBroker.get(id);
        if (list === undefined) byBroker.set(id, [assignment]);
        else list.push(assignment);
      }
      if (!this.outboxes.has(record.state.leader)) leaderless.push(this.metadataOf(record));
    }
    for (const [id, assignments] of byBroker) this.outboxes.get(id)?.assign(assignments);
    if (leaderless.length > 0) this.toEveryone(leaderless);
  }

  /** Partitions without any state yet: clients learn that they exist. */
  announceLeaderless(partitions: readonly PartitionRecord[]): void {
    if (partitions.length > 0) this.toEveryone(partitions.map((record) => this.metadataOf(record)));
  }

  /** Clients shall no longer see the topic. */
  topicGone(topic: TopicRecord): void {
    this.toEveryone(
      [...topic.partitions.values()].map((record) => ({ ...this.metadataOf(record), leader: LEADER_DURING_DELETE })),
    );
  }

  /** The broker shall stop these replicas of a topic being deleted, and remove their logs. @returns false when it is not there */
  deleteReplicas(brokerId: number, partitions: readonly PartitionRecord[]): boolean {
    const outbox = this.outboxes.get(brokerId);
    outbox?.stop(
      partitions.map(({ topic, partition }) => ({
        topic: topic.name,
        topicId: topic.topicId,
        partition,
        leaderEpoch: EPOCH_DURING_DELETE,
        deleteLog: true,
      })),
    );
    return outbox !== undefined;
  }

  /** The broker shall stop a replica that it should not have any more, or not while it is leaving. */
  stopReplica(brokerId: number, record: PartitionRecord, leaderEpoch: number, deleteLog: boolean): void {
    this.outboxes.get(brokerId)?.stop([{ ...identityOf(record), leaderEpoch, deleteLog }]);
  }

  close(): void {
    for (const outbox of this.outboxes.values()) outbox.close();
    this.outboxes.clear();
  }

  private announceBirths(partitions: readonly PartitionRecord[]): void {
    const born = new Set(partitions.filter((record) => this.isNew(record) && !this.announced.has(record)));
    const topics = new Set([...born].map(({ topic }) => topic));
    // Those whose first state could not be written yet belong to their topic all the same.
    for (const topic of topics)
      for (const record of topic.partitions.values()) if (record.state === null) born.add(record);
    for (const record of partitions) this.announced.add(record);
    if (born.size > 0) this.toEveryone([...born].map((record) => ({ ...this.metadataOf(record), leader: NO_LEADER })));
  }

  private isNew({ state }: PartitionRecord): boolean {
    return state !== null && isFirstState(state, this.options.controllerEpoch);
  }

  private announceLed(brokerId: number, partitions: readonly PartitionAssignment[]): void {
    const led: PartitionMetadata[] = [];
    for (const { topic, topicId, partition, leader, leaderEpoch } of partitions) {
      if (leader !== brokerId) continue;
      const record = this.options.state.topics.get(topic)?.partitions.get(partition);
      // A state that has been replaced meanwhile is told of by its own acknowledgement.
      if (record?.topic.topicId !== topicId || record.state?.leaderEpoch !== leaderEpoch) continue;
      if (!this.options.isBeingDeleted(topic)) led.push(this.metadataOf(record));
    }
    if (led.length > 0) this.toEveryone(led);
  }

  private toEveryone(metadata: readonly PartitionMetadata[]): void {
    for (const outbox of this.outboxes.values()) outbox.tellMetadata(metadata);
  }

  private assignmentsOn(brokerId: number): PartitionAssignment[] {
    const assignments: PartitionAssignment[] = [];
    for (const record of this.options.state.partitionsOn(brokerId)) {
      if (record.state === null || this.options.isBeingDeleted(record.topic.name)) continue;
      assignments.push({ ...assignmentOf(record, record.state, this.options.controllerEpoch), isNew: false });
    }
    return assignments;
  }

  private metadataOfAll(): PartitionMetadata[] {
    const all: PartitionMetadata[] = [];
    for (const record of this.options.state.partitions()) {
      if (!this.options.isBeingDeleted(record.topic.name)) all.push(this.metadataOf(record));
    }
    return all;
  }

  private metadataOf(record: PartitionRecord): PartitionMetadata {
    const { state, replicas, topic, partition } = record;
    return {
      topic: topic.name,
      topicId: topic.topicId,
      partition,
      leader: state?.leader ?? NO_LEADER,
      leaderEpoch: state?.leaderEpoch ?? 0,
      isr: state?.isr ?? [],
      partitionEpoch: state?.partitionEpoch ?? 0,
      replicas,
      offlineReplicas: replicas.filter(
        (id) =>
          !this.options.state.brokers.has(id) ||
          this.options.state.isSuspected(id) ||
          this.options.state.isReplicaOffline(record, id),
      ),
    };
  }
}

function assignmentOf(record: PartitionRecord, state: ConfirmedState, controllerEpoch: number): PartitionAssignment {
  return {
    topic: record.topic.name,
    topicId: record.topic.topicId,
    partition: record.partition,
    leader: state.leader,
    leaderEpoch: state.leaderEpoch,
    isr: state.isr,
    partitionEpoch: state.partitionEpoch,
    controllerEpoch: state.controllerEpoch,
    replicas: record.replicas,
    addingReplicas: record.adding,
    removingReplicas: record.removing,
    isNew: isFirstState(state, controllerEpoch),
    recovering: state.recovering,
  };
}

/** The replica is added by a reassignment, and has not caught up yet: no log of it can be needed. */
function isBeingAdded({ adding }: PartitionRecord, { isr }: ConfirmedState, id: number): boolean {
  return adding.includes(id) && !isr.includes(id);
}

/** Never rewritten, and made in this term: nobody has heard of the partition before. */
function isFirstState(state: ConfirmedState, controllerEpoch: number): boolean {
  return state.partitionEpoch === 0 && state.controllerEpoch === controllerEpoch;
}

/** Whether the broker is not torn, or all that hangs on its tail has been settled: it is in no ISR any more (rules 56 to 58). */
function isTailSettled(state: ClusterState, brokerId: number): boolean {
  const broker = state.brokers.get(brokerId);
  if (broker?.torn !== true) return true;
  for (const record of state.partitionsOn(brokerId)) {
    if (record.state?.isr.includes(brokerId) !== true) continue;
    // Leading by an election since it registered, it does so by rule 58. Any other write since then has left the question open.
    const { leader, mzxid } = record.state;
    if (leader !== brokerId || mzxid < broker.info.epoch) return false;
  }
  return true;
}
