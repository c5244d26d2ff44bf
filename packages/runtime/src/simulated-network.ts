import type { Clock } from "./clock";
import { invariant } from "./invariant";
import type { Random } from "./random";
import { type Gate, type Keepalive, type Side, SimulatedConnection } from "./simulated-connection";
import type { LinkState } from "./simulated-link";

/** Where a process listens, and what it serves there: whoever dials looks whether it is what it speaks. */
export interface ListeningPort {
  readonly node: string;
  readonly port: number;
  readonly service: unknown;
  close(): void;
}

export interface DialOptions {
  /** The process that dials; nothing reaches it otherwise. */
  readonly gate?: Gate | undefined;
  readonly keepalive?: Keepalive | null;
  /** The process that listens there has the connection. */
  readonly opened: (connection: SimulatedConnection, service: unknown) => void;
  /** Its machine has it, be the process awake or not: told to who dialled. */
  readonly established?: () => void;
  /** Nobody listens there, or the path refuses; or the connection broke before anybody attached to the dialling side. */
  readonly failed: (detail: string) => void;
}

export interface SimulatedNetworkOptions {
  readonly clock: Clock;
  /** What a packet takes on a link whose delay was never set. Milliseconds; 0 by default. */
  readonly delayMs?: number;
  /** Up to so much more for each packet. Needs `random`. */
  readonly jitterMs?: number;
  readonly random?: Random;
}

/**
 * A network within one process: nodes, directed links between them, connections over these. Time is the clock's alone and randomness the
 * given one's: with a simulated clock a run repeats exactly.
 *
 * Links are directed: `stall("a", "b")` leaves what b says to a as it was. A path that drops packets is a stalled link, because TCP sends
 * again what was dropped: nothing is ever missing from the middle of a stream.
 */
export class SimulatedNetwork {
  private readonly links = new Map<string, Map<string, LinkState>>();
  private readonly ports = new Map<string, ListeningPort & { readonly gate: Gate }>();
  private readonly nodeOfHost = new Map<string, string>();
  private readonly connections = new Set<SimulatedConnection>();
  private readonly dark = new Set<string>();
  private nextPort = FIRST_FREE_PORT;

  constructor(private readonly options: SimulatedNetworkOptions) {}

  get clock(): Clock {
    return this.options.clock;
  }

  /** The machine of that name is the node: dials to ports where nobody listens find their way there, and are refused or not. */
  addHost(host: string, node = host): void {
    this.nodeOfHost.set(host, node);
  }

  /** How long packets take from `from` to `to`, from now on; those under way are not overtaken. Milliseconds. */
  setDelay(from: string, to: string, delayMs: number, jitterMs?: number): void {
    this.change(from, to, (link) => {
      link.delayMs = delayMs;
      if (jitterMs !== undefined) link.jitterMs = jitterMs;
    });
  }

  /** Packets from `from` to `to` arrive no more until `heal`; a connection with a keepalive is given up when that lasts too long. */
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

  /** The process on `node` died: nobody listens at its addresses any more, and whoever had a connection with it hears of that. */
  kill(node: string): void {
    this.closePorts(node);
    for (const connection of this.connections)
      for (const side of sidesOf(connection, node)) connection.die(side, "connection reset");
  }

  /** All connections of `node` break, and both sides learn it at once. */
  resetAll(node: string): void {
    this.closePorts(node);
    for (const connection of this.connections)
      if (sidesOf(connection, node).length > 0) connection.resetBoth("connection reset");
  }

  /** The machine lost power: it sends nothing, and says nothing to what reaches it. */
  darken(node: string): void {
    this.closePorts(node);
    this.dark.add(node);
    this.eachLinkOf(node, (link) => {
      link.dark = true;
    });
    this.changed(node);
  }

  /** The machine has power again. It knows of no connection, and says so to whoever still has one. */
  light(node: string): void {
    if (!this.dark.delete(node)) return;
    this.eachLinkOf(node, (link, far) => {
      link.dark = this.dark.has(far);
    });
    this.kill(node);
    this.changed(node);
  }

  /** Call after a process on `node` was paused or resumed. */
  changed(node: string): void {
    for (const connection of this.connections) if (sidesOf(connection, node).length > 0) connection.changed();
  }

  /**
   * Listens at an address.
   *
   * @param address `port` 0 takes a free one
   * @returns null when the address is taken
   */
  listen(
    node: string,
    address: { readonly host: string; readonly port: number },
    service: unknown,
    gate: Gate = OPEN_GATE,
  ): ListeningPort | null {
    const { host } = address;
    const port = address.port === 0 ? this.freePort(host) : address.port;
    const key = keyOf(host, port);
    if (this.ports.has(key)) return null;
    const close = (): void => {
      if (this.ports.get(key) === listening) this.ports.delete(key);
    };
    const listening = { node, port, service, gate, close };
    this.ports.set(key, listening);
    return listening;
  }

  /**
   * A connection attempt. Neither `opened` nor `failed` is called while packets do not get through: whoever dials must have a deadline.
   *
   * @returns the connection, on which the dialling side may send at once; null when it is refused
   */
  dial(
    from: string,
    address: { readonly host: string; readonly port: number },
    { gate = OPEN_GATE, keepalive = null, opened, established, failed }: DialOptions,
  ): SimulatedConnection | null {
    const { clock, random = null } = this.options;
    const refusal = `connect ECONNREFUSED ${address.host}:${address.port}`;
    const node = this.portAt(address.host, address.port)?.node ?? this.nodeOfHost.get(address.host);
    if (node === undefined || this.link(from, node).refused) {
      clock.afterTick(() => gate.enter(() => failed(refusal)));
      return null;
    }
    const connection = new SimulatedConnection(from, node, this.link(from, node), this.link(node, from), {
      clock,
      random,
      diallerGate: gate,
      keepalive,
      onGone: (gone) => this.connections.delete(gone),
    });
    this.connections.add(connection);
    connection.attach("dialler", { packet: () => undefined, reset: failed });
    const portThere = (): (ListeningPort & { readonly gate: Gate }) | null => {
      const port = this.portAt(address.host, address.port);
      if (port !== undefined && port.node === node) return port;
      connection.die("listener", refusal);
      return null;
    };
    const accept = (): void => {
      const port = portThere();
      if (port === null) return;
      connection.acceptedBy(port.gate);
      if (established !== undefined) connection.sendEvent("listener", established);
      port.gate.enter(() => {
        if (portThere() === port) opened(connection, port.service);
      });
      connection.open();
    };
    connection.sendToMachine("dialler", () => {
      if (portThere() !== null) connection.shakeHands(accept);
    });
    return connection;
  }

  private portAt(host: string, port: number): (ListeningPort & { readonly gate: Gate }) | undefined {
    return this.ports.get(keyOf(host, port));
  }

  private closePorts(node: string): void {
    for (const [key, port] of this.ports) if (port.node === node) this.ports.delete(key);
  }

  private freePort(host: string): number {
    while (this.ports.has(keyOf(host, this.nextPort))) this.nextPort++;
    invariant(this.nextPort <= 65_535, () => "every port of the simulated network is taken");
    return this.nextPort++;
  }

  private link(from: string, to: string): LinkState {
    let row = this.links.get(from);
    if (row === undefined) this.links.set(from, (row = new Map()));
    let link = row.get(to);
    if (link === undefined) {
      const { delayMs = 0, jitterMs = 0 } = this.options;
      const dark = this.dark.has(from) || this.dark.has(to);
      link = { delayMs, jitterMs, stalled: false, refused: false, dark };
      row.set(to, link);
    }
    return link;
  }

  private eachLinkOf(node: string, act: (link: LinkState, far: string) => void): void {
    for (const [from, row] of this.links)
      for (const [to, link] of row) {
        if (from === node) act(link, to);
        else if (to === node) act(link, from);
      }
  }

  private change(from: string, to: string, apply: (link: LinkState) => void): void {
    apply(this.link(from, to));
    for (const connection of this.connections) {
      const { diallerNode, listenerNode } = connection;
      if ((diallerNode === from && listenerNode === to) || (diallerNode === to && listenerNode === from))
        connection.changed();
    }
  }
}

function sidesOf(connection: SimulatedConnection, node: string): readonly Side[] {
  const sides: Side[] = [];
  if (connection.diallerNode === node) sides.push("dialler");
  if (connection.listenerNode === node) sides.push("listener");
  return sides;
}

/** For what lives in no simulated process. */
const OPEN_GATE: Gate = { isPaused: false, enter: (event) => event() };

const FIRST_FREE_PORT = 10_000;

function keyOf(host: string, port: number): string {
  return `${host}:${port}`;
}
