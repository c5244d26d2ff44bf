import {
  type Coordination,
  CoordinationError,
  controller as controllerNode,
  type SessionEvent,
} from "@ottla/coordination";
import { type Clock, explain, InvariantViolation, type Logger, type Random, type Timer } from "@ottla/runtime";
import { AnsweredIncarnations, type AnsweringProcess } from "./answered-incarnations";
import type { BrokerChannel } from "./broker-channel";
import type { BrokerPeers, ControllerIdentity, Evidence } from "./broker-peers";
import type { BrokerProbe } from "./broker-probe";
import type { ConfigEntity } from "./config-store";
import { contend, type HeldTerm, resign } from "./contention";
import type { ControllerSession, SessionHello, SessionPeer, SessionRefused } from "./controller-session";
import { ControllerWatch, type DeposingEvidence } from "./controller-watch";
import { EventQueue, QueueFull } from "./event-queue";
import type {
  ControlledShutdownOutcome,
  LeaderElectionOutcome,
  LeaderElectionRequest,
  PartitionName,
  ReassignmentList,
  ReassignmentOutcome,
  ReassignmentRequest,
} from "./leadership-requests";
import {
  type Outcome,
  type PartitionIncrease,
  type PartitionIncreaseOutcome,
  type ProducerIdBlockOutcome,
  type RequestOptions,
  type TopicCreation,
  type TopicCreationOutcome,
  type TopicDeletion,
  type TopicDeletionOutcome,
  ZERO_TOPIC_ID,
} from "./requests";
import { Term } from "./term";
import type { ControllerConfig } from "./term-context";
import { TermOver } from "./term-over";
import type { TopicConfigJudge } from "./topic-requests";

const CONTEND_AGAIN_MS_MIN = 100;
const CONTEND_AGAIN_MS_MAX = 2000;

/** What a Controller is made of. */
export interface ControllerOptions {
  readonly coordination: Coordination;
  readonly brokerId: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly config: ControllerConfig;
  readonly channel: BrokerChannel;
  readonly validateTopicConfigs: TopicConfigJudge;
  /** Looks whether a registered process lives. Without it nobody is suspected, and no controller deposed: sessions' ends decide. */
  readonly probe?: BrokerProbe;
  /** Asks other brokers. Without it no controller is deposed on others' word, and log ends are not compared. */
  readonly peers?: BrokerPeers;
  /** Told whenever the broker that holds /controller changes; -1 while nobody is known to. */
  readonly onControllerChange?: (controllerId: number) => void;
  /** Told of a bug of the controller's own: the process cannot go on. Without it, the failure is thrown into the void as an unhandled rejection. */
  readonly onBug?: (failure: InvariantViolation) => void;
}

/**
 * One broker's controller: a candidate for `/controller`, and the cluster's controller while it holds that node.
 *
 * @see `reference/zookeeper-layout.md`, "Controller election and fencing", for the protocol that it keeps with other brokers
 */
export class Controller {
  private readonly queue: EventQueue;
  private readonly cleanups: (() => void)[] = [];
  private term: Term | null = null;
  private epochVersion = -1;
  private seenControllerId = -1;
  private readonly answered = new AnsweredIncarnations();
  private readonly watch: ControllerWatch;
  /** Since when the active controller has been without ZooKeeper, monotonic. */
  private withoutZooKeeper: { readonly sinceMs: number; timer: Timer } | null = null;
  private closed = false;
  private againMs = CONTEND_AGAIN_MS_MIN;
  private again: Timer | null = null;

  private constructor(private readonly options: ControllerOptions) {
    this.queue = new EventQueue((event, failure) => this.onFailure(event, failure));
    const { coordination, brokerId, clock, logger, config, probe, peers } = options;
    this.watch = new ControllerWatch({
      coordination,
      brokerId,
      clock,
      logger,
      config,
      probe,
      peers,
      answered: this.answered,
      onEvidence: () => this.queue.tell("depose", () => this.deposeNow()),
      onBug: (failure) => this.onFailure("controller watch", failure),
    });
  }

  /**
   * Begins to contend. Resolves once it is known who is controller now; the state may still be loading.
   *
   * @throws CoordinationError when the ensemble cannot be reached
   */
  static async start(options: ControllerOptions, signal: AbortSignal): Promise<Controller> {
    signal.throwIfAborted();
    const controller = new Controller(options);
    try {
      controller.cleanups.push(options.coordination.onSession((event) => controller.onSession(event)));
      controller.cleanups.push(
        await options.coordination.watchNode(controllerNode.path, () => controller.contendSoon()),
      );
      await controller.queue.ask("contend", () => controller.contendNow());
      signal.throwIfAborted();
      return controller;
    } catch (failure) {
      await controller.close();
      throw failure;
    }
  }

  /** Broker id that holds /controller as this broker last saw it; -1 while nobody is known to. */
  get controllerId(): number {
    return this.seenControllerId;
  }

  /** True while this broker holds the duty. The first moments of a term go to reading the cluster's state; requests wait for that. */
  get isActive(): boolean {
    return this.term !== null && !this.term.isOver;
  }

  /** Epoch of this broker's current term; 0 when it is not the controller. */
  get epoch(): number {
    return this.term !== null && !this.term.isOver ? this.term.epoch : 0;
  }

  /**
   * Creates topics, and waits until this broker can name a leader for each partition.
   *
   * REQUEST_TIMED_OUT says that this took longer than asked for; the topic is there all the same.
   */
  createTopics(
    requests: readonly TopicCreation[],
    options: RequestOptions,
    signal: AbortSignal,
  ): Promise<readonly TopicCreationOutcome[]> {
    return this.serve({
      name: "create topics",
      act: (term) => term.requests.create(requests, options),
      refuse: (outcome) =>
        requests.map(({ name }) => ({
          name,
          ...outcome,
          topicId: ZERO_TOPIC_ID,
          partitions: -1,
          replicationFactor: -1,
        })),
      isEffective: (term, { name, partitions }) => term.isServed(name, partitions),
      options,
      signal,
    });
  }

  /** Adds partitions to topics, and waits until this broker can name a leader for each. */
  createPartitions(
    requests: readonly PartitionIncrease[],
    options: RequestOptions,
    signal: AbortSignal,
  ): Promise<readonly PartitionIncreaseOutcome[]> {
    const counts = new Map(requests.map(({ name, count }) => [name, count]));
    return this.serve({
      name: "create partitions",
      act: (term) => term.requests.increase(requests, options),
      refuse: (outcome) => requests.map(({ name }) => ({ name, ...outcome })),
      isEffective: (term, { name }) => term.isServed(name, counts.get(name) ?? 0),
      options,
      signal,
    });
  }

  /** Marks topics for deletion, and waits until they are gone. */
  deleteTopics(
    requests: readonly TopicDeletion[],
    options: RequestOptions,
    signal: AbortSignal,
  ): Promise<readonly TopicDeletionOutcome[]> {
    return this.serve({
      name: "delete topics",
      act: (term) => term.requests.delete(requests),
      refuse: (outcome) =>
        requests.map((request) => ({
          name: "name" in request ? request.name : null,
          topicId: "topicId" in request ? request.topicId : ZERO_TOPIC_ID,
          ...outcome,
        })),
      isEffective: (term, { name, topicId }) => name === null || !term.exists(name, topicId),
      options,
      signal,
    });
  }

  /** Hands `brokerId` a block of 1000 producer ids that no other broker will ever get. */
  async allocateProducerIds(
    brokerId: number,
    brokerEpoch: bigint,
    signal: AbortSignal,
  ): Promise<ProducerIdBlockOutcome> {
    const { term } = this;
    if (term === null || signal.aborted) return { error: "NOT_CONTROLLER" };
    try {
      return await this.queue.ask("allocate producer ids", () => {
        term.ready();
        return term.allocateProducerIds(brokerId, brokerEpoch);
      });
    } catch (failure) {
      const { error } = this.outcomeOf("allocate producer ids", failure);
      return { error: error === "NOT_CONTROLLER" ? error : "UNKNOWN_SERVER_ERROR" };
    }
  }

  /**
   * A broker opens its session with the controller. A session that it had before is over at once.
   *
   * The own broker needs none to be told what to do; it opens one to propose ISRs.
   */
  sessionOpened(hello: SessionHello, peer: SessionPeer): ControllerSession | SessionRefused {
    const { term } = this;
    if (term === null || term.isOver || this.closed) return { refused: "NOT_CONTROLLER" };
    this.answered.add(hello);
    return term.sessions.open(hello, peer);
  }

  /** Moves leaderships away from a broker that is about to leave, and takes it out of the ISRs that have another member. Never rejects. */
  async controlledShutdown(
    brokerId: number,
    brokerEpoch: bigint,
    signal: AbortSignal,
  ): Promise<ControlledShutdownOutcome> {
    const name = "controlled shutdown";
    const outcome = await this.ask(name, signal, (term) =>
      term.handle(name, () => term.letLeave(brokerId, brokerEpoch)),
    );
    if (outcome.done) return outcome.value;
    const { error } = outcome;
    return { error: error === "NOT_CONTROLLER" || error === "REQUEST_TIMED_OUT" ? error : "UNKNOWN_SERVER_ERROR" };
  }

  /** Elects leaders, and waits until this broker can name them. */
  async electLeaders(
    request: LeaderElectionRequest,
    options: RequestOptions,
    signal: AbortSignal,
  ): Promise<readonly LeaderElectionOutcome[]> {
    const name = "elect leaders";
    if (this.isActive) await this.term?.elections.prepare(request);
    return this.serve({
      name,
      act: (term) => term.handle(name, () => term.elections.elect(request)),
      refuse: (outcome) => (request.partitions ?? []).map((partition) => ({ ...partition, ...outcome })),
      isEffective: (term, { topic, partition }) => term.isKnown(topic, partition),
      options,
      signal,
    });
  }

  /** Begins, replaces or cancels reassignments. Resolves once they are under way, not when they are done. */
  async alterPartitionReassignments(
    requests: readonly ReassignmentRequest[],
    options: RequestOptions,
    signal: AbortSignal,
  ): Promise<readonly ReassignmentOutcome[]> {
    const name = "alter reassignments";
    return this.serve({
      name,
      act: (term) => term.handle(name, () => term.reassignments.alter(requests)),
      refuse: (outcome) => requests.map(({ topic, partition }) => ({ topic, partition, ...outcome })),
      isEffective: () => true,
      options,
      signal,
    });
  }

  /** Reassignments under way; `partitions` null: all of them. */
  async listPartitionReassignments(
    partitions: readonly PartitionName[] | null,
    signal: AbortSignal,
  ): Promise<ReassignmentList> {
    const outcome = await this.ask("list reassignments", signal, async (term) => {
      term.ready();
      return term.reassignments.list(partitions);
    });
    if (outcome.done) return { error: "NONE", reassignments: outcome.value };
    const { error } = outcome;
    return { error: error === "NOT_CONTROLLER" || error === "REQUEST_TIMED_OUT" ? error : "UNKNOWN_SERVER_ERROR" };
  }

  /** Dynamic configs of an entity have changed: what was refused before may be allowed now. To be called on every broker. */
  configsChanged(_entity: ConfigEntity): void {
    if (this.isActive) this.term?.configsChanged();
  }

  /** On every broker: its session with the controller stands. */
  controllerSessionOpened(about: ControllerIdentity): void {
    this.watch.sessionOpened(about);
  }

  /** On every broker: its session with the controller has broken, or could not be opened. Repeats are harmless. */
  controllerSessionBroken(about: ControllerIdentity): void {
    this.watch.sessionBroken(about);
  }

  /** On every broker: the controller says on its session that it is without ZooKeeper, or (null) in contact again. */
  controllerWithoutZooKeeper(about: ControllerIdentity, sinceMs: number | null): void {
    this.watch.saysWithoutZooKeeper(about, sinceMs);
  }

  /** On every broker: this incarnation of a broker has answered at its registered rpc address (a stream was opened to it, say). */
  brokerAnswered(broker: AnsweringProcess): void {
    this.answered.add(broker);
  }

  /** On every broker: what this one has found out by itself about a controller, for others who ask. */
  evidenceAbout(about: ControllerIdentity): Evidence {
    if (about.controllerId === this.options.brokerId)
      return { found: this.isActive ? "alive" : "unknown", proof: false };
    return this.watch.evidenceAbout(about);
  }

  /** On every broker: the process has been stopped for a while (a tick late by more than 500 ms): whatever it concluded before is void. */
  paused(): void {
    this.watch.dropEvidence();
    this.term?.suspicions.dropEvidence();
  }

  /** Gives the duty back (removes `/controller` when it is ours) and stops contending. Close it before its coordination. Idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.again?.cancel();
    for (const cleanup of this.cleanups) cleanup();
    this.watch.close();
    this.inContact();
    const wasActive = this.isActive;
    this.term?.end("closing");
    await this.queue.idle();
    this.see(-1);
    if (!wasActive) return;
    try {
      await resign(this.options.coordination, this.epochVersion);
    } catch (failure) {
      // The session's end, which follows, removes the node as well.
      this.options.logger.info("could not resign as controller", { failure: explain(failure) });
    }
  }

  private onSession(event: SessionEvent): void {
    switch (event) {
      case "lost":
      case "expired":
        this.inContact();
        this.term?.end(`session ${event}`);
        this.see(-1);
        break;
      case "connected":
      case "renewed":
        this.inContact();
        this.contendSoon();
        break;
      case "disconnected":
        this.outOfContact();
        break;
    }
  }

  /** A controller without ZooKeeper says so on its sessions once the grace is over, and then again and again (rule 47). */
  private outOfContact(): void {
    const { clock, config } = this.options;
    if (this.withoutZooKeeper !== null || !this.isActive) return;
    const sinceMs = clock.monotonicMs();
    const graceMs = config.suspectTimeoutMs ?? 2_000;
    const say = () => {
      this.term?.sessions.withoutZooKeeper(clock.monotonicMs() - sinceMs);
      if (this.withoutZooKeeper !== null) this.withoutZooKeeper.timer = clock.setTimer(graceMs, say);
    };
    this.withoutZooKeeper = { sinceMs, timer: clock.setTimer(graceMs, say) };
  }

  private inContact(): void {
    if (this.withoutZooKeeper === null) return;
    this.withoutZooKeeper.timer.cancel();
    this.withoutZooKeeper = null;
    if (this.isActive) this.term?.sessions.withoutZooKeeper(null);
  }

  private contendSoon(): void {
    if (!this.closed) this.queue.tell("contend", () => this.contendNow());
  }

  private async contendNow(): Promise<void> {
    if (this.closed) return;
    const { coordination, brokerId, clock } = this.options;
    const sessionId = coordination.session.id;
    const standing = this.term !== null && !this.term.isOver ? this.term : null;
    const held = standing === null ? null : { epoch: standing.epoch, epochVersion: this.epochVersion };
    const result = await contend(coordination, brokerId, clock, held);
    this.againMs = CONTEND_AGAIN_MS_MIN;
    if (!result.won) {
      standing?.end(`broker ${result.controllerId} is controller`);
      this.see(result.controllerId);
      return;
    }
    if (standing?.epoch === result.epoch) return;
    standing?.end("elected anew");
    this.begin(result, sessionId);
  }

  /** The controller is taken for dead by this broker; if enough others agree, its duty is ours. */
  private async deposeNow(): Promise<void> {
    if (this.closed || this.isActive) return;
    const sessionId = this.options.coordination.session.id;
    const held = await this.watch.depose();
    if (held !== null) this.begin(held, sessionId, held.evidence);
    // A takeover whose reply was lost is found out there.
    else this.contendSoon();
  }

  private begin({ epoch, epochVersion }: HeldTerm, sessionId: bigint, evidence: DeposingEvidence | null = null): void {
    const { coordination, brokerId, logger } = this.options;
    // What was won with a session that has ended since is not held. The end of the session has been, or will be, an event of its own.
    const { session } = coordination;
    if (this.closed || session.id !== sessionId || session.state === "expired" || session.state === "closed") return;
    this.epochVersion = epochVersion;
    logger.info("elected controller", { broker: brokerId, epoch });
    this.term = this.newTerm(epoch, epochVersion, evidence);
    this.see(brokerId);
    this.term.load();
  }

  private newTerm(epoch: number, epochVersion: number, evidence: DeposingEvidence | null): Term {
    const { options, queue } = this;
    return new Term({
      ...options,
      probe: options.probe,
      peers: options.peers,
      answered: this.answered,
      onBug: (failure) => this.onFailure("a probe", failure),
      epoch,
      epochVersion,
      evidence,
      queue,
      judgeConfigs: options.validateTopicConfigs,
      logger: options.logger,
      onMoved: () => {
        this.see(-1);
        this.contendSoon();
      },
    });
  }

  private see(controllerId: number): void {
    if (controllerId === this.seenControllerId) return;
    this.seenControllerId = controllerId;
    this.watch.controllerChanged(controllerId);
    this.options.onControllerChange?.(controllerId);
  }

  private onFailure(event: string, failure: unknown): void {
    if (failure instanceof InvariantViolation) {
      this.options.logger.error("the controller has a bug", { event, failure: explain(failure) });
      if (this.options.onBug === undefined) throw failure;
      this.options.onBug(failure);
      return;
    }
    if (this.closed) return;
    this.options.logger.warn("could not find out who is controller, trying again", {
      event,
      failure: explain(failure),
    });
    this.again?.cancel();
    this.again = this.options.clock.setTimer(this.againMs, () => this.contendSoon());
    this.againMs = Math.min(this.againMs * 2, CONTEND_AGAIN_MS_MAX);
  }

  /** Runs an event for a request, once. */
  private async ask<T>(
    name: string,
    signal: AbortSignal,
    event: (term: Term) => Promise<T>,
  ): Promise<{ readonly done: true; readonly value: T } | ({ readonly done: false } & Outcome)> {
    const { term } = this;
    if (term === null || signal.aborted) return { done: false, error: "NOT_CONTROLLER", message: null };
    try {
      return { done: true, value: await this.queue.ask(name, () => event(term)) };
    } catch (failure) {
      return { done: false, ...this.outcomeOf(name, failure) };
    }
  }

  /** Acts in the queue, then waits outside of it for the effect. */
  private async serve<O extends Outcome>(request: Service<O>): Promise<readonly O[]> {
    const { term } = this;
    if (term === null || request.signal.aborted) return request.refuse({ error: "NOT_CONTROLLER", message: null });
    let outcomes: readonly O[];
    try {
      outcomes = await this.queue.ask(request.name, () => {
        term.ready();
        return request.act(term);
      });
    } catch (failure) {
      return request.refuse(this.outcomeOf(request.name, failure));
    }
    if (request.options.validateOnly === true) return outcomes;
    let pending = outcomes.filter((outcome) => outcome.error === "NONE");
    if (pending.length === 0) return outcomes;
    const allEffective = () => {
      pending = pending.filter((outcome) => !request.isEffective(term, outcome));
      return pending.length === 0;
    };
    if (request.options.timeoutMs > 0) {
      await term.expectations.until(allEffective, request.options.timeoutMs, request.signal);
    }
    const late = new Set(pending);
    return outcomes.map((outcome) => (late.has(outcome) ? { ...outcome, error: "REQUEST_TIMED_OUT" } : outcome));
  }

  private outcomeOf(request: string, failure: unknown): Outcome {
    if (failure instanceof InvariantViolation) throw failure;
    if (failure instanceof TermOver) return { error: "NOT_CONTROLLER", message: null };
    if (failure instanceof QueueFull) return { error: "REQUEST_TIMED_OUT", message: failure.message };
    if (failure instanceof CoordinationError && failure.code === "SESSION_EXPIRED") {
      return { error: "NOT_CONTROLLER", message: null };
    }
    this.options.logger.warn("a request to the controller failed", { request, failure: explain(failure) });
    return failure instanceof CoordinationError
      ? { error: "REQUEST_TIMED_OUT", message: failure.message }
      : { error: "UNKNOWN_SERVER_ERROR", message: null };
  }
}

interface Service<O extends Outcome> {
  readonly name: string;
  readonly act: (term: Term) => Promise<readonly O[]>;
  /** Every item's outcome when none was looked at. */
  readonly refuse: (outcome: Outcome) => readonly O[];
  readonly isEffective: (term: Term, outcome: O) => boolean;
  readonly options: RequestOptions;
  readonly signal: AbortSignal;
}
