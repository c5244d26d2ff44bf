import { type Address, InProcessNetwork } from "@ottla/cluster-rpc";
import { type MemoryCoordination, MemoryEnsemble } from "@ottla/coordination";
import { createTopics, decodeRecords, type ErrorName, fetch, metadata, produce, scanBatches } from "@ottla/protocol";
import { SeededRandom, SimulatedDisk, silentLogger, sleep, systemClock } from "@ottla/runtime";
import { Broker } from "../broker";
import { BrokerConfig } from "../config/broker-config";
import type { DialOutcome } from "../control/process-probe";
import { MortalClock } from "./mortal-clock";
import { batchOf, produceOf } from "./produced-batches";
import { WireClient } from "./wire-client";

export interface RunningClusterOptions {
  /** How many; their ids count from 1. */
  readonly brokers?: number;
  readonly configs?: Readonly<Record<string, string>>;
  /** True: every broker is a process of one machine, so that the kernel's word on its death is to be had. */
  readonly oneMachine?: boolean;
}

/** How long anything may take that a spec waits for. */
const PATIENCE_MS = 10_000;

/**
 * Whole brokers in this process: real sockets to their clients and real time, a network, an ensemble and disks in memory, and every fault
 * at a spec's command.
 */
export class RunningCluster {
  readonly ensemble = new MemoryEnsemble({ clock: systemClock });
  readonly network = new InProcessNetwork({ clock: systemClock, logger: silentLogger });
  private readonly lives = new Map<number, Life>();
  private readonly dead: Life[] = [];
  private readonly disks = new Map<number, SimulatedDisk>();
  private lastPid = 100;

  private constructor(private readonly options: RunningClusterOptions) {}

  static async start(options: RunningClusterOptions = {}): Promise<RunningCluster> {
    const cluster = new RunningCluster(options);
    try {
      for (let id = 1; id <= (options.brokers ?? 3); id++) await cluster.startBroker(id);
    } catch (failure) {
      await cluster.close();
      throw failure;
    }
    return cluster;
  }

  /** Ids of the brokers that run. */
  get running(): readonly number[] {
    return [...this.lives.keys()];
  }

  broker(id: number): Broker {
    return this.life(id).broker;
  }

  /** The session that a broker has with the ensemble. */
  session(id: number): MemoryCoordination {
    return this.life(id).session;
  }

  /** What a broker that runs has called fatal. */
  fatal(id: number): readonly Error[] {
    return this.life(id).fatal;
  }

  /** The disk of a broker, whichever of its lives uses it. */
  disk(id: number): SimulatedDisk {
    const disk = this.disks.get(id);
    if (disk === undefined) throw new Error(`broker ${id} has never run`);
    return disk;
  }

  /** What the network calls the process that a broker runs in now. */
  node(id: number): string {
    return this.life(id).node;
  }

  /** Starts a broker, on the disk that its last life left, and returns when it is ready. */
  async startBroker(id: number): Promise<void> {
    let disk = this.disks.get(id);
    if (disk === undefined) this.disks.set(id, (disk = new SimulatedDisk({ nowMs: () => systemClock.nowMs() })));
    const life = await Life.start(this, id, ++this.lastPid, disk, this.options);
    this.lives.set(id, life);
  }

  /** kill -9: its sockets close, it says nothing any more, and the ensemble keeps its session until that runs out. */
  async kill(id: number): Promise<void> {
    const life = this.life(id);
    this.lives.delete(id);
    this.dead.push(life);
    await life.die();
  }

  /** SIGTERM. */
  async stop(id: number): Promise<void> {
    const life = this.life(id);
    this.lives.delete(id);
    await life.close();
  }

  /** Whether a process of this machine is known to be no more. */
  hasEnded(pid: number): boolean {
    return this.dead.some((life) => life.pid === pid);
  }

  /** The broker that says of itself that it has the controller's duty. */
  get controllerId(): number | null {
    return this.running.find((id) => this.broker(id).services.controller.isActive) ?? null;
  }

  /** Partition 0 of a topic as ZooKeeper has it. */
  state(topic: string): { readonly leader: number; readonly leader_epoch: number; readonly isr: readonly number[] } {
    const text = this.ensemble.textAt(`/brokers/topics/${topic}/partitions/0/state`);
    if (text === null) throw new Error(`${topic} has no state`);
    return JSON.parse(text);
  }

  /** Makes a topic of one partition, and waits until its leader is ready to lead. */
  async create(topic: string, replicas: readonly number[], configs: Readonly<Record<string, string>> = {}) {
    await this.until(`${topic} is created`, async () => {
      const id = this.controllerId;
      if (id === null) return false;
      const answer = await this.ask(id, (client) =>
        client.request(createTopics, 7, {
          topics: [
            {
              name: topic,
              numPartitions: -1,
              replicationFactor: -1,
              assignments: [{ partitionIndex: 0, brokerIds: [...replicas] }],
              configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
            },
          ],
          timeoutMs: PATIENCE_MS,
        }),
      );
      return answer.topics[0]?.errorCode === "NONE";
    });
  }

  /** Asks a broker about a topic as a producer does that is about to write to it. @returns whether it has a leader */
  async asksFor(id: number, topic: string): Promise<boolean> {
    const request = { topics: [{ name: topic }], allowAutoTopicCreation: true };
    const answer = await this.ask(id, (client) => client.request(metadata, 4, request));
    return (
      answer.topics[0]?.partitions.every(({ leaderId }) => leaderId >= 0) === true &&
      answer.topics[0].errorCode === "NONE"
    );
  }

  /** Sends one record to one broker. @returns the error, and where the record lies */
  async produceTo(
    id: number,
    topic: string,
    value: string,
    options: { readonly acks?: number; readonly timeoutMs?: number } = {},
  ): Promise<{ readonly error: ErrorName; readonly offset: number }> {
    const answer = await this.ask(id, (client) =>
      client.request(produce, 9, produceOf(topic, batchOf([value]), options)),
    );
    const outcome = answer.responses[0]?.partitionResponses[0];
    if (outcome === undefined) throw new Error("an answer without a partition");
    return { error: outcome.errorCode, offset: Number(outcome.baseOffset) };
  }

  /** Sends one record as a patient client does, looking for the leader until the record is acknowledged. @returns how long it took, ms */
  async produce(topic: string, value: string): Promise<number> {
    const begunMs = systemClock.monotonicMs();
    await this.until(`${value} is acknowledged`, async () => {
      for (const id of this.running) {
        const partition = this.broker(id).services.metadata.partition(topic, 0);
        if (partition?.leader !== id) continue;
        const outcome = await this.produceTo(id, topic, value, { timeoutMs: 500 }).catch(() => null);
        if (outcome?.error === "NONE") return true;
      }
      return false;
    });
    return systemClock.monotonicMs() - begunMs;
  }

  /** Every record that a consumer gets from the partition's leader. */
  async consume(topic: string): Promise<string[]> {
    const leader = this.state(topic).leader;
    const answer = await this.ask(leader, (client) =>
      client.request(fetch, 12, {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 1 << 24,
        isolationLevel: 0,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [
          {
            topic,
            partitions: [
              {
                partition: 0,
                currentLeaderEpoch: -1,
                fetchOffset: 0n,
                lastFetchedEpoch: -1,
                partitionMaxBytes: 1 << 24,
              },
            ],
          },
        ],
        forgottenTopicsData: [],
        rackId: "",
      }),
    );
    const records = answer.responses[0]?.partitions[0]?.records ?? [];
    return scanBatches(Buffer.concat([...(records ?? [])])).batches.flatMap((batch) =>
      decodeRecords(batch).map(({ value }) => value?.toString() ?? ""),
    );
  }

  /** Waits for a condition. @throws when it does not come about in time */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<number> {
    const begunMs = systemClock.monotonicMs();
    while (!(await condition())) {
      if (systemClock.monotonicMs() - begunMs > PATIENCE_MS) throw new Error(`waited in vain until ${what}`);
      await sleep(systemClock, 2);
    }
    return systemClock.monotonicMs() - begunMs;
  }

  /** Looks for so long whether a condition ever fails to hold. */
  async staysSo(forMs: number, condition: () => boolean): Promise<boolean> {
    const endMs = systemClock.monotonicMs() + forMs;
    while (systemClock.monotonicMs() < endMs) {
      if (!condition()) return false;
      await sleep(systemClock, 5);
    }
    return true;
  }

  /** @throws what a broker called fatal meanwhile */
  async close(): Promise<void> {
    const lives = [...this.lives.values()];
    this.lives.clear();
    // All at once: a broker that stays alone would look for others to hand over to.
    await Promise.all(lives.map((life) => life.close()));
    for (const life of this.dead) await life.session.close();
    const failure = lives.flatMap(({ fatal }) => fatal)[0];
    if (failure !== undefined) throw failure;
  }

  private async ask<T>(id: number, question: (client: WireClient) => Promise<T>): Promise<T> {
    const client = await WireClient.connect(this.broker(id).portOf());
    try {
      return await question(client);
    } finally {
      client.close();
    }
  }

  private life(id: number): Life {
    const life = this.lives.get(id);
    if (life === undefined) throw new Error(`broker ${id} does not run`);
    return life;
  }
}

/** One process of a broker. */
class Life {
  readonly fatal: Error[] = [];

  private constructor(
    private readonly cluster: RunningCluster,
    readonly pid: number,
    readonly node: string,
    readonly broker: Broker,
    readonly session: MemoryCoordination,
    private readonly clock: MortalClock,
    private readonly disk: SimulatedDisk,
    fatal: Error[],
  ) {
    this.fatal = fatal;
  }

  static async start(
    cluster: RunningCluster,
    id: number,
    pid: number,
    disk: SimulatedDisk,
    { configs, oneMachine = false }: RunningClusterOptions,
  ): Promise<Life> {
    const node = `broker-${id}/${pid}`;
    const clock = new MortalClock(systemClock);
    const fatal: Error[] = [];
    const session = await cluster.ensemble.connect({ name: node });
    const given = Object.entries({
      "zookeeper.connect": "memory:2181",
      "broker.id": String(id),
      listeners: "PLAINTEXT://127.0.0.1:0",
      "log.dirs": "/data/logs",
      "default.replication.factor": "3",
      "min.insync.replicas": "2",
      "ottla.controller.suspect.timeout.ms": "500",
      ...configs,
    });
    const broker = await Broker.start(
      {
        config: BrokerConfig.from(given.map(([key, value]) => ({ key, value, origin: "spec" }))),
        connect: () => Promise.resolve(session),
        transport: cluster.network.transport(node),
        machine: {
          hostName: "localhost",
          bootId: oneMachine ? "boot" : `boot-${id}`,
          pidNamespace: "pid:[1]",
          pid,
          startTime: "1",
          hasEnded: (process) => Promise.resolve(cluster.hasEnded(process.pid)),
        },
        disk: disk.forProcess(),
        clock,
        random: new SeededRandom(pid),
        logger: silentLogger,
        onFatal: (reason) => {
          if (!clock.hasEnded) fatal.push(reason);
        },
        dial: (address, timeoutMs) => dialThrough(cluster.network, node, address, timeoutMs),
      },
      new AbortController().signal,
    );
    return new Life(cluster, pid, node, broker, session, clock, disk, fatal);
  }

  async die(): Promise<void> {
    this.clock.end();
    this.cluster.ensemble.disconnect(this.session);
    this.cluster.network.kill(this.node);
    for (const id of this.cluster.running) this.cluster.network.refuse(this.node, this.cluster.node(id));
    this.disk.kill();
    await this.broker.hangUp();
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}

/** What a plain TCP dial is between processes that have sockets. */
function dialThrough(network: InProcessNetwork, from: string, to: Address, timeoutMs: number): Promise<DialOutcome> {
  return new Promise((resolve) => {
    const timer = systemClock.setTimer(timeoutMs, () => {
      resolve("unreachable");
      hangUp();
    });
    const settle = (outcome: DialOutcome): void => {
      timer.cancel();
      resolve(outcome);
    };
    const hangUp = network.probe(
      from,
      to,
      () => settle("connected"),
      () => settle("refused"),
    );
  });
}
