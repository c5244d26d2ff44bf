import { type ConnectionInjector, Server, ServerCredentials } from "@grpc/grpc-js";
import { explain, withDeadline } from "@ottla/runtime";
import {
  type Address,
  type ClusterPeer,
  type ClusterServer,
  type ClusterServices,
  type ClusterTransport,
} from "../port";
import { limitsOf, type TransportOptions } from "../transport-options";
import { serverOptions } from "./channel-options";
import { GrpcListener } from "./grpc-listener";
import { GrpcPeer } from "./grpc-peer";
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
    const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    const listener = await GrpcListener.listen(address, (socket) => injector.injectConnection(socket));
    const streams = new GrpcServerStreams(services, listener, options);
    streams.addHandlers(server);
    addCallHandlers(server, services, options);
    return new GrpcServer(listener.port, server, injector, listener, streams, options);
  }

  private constructor(
    readonly port: number,
    private readonly server: Server,
    private readonly injector: ConnectionInjector,
    private readonly listener: GrpcListener,
    private readonly streams: GrpcServerStreams,
    private readonly options: TransportOptions,
  ) {}

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    const { clock, logger } = this.options;
    const stopped = this.listener.stop();
    this.streams.closeAll("the server is closing");
    this.injector.destroy();
    try {
      await withDeadline(clock, limitsOf(this.options).lingerMs, "the orderly end of the server", stopped);
    } catch (failure) {
      logger.debug("peers that still held on were cut off", { cause: explain(failure) });
    }
    this.server.forceShutdown();
    this.listener.destroyConnections();
    await stopped;
  }
}
