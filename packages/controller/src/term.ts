import {
  brokerRegistration,
  type Coordination,
  deleteTopic,
  feature,
  logDirEvent,
  preferredReplicaElection,
  reassignPartitions,
  topic as topicNode,
} from "@ottla/coordination";
import { type Clock, explain, InvariantViolation, type Logger, type Random, type Timer } from "@ottla/runtime";
import type { AnsweredIncarnations } from "./answered-incarnations";
import type { BrokerChannel, BrokerCommand, BrokerReply } from "./broker-channel";
import { BrokerLifecycle } from "./broker-lifecycle";
import type { BrokerPeers } from "./broker-peers";
import type { BrokerProbe } from "./broker-probe";
import { BrokerSessions } from "./broker-sessions";
import { BrokerSuspicions } from "./broker-suspicions";
import { ClusterState, type PartitionRecord } from "./cluster-state";
import { CommandDispatch } from "./command-dispatch";
import { letLeave } from "./controlled-shutdown";
import type { DeposingEvidence } from "./controller-watch";
import type { EventQueue } from "./event-queue";
import { Expectations } from "./expectations";
import { FencedWrites } from "./fenced-writes";
import type { AlterPartitionReply } from "./isr-proposal";
import { IsrProposals } from "./isr-proposals";
import { LastResortElections } from "./last-resort-elections";
import { LeaderElections } from "./leader-elections";
import type { ControlledShutdownOutcome } from "./leadership-requests";
import { LegacyRequests } from "./legacy-requests";
import { LogDirFailures } from "./log-dir-failures";
import { settlePartitions } from "./partition-settlement";
import { PreferredLeaders } from "./preferred-leaders";
import { takeProducerIdBlock } from "./producer-id-blocks";
import { Reassignments } from "./reassignments";
import type { ProducerIdBlockOutcome } from "./requests";
import { purgeNotifications } from "./state-loader";
import type { ControllerConfig, TermContext } from "./term-context";
import { TermOver } from "./term-over";
import { TermWatches } from "./term-watches";
import { TopicDeletions } from "./topic-deletions";
import { TopicLifecycle } from "./topic-lifecycle";
import { type TopicConfigJudge, TopicRequests } from "./topic-requests";

const RELOAD_MS_MIN = 100;
const RELOAD_MS_MAX = 2000;

export interface TermOptions {
  readonly coordination: Coordination;
  readonly brokerId: number;
  readonly epoch: number;
  /** Data version that `/controller_epoch` got by this term's election. */
  readonly epochVersion: number;
  readonly queue: EventQueue;
  readonly channel: BrokerChannel;
  readonly probe: BrokerProbe | undefined;
  readonly peers: BrokerPeers | undefined;
  readonly answered: AnsweredIncarnations;
  readonly config: ControllerConfig;
  readonly judgeConfigs: TopicConfigJudge;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Told once, when the ensemble has refused a write since another controller has been elected. */
  readonly onMoved: () => void;
  readonly onBug: (failure: InvariantViolation) => void;
  readonly evidence: DeposingEvidence | null;
}

/**
 * One term of this broker as controller: from its election to the moment it is deposed, its session is lost, or it resigns.
 *
 * Everything it does is an event of the one queue. When an event fails for a reason of the world's (a connection lost, say), what
 * ZooKeeper holds is not known any more: the term reads everything again, which is also how it began.
 */
export class Term {
  readonly requests: TopicRequests;
  readonly reassignments: Reassignments;
  readonly elections: LeaderElections;
  readonly expectations: Expectations;
  readonly sessions: BrokerSessions;
  readonly suspicions: BrokerSuspicions;
  private readonly ending = new AbortController();
  private readonly context: TermContext;
  private readonly deletions: TopicDeletions;
  private readonly watches: TermWatches;
  private readonly brokers: BrokerLifecycle;
  private readonly topics: TopicLifecycle;
  private readonly proposals: IsrProposals;
  private readonly preferred: PreferredLeaders;
  private readonly legacy: LegacyRequests;
  private readonly logDirs: LogDirFailures;
  private loaded = false;
  private begun = false;
  private stopsHeard = 0;
  private returnsHeard = 0;
  private reloadMs = RELOAD_MS_MIN;
  private reloading: Timer | null = null;

  constructor(private readonly options: TermOptions) {
    const { coordination, brokerId, epoch, epochVersion, channel, config, clock, random, logger } = options;
    const { signal } = this.ending;
    const state = new ClusterState(brokerId);
    const isBeingDeleted = (topic: string) => this.deletions.has(topic);
    const isUnderWay = (topic: string) => this.deletions.isUnderWay(topic);
    const settle = (partitions?: Iterable<PartitionRecord>) => this.settle(partitions);
    const dispatch = new CommandDispatch({
      state,
      channel,
      controllerId: brokerId,
      controllerEpoch: epoch,
      clock,
      logger,
      signal,
      isBeingDeleted: isUnderWay,
      onReply: (id, command, reply) => this.onReply(id, command, reply),
    });
    const writes = new FencedWrites(coordination, epochVersion, signal, () => {
      this.end("another controller has been elected");
      options.onMoved();
    });
    const lastResort = new LastResortElections(
      () => this.context,
      options.peers,
      ({ topic, partition }) =>
        this.tell(`log ends of ${topic.name}-${partition}`, async () => {
          const record = state.partition(topic.name, partition);
          if (record !== undefined) await this.settle([record]);
        }),
    );
    this.context = {
      brokerId,
      epoch,
      coordination,
      writes,
      state,
      dispatch,
      lastResort,
      config,
      clock,
      random,
      logger,
      signal,
    };
    this.watches = new TermWatches(coordination, signal, (name, handle) => this.tell(name, handle));
    this.expectations = new Expectations(clock);
    this.deletions = new TopicDeletions(this.context, (name) => {
      this.watches.stop(topicNode.path(name));
      this.context.dispatch.settleTails();
      this.expectations.recheck();
    });
    this.requests = new TopicRequests(this.context, this.deletions, options.judgeConfigs);
    this.elections = new LeaderElections(this.context, isBeingDeleted);
    this.reassignments = new Reassignments(this.context, isBeingDeleted, async () => {
      await this.legacy.finishReassignment();
      await this.deletions.resume();
    });
    this.legacy = new LegacyRequests(this.context, this.elections, this.reassignments);
    this.logDirs = new LogDirFailures(this.context);
    this.sessions = new BrokerSessions({
      state,
      controllerEpoch: epoch,
      alterPartition: (session, { partitions }) => this.serveProposal(() => this.proposals.alter(session, partitions)),
      onOpened: (id) => {
        this.brokers.onSessionOpened(id);
        this.tell(`session of broker ${id}`, () => this.brokers.onSession(id));
      },
      onBroken: (id) => {
        if (this.loaded) this.brokers.onSessionBroken(id);
        this.tell(`session of broker ${id} ended`, async () => this.deletions.onBrokerGone(id));
      },
    });
    this.suspicions = new BrokerSuspicions(this.context, {
      probe: options.probe,
      answered: options.answered,
      evidence: options.evidence,
      onEvidence: () => this.tell("evidence", () => this.brokers.onEvidence()),
      onHoldDownEnd: () => this.tell("hold-down over", () => this.preferred.giveBack()),
      onBug: options.onBug,
    });
    this.preferred = new PreferredLeaders(this.context, this.suspicions, isBeingDeleted, () =>
      this.tell("balance of leaders", () => this.preferred.check()),
    );
    this.proposals = new IsrProposals(this.context, this.sessions, isUnderWay, (changed) =>
      this.tell("ISRs changed", async () => {
        await this.reassignments.advance(state.partitions());
        await this.preferred.giveBack();
        if (changed.length > 0) dispatch.settleTails();
      }),
    );
    const { deletions, watches, sessions, suspicions, preferred, reassignments } = this;
    this.topics = new TopicLifecycle(this.context, { deletions, watches, settle });
    this.brokers = new BrokerLifecycle(this.context, {
      sessions,
      suspicions,
      preferred,
      reassignments,
      deletions,
      watches,
      settle,
    });
  }

  get epoch(): number {
    return this.options.epoch;
  }

  get isOver(): boolean {
    return this.ending.signal.aborted;
  }

  /** Ends the term at once: nothing is written, sent or waited for any more, and every session ends. Idempotent. */
  end(reason: string): void {
    if (this.isOver) return;
    this.options.logger.info("controller duty ends", { epoch: this.epoch, reason });
    this.ending.abort(reason);
    this.reloading?.cancel();
    this.context.dispatch.close();
    this.suspicions.endAll();
    this.sessions.endAll(reason);
    this.expectations.endAll();
  }

  /** An event of this term: dropped once the term is over or while its state is unknown, and followed by a reload when it fails. */
  tell(name: string, handle: () => Promise<void>): void {
    this.options.queue.tell(`${name} (epoch ${this.epoch})`, async () => {
      if (this.isOver || !this.loaded) return;
      await this.orReload(name, handle);
    });
  }

  /** Reads everything and brings everything in order. */
  load(): void {
    this.options.queue.tell(`load (epoch ${this.epoch})`, async () => {
      if (!this.isOver) await this.orReload("load", () => this.loadNow());
    });
  }

  /** @throws TermOver unless the term stands and its state is known */
  ready(): void {
    this.context.writes.stillInTerm();
    if (!this.loaded) throw new TermOver("the controller's state is not loaded");
  }

  /**
   * Runs an event for a request: what fails is the request's, but the state is read again as after any other event.
   *
   * @throws whatever the event threw
   */
  async handle<T>(name: string, event: () => Promise<T>): Promise<T> {
    this.ready();
    try {
      return await event();
    } catch (failure) {
      if (!(failure instanceof InvariantViolation)) this.reloadAfter(name, failure);
      throw failure;
    }
  }

  allocateProducerIds(brokerId: number, brokerEpoch: bigint): Promise<ProducerIdBlockOutcome> {
    const broker = this.context.state.brokers.get(brokerId);
    if (broker === undefined) return Promise.resolve({ error: "BROKER_NOT_AVAILABLE" });
    if (broker.info.epoch !== brokerEpoch) return Promise.resolve({ error: "STALE_BROKER_EPOCH" });
    return takeProducerIdBlock(this.context, brokerId);
  }

  letLeave(brokerId: number, brokerEpoch: bigint): Promise<ControlledShutdownOutcome> {
    return letLeave(this.context, brokerId, brokerEpoch, (topic) => this.deletions.has(topic));
  }

  /** Dynamic configs have changed: an election may be allowed that was not before. */
  configsChanged(): void {
    this.tell("configs changed", () => this.settle());
  }

  /** Whether clients of this broker can find a leader for each of the topic's first `partitions` partitions. */
  isServed(topic: string, partitions: number): boolean {
    const record = this.context.state.topics.get(topic);
    if (record === undefined) return false;
    for (let partition = 0; partition < partitions; partition++) {
      if ((record.partitions.get(partition)?.knownLeaderEpoch ?? -1) < 0) return false;
    }
    return true;
  }

  /** Whether clients of this broker have heard of the partition's present leader epoch. */
  isKnown(topic: string, partition: number): boolean {
    const record = this.context.state.partition(topic, partition);
    return record === undefined || record.knownLeaderEpoch >= (record.state?.leaderEpoch ?? 0);
  }

  /** Whether this very topic is there. */
  exists(topic: string, topicId: string): boolean {
    return this.context.state.topics.get(topic)?.topicId === topicId;
  }

  private async orReload(event: string, handle: () => Promise<void>): Promise<void> {
    try {
      await handle();
    } catch (failure) {
      if (failure instanceof InvariantViolation) throw failure;
      this.reloadAfter(event, failure);
    }
  }

  private reloadAfter(event: string, failure: unknown): void {
    if (this.isOver) return;
    if (failure instanceof TermOver) {
      this.end(failure.message);
      this.options.onMoved();
      return;
    }
    this.options.logger.warn("an event of the controller failed, its state is read again", {
      event,
      failure: explain(failure),
    });
    this.loaded = false;
    this.reloading?.cancel();
    this.reloading = this.options.clock.setTimer(this.reloadMs, () => this.load());
    this.reloadMs = Math.min(this.reloadMs * 2, RELOAD_MS_MAX);
  }

  private async loadNow(): Promise<void> {
    const { state, dispatch, logger, lastResort } = this.context;
    dispatch.close();
    this.deletions.clear();
    this.preferred.clear();
    lastResort.clear();
    state.clear();
    await this.watchEverything();
    await this.makeFeatureNode();
    await purgeNotifications(this.context);

    await this.brokers.load();
    await this.topics.load();
    await this.deletions.collect();
    await this.settle();
    // Brokers hear nothing from a controller that has been deposed while it read.
    await this.context.writes.multi([]);
    this.loaded = true;
    this.brokers.begin();
    this.reloadMs = RELOAD_MS_MIN;
    await this.deletions.resume();
    await this.reassignments.resume();
    await this.legacy.onPreferredElection();
    await this.legacy.onReassignment();
    if (!this.begun) this.preferred.start();
    this.begun = true;
    logger.info("controller duty begins", {
      epoch: this.epoch,
      brokers: state.brokers.size,
      topics: state.topics.size,
    });
  }

  /** Watches come before reading: what changes in between is told of. */
  private async watchEverything(): Promise<void> {
    const { watches, legacy } = this;
    await watches.children(brokerRegistration.parent, "brokers changed", () => this.brokers.onRegistrations());
    await watches.children(topicNode.parent, "topics changed", () => this.topics.onTopics());
    await watches.children(deleteTopic.parent, "deletions changed", () => this.deletions.readMarks());
    await watches.children(logDirEvent.parent, "log directories lost", () => this.logDirs.readNotifications());
    await watches.node(preferredReplicaElection.path, "legacy election", () => legacy.onPreferredElection());
    await watches.node(reassignPartitions.path, "legacy reassignment", () => legacy.onReassignment());
  }

  /** Features of a ZooKeeper cluster are none; the node says that much. */
  private async makeFeatureNode(): Promise<void> {
    const { coordination, writes } = this.context;
    if ((await coordination.get(feature.path)) !== null) return;
    const data = feature.encode({ version: 2, status: "ENABLED", features: new Map() });
    await writes.multi([{ kind: "create", path: feature.path, data }]);
  }

  private async settle(partitions: Iterable<PartitionRecord> = this.context.state.partitions()): Promise<void> {
    const standing = [...partitions].filter((record) => !this.deletions.isUnderWay(record.topic.name));
    await settlePartitions(this.context, standing);
    this.context.dispatch.announceLeaderless(standing.filter((record) => record.state === null));
    this.context.dispatch.settleTails();
  }

  /** A proposal that could not be looked at, or whose outcome is unknown, is not settled (rule 25). */
  private async serveProposal(alter: () => Promise<AlterPartitionReply>): Promise<AlterPartitionReply> {
    const { options, epoch } = this;
    try {
      return await options.queue.ask("alter partition", () => this.handle("alter partition", alter));
    } catch (failure) {
      if (failure instanceof InvariantViolation) options.onBug(failure);
      else if (!(failure instanceof TermOver)) {
        options.logger.warn("ISR proposals could not be served", { failure: explain(failure) });
      }
      return { error: "NOT_CONTROLLER", controllerEpoch: epoch, partitions: [] };
    }
  }

  private onReply(brokerId: number, command: BrokerCommand, reply: BrokerReply): void {
    if (reply.error === "STALE_CONTROLLER_EPOCH") {
      this.tell("a broker knows a newer controller", async () => void (await this.context.writes.multi([])));
      return;
    }
    if (reply.error === "STALE_BROKER_EPOCH") {
      this.tell("brokers changed", () => this.brokers.onRegistrations());
      return;
    }
    switch (command.kind) {
      case "updateMetadata":
        if (brokerId === this.options.brokerId) this.onOwnMetadata(command.partitions);
        break;
      case "stopReplica": {
        this.tell(`replicas stopped, ${++this.stopsHeard}`, () =>
          this.deletions.onStopped(brokerId, command.partitions, reply.partitionErrors),
        );
        break;
      }
      case "leaderAndIsr":
        this.onDark(this.logDirs.onRefused(brokerId, command, reply.partitionErrors));
        this.onLight(this.logDirs.onTaken(brokerId, command, reply.partitionErrors));
        for (const { topic, partition, error } of reply.partitionErrors) {
          if (error === "KAFKA_STORAGE_ERROR") continue;
          this.options.logger.warn("a broker refused an assignment", { broker: brokerId, topic, partition, error });
          const sent = command.partitions.find((p) => p.topic === topic && p.partition === partition);
          if (error !== "FENCED_LEADER_EPOCH" || sent?.leader !== brokerId) continue;
          this.tell(`${topic}-${partition} refused in epoch ${sent.leaderEpoch}`, () =>
            this.electAgain(topic, partition, sent.leaderEpoch),
          );
        }
        break;
    }
  }

  /** Replicas whose log directory is offline lead no more, and are in sync no more. */
  private onDark(records: readonly PartitionRecord[]): void {
    if (records.length === 0) return;
    this.tell("replicas offline", async () => {
      const states = records.map(({ state }) => state);
      await this.settle();
      // Where nobody's role changes, clients still learn which replicas are offline.
      this.context.dispatch.announceToClients(records.filter(({ state }, i) => state !== null && state === states[i]));
    });
  }

  /** Replicas that work again may lead, where nobody does, and join ISRs. */
  private onLight(records: readonly PartitionRecord[]): void {
    if (records.length === 0) return;
    this.tell(`replicas work again, ${++this.returnsHeard}`, async () => {
      this.context.dispatch.announceToClients(records);
      await this.settle(records);
    });
  }

  /** The leader did not open the epoch it was given: it may lead in the next one. */
  private async electAgain(topic: string, partition: number, refusedEpoch: number): Promise<void> {
    const record = this.context.state.topics.get(topic)?.partitions.get(partition);
    if (record?.state?.leaderEpoch !== refusedEpoch || this.deletions.has(topic)) return;
    await settlePartitions(this.context, [record], { refused: new Set([record]) });
  }

  private onOwnMetadata(partitions: Extract<BrokerCommand, { kind: "updateMetadata" }>["partitions"]): void {
    for (const { topic, topicId, partition, leader, leaderEpoch } of partitions) {
      const record = this.context.state.partition(topic, partition);
      if (record?.topic.topicId === topicId) record.knownLeaderEpoch = leader >= 0 ? leaderEpoch : -1;
    }
    this.expectations.recheck();
  }
}
