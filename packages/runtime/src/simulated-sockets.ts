import type { SimulatedConnection } from "./simulated-connection";
import type { ListeningPort, SimulatedNetwork } from "./simulated-network";
import type { SimulatedProcess } from "./simulated-process";
import { SimulatedSocket } from "./simulated-socket";
import type { ListenOptions, Sockets, StreamServer, StreamSocket } from "./sockets";

/** The sockets of a process on a node of a simulated network. */
export class SimulatedSockets implements Sockets {
  private nextPort = FIRST_EPHEMERAL_PORT;

  /** @param node where the process runs; it is also the host name of what it listens on when that names none */
  constructor(
    private readonly network: SimulatedNetwork,
    private readonly node: string,
    private readonly process: SimulatedProcess,
  ) {}

  connect(address: { readonly host: string; readonly port: number }): StreamSocket {
    const socket = new SimulatedSocket(this.process, { address: address.host, port: address.port }, false);
    const port = this.nextPort++;
    const connection = this.network.dial(this.node, address, {
      gate: this.process,
      // Who listens for something else than bytes takes the connection, and never says a word.
      opened: (opened, service) => {
        if (service instanceof SimulatedServer) service.accept(opened, this.node, port);
      },
      established: () => socket.beConnected(),
      failed: (detail) => socket.beReset(detail),
    });
    if (connection !== null) socket.carriedBy(connection, "dialler");
    return socket;
  }

  listen(options: ListenOptions, onConnection: (socket: StreamSocket) => void): Promise<StreamServer> {
    const server = new SimulatedServer(this.process, onConnection);
    const address = { host: options.host ?? this.node, port: options.port };
    const port = this.network.listen(this.node, address, server, this.process);
    if (port === null) {
      const taken = new Error(`listen EADDRINUSE: address already in use ${address.host}:${address.port}`);
      return Promise.reject(Object.assign(taken, { code: "EADDRINUSE" }));
    }
    server.listensAt(port);
    return Promise.resolve(server);
  }

  /** A node goes by its name. */
  addressesOf(host: string): Promise<readonly string[]> {
    return Promise.resolve([host]);
  }
}

class SimulatedServer implements StreamServer {
  private readonly sockets = new Set<SimulatedSocket>();
  private listening: ListeningPort | null = null;
  private whenEmpty: (() => void) | null = null;

  constructor(
    private readonly process: SimulatedProcess,
    private readonly onConnection: (socket: StreamSocket) => void,
  ) {}

  get port(): number {
    return this.listening?.port ?? 0;
  }

  listensAt(port: ListeningPort): void {
    this.listening = port;
  }

  onError(): void {
    // A simulated listener does not break by itself.
  }

  close(): Promise<void> {
    this.listening?.close();
    return new Promise((resolve) => {
      if (this.sockets.size === 0) resolve();
      else this.whenEmpty = resolve;
    });
  }

  accept(connection: SimulatedConnection, from: string, port: number): void {
    const socket = new SimulatedSocket(this.process, { address: from, port }, true);
    socket.carriedBy(connection, "listener");
    socket.beConnected();
    this.sockets.add(socket);
    socket.once("close", () => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.whenEmpty?.();
    });
    this.onConnection(socket);
  }
}

const FIRST_EPHEMERAL_PORT = 32_768;
