import { type ClusterServices, InProcessNetwork } from "@ottla/cluster-rpc";
import { type BrokerInfo, EPOCH_DURING_DELETE, type PartitionAssignment } from "@ottla/controller";
import { type Clock, SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { defaultLogDirectorySettings, LogDirectory } from "@ottla/storage";
import { BrokerConfig } from "../config/broker-config";
import { TopicConfigs } from "../config/topic-configs";
import { MetadataCache } from "../metadata/metadata-cache";
import type { IsrProposal } from "../partition/partition-leader";
import type { ServingGuard } from "../partition/serving-guard";
import type { Partition } from "../partitions/partition";
import { PartitionManager } from "../partitions/partition-manager";
import type { ProduceOutcome } from "../partitions/produce-append";
import { Replication } from "../replication/replication";
import { batchOf } from "./produced-batches";
import { idOf } from "./serving-partitions";

const LOG_DIRECTORY = "/data/logs";
const RPC_PORT = 9000;

/** What a spec decides about partition 0 of a topic, as a controller would. */
export interface Decision {
  readonly leader: number;
  readonly isr?: readonly number[];
  readonly replicas?: readonly number[];
  readonly partition?: number;
  readonly topicId?: string;
  /** Which brokers hear of it; all replicas unless said otherwise. */
  readonly tell?: readonly number[];
}

/**
 * Several brokers' replicas on one in-process network, with simulated time and disks, and without a controller: the spec decides who leads,
 * and what becomes of the leaders' proposals.
 */
export class ReplicatedPartitions {
  readonly clock = new SimulatedClock();
  readonly network = new InProcessNetwork({ clock: this.clock, logger: silentLogger });
  readonly brokers = new Map<number, ReplicaBroker>();
  private readonly states = new Map<string, PartitionAssignment>();
  private nextBrokerEpoch = 100n;

  constructor(private readonly configs: Readonly<Record<string, string>> = {}) {}

  static async open(
    ids: readonly number[],
    configs: Readonly<Record<string, string>> = {},
  ): Promise<ReplicatedPartitions> {
    const cluster = new ReplicatedPartitions(configs);
    for (const id of ids) await cluster.start(id);
    return cluster;
  }

  /** Starts a broker, on the disk that an earlier life of it left where there is one. */
  async start(
    id: number,
    options: {
      readonly guard?: ServingGuard;
      /** Of a process that a spec can pause. */
      readonly processClock?: Clock;
    } = {},
  ): Promise<ReplicaBroker> {
    const disk = this.brokers.get(id)?.disk ?? new SimulatedDisk({ nowMs: () => this.clock.nowMs() });
    const broker = await ReplicaBroker.start({
      id,
      epoch: this.nextBrokerEpoch++,
      disk,
      clock: options.processClock ?? this.clock,
      world: this.clock,
      network: this.network,
      configs: this.configs,
      ...(options.guard === undefined ? {} : { guard: options.guard }),
    });
    this.brokers.set(id, broker);
    this.tellAddresses();
    return broker;
  }

  /** kill -9: the process is gone, the page cache stays. */
  kill(id: number): void {
    const broker = this.broker(id);
    this.network.kill(broker.node);
    broker.die();
    broker.disk.kill();
  }

  broker(id: number): ReplicaBroker {
    const broker = this.brokers.get(id);
    if (broker === undefined) throw new Error(`no broker ${id}`);
    return broker;
  }

  /** A new leader epoch, told to those concerned. */
  elect(topic: string, decision: Decision): PartitionAssignment {
    const { partition = 0, topicId = idOf(topic) } = decision;
    const before = this.states.get(`${topic}-${partition}`);
    const isSame = before?.topicId === topicId;
    const replicas = decision.replicas ?? (isSame ? before.replicas : [...this.brokers.keys()]);
    const state: PartitionAssignment = {
      topic,
      topicId,
      partition,
      leader: decision.leader,
      leaderEpoch: isSame ? before.leaderEpoch + 1 : 0,
      isr: decision.isr ?? (isSame ? before.isr : replicas),
      partitionEpoch: isSame ? before.partitionEpoch + 1 : 0,
      controllerEpoch: 1,
      replicas,
      addingReplicas: [],
      removingReplicas: [],
      isNew: !isSame,
      recovering: false,
    };
    this.states.set(`${topic}-${partition}`, state);
    this.tell(state, decision.tell ?? replicas);
    return state;
  }

  /** The same leader epoch with another ISR. */
  changeIsr(topic: string, isr: readonly number[], tell?: readonly number[]): PartitionAssignment {
    const before = this.state(topic);
    const state = { ...before, isr, partitionEpoch: before.partitionEpoch + 1, isNew: false };
    this.states.set(`${topic}-0`, state);
    this.tell(state, tell ?? state.replicas);
    return state;
  }

  state(topic: string): PartitionAssignment {
    const state = this.states.get(`${topic}-0`);
    if (state === undefined) throw new Error(`${topic} was never decided about`);
    return state;
  }

  /** Tells brokers that live of a state. */
  tell(state: PartitionAssignment, to: readonly number[]): void {
    for (const id of to) {
      const broker = this.brokers.get(id);
      if (broker?.isAlive) broker.lead(state, this.addresses());
    }
  }

  /** Carries out what leaders have proposed, as a controller that agrees to everything. @returns how many */
  agree(): number {
    let count = 0;
    for (const broker of this.brokers.values()) {
      for (const { partition, proposal } of broker.proposals.splice(0)) {
        const state = this.state(partition.topic);
        if (partition.leader?.proposal !== proposal || proposal.partitionEpoch !== state.partitionEpoch) continue;
        const isr = proposal.isr.map(({ brokerId }) => brokerId);
        this.states.set(`${partition.topic}-0`, { ...state, isr, partitionEpoch: state.partitionEpoch + 1 });
        partition.onProposalOutcome(proposal, { ...this.state(partition.topic), error: "NONE" });
        count++;
      }
    }
    return count;
  }

  /** Lets everything happen that needs `ms`. */
  async settle(ms = 0): Promise<void> {
    await this.clock.advanceAsync(ms);
    // Whatever goes on turns of the real event loop.
    await new Promise((resolve) => setImmediate(resolve));
    await this.clock.advanceAsync(0);
  }

  /** The logs of the live replicas, as bytes. */
  bytes(topic: string): Map<number, string> {
    const found = new Map<number, string>();
    for (const [id, broker] of this.brokers) {
      const log = broker.isAlive ? broker.manager.get(topic, 0)?.log : undefined;
      if (log === undefined) continue;
      const read = log.read({
        offset: log.logStartOffset,
        maxBytes: 1 << 30,
        upperBound: log.logEndOffset,
        minOneBatch: true,
      });
      found.set(id, read.kind === "records" ? Buffer.concat(read.slices).toString("hex") : "");
      if (read.kind === "records") read.release();
    }
    return found;
  }

  async close(): Promise<void> {
    for (const broker of this.brokers.values()) if (broker.isAlive) await broker.close();
  }

  private addresses(): readonly BrokerInfo[] {
    return [...this.brokers.values()].filter(({ isAlive }) => isAlive).map(({ info }) => info);
  }

  private tellAddresses(): void {
    for (const broker of this.brokers.values()) if (broker.isAlive) broker.hear(this.addresses());
  }
}

interface ReplicaBrokerOptions {
  readonly id: number;
  readonly epoch: bigint;
  readonly disk: SimulatedDisk;
  readonly clock: Clock;
  /** What moves time. */
  readonly world: SimulatedClock;
  readonly network: InProcessNetwork;
  readonly configs: Readonly<Record<string, string>>;
  readonly guard?: ServingGuard;
}

/** One broker as far as replicas go. */
export class ReplicaBroker {
  isAlive = true;

  private constructor(
    private readonly options: ReplicaBrokerOptions,
    readonly manager: PartitionManager,
    readonly replication: Replication,
    readonly config: BrokerConfig,
    readonly topicConfigs: TopicConfigs,
    private readonly directory: LogDirectory,
    /** What leaders here asked for, and nobody decided yet. */
    readonly proposals: { readonly partition: Partition; readonly proposal: IsrProposal }[],
  ) {}

  static async start(options: ReplicaBrokerOptions): Promise<ReplicaBroker> {
    const { id, epoch, disk, clock, world, network } = options;
    const given = { "zookeeper.connect": "ensemble:2181", "log.dirs": LOG_DIRECTORY, ...options.configs };
    const config = BrokerConfig.from(Object.entries(given).map(([key, value]) => ({ key, value, origin: "spec" })));
    const topicConfigs = new TopicConfigs(config);
    const random = new SeededRandom(id);
    const opening = LogDirectory.open({
      disk,
      clock,
      random,
      logger: silentLogger,
      path: LOG_DIRECTORY,
      brokerId: null,
      clusterId: null,
      bootId: null,
      configOf: (topic) => topicConfigs.logConfig(topic),
      settings: defaultLogDirectorySettings,
      signal: new AbortController().signal,
    });
    await world.advanceAsync(0);
    const directory = await opening;
    const proposals: ReplicaBroker["proposals"] = [];
    const manager = new PartitionManager({
      brokerId: id,
      brokerEpoch: () => epoch,
      logDirectories: [directory],
      metadata: new MetadataCache(),
      config,
      topicConfigs,
      isrProposals: { propose: (partition, proposal) => void proposals.push({ partition, proposal }) },
      ...(options.guard === undefined ? {} : { guard: options.guard }),
      clock,
      logger: silentLogger,
    });
    manager.start();
    const replication = new Replication({
      brokerId: id,
      brokerEpoch: () => epoch,
      incarnation: `process-${epoch}`,
      transport: network.transport(`broker-${id}`),
      partitions: manager,
      config,
      clock,
      random,
      logger: silentLogger,
    });
    const services = {
      replicate: (stream) => replication.accept(stream),
    } as Partial<ClusterServices> as ClusterServices;
    await network.transport(`broker-${id}`).serve({ host: `host-${id}`, port: RPC_PORT }, services);
    return new ReplicaBroker(options, manager, replication, config, topicConfigs, directory, proposals);
  }

  get id(): number {
    return this.options.id;
  }
  get node(): string {
    return `broker-${this.options.id}`;
  }
  get disk(): SimulatedDisk {
    return this.options.disk;
  }
  get info(): BrokerInfo {
    const { id, epoch } = this.options;
    return {
      id,
      epoch,
      endpoints: [],
      rack: `rack-${id}`,
      rpc: `host-${id}:${RPC_PORT}`,
      incarnation: `process-${epoch}`,
    };
  }

  partition(topic: string): Partition {
    const partition = this.manager.get(topic, 0);
    if (partition === undefined) throw new Error(`broker ${this.id} has no replica of ${topic}`);
    return partition;
  }

  lead(state: PartitionAssignment, liveLeaders: readonly BrokerInfo[]): void {
    const header = { controllerId: 0, controllerEpoch: state.controllerEpoch, brokerEpoch: this.options.epoch };
    const reply = this.manager.apply({
      kind: "leaderAndIsr",
      ...header,
      partitions: [state],
      liveLeaders,
      full: false,
      tailSettled: true,
    });
    if (reply.error !== "NONE" || reply.partitionErrors.length > 0) throw new Error(JSON.stringify(reply));
  }

  /** Has the replica removed, log and all, as when its topic is deleted. */
  stopReplica({ topic, topicId, partition }: PartitionAssignment): void {
    const header = { controllerId: 0, controllerEpoch: 1, brokerEpoch: this.options.epoch };
    const stopped = { topic, topicId, partition, leaderEpoch: EPOCH_DURING_DELETE, deleteLog: true };
    this.manager.apply({ kind: "stopReplica", ...header, partitions: [stopped] });
  }

  hear(brokers: readonly BrokerInfo[]): void {
    const header = { controllerId: 0, controllerEpoch: 1, brokerEpoch: this.options.epoch };
    this.manager.apply({ kind: "updateMetadata", ...header, brokers, partitions: [], full: false });
  }

  /** Produces one batch with these values; its outcome comes when it may be answered. */
  produce(
    topic: string,
    values: readonly string[],
    options: Parameters<typeof batchOf>[1] & { readonly acks?: -1 | 1 } = {},
  ): Produced {
    const { acks = -1, ...setup } = options;
    const produced: Produced = { outcome: null };
    const partition = this.partition(topic);
    partition.enqueue({
      batch: batchOf(values, setup),
      logAppendTimeMs: -1,
      producerId: setup.producerId ?? -1n,
      acks,
      abandoned: false,
      mustWait() {},
      settle: (outcome) => {
        produced.outcome = outcome;
      },
    });
    return produced;
  }

  die(): void {
    this.isAlive = false;
    this.replication.close();
    this.manager.stop();
  }

  async close(): Promise<void> {
    this.die();
    const closing = this.directory.close({ clean: true });
    await this.options.world.advanceAsync(0);
    await closing;
  }
}

export interface Produced {
  outcome: ProduceOutcome | null;
}
