import { type ListeningPort, SimulatedNetwork, type SimulatedProcess } from "@ottla/runtime";
import {
  type Address,
  ClusterRpcError,
  type ClusterServer,
  type ClusterServices,
  type ClusterTransport,
} from "../port";
import { limitsOf, type TransportLimits, type TransportOptions } from "../transport-options";
import { InProcessPeer } from "./in-process-peer";
import { InProcessServer } from "./in-process-server";

/** One process on the network: its options, its clock above all, are those of everything it serves and opens. */
export interface InProcessHost {
  readonly node: string;
  readonly network: SimulatedNetwork;
  readonly options: TransportOptions;
  readonly limits: TransportLimits;
  /** Nothing reaches the process otherwise; null for what lives in no simulated process. */
  readonly process: SimulatedProcess | null;
}

/**
 * Brokers inside one process reach each other over a simulated network. Messages pass through the same bytes as over gRPC, time is the
 * clock's alone, and nothing is random that the network does not draw: with a simulated clock a run repeats exactly.
 */
export class InProcessNetwork {
  readonly limits: TransportLimits;
  private readonly network: SimulatedNetwork;

  /** @param over what carries it: a delay for every link in milliseconds, or a network that carries other things, too */
  constructor(
    private readonly options: TransportOptions,
    over: number | SimulatedNetwork = 0,
  ) {
    this.limits = limitsOf(options);
    this.network = typeof over === "number" ? new SimulatedNetwork({ clock: options.clock, delayMs: over }) : over;
  }

  /** The transport of what runs on `node`; the name is what links and faults go by. */
  transport(node: string, process: SimulatedProcess | null = null): ClusterTransport {
    const { network, limits } = this;
    const options = process === null ? this.options : { ...this.options, clock: process.clock };
    const host: InProcessHost = { node, network, options, limits, process };
    return {
      serve: (address, services) => serve(host, address, services),
      connect: (address) => new InProcessPeer(address, host),
    };
  }

  /** How long packets take from `from` to `to`, from now on; those under way are not overtaken. Milliseconds. */
  setDelay(from: string, to: string, delayMs: number): void {
    this.network.setDelay(from, to, delayMs);
  }

  /** Packets from `from` to `to` arrive no more until `heal`; a connection is given up when that lasts longer than its keepalive. */
  stall(from: string, to: string): void {
    this.network.stall(from, to);
  }

  /** Resets the connections that `from` has dialled to `to`, and refuses new ones. */
  refuse(from: string, to: string): void {
    this.network.refuse(from, to);
  }

  /** Ends `stall` and `refuse` in this direction. */
  heal(from: string, to: string): void {
    this.network.heal(from, to);
  }

  /** Stalls both directions between `node` and each of `others`. */
  isolate(node: string, others: readonly string[]): void {
    for (const peer of others) {
      this.stall(node, peer);
      this.stall(peer, node);
    }
  }

  /** Ends `isolate`. */
  rejoin(node: string, others: readonly string[]): void {
    for (const peer of others) {
      this.heal(node, peer);
      this.heal(peer, node);
    }
  }

  /** The process `node` dies: nobody listens at its addresses, and both sides of all its connections learn at once that they are reset. */
  kill(node: string): void {
    this.network.resetAll(node);
  }

  /**
   * Connects and hangs up at once, as a plain TCP dial does.
   *
   * @param connected somebody listens there
   * @param refused nobody does, or the path refuses; neither is called while packets do not get through
   */
  probe(from: string, address: Address, connected: () => void, refused: () => void): () => void {
    const connection = this.network.dial(from, address, {
      opened: (opened) => {
        connected();
        opened.resetBoth("hung up");
      },
      failed: refused,
    });
    return () => connection?.resetBoth("gave up");
  }
}

function serve(host: InProcessHost, address: Address, services: ClusterServices): Promise<ClusterServer> {
  const server = new InProcessServer(services, host);
  const { network, node, process } = host;
  const port: ListeningPort | null =
    process === null ? network.listen(node, address, server) : network.listen(node, address, server, process);
  if (port === null) {
    const detail = `listen EADDRINUSE ${address.host}:${address.port}`;
    return Promise.reject(new ClusterRpcError("unavailable", "serve", address, detail));
  }
  server.listensAt(port);
  return Promise.resolve(server);
}
