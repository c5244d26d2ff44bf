import { lookup } from "node:dns/promises";
import { connect, createServer, type Server } from "node:net";
import type { ListenOptions, Sockets, StreamServer, StreamSocket } from "./sockets";

/** The operating system's TCP. */
export const nodeSockets: Sockets = {
  connect: ({ host, port }) => connect({ host, port, noDelay: true }),

  listen({ keepAliveDelayMs, ...where }: ListenOptions, onConnection: (socket: StreamSocket) => void) {
    const server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelayMs, allowHalfOpen: true },
      onConnection,
    );
    return new Promise<StreamServer>((resolve, reject) => {
      server.once("error", reject);
      server.listen(where, () => {
        server.off("error", reject);
        resolve(new NodeServer(server, where.port));
      });
    });
  },

  async addressesOf(host: string) {
    try {
      return (await lookup(host, { all: true })).map(({ address }) => address);
    } catch {
      // No such name, or nobody to ask: as silent as a host that does not answer.
      return [];
    }
  },
};

class NodeServer implements StreamServer {
  constructor(
    private readonly server: Server,
    private readonly askedPort: number,
  ) {}

  get port(): number {
    const bound = this.server.address();
    return typeof bound === "object" && bound !== null ? bound.port : this.askedPort;
  }

  onError(listener: (error: Error) => void): void {
    this.server.on("error", listener);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
