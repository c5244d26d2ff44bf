import { Broker, BrokerConfig } from "@ottla/broker";
import type { InProcessNetwork } from "@ottla/cluster-rpc";
import type { Coordination, MemoryCoordination } from "@ottla/coordination";
import {
  type Disk,
  InvariantViolation,
  type Logger,
  type Random,
  type SimulatedClock,
  type SimulatedNetwork,
  SimulatedProcess,
  SimulatedSockets,
} from "@ottla/runtime";

/** What a process of a broker finds where it is started. */
export interface BrokerSurroundings {
  readonly id: number;
  readonly node: string;
  readonly pid: number;
  readonly bootId: string;
  /** "pid:[1]" unless said otherwise. */
  readonly pidNamespace?: string;
  readonly configs: Readonly<Record<string, string>>;
  readonly world: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly rpc: InProcessNetwork;
  readonly connect: (process: SimulatedProcess, config: BrokerConfig) => Promise<MemoryCoordination>;
  readonly disk: (process: SimulatedProcess) => Disk;
  readonly random: Random;
  readonly logger: Logger;
  /** Whether the kernel knows that a process of its machine is no more. */
  readonly hasEnded: (pid: number) => boolean;
  readonly onReplicas: (replicas: Replicas) => void;
  /** The process says that it cannot go on. */
  readonly onHalt: (reason: Error) => void;
}

export type Replicas = Parameters<NonNullable<Parameters<typeof Broker.start>[0]["onReplicas"]>>[0];

/** A process of a broker came to its end before what was waited for. */
export class ProcessEnded extends Error {
  override readonly name = "ProcessEnded";
}

/** One process of a broker, from its start to its end. */
export class SimulatedBroker {
  readonly process: SimulatedProcess;
  /** Resolves when the broker serves; rejects when it cannot start, or ends before. */
  readonly ready: Promise<Broker>;
  /** Once it serves. */
  broker: Broker | null = null;
  session: MemoryCoordination | null = null;
  private readonly starting = new AbortController();
  private endReached: (reason: ProcessEnded) => void = () => undefined;
  private readonly ended = new Promise<never>((_, reject) => {
    this.endReached = reject;
  });

  constructor(private readonly surroundings: BrokerSurroundings) {
    const { node, pid, world } = surroundings;
    this.process = new SimulatedProcess(`${node}/${pid}`, world);
    this.ended.catch(() => undefined);
    this.ready = Promise.race([this.start(), this.ended]);
    // Whoever wants to know listens; a schedule of faults may not.
    this.ready.catch(() => undefined);
  }

  get id(): number {
    return this.surroundings.id;
  }

  get node(): string {
    return this.surroundings.node;
  }

  get pid(): number {
    return this.surroundings.pid;
  }

  /** SIGTERM. Resolves when the process has ended, by itself or otherwise. */
  async stop(): Promise<void> {
    this.starting.abort();
    try {
      const broker = this.broker ?? (await this.ready);
      await Promise.race([broker.close(), this.ended]);
    } catch {
      // It did not come to serve, or was ended: either way it is no more.
    }
  }

  /** Nothing of it runs any more. */
  end(how: string): void {
    if (this.process.hasEnded) return;
    this.process.end();
    this.endReached(new ProcessEnded(`broker ${this.id}: ${how}`));
  }

  private async start(): Promise<Broker> {
    const { id, node, pid, bootId, configs, network, rpc, random, logger } = this.surroundings;
    const { process } = this;
    const given = Object.entries({
      "zookeeper.connect": "zookeeper:2181",
      "broker.id": String(id),
      listeners: `PLAINTEXT://${node}:${CLIENT_PORT}`,
      "log.dirs": "/data/logs",
      ...configs,
    });
    const config = BrokerConfig.from(given.map(([key, value]) => ({ key, value, origin: "simulated cluster" })));
    const broker = await Broker.start(
      {
        config,
        connect: async (): Promise<Coordination> => {
          this.session = await this.surroundings.connect(process, config);
          return this.session;
        },
        transport: rpc.transport(node, process),
        sockets: new SimulatedSockets(network, node, process),
        machine: {
          hostName: node,
          bootId,
          pidNamespace: this.surroundings.pidNamespace ?? "pid:[1]",
          pid,
          startTime: String(pid),
          hasEnded: (other) => Promise.resolve(this.surroundings.hasEnded(other.pid)),
        },
        disk: this.surroundings.disk(process),
        clock: process.clock,
        random,
        logger,
        onFatal: (reason) => this.halt(reason),
        onReplicas: this.surroundings.onReplicas,
      },
      this.starting.signal,
    );
    this.broker = broker;
    return broker;
  }

  private halt(reason: Error): void {
    if (!this.process.hasEnded) this.surroundings.onHalt(reason);
  }
}

/** Where brokers listen for clients, each on its own node. */
export const CLIENT_PORT = 9092;

/** A bug of ours, in contrast to what the world does to a broker. */
export function isBug(reason: unknown): boolean {
  return reason instanceof InvariantViolation;
}
