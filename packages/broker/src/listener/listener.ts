import {
  type Clock,
  type InvariantViolation,
  type Logger,
  nodeSockets,
  type Sockets,
  type StreamServer,
  type StreamSocket,
  type Timer,
} from "@ottla/runtime";
import type { ListenerAddress } from "../config/listeners";
import type { Handler } from "../handlers/handler";
import type { BrokerServices } from "../services";
import { Connection } from "./connection";
import type { ConnectionLimits } from "./connection-limits";
import { ConnectionLog } from "./connection-log";
import type { FrameMemory } from "./frame-memory";

export interface ListenerOptions {
  readonly address: ListenerAddress;
  readonly backlog: number;
  /** Node's unless said otherwise. */
  readonly sockets?: Sockets;
  readonly limits: ConnectionLimits;
  readonly memory: FrameMemory;
  readonly requestBytesMax: number;
  /** Connections without a request for so long are closed; 0 or less for never. */
  readonly idleMsMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFatal: (error: InvariantViolation) => void;
}

/** The address of a listener cannot be had. The message says which, and why. */
export class ListenFailed extends Error {
  override readonly name = "ListenFailed";
  constructor(address: ListenerAddress, cause: NodeJS.ErrnoException) {
    const where = `${address.host === "" ? "all interfaces" : address.host}, port ${address.port}`;
    super(`listener ${address.name} cannot listen on ${where}: ${REASONS[cause.code ?? ""] ?? cause.message}`, {
      cause,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there (EADDRINUSE)",
  EADDRNOTAVAIL: "this machine has no such address (EADDRNOTAVAIL)",
  EACCES: "it is not allowed to this user (EACCES)",
  ENOTFOUND: "no such host is known (ENOTFOUND)",
};

const KEEP_ALIVE_MS = 60_000;
const IDLE_SWEEP_MS_MAX = 10_000;

/**
 * One address on which clients are served. Connections are accepted from the moment it is bound, but not read before `serve`.
 */
export class Listener {
  readonly name: string;
  private readonly sockets = new Set<StreamSocket>();
  private readonly connections = new Set<Connection>();
  private readonly log: ConnectionLog;
  private serving: {
    readonly services: BrokerServices;
    readonly handlerOf: (apiKey: number) => Handler | undefined;
  } | null = null;
  private sweep: Timer | null = null;
  private closed = false;

  private constructor(
    private readonly options: ListenerOptions,
    private readonly server: StreamServer,
    arrivals: Arrivals,
  ) {
    this.name = options.address.name;
    this.log = new ConnectionLog(options.clock, options.logger);
    server.onError((error) => options.logger.error("listener failed", { listener: this.name, error }));
    arrivals.handTo((socket) => this.accept(socket));
  }

  /** @throws ListenFailed */
  static async bind(options: ListenerOptions): Promise<Listener> {
    const { address, backlog, sockets = nodeSockets } = options;
    const arrivals = new Arrivals();
    const where = { port: address.port, backlog, ...(address.host === "" ? {} : { host: address.host }) };
    let server: StreamServer;
    try {
      server = await sockets.listen({ ...where, keepAliveDelayMs: KEEP_ALIVE_MS }, (socket) => arrivals.take(socket));
    } catch (cause) {
      throw new ListenFailed(address, cause as NodeJS.ErrnoException);
    }
    return new Listener(options, server, arrivals);
  }

  /** The port bound: the one asked for, or the one that the system chose. */
  get port(): number {
    return this.server.port;
  }

  get connectionCount(): number {
    return this.sockets.size;
  }

  /** Begins to read requests, those of connections that are already there too. */
  serve(services: BrokerServices, handlers: readonly Handler[]): void {
    const byKey = new Map(handlers.map((handler) => [handler.api.key, handler]));
    this.serving = { services, handlerOf: (apiKey) => byKey.get(apiKey) };
    for (const socket of this.sockets) this.connect(socket);
    this.scheduleSweep();
  }

  /**
   * Stops accepting and reading, waits for the answers of what has come, and closes every connection.
   *
   * @param graceMs how long requests under way may take; then their connections are cut
   */
  async close(graceMs = 0): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.sweep?.cancel();
    const gone = this.server.close();
    const cut = this.options.clock.setTimer(graceMs, () => {
      for (const socket of this.sockets) socket.destroy();
    });
    if (this.serving === null) for (const socket of this.sockets) socket.destroy();
    await Promise.all([...this.connections].map((connection) => connection.drain()));
    await gone;
    cut.cancel();
  }

  private accept(socket: StreamSocket): void {
    const address = socket.remoteAddress ?? "unknown";
    const exceeded = this.closed ? "max.connections" : this.options.limits.admit(address);
    socket.on("error", (error) => this.options.logger.debug("connection failed", { client: address, error }));
    if (exceeded !== null) {
      this.log.closed(`${exceeded} reached`, { client: address, listener: this.name });
      socket.destroy();
      return;
    }
    this.sockets.add(socket);
    socket.on("close", () => {
      this.sockets.delete(socket);
      this.options.limits.release(address);
    });
    if (this.serving !== null) this.connect(socket);
  }

  private connect(socket: StreamSocket): void {
    const { serving, options } = this;
    if (serving === null || socket.destroyed) return;
    this.connections.add(
      new Connection({
        id: nextConnectionId++,
        socket,
        listenerName: this.name,
        services: serving.services,
        handlerOf: serving.handlerOf,
        requestBytesMax: options.requestBytesMax,
        memory: options.memory,
        log: this.log,
        clock: options.clock,
        logger: options.logger,
        onFatal: options.onFatal,
        onClosed: (connection) => this.connections.delete(connection),
      }),
    );
  }

  /** One timer for all connections looks for idle ones. */
  private scheduleSweep(): void {
    const { idleMsMax, clock } = this.options;
    if (idleMsMax <= 0 || this.closed) return;
    const everyMs = Math.max(Math.min(idleMsMax / 4, IDLE_SWEEP_MS_MAX), 10);
    this.sweep = clock.setTimer(
      everyMs,
      () => {
        const nowMs = clock.monotonicMs();
        for (const connection of this.connections)
          if (connection.isQuiet && nowMs - connection.lastActiveMs > idleMsMax) connection.close();
        this.scheduleSweep();
      },
      { background: true },
    );
  }
}

/** Connections may come before there is a listener to have them. */
class Arrivals {
  private readonly early: StreamSocket[] = [];
  private taker: ((socket: StreamSocket) => void) | null = null;

  take(socket: StreamSocket): void {
    if (this.taker === null) this.early.push(socket);
    else this.taker(socket);
  }

  handTo(taker: (socket: StreamSocket) => void): void {
    this.taker = taker;
    for (const socket of this.early.splice(0)) taker(socket);
  }
}

let nextConnectionId = 1;
