import {
  type ClusterClient,
  formatTopicPartition,
  KafkaError,
  type Producer,
  type TopicPartition,
} from "@ottla/client";
import { HistoryChecker, type SettingsClass } from "@ottla/harness";
import { ClusterMonitor } from "../checkers/cluster-monitor";
import { differingBytes, unsettled } from "../checkers/settled";
import type { Replica } from "../checkers/watched-replica";
import type { PartitionState } from "../cluster/cluster-state";
import { type SimulatedCluster, simulatedCluster } from "../cluster/simulated-cluster";
import { Load } from "../workload/load";
import { decodeValue, encodeValue } from "../workload/record-value";

export interface StageOptions {
  readonly seed: number;
  /** 3 by default. */
  readonly brokers?: number;
  /** Of every broker. */
  readonly configs?: Readonly<Record<string, string>>;
  readonly topicConfigs?: Readonly<Record<string, string>>;
  /** All brokers are processes of one machine. */
  readonly oneMachine?: boolean;
  /** How many replicas the partition has, 3 by default. Its preferred leader is not the controller, unless there is no other broker. */
  readonly replicationFactor?: number;
  /** True: the controller leads the partition. */
  readonly controllerLeads?: boolean;
}

/** What became of one record that was sent. */
export type Sent =
  | { readonly kind: "acked"; readonly offset: number }
  | { readonly kind: "failed"; readonly error: string };

/**
 * A cluster with one partition, `play-0`, before an attack: L leads it, F and G follow, C is the controller (often one of the followers). Every invariant is judged at
 * every event, from the first on.
 */
export class Stage {
  readonly topic = "play";
  /** Everything acknowledged under acks=all: offset by value. */
  readonly acknowledged = new Map<number, number>();
  private loads: Load | null = null;
  private readonly writers = new Map<string, Producer>();
  private lastValue = 0;

  private judging: ClusterMonitor | null = null;
  /** Replicas in the order of assignment. */
  private assigned: readonly number[] = [];

  private constructor(
    readonly cluster: SimulatedCluster,
    /** The controller when the play began. */
    readonly C: number,
    private readonly minInsyncReplicas: number,
  ) {}

  static async build(options: StageOptions): Promise<Stage> {
    const { seed, brokers = 3, configs = {}, topicConfigs = {}, replicationFactor = 3 } = options;
    let stage: Stage | null = null;
    const early: Parameters<ClusterMonitor["watch"]>[] = [];
    const cluster = await simulatedCluster({
      seed,
      brokers,
      configs,
      ...(options.oneMachine === undefined ? {} : { oneMachine: options.oneMachine }),
      logLines: LOG_LINES,
      started: false,
      onReplicas: (id, replicas) => {
        if (stage === null) early.push([id, replicas]);
        else stage.monitor.watch(id, replicas);
      },
    });
    await cluster.restart(...cluster.ids);
    const controller = cluster.controllerId ?? 1;
    const minInsyncReplicas = Number(topicConfigs["min.insync.replicas"] ?? Math.min(2, brokers, replicationFactor));
    stage = new Stage(cluster, controller, minInsyncReplicas);
    for (const [id, replicas] of early) stage.monitor.watch(id, replicas);
    const judged = stage;
    cluster.world.onEvent(() => judged.monitor.step());
    const others = cluster.ids.filter((id) => id !== controller);
    const order = options.controllerLeads === true ? [controller, ...others] : [...others, controller];
    stage.assigned = order.slice(0, replicationFactor);
    const own = { "min.insync.replicas": String(minInsyncReplicas), ...topicConfigs };
    await cluster.createTopic(stage.topic, { assignment: [stage.assigned], configs: own });
    await cluster.until("the partition is whole", () => cluster.isWhole);
    return stage;
  }

  get replicas(): readonly number[] {
    return this.assigned;
  }

  /** Holds everything to the invariants, at every event. */
  get monitor(): ClusterMonitor {
    this.judging ??= new ClusterMonitor({
      transactions: () => this.cluster.zooKeeper.transactions,
      minInsyncReplicas: () => this.minInsyncReplicas,
    });
    return this.judging;
  }

  /**
   * So many replicas lost what was not synced that acknowledged records may be gone, by the rules. Nobody runs at this moment: what is
   * found afterwards is judged as if it were all there ever was.
   */
  forgiveLoss(): void {
    if (this.cluster.running.length > 0) throw new Error("a loss is forgiven while nobody runs");
    this.judging = null;
    this.acknowledged.clear();
  }

  /** The preferred leader, which led when the play began. */
  get L(): number {
    return this.replica(0);
  }

  /** The first follower when the play began. */
  get F(): number {
    return this.replica(1);
  }

  /** The second follower when the play began. */
  get G(): number {
    return this.replica(2);
  }

  /** The partition's state as ZooKeeper has it. */
  get state(): PartitionState {
    const state = this.cluster.state(this.topic);
    if (state === null) throw new Error("the partition has no state");
    return state;
  }

  /** A broker's replica of the partition. @throws RangeError when it has none */
  at(id: number): Replica {
    const replica = this.cluster.broker(id).services.partitions.get(this.topic, 0);
    if (replica === undefined) throw new RangeError(`broker ${id} has no replica of ${this.topic}`);
    return replica;
  }

  /**
   * Sends one record and does not wait. Nothing is tried again for longer than `timeoutMs`.
   *
   * @param from the client's node; each has one idempotent producer for acks=all, another for acks=1
   */
  send(options: { readonly acks?: 1 | -1; readonly from?: string; readonly timeoutMs?: number } = {}): Promise<Sent> {
    const { acks = -1, from = "writer", timeoutMs = 30_000 } = options;
    const value = ++this.lastValue;
    const writer = this.writer(from, acks, timeoutMs);
    return writer.send({ topic: this.topic, partition: 0, value: encodeValue(value) }).then(
      ({ offset }): Sent => {
        if (acks === -1 && offset !== null) {
          this.acknowledged.set(value, offset);
          this.monitor.acknowledged(this.topic, 0, offset, value);
        }
        return { kind: "acked", offset: offset ?? -1 };
      },
      (error: unknown): Sent => ({ kind: "failed", error: error instanceof KafkaError ? error.name : String(error) }),
    );
  }

  /** Sends records one after the other and waits until each is acknowledged. @returns how long that took, ms */
  async write(count = 1, options: { readonly acks?: 1 | -1; readonly from?: string } = {}): Promise<number> {
    const beganMs = this.cluster.nowMs;
    for (let i = 0; i < count; i++) {
      const sent = await this.cluster.done(this.send(options));
      if (sent.kind === "failed") throw new Error(`a record was refused: ${sent.error}`);
    }
    return this.cluster.nowMs - beganMs;
  }

  /** From now on clients send and read, until the end of the play. */
  startLoad(
    options: { readonly settings?: SettingsClass; readonly sendsPerSecond?: number; readonly producers?: number } = {},
  ): Load {
    const { settings = "safe", sendsPerSecond = 100, producers = 2 } = options;
    const { cluster, monitor } = this;
    const load = new Load({
      producers: Array.from({ length: producers }, () => ({ settings, sendsPerSecond, lingerMs: 0 })),
      consumers: 1,
      openCluster: (node) => this.connect(node),
      onCommitted: (key, offset, value) => monitor.acknowledged(key.topic, key.partition, offset, value),
      onRecord: (key, offset, value) => monitor.consumed(key.topic, key.partition, offset, value),
      clock: cluster.world.clock,
      random: cluster.world.randomFor("load"),
    });
    this.loads = load;
    load.keyspace.add(LOAD_TOPIC, 1);
    load.start();
    return load;
  }

  /** Makes the topic that `startLoad` writes to: `play` belongs to `send`. */
  async makeLoadTopic(assignment: readonly number[] = this.replicas): Promise<void> {
    await this.cluster.createTopic(LOAD_TOPIC, { assignment: [assignment] });
  }

  /** Machines lose power: what was not synced may be gone, and is forgiven. */
  losePower(...ids: readonly number[]): void {
    this.cluster.losePower(...ids);
    for (const id of ids) this.monitor.lostPower(id);
  }

  /** The disk of a broker that does not run is emptied. */
  wipeDisk(id: number): void {
    this.cluster.wipeDisk(id);
    this.monitor.lostDisk(id);
  }

  /** Waits until ZooKeeper's state of the partition is so. @returns how long it took, ms */
  untilState(what: string, isSo: (state: PartitionState) => boolean, withinMs = 30_000): Promise<number> {
    return this.cluster.until(what, () => isSo(this.state), withinMs);
  }

  /** How many leaders the partition was given since `since`. */
  get leaderEpoch(): number {
    return this.state.leader_epoch;
  }

  /**
   * Heals everything, starts who is down, and waits for what a healthy cluster must come to within 30 s: every replica in its ISR, all
   * equal, and everything acknowledged read back once, where it was said to lie.
   */
  async finish(): Promise<void> {
    const { cluster, monitor } = this;
    cluster.healAll();
    cluster.boot(...cluster.down);
    await cluster.until("the cluster is whole", () => cluster.down.length === 0 && cluster.isWhole);
    if (this.loads !== null) await cluster.done(this.loads.stopProducing());
    await cluster.until("the replicas are equal", () => unsettled(monitor.livePartitions()) === null);
    monitor.judge.hold(
      "healing",
      "cluster",
      differingBytes(monitor.livePartitions()) === null,
      () => "replicas differ",
    );
    await this.readBack();
    if (this.loads !== null) await this.judgeLoad(this.loads);
  }

  async close(): Promise<void> {
    await this.cluster.close();
  }

  private async readBack(): Promise<void> {
    const { cluster, monitor, topic } = this;
    const end = this.at(this.state.leader).log.highWatermark;
    const start = this.at(this.state.leader).log.logStartOffset;
    const cluster2 = this.connect("reader");
    const reader = cluster.client("reader").consumer({ assignments: [{ topic, partition: 0, start: "earliest" }] });
    const found = new Map<number, number>();
    let next = start;
    while (next < end) {
      for (const batch of await cluster.done(reader.poll({ timeoutMs: 1000 }))) {
        for (const { offset, value } of batch.records()) {
          const read = decodeValue(value);
          monitor.consumed(topic, 0, offset, read);
          if (found.has(read) && this.acknowledged.has(read))
            throw new Error(`${read} lies at ${found.get(read)} and at ${offset}`);
          found.set(read, offset);
        }
        next = batch.nextOffset;
      }
    }
    await cluster.done(cluster2.close());
    for (const [value, offset] of this.acknowledged) {
      if (offset < start) continue;
      if (found.get(value) !== offset)
        throw new Error(
          `${value} was acknowledged at ${offset} and ${found.has(value) ? `lies at ${found.get(value)}` : "is LOST"}`,
        );
    }
  }

  private async judgeLoad(load: Load): Promise<void> {
    const { cluster, monitor } = this;
    const endOf = (key: TopicPartition) => monitor.referenceOf(key.topic, key.partition)?.committedEnd ?? 0;
    await cluster.until("everything is read", () => load.hasReadAll(endOf));
    await cluster.done(load.stopConsuming());
    const checker = new HistoryChecker({ healedAtMs: cluster.world.clock.nowMs(), stuckAfterMs: 30_000 });
    for (const event of load.history) checker.accept(event);
    const { ok, anomalies } = checker.verdict();
    if (!ok)
      throw new Error(
        anomalies.flatMap(({ name, examples }) => examples.map(({ what }) => `${name}: ${what}`)).join("; "),
      );
  }

  private connect(node: string): ClusterClient {
    return this.cluster.client(node).connect({ requestTimeoutMs: 4000, apiTimeoutMs: 10_000 });
  }

  private writer(from: string, acks: 1 | -1, timeoutMs: number): Producer {
    const name = `${from} ${acks} ${timeoutMs}`;
    let writer = this.writers.get(name);
    if (writer === undefined) {
      const options = {
        acks,
        idempotence: acks === -1,
        lingerMs: 0,
        deliveryTimeoutMs: timeoutMs,
        requestTimeoutMs: 2000,
      };
      writer = this.cluster.client(from).producer({ ...options, maxBlockMs: timeoutMs }, { requestTimeoutMs: 2000 });
      this.writers.set(name, writer);
    }
    return writer;
  }

  private replica(index: number): number {
    const id = this.replicas[index];
    if (id === undefined)
      throw new RangeError(`${formatTopicPartition({ topic: this.topic, partition: 0 })} has fewer replicas`);
    return id;
  }
}

export const LOAD_TOPIC = "load";
const LOG_LINES = 3000;
