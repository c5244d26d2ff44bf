import { invariant } from "@ottla/runtime";
import {
  type Address,
  ClusterRpcError,
  type ClusterServer,
  type ClusterServices,
  type ClusterTransport,
} from "../port";
import { limitsOf, type TransportLimits, type TransportOptions } from "../transport-options";
import { Connection } from "./connection";
import { InProcessPeer } from "./in-process-peer";
import { InProcessServer } from "./in-process-server";
import type { LinkState } from "./link";

/**
 * A network inside one process, shared by the brokers that live in it. Messages pass through the same bytes as over gRPC, time is the clock's
 * alone, and nothing is random: with a simulated clock a run repeats exactly.
 *
 * Links are directed: `stall("a", "b")` leaves what b says to a as it was. A path that drops packets is a stalled link, because TCP sends again
 * what was dropped: nothing is ever missing from the middle of a stream.
 */
export class InProcessNetwork {
  readonly limits: TransportLimits;
  private readonly links = new Map<string, LinkState>();
  private readonly servers = new Map<string, InProcessServer>();
  private readonly connections = new Set<Connection>();
  private nextPort = FIRST_FREE_PORT;

  /** @param defaultDelayMs what a packet takes on a link whose delay was never set */
  constructor(
    readonly options: TransportOptions,
    private readonly defaultDelayMs = 0,
  ) {
    this.limits = limitsOf(options);
  }

  /** The transport of the process called `node`; the name is what links and faults go by. */
  transport(node: string): ClusterTransport {
    return {
      serve: (address, services) => this.serve(node, address, services),
      connect: (address) => new InProcessPeer(node, address, this),
    };
  }

  /** How long packets take from `from` to `to`, from now on; those under way are not overtaken. Milliseconds. */
  setDelay(from: string, to: string, delayMs: number): void {
    this.change(from, to, (link) => {
      link.delayMs = delayMs;
    });
  }

  /** Packets from `from` to `to` arrive no more until `heal`; a connection is given up when that lasts longer than its keepalive. */
  stall(from: string, to: string): void {
    this.change(from, to, (link) => {
      link.stalled = true;
    });
  }

  /** Resets the connections that `from` has dialled to `to`, and refuses new ones. */
  refuse(from: string, to: string): void {
    this.change(from, to, (link) => {
      link.refused = true;
    });
  }

  /** Ends `stall` and `refuse` in this direction. */
  heal(from: string, to: string): void {
    this.change(from, to, (link) => {
      link.stalled = false;
      link.refused = false;
    });
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

  /** The process `node` dies: nobody listens at its addresses, and all its connections are reset. */
  kill(node: string): void {
    for (const [key, server] of this.servers) {
      if (server.node !== node) continue;
      this.servers.delete(key);
      server.die();
    }
    for (const connection of this.connections)
      if (connection.diallerNode === node || connection.listenerNode === node) connection.resetBoth("connection reset");
  }

  /**
   * A connection attempt. `opened` is called once the other side has accepted, `failed` when nobody listens there or the path refuses; neither,
   * while packets do not get through: whoever dials must have a deadline.
   *
   * @returns the connection, on which the dialling side may send at once; null when it is refused
   */
  dial(
    from: string,
    address: Address,
    opened: (connection: Connection, server: InProcessServer) => void,
    failed: (detail: string) => void,
  ): Connection | null {
    const { clock } = this.options;
    const server = this.servers.get(keyOf(address));
    if (server === undefined || this.link(from, server.node).refused) {
      clock.afterTick(() => failed(`connect ECONNREFUSED ${keyOf(address)}`));
      return null;
    }
    const connection = new Connection(
      from,
      server.node,
      this.link(from, server.node),
      this.link(server.node, from),
      clock,
      this.limits,
      (gone) => this.connections.delete(gone),
    );
    this.connections.add(connection);
    connection.attach("dialler", { packet: () => undefined, reset: failed });
    connection.sendEvent("dialler", () => {
      if (this.servers.get(keyOf(address)) === server && server.accepting) opened(connection, server);
      else connection.resetBoth(`connect ECONNREFUSED ${keyOf(address)}`);
    });
    return connection;
  }

  /** For the server's close. */
  stopListening(server: InProcessServer): void {
    for (const [key, listening] of this.servers) if (listening === server) this.servers.delete(key);
  }

  private serve(node: string, address: Address, services: ClusterServices): Promise<ClusterServer> {
    const port = address.port === 0 ? this.freePort(address.host) : address.port;
    const key = keyOf({ host: address.host, port });
    if (this.servers.has(key))
      return Promise.reject(new ClusterRpcError("unavailable", "serve", address, `listen EADDRINUSE ${key}`));
    const server = new InProcessServer(node, port, services, this);
    this.servers.set(key, server);
    return Promise.resolve(server);
  }

  private freePort(host: string): number {
    while (this.servers.has(keyOf({ host, port: this.nextPort }))) this.nextPort++;
    invariant(this.nextPort <= 65_535, () => "every port of the in-process network is taken");
    return this.nextPort++;
  }

  private link(from: string, to: string): LinkState {
    const key = JSON.stringify([from, to]);
    let link = this.links.get(key);
    if (link === undefined) {
      link = { delayMs: this.defaultDelayMs, stalled: false, refused: false };
      this.links.set(key, link);
    }
    return link;
  }

  private change(from: string, to: string, apply: (link: LinkState) => void): void {
    apply(this.link(from, to));
    for (const connection of this.connections) {
      const ends = [connection.diallerNode, connection.listenerNode];
      if (ends.includes(from) && ends.includes(to)) connection.linkChanged();
    }
  }
}

const FIRST_FREE_PORT = 10_000;

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
