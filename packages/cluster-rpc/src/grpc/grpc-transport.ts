import { Server, ServerCredentials } from "@grpc/grpc-js";
import { withDeadline } from "@ottla/runtime";
import {
  type Address,
  type ClusterPeer,
  ClusterRpcError,
  type ClusterServer,
  type ClusterServices,
  type ClusterTransport,
} from "../port";
import { limitsOf, type TransportOptions } from "../transport-options";
import { serverOptions } from "./channel-options";
import { authorityOf, GrpcPeer } from "./grpc-peer";
import { addCallHandlers, GrpcServerStreams } from "./grpc-services";

/** The port over gRPC: HTTP/2 on TCP, one connection for each stream and one for the calls of a peer. */
export function grpcTransport(options: TransportOptions): ClusterTransport {
  return {
    serve: (address, services) => GrpcServer.bind(address, services, options),
    connect: (address): ClusterPeer => new GrpcPeer(address, options),
  };
}

class GrpcServer implements ClusterServer {
  private closing: Promise<void> | null = null;

  static async bind(address: Address, services: ClusterServices, options: TransportOptions): Promise<ClusterServer> {
    const server = new Server(serverOptions(limitsOf(options)));
    const streams = new GrpcServerStreams(services, options);
    streams.addHandlers(server);
    addCallHandlers(server, services, options);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(authorityOf(address), ServerCredentials.createInsecure(), (failure, bound) => {
        if (failure === null) resolve(bound);
        else reject(new ClusterRpcError("unavailable", "serve", address, failure.message, { cause: failure }));
      });
    });
    return new GrpcServer(port, server, streams, options);
  }

  private constructor(
    readonly port: number,
    private readonly server: Server,
    private readonly streams: GrpcServerStreams,
    private readonly options: TransportOptions,
  ) {}

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    const { clock } = this.options;
    const orderly = new Promise<void>((resolve) => {
      // Without an open socket there is nothing to wait for: grpc-js says so with an error.
      this.server.tryShutdown(() => resolve());
    });
    this.streams.closeAll("the server is closing");
    try {
      await withDeadline(clock, limitsOf(this.options).lingerMs, "the orderly end of the server", orderly);
    } catch {
      // Peers that still hold on after this time are cut: that is what the deadline is for.
    }
    this.server.forceShutdown();
    await orderly;
  }
}
