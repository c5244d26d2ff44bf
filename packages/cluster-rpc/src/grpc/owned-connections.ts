import type { Socket } from "node:net";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";

/**
 * The TCP connections of one gRPC client, so that they can be ended. grpc-js keeps a connection whose other side never answered open for ever,
 * even after the client is closed: each dial to a process that stands still would leave one behind, here and there.
 */
export class OwnedConnections {
  private readonly sockets = new Set<Socket>();
  private ended = false;

  /** Credentials without any, through which grpc-js shows each socket once it is connected. */
  credentials(): ChannelCredentials {
    const insecure = credentials.createInsecure();
    const createConnector = insecure._createSecureConnector.bind(insecure);
    insecure._createSecureConnector = (...what) => {
      const connector = createConnector(...what);
      const connect = connector.connect.bind(connector);
      connector.connect = (socket) => {
        this.own(socket);
        return connect(socket);
      };
      return connector;
    };
    return insecure;
  }

  /** Ends all of them at once, and any that is still being made when it is there. */
  end(): void {
    this.ended = true;
    for (const socket of this.sockets) socket.destroy();
  }

  private own(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    if (this.ended) socket.destroy();
  }
}
