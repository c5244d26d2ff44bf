import {
  Admin,
  AssignedConsumer,
  type AssignedConsumerOptions,
  ClusterClient,
  type ClusterClientOptions,
  Producer,
  type ProducerOptions,
} from "@ottla/client";
import {
  type Clock,
  type Logger,
  type Random,
  type SimulatedNetwork,
  SimulatedProcess,
  SimulatedSockets,
} from "@ottla/runtime";
import type { SimulatedWorld } from "../world";
import { CLIENT_PORT } from "./simulated-broker";
import { nodeOf } from "./simulated-links";
import { WireConnection } from "./wire-connection";

/** A process on a node of its own that speaks to the brokers as any client does. */
export class SimulatedClient {
  readonly process: SimulatedProcess;
  readonly random: Random;
  private readonly sockets: SimulatedSockets;

  constructor(
    readonly name: string,
    private readonly world: SimulatedWorld,
    private readonly network: SimulatedNetwork,
    private readonly brokerIds: readonly number[],
    private readonly logger: Logger,
  ) {
    this.process = new SimulatedProcess(name, world.clock);
    this.random = world.randomFor(`client ${name}`);
    this.sockets = new SimulatedSockets(network, name, this.process);
  }

  get clock(): Clock {
    return this.process.clock;
  }

  /** A view of the cluster, for what of the client's package is made by hand. */
  connect(options: Partial<ClusterClientOptions> = {}): ClusterClient {
    return new ClusterClient({
      bootstrapServers: this.brokerIds.map((id) => ({ host: nodeOf(id), port: CLIENT_PORT })),
      clientId: this.name,
      clock: this.process.clock,
      sockets: this.sockets,
      random: this.random,
      logger: this.logger,
      ...options,
    });
  }

  /** A producer with a connection of its own to each broker. */
  producer(options: Omit<ProducerOptions, "cluster"> = {}, cluster: Partial<ClusterClientOptions> = {}): Producer {
    return new Producer({ cluster: this.connect(cluster), ...options });
  }

  consumer(
    options: Omit<AssignedConsumerOptions, "cluster">,
    cluster: Partial<ClusterClientOptions> = {},
  ): AssignedConsumer {
    return new AssignedConsumer({ cluster: this.connect(cluster), ...options });
  }

  admin(cluster: Partial<ClusterClientOptions> = {}): Admin {
    return new Admin(this.connect(cluster));
  }

  /** A bare connection to one broker, which speaks Kafka's protocol and has no opinions. */
  wire(brokerId: number): Promise<WireConnection> {
    return WireConnection.open(this.sockets, this.process.clock, { host: nodeOf(brokerId), port: CLIENT_PORT });
  }

  pause(): void {
    this.process.pause();
  }

  resume(): void {
    this.process.resume();
  }

  /** Its process ends at once: connections are reset, nothing that was begun goes on. */
  kill(): void {
    this.process.end();
    this.network.kill(this.name);
  }

  /** Waits until `work`, something that this client does, is done, moving time on meanwhile. */
  done<T>(work: Promise<T>, withinMs = 60_000): Promise<T> {
    return this.world.settled(`${this.name} is done`, work, withinMs);
  }
}
