import type { Broker, BrokerConfig } from "@ottla/broker";
import { Admin, type ClusterClient, KafkaError, type NewTopic } from "@ottla/client";
import { InProcessNetwork } from "@ottla/cluster-rpc";
import type { MemoryCoordination } from "@ottla/coordination";
import { compressionReady } from "@ottla/protocol";
import { type Disk, type SimulatedDisk, SimulatedNetwork, type SimulatedProcess, silentLogger } from "@ottla/runtime";
import { SimulatedWorld } from "../world";
import { ClusterState, type PartitionState } from "./cluster-state";
import { CollectedLog } from "./collected-log";
import { type BrokerSurroundings, isBug, type Replicas, SimulatedBroker } from "./simulated-broker";
import { SimulatedClient } from "./simulated-client";
import { nodeOf, SimulatedLinks } from "./simulated-links";
import { SimulatedMachine } from "./simulated-machine";
import { SimulatedZooKeeper } from "./simulated-zookeeper";

export interface SimulatedClusterOptions {
  /** How many; their ids count from 1. 3 by default. */
  readonly brokers?: number;
  /** Everything that is drawn comes from it. */
  readonly seed: number;
  /** Of every broker. */
  readonly configs?: Readonly<Record<string, string>>;
  /** True: every broker is a process of one machine, so that the kernel's word on its death is to be had, and power is lost by all. */
  readonly oneMachine?: boolean;
  /** A packet takes `delayMs` and up to `jitterMs` more. 0.2 and 0.3 by default. */
  readonly links?: { readonly delayMs: number; readonly jitterMs: number };
  /** Milliseconds from a call of ZooKeeper to its reply; 2 by default. */
  readonly zooKeeperLatencyMs?: number;
  /** Keeps the last so many lines that processes log; none by default. */
  readonly logLines?: number;
  readonly logDebug?: boolean;
  /** Told of each process's replicas before the broker is heard of by anybody: for those who watch every step. */
  readonly onReplicas?: (id: number, replicas: Replicas) => void;
  /** False: the brokers are not started; `restart` does it. */
  readonly started?: boolean;
}

/** A broker that stopped by itself, because it could not go on. */
export interface Halt {
  readonly id: number;
  readonly atMs: number;
  readonly reason: Error;
}

/**
 * Whole brokers, clients and their world in one process and in virtual time: the network, the ensemble, the disks and the clocks are
 * simulated, everything else is what runs in production. Equal seeds and equal orders give equal runs.
 *
 * Faults act at once. What takes time (`restart`, `stop`, `createTopic`) moves the world on until it is done, unless somebody else does
 * so already.
 */
export async function simulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  await compressionReady();
  const cluster = new SimulatedCluster(options);
  if (options.started !== false) await cluster.restart(...cluster.ids);
  return cluster;
}

export class SimulatedCluster {
  readonly world: SimulatedWorld;
  readonly network: SimulatedLinks;
  readonly zooKeeper: SimulatedZooKeeper;
  readonly log: CollectedLog;
  /** Ids of all brokers, running or not. */
  readonly ids: readonly number[];
  /** Brokers that stopped by themselves. */
  readonly halts: Halt[] = [];
  private readonly packets: SimulatedNetwork;
  private readonly rpc: InProcessNetwork;
  private readonly machines = new Map<number, SimulatedMachine>();
  private readonly inZooKeeper: ClusterState;
  private readonly lives = new Map<number, SimulatedBroker>();
  private readonly endedPids = new Set<number>();
  private readonly clients = new Map<string, SimulatedClient>();
  private operatorsView: ClusterClient | null = null;
  private lastPid = 100;

  constructor(private readonly options: SimulatedClusterOptions) {
    const { brokers = 3, seed, links = USUAL_LINKS, zooKeeperLatencyMs = 2, logLines = 0 } = options;
    this.world = new SimulatedWorld(seed);
    this.log = new CollectedLog(this.world.clock, logLines, options.logDebug);
    this.packets = new SimulatedNetwork({ clock: this.world.clock, ...links, random: this.world.randomFor("links") });
    this.rpc = new InProcessNetwork({ clock: this.world.clock, logger: silentLogger }, this.packets);
    this.network = new SimulatedLinks(this.packets, links);
    this.zooKeeper = new SimulatedZooKeeper(this.world, zooKeeperLatencyMs);
    this.inZooKeeper = new ClusterState(this.zooKeeper);
    this.ids = Array.from({ length: brokers }, (_, index) => index + 1);
    for (const id of this.ids) {
      this.network.add(id);
      const name = options.oneMachine === true ? "the machine" : nodeOf(id);
      this.machines.set(id, new SimulatedMachine(name, () => this.world.clock.nowMs()));
    }
  }

  /** Ids of the brokers whose process runs, ready or not, paused or not. */
  get running(): readonly number[] {
    return [...this.lives.keys()].toSorted((one, other) => one - other);
  }

  /** Virtual milliseconds since the beginning. */
  get nowMs(): number {
    return this.world.nowMs;
  }

  /** Lets so much time pass. */
  run(ms: number): Promise<void> {
    return this.world.run(ms);
  }

  /**
   * Lets time pass until a condition holds. @returns how long it took, ms
   *
   * @param what completes the sentence "waited in vain until ..."
   * @throws WaitedInVain
   */
  until(what: string, isSo: () => boolean, withinMs = 30_000): Promise<number> {
    return this.world.until(what, isSo, withinMs);
  }

  /** Lets time pass until `work` is done, and settles as it does. */
  done<T>(work: Promise<T>, withinMs = 60_000): Promise<T> {
    return this.world.settled("the work is done", work, withinMs);
  }

  /** Has `action` happen `delayMs` from now. */
  schedule(delayMs: number, action: () => void): void {
    this.world.schedule(delayMs, action);
  }

  /** A broker that serves. @throws RangeError when it does not run, or not yet */
  broker(id: number): Broker {
    const broker = this.lives.get(id)?.broker;
    if (broker === undefined || broker === null) throw new RangeError(`broker ${id} does not serve`);
    return broker;
  }

  /** Whether the broker's process runs and serves. */
  serves(id: number): boolean {
    return (this.lives.get(id)?.broker ?? null) !== null;
  }

  /** The present process of a broker; null when there is none. */
  process(id: number): SimulatedProcess | null {
    return this.lives.get(id)?.process ?? null;
  }

  /** A broker's disk, whatever process uses it. */
  disk(id: number): SimulatedDisk {
    return this.machine(id).disk;
  }

  /** Who has the controller's duty as ZooKeeper says; null when nobody has. */
  get controllerId(): number | null {
    return this.inZooKeeper.controllerId;
  }

  /** A partition's state as ZooKeeper has it; null when there is none. */
  state(topic: string, partition = 0): PartitionState | null {
    return this.inZooKeeper.partition(topic, partition);
  }

  /** The brokers that shall hold a partition, preferred leader first; none when there is no such topic. */
  replicas(topic: string, partition = 0): readonly number[] {
    return this.inZooKeeper.replicas(topic, partition);
  }

  /** Topics and how many partitions each has. */
  topics(): ReadonlyMap<string, number> {
    return this.inZooKeeper.topics();
  }

  /** Whether every replica of every partition runs and is in its ISR, and every partition is led. */
  get isWhole(): boolean {
    for (const [topic, partitions] of this.topics())
      for (let partition = 0; partition < partitions; partition++) {
        const state = this.state(topic, partition);
        if (state === null || !this.serves(state.leader)) return false;
        if (state.isr.length !== this.replicas(topic, partition).length) return false;
      }
    return true;
  }

  /**
   * Starts brokers that do not run, on the disks that their last lives left. Resolves when they serve.
   *
   * @throws what a start throws, ProcessEnded
   */
  restart(...ids: readonly number[]): Promise<void> {
    const starts = ids.map((id) => this.begin(id).ready);
    const all = Promise.all(starts).then(() => undefined);
    return this.moved(`brokers ${ids.join(", ")} serve`, all);
  }

  /** Starts brokers, and does not wait for them. */
  boot(...ids: readonly number[]): void {
    for (const id of ids) this.begin(id);
  }

  /**
   * Starts a second process of a broker beside the first, on a node of its own: somebody's mistake. Its start, or why there was none, is its
   * `ready`. It is over with `endTwin`.
   *
   * @param options.bootId of its machine; that of the broker's own by default
   * @param options.disk the one disk that both use, though its lock fails or not, or a copy as of this moment
   */
  twin(
    id: number,
    options: { readonly bootId?: string; readonly disk?: "shared" | "shared, its lock fails" | "copied" } = {},
  ): SimulatedBroker {
    const node = `${nodeOf(id)}-twin`;
    this.network.add(node);
    this.log.note(`a twin of ${id} starts`);
    const { disk: which = "shared" } = options;
    const own = this.machine(id).disk;
    const disk = which === "copied" ? own.copy() : own;
    const pid = ++this.lastPid;
    return new SimulatedBroker({
      ...this.surroundingsOf(id, node, pid),
      bootId: options.bootId ?? this.machine(id).bootId,
      pidNamespace: `pid:[${pid}]`,
      disk: ({ clock }) =>
        which === "shared, its lock fails" ? withoutLocks(disk.forProcess(clock)) : disk.forProcess(clock),
      // Sessions go by a broker's number: the twin's is its own.
      connect: (process, config) => this.connect(-id, process, config),
      // Whoever watches the broker's replicas goes on to watch the first process.
      onReplicas: () => undefined,
      onHalt: (reason) => this.log.note(`the twin of ${id} halts`, { reason }),
    });
  }

  /** kill -9 of a twin. */
  endTwin(twin: SimulatedBroker): void {
    this.endedPids.add(twin.pid);
    this.zooKeeper.forget(-twin.id);
    twin.end("killed");
    this.packets.kill(twin.node);
  }

  /** kill -9: their connections are reset, their sessions with ZooKeeper go on until they run out, what was written stays. */
  kill(...ids: readonly number[]): void {
    for (const id of ids) {
      if (!this.lives.has(id)) continue;
      this.log.note(`kill ${id}`);
      this.endLife(id, "killed");
      this.packets.kill(nodeOf(id));
      this.disk(id).kill();
    }
  }

  /** SIGTERM. Resolves when they have ended. */
  stop(...ids: readonly number[]): Promise<void> {
    const stops = ids.map(async (id) => {
      const life = this.lives.get(id);
      if (life === undefined) return;
      this.log.note(`stop ${id}`);
      await life.stop();
      if (this.lives.get(id) !== life) return;
      this.endLife(id, "stopped");
      this.packets.kill(nodeOf(id));
      this.disk(id).kill();
    });
    return this.moved(
      `brokers ${ids.join(", ")} stop`,
      Promise.all(stops).then(() => undefined),
    );
  }

  /**
   * Their machines lose power: what was not synced may be gone, what is sent to them is lost without a word. A restart boots them. Where
   * all brokers share one machine, it is lost by all.
   */
  losePower(...ids: readonly number[]): void {
    for (const id of this.options.oneMachine === true ? this.ids : ids) {
      const machine = this.machine(id);
      this.log.note(`power lost at ${id}`);
      if (this.lives.has(id)) this.endLife(id, "its machine lost power");
      this.packets.darken(nodeOf(id));
      machine.isDark = true;
      machine.disk.losePower(this.world.random);
    }
  }

  /** The disk of a broker that does not run is replaced by an empty one. */
  wipeDisk(id: number): void {
    if (this.lives.has(id)) throw new RangeError(`broker ${id} runs: its disk cannot be replaced`);
    this.log.note(`disk of ${id} wiped`);
    this.machine(id).replaceDisk();
  }

  /** SIGSTOP: nothing of it runs; its machine still accepts connections and what is sent. */
  pause(...ids: readonly number[]): void {
    for (const id of ids) {
      const life = this.lives.get(id);
      if (life === undefined || life.process.isPaused) continue;
      this.log.note(`pause ${id}`);
      life.process.pause();
      this.zooKeeper.silence(id);
      this.packets.changed(nodeOf(id));
    }
  }

  /** SIGCONT: timers that came due run first, then what was sent to it. */
  resume(...ids: readonly number[]): void {
    for (const id of ids) {
      const life = this.lives.get(id);
      if (life === undefined || !life.process.isPaused) continue;
      this.log.note(`resume ${id}`);
      life.process.resume();
      this.zooKeeper.unsilence(id);
      this.packets.changed(nodeOf(id));
    }
  }

  /** The wall clock of a broker's machine is set, forward or back. */
  setWallClock(id: number, byMs: number): void {
    this.machine(id).setWallClock(byMs, this.process(id));
  }

  /** The clocks of a broker's machine run at that rate from now on. */
  setDrift(id: number, rate: number): void {
    this.machine(id).setDrift(rate, this.process(id));
  }

  /** Ends every fault that lasts: cuts, refusals, delays, pauses, broken and slow disks, lost quorums. What does not run stays so. */
  healAll(): void {
    this.network.healAll();
    this.zooKeeper.healAll();
    this.resume(...this.running);
    for (const machine of this.machines.values()) machine.healDisk();
  }

  /** Those of `ids` that do not run. */
  get down(): readonly number[] {
    return this.ids.filter((id) => !this.lives.has(id));
  }

  /** The client of that name, on a node of its own; made when it is first asked for. */
  client(name: string): SimulatedClient {
    let client = this.clients.get(name);
    if (client === undefined || client.process.hasEnded) {
      this.network.add(name);
      const logger = this.loggerOf(name);
      client = new SimulatedClient(name, this.world, this.packets, this.ids, logger);
      this.clients.set(name, client);
    }
    return client;
  }

  /**
   * Makes a topic, and waits until each of its partitions is led and its ISR whole.
   *
   * @throws KafkaError
   */
  async createTopic(name: string, options: Omit<NewTopic, "name"> = {}, withinMs = 60_000): Promise<void> {
    const create = async (): Promise<void> => {
      const [outcome] = await new Admin(this.operator()).createTopics([{ name, ...options }], { timeoutMs: withinMs });
      // A retry of our own may find what the first attempt made.
      if (outcome !== undefined && outcome.error !== null && !isThere(outcome.error)) throw outcome.error;
    };
    await this.moved(`topic ${name} is made`, create(), withinMs);
  }

  /** For whoever keeps the cluster in order: an admin of its own. */
  admin(): Admin {
    return new Admin(this.operator());
  }

  /** Ends everything at once, without farewells. @throws the bug that was found meanwhile */
  async close(): Promise<void> {
    for (const client of this.clients.values()) client.kill();
    for (const id of this.running) this.kill(id);
    const bug = this.halts.find(({ reason }) => isBug(reason));
    if (bug !== undefined) throw bug.reason;
  }

  private operator(): ClusterClient {
    this.operatorsView ??= this.client("operator").connect();
    return this.operatorsView;
  }

  private moved<T>(what: string, work: Promise<T>, withinMs = 120_000): Promise<T> {
    return this.world.isMoving ? work : this.world.settled(what, work, withinMs);
  }

  private begin(id: number): SimulatedBroker {
    const machine = this.machine(id);
    const before = this.lives.get(id);
    if (before !== undefined) return before;
    if (machine.isDark) {
      machine.boot();
      this.packets.light(nodeOf(id));
    }
    const pid = ++this.lastPid;
    this.log.note(`start ${id}`, { pid });
    const life = new SimulatedBroker(this.surroundingsOf(id, nodeOf(id), pid));
    machine.hosts(life.process);
    this.lives.set(id, life);
    life.ready.catch((reason: unknown) => {
      if (this.lives.get(id) !== life || life.process.hasEnded) return;
      if (isBug(reason)) this.world.fail(reason);
      this.log.note(`broker ${id} did not start`, { reason });
      this.kill(id);
    });
    return life;
  }

  private surroundingsOf(id: number, node: string, pid: number): BrokerSurroundings {
    return {
      id,
      node,
      pid,
      bootId: this.machine(id).bootId,
      configs: { ...usualConfigs(this.ids.length), ...this.options.configs },
      world: this.world.clock,
      network: this.packets,
      rpc: this.rpc,
      connect: (process, config) => this.connect(id, process, config),
      disk: (process) => this.machine(id).disk.forProcess(process.clock),
      random: this.world.randomFor(`broker ${id}/${pid}`),
      logger: this.loggerOf(node),
      hasEnded: (other) => this.endedPids.has(other),
      onReplicas: (replicas) => this.options.onReplicas?.(id, replicas),
      onHalt: (reason) => this.onHalt(id, reason),
    };
  }

  private connect(id: number, process: SimulatedProcess, config: BrokerConfig): Promise<MemoryCoordination> {
    const sessionTimeoutMs = config.get("zookeeper.session.timeout.ms");
    const connectionTimeoutMs = config.get("zookeeper.connection.timeout.ms") ?? sessionTimeoutMs;
    return this.zooKeeper.connect(id, process, { sessionTimeoutMs, connectionTimeoutMs });
  }

  private endLife(id: number, how: string): void {
    const life = this.lives.get(id);
    if (life === undefined) return;
    this.lives.delete(id);
    this.endedPids.add(life.pid);
    this.zooKeeper.forget(id);
    life.end(how);
  }

  private onHalt(id: number, reason: Error): void {
    this.halts.push({ id, atMs: this.nowMs, reason });
    this.log.note(`broker ${id} halts`, { reason });
    if (isBug(reason)) this.world.fail(reason);
    // It calls this from within a step of its own: it ends once that is over.
    this.world.schedule(0, () => this.kill(id));
  }

  private loggerOf(who: string) {
    return (this.options.logLines ?? 0) > 0 ? this.log.loggerOf(who) : silentLogger;
  }

  private machine(id: number): SimulatedMachine {
    const machine = this.machines.get(id);
    if (machine === undefined) throw new RangeError(`there is no broker ${id}`);
    return machine;
  }
}

function isThere(error: Error): boolean {
  return error instanceof KafkaError && error.name === "TOPIC_ALREADY_EXISTS";
}

/** A file system that gives one lock to two. */
function withoutLocks(disk: Disk): Disk {
  return new Proxy(disk, {
    get: (target, name) => {
      if (name === "tryLock") return () => ({ close: () => undefined });
      const found: unknown = Reflect.get(target, name);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

function usualConfigs(brokers: number): Readonly<Record<string, string>> {
  return {
    "default.replication.factor": String(Math.min(3, brokers)),
    "min.insync.replicas": String(Math.min(2, brokers)),
    "auto.create.topics.enable": "false",
  };
}

const USUAL_LINKS = { delayMs: 0.2, jitterMs: 0.3 };
