import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Address, ClusterRpcError } from "../port";

/**
 * The TCP side of a gRPC server. grpc-js gets its connections from here, because it cannot end one that nobody reads from: HTTP/2's own ways of
 * closing wait for what is still to be written, which a peer that stands still never takes.
 */
export class GrpcListener {
  private readonly sockets = new Map<string, Socket>();

  /**
   * @param accept given each connection
   * @throws ClusterRpcError ("unavailable") when the address cannot be listened on
   */
  static async listen(address: Address, accept: (socket: Socket) => void): Promise<GrpcListener> {
    const server = createServer({ noDelay: true });
    const listener = new GrpcListener(server);
    server.on("connection", (socket) => {
      listener.keep(socket);
      accept(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (failure) =>
        reject(new ClusterRpcError("unavailable", "serve", address, failure.message, { cause: failure })),
      );
      server.listen({ host: address.host, port: address.port }, resolve);
    });
    return listener;
  }

  private constructor(private readonly server: Server) {}

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends the connection from `peer` (address and port, as grpc-js names it) at once, whatever waits to be written. */
  destroyConnection(peer: string): void {
    this.sockets.get(peer)?.destroy();
  }

  destroyConnections(): void {
    for (const socket of this.sockets.values()) socket.destroy();
  }

  /** Accepts nobody any more; resolves when the last connection has ended. */
  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private keep(socket: Socket): void {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.sockets.set(peer, socket);
    socket.on("close", () => {
      if (this.sockets.get(peer) === socket) this.sockets.delete(peer);
    });
  }
}
