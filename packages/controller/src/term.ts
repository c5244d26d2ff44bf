import { brokerRegistration, type Coordination, deleteTopic, feature, topic as topicNode } from "@ottla/coordination";
import { type Clock, explain, InvariantViolation, type Logger, type Random } from "@ottla/runtime";
import type { BrokerChannel, BrokerCommand, BrokerReply } from "./broker-channel";
import { ClusterState, type PartitionRecord } from "./cluster-state";
import { CommandDispatch } from "./command-dispatch";
import type { EventQueue } from "./event-queue";
import { Expectations } from "./expectations";
import { FencedWrites } from "./fenced-writes";
import { inFlight, REQUESTS_IN_FLIGHT } from "./in-flight";
import { settlePartitions } from "./partition-settlement";
import { takeProducerIdBlock } from "./producer-id-blocks";
import type { ProducerIdBlockOutcome } from "./requests";
import {
  addPartitions,
  decodeOrNull,
  purgeNotifications,
  readBrokers,
  readTopic,
  readTopicNames,
} from "./state-loader";
import type { ControllerConfig, TermContext } from "./term-context";
import { TermOver } from "./term-over";
import { TopicDeletions } from "./topic-deletions";
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
  readonly config: ControllerConfig;
  readonly judgeConfigs: TopicConfigJudge;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Told once, when the ensemble has refused a write since another controller has been elected. */
  readonly onMoved: () => void;
}

/**
 * One term of this broker as controller: from its election to the moment it is deposed, its session is lost, or it resigns.
 *
 * Everything it does is an event of the one queue. When an event fails for a reason of the world's (a connection lost, say), what
 * ZooKeeper holds is not known any more: the term reads everything again, which is also how it began.
 */
export class Term {
  readonly requests: TopicRequests;
  readonly expectations: Expectations;
  private readonly ending = new AbortController();
  private readonly context: TermContext;
  private readonly deletions: TopicDeletions;
  private readonly watches = new Map<string, () => void>();
  private loaded = false;
  private stopsHeard = 0;
  private reloadMs = RELOAD_MS_MIN;

  constructor(private readonly options: TermOptions) {
    const { coordination, brokerId, epoch, epochVersion, channel, config, clock, random, logger } = options;
    const { signal } = this.ending;
    const state = new ClusterState();
    const dispatch = new CommandDispatch({
      state,
      channel,
      controllerId: brokerId,
      controllerEpoch: epoch,
      clock,
      logger,
      signal,
      isBeingDeleted: (topic) => this.deletions.has(topic),
      onReply: (id, command, reply) => this.onReply(id, command, reply),
    });
    const writes = new FencedWrites(coordination, epochVersion, signal, () => {
      this.end("another controller has been elected");
      options.onMoved();
    });
    this.context = { brokerId, epoch, coordination, writes, state, dispatch, config, clock, random, logger, signal };
    this.expectations = new Expectations(clock);
    this.deletions = new TopicDeletions(this.context, (name) => {
      this.unwatch(topicNode.path(name));
      this.expectations.recheck();
    });
    this.requests = new TopicRequests(this.context, this.deletions, options.judgeConfigs);
  }

  get epoch(): number {
    return this.options.epoch;
  }

  get isOver(): boolean {
    return this.ending.signal.aborted;
  }

  /** Ends the term at once: nothing is written, sent or waited for any more. Idempotent. */
  end(reason: string): void {
    if (this.isOver) return;
    this.options.logger.info("controller duty ends", { epoch: this.epoch, reason });
    this.ending.abort(reason);
    this.context.dispatch.close();
    for (const stop of this.watches.values()) stop();
    this.watches.clear();
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

  allocateProducerIds(brokerId: number, brokerEpoch: bigint): Promise<ProducerIdBlockOutcome> {
    const broker = this.context.state.brokers.get(brokerId);
    if (broker === undefined) return Promise.resolve({ error: "BROKER_NOT_AVAILABLE" });
    if (broker.info.epoch !== brokerEpoch) return Promise.resolve({ error: "STALE_BROKER_EPOCH" });
    return takeProducerIdBlock(this.context, brokerId);
  }

  /** Whether clients of this broker can find a leader for each of the topic's first `partitions` partitions. */
  isServed(topic: string, partitions: number): boolean {
    const record = this.context.state.topics.get(topic);
    if (record === undefined) return false;
    for (let partition = 0; partition < partitions; partition++) {
      if (record.partitions.get(partition)?.leaderKnown !== true) return false;
    }
    return true;
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
      const timer = this.options.clock.setTimer(this.reloadMs, () => this.load());
      this.ending.signal.addEventListener("abort", () => timer.cancel(), { once: true });
      this.reloadMs = Math.min(this.reloadMs * 2, RELOAD_MS_MAX);
    }
  }

  private async loadNow(): Promise<void> {
    const { state, dispatch, coordination, logger } = this.context;
    dispatch.close();
    this.deletions.clear();
    state.clear();
    // Watches come before reading: what changes in between is told of.
    await this.watchChildren(brokerRegistration.parent, "brokers changed", () => this.onBrokersChanged());
    await this.watchChildren(topicNode.parent, "topics changed", () => this.onTopicsChanged());
    await this.watchChildren(deleteTopic.parent, "deletions changed", () => this.deletions.readMarks());
    await this.makeFeatureNode();
    await purgeNotifications(this.context);

    for (const [id, broker] of await readBrokers(coordination, logger)) state.brokers.set(id, broker);
    for (const id of state.brokers.keys()) await this.watchBroker(id);
    await this.addTopics(await readTopicNames(coordination));
    await this.deletions.collect();
    await this.settle();
    // Brokers hear nothing from a controller that has been deposed while it read.
    await this.context.writes.multi([]);
    for (const broker of state.brokers.values()) dispatch.brokerUp(broker);
    this.loaded = true;
    this.reloadMs = RELOAD_MS_MIN;
    await this.deletions.resume();
    logger.info("controller duty begins", {
      epoch: this.epoch,
      brokers: state.brokers.size,
      topics: state.topics.size,
    });
  }

  /** Features of a ZooKeeper cluster are none; the node says that much. */
  private async makeFeatureNode(): Promise<void> {
    const { coordination, writes } = this.context;
    if ((await coordination.get(feature.path)) !== null) return;
    const data = feature.encode({ version: 2, status: "ENABLED", features: new Map() });
    await writes.multi([{ kind: "create", path: feature.path, data }]);
  }

  private async onBrokersChanged(): Promise<void> {
    const { state, dispatch, coordination, logger } = this.context;
    const now = await readBrokers(coordination, logger);
    const came: number[] = [];
    let changed = false;
    for (const [id, before] of state.brokers) {
      const after = now.get(id);
      if (after?.info.epoch === before.info.epoch) continue;
      // Another czxid under the same id is a death and a birth, also when the death was not seen.
      state.brokers.delete(id);
      dispatch.brokerDown(id);
      this.deletions.onBrokerGone(id);
      changed = true;
      if (after === undefined) {
        this.unwatch(brokerRegistration.path(id));
        logger.info("broker gone", { broker: id, brokerEpoch: before.info.epoch });
      }
    }
    for (const [id, broker] of now) {
      const before = state.brokers.get(id);
      if (before?.version === broker.version) continue;
      if (before === undefined) came.push(id);
      state.brokers.set(id, broker);
      changed = true;
    }
    if (!changed) return;
    for (const id of came) await this.watchBroker(id);
    await this.settle();
    dispatch.brokersChanged();
    for (const id of came) {
      const broker = state.brokers.get(id);
      if (broker === undefined) continue;
      logger.info("broker registered", { broker: id, brokerEpoch: broker.info.epoch });
      dispatch.brokerUp(broker);
    }
    await this.deletions.resume();
  }

  private async onTopicsChanged(): Promise<void> {
    const { state, dispatch, coordination } = this.context;
    const names = await readTopicNames(coordination);
    const there = new Set(names);
    for (const [name, topic] of state.topics) {
      if (there.has(name) || this.deletions.has(name)) continue;
      // Removed by hand, past the mark: brokers keep their logs, clients must not see it any more.
      dispatch.topicGone(topic);
      state.topics.delete(name);
      this.unwatch(topicNode.path(name));
    }
    const added = await this.addTopics(names.filter((name) => !state.topics.has(name)));
    if (added.length === 0) return;
    await this.settle(added);
    await this.deletions.readMarks();
  }

  private async onTopicChanged(name: string): Promise<void> {
    const { state, coordination } = this.context;
    const topic = state.topics.get(name);
    const node = await coordination.get(topicNode.path(name));
    if (topic === undefined || node === null || node.stat.version === topic.version || this.deletions.has(name)) return;
    const content = decodeOrNull(this.context, topicNode.path(name), node);
    if (content === null || content.topicId !== topic.topicId) return;
    topic.version = node.stat.version;
    await this.settle(await addPartitions(this.context, topic, content));
  }

  /** @returns their partitions */
  private async addTopics(names: readonly string[]): Promise<PartitionRecord[]> {
    const added = await inFlight(REQUESTS_IN_FLIGHT, names, async (name) => {
      await this.watch(topicNode.path(name), `topic ${name} changed`, () => this.onTopicChanged(name));
      return readTopic(this.context, name);
    });
    return added.flatMap((topic) => {
      if (topic === null) return [];
      this.context.state.topics.set(topic.name, topic);
      return [...topic.partitions.values()];
    });
  }

  private async settle(partitions: Iterable<PartitionRecord> = this.context.state.partitions()): Promise<void> {
    const standing = [...partitions].filter((record) => !this.deletions.has(record.topic.name));
    await settlePartitions(this.context, standing);
    this.context.dispatch.announceLeaderless(standing.filter((record) => record.state === null));
  }

  private onReply(brokerId: number, command: BrokerCommand, reply: BrokerReply): void {
    if (reply.error === "STALE_CONTROLLER_EPOCH") {
      this.tell("a broker knows a newer controller", async () => void (await this.context.writes.multi([])));
      return;
    }
    if (reply.error === "STALE_BROKER_EPOCH") {
      this.tell("brokers changed", () => this.onBrokersChanged());
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
        for (const { topic, partition, error } of reply.partitionErrors) {
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

  /** The leader did not open the epoch it was given: it may lead in the next one. */
  private async electAgain(topic: string, partition: number, refusedEpoch: number): Promise<void> {
    const record = this.context.state.topics.get(topic)?.partitions.get(partition);
    if (record?.state?.leaderEpoch !== refusedEpoch || this.deletions.has(topic)) return;
    await settlePartitions(this.context, [record], { refused: new Set([record]) });
  }

  private onOwnMetadata(partitions: Extract<BrokerCommand, { kind: "updateMetadata" }>["partitions"]): void {
    for (const { topic, topicId, partition, leader } of partitions) {
      const record = this.context.state.topics.get(topic)?.partitions.get(partition);
      if (record?.topic.topicId === topicId) record.leaderKnown = leader >= 0;
    }
    this.expectations.recheck();
  }

  private watchBroker(id: number): Promise<void> {
    return this.watch(brokerRegistration.path(id), "brokers changed", () => this.onBrokersChanged());
  }

  private async watch(path: string, name: string, handle: () => Promise<void>): Promise<void> {
    if (this.watches.has(path)) return;
    this.keep(path, await this.context.coordination.watchNode(path, () => this.tell(name, handle)));
  }

  private async watchChildren(path: string, name: string, handle: () => Promise<void>): Promise<void> {
    if (this.watches.has(path)) return;
    await this.context.coordination.ensurePath(path);
    this.keep(path, await this.context.coordination.watchChildren(path, () => this.tell(name, handle)));
  }

  private keep(path: string, stop: () => void): void {
    if (this.isOver) stop();
    else this.watches.set(path, stop);
  }

  private unwatch(path: string): void {
    this.watches.get(path)?.();
    this.watches.delete(path);
  }
}
