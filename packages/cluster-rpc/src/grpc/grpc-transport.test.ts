import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Client, credentials } from "@grpc/grpc-js";
import { silentLogger, systemClock } from "@ottla/runtime";
import type { StreamEnd } from "../port";
import { RecordedServices } from "../testing/recorded-services";
import { until } from "../testing/until";
import { grpcTransport } from "./grpc-transport";

const options = { clock: systemClock, logger: silentLogger, limits: { dialTimeoutMs: 300 } };

jest.setTimeout(30_000);

describe("gRPC from a peer that does not keep to the contract", () => {
  it("ends a stream as malformed when bytes are no message, and serves the next", async () => {
    const recorded = new RecordedServices();
    const ends: StreamEnd[] = [];
    recorded.onReplicate = (stream) => {
      stream.onMessage(() => undefined);
      stream.onEnd((end) => ends.push(end));
    };
    const server = await grpcTransport(options).serve({ host: "127.0.0.1", port: 0 }, recorded.services);
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    try {
      const asIs = (bytes: Buffer) => bytes;
      const call = client.makeBidiStreamRequest("/ottla.cluster.v1.Replication/Replicate", asIs, asIs);
      const failures: Error[] = [];
      call.on("error", (failure: Error) => failures.push(failure));
      call.on("data", () => undefined);
      call.write(Buffer.from("not a message"));
      await until("the end", () => ends.length > 0);
      expect(ends[0]?.kind).toBe("malformed");
      await until("the peer's end", () => failures.length > 0);
    } finally {
      client.close();
      await server.close();
    }
  });

  it("answers a call of no known name, and one whose request is no message, without harm", async () => {
    const recorded = new RecordedServices();
    const server = await grpcTransport(options).serve({ host: "127.0.0.1", port: 0 }, recorded.services);
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    const asIs = (bytes: Buffer) => bytes;
    const codeOf = (path: string) =>
      new Promise((resolve) =>
        client.makeUnaryRequest(path, asIs, asIs, Buffer.from([0xff]), (failure) => resolve(failure?.code)),
      );
    try {
      expect(await codeOf("/ottla.cluster.v1.Broker/Nothing")).toBe(12); // UNIMPLEMENTED
      expect(await codeOf("/ottla.cluster.v1.Broker/EpochEnd")).toBe(3); // INVALID_ARGUMENT
    } finally {
      client.close();
      await server.close();
    }
  });

  it("breaks a stream to a port where something else listens", async () => {
    const other = await Listener.start((socket) => void socket.end("220 smtp.example\r\n"));
    const peer = grpcTransport(options).connect(other.address);
    try {
      const ends: StreamEnd[] = [];
      peer.session().onEnd((end) => ends.push(end));
      await until("the end", () => ends.length > 0);
      expect(ends[0]?.kind).toBe("broken");
      await expect(peer.identity({}, { deadlineMs: 300 })).rejects.toMatchObject({ name: "ClusterRpcError" });
    } finally {
      peer.close();
      await other.close();
    }
  });
});

describe("gRPC to a process that accepts connections and says nothing", () => {
  it("leaves no connection behind when a dial or a call is given up", async () => {
    const silent = await Listener.start(() => undefined);
    const peer = grpcTransport(options).connect(silent.address);
    try {
      const ends: StreamEnd[] = [];
      for (let i = 0; i < 5; i++) peer.replicate().onEnd((end) => ends.push(end));
      await expect(peer.identity({}, { deadlineMs: 100 })).rejects.toMatchObject({ failure: "deadline" });
      await until("the ends", () => ends.length === 5);
      expect(silent.accepted).toBe(6);
      await until("no connection", () => silent.open === 0);
    } finally {
      peer.close();
      await silent.close();
    }
  });
});

/** A TCP server that counts. */
class Listener {
  accepted = 0;
  private readonly sockets = new Set<Socket>();

  static async start(onConnection: (socket: Socket) => void): Promise<Listener> {
    const server = createServer();
    const listener = new Listener(server);
    server.on("connection", (socket) => {
      listener.accepted++;
      listener.sockets.add(socket);
      socket.on("close", () => listener.sockets.delete(socket));
      socket.on("error", () => undefined);
      socket.resume();
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return listener;
  }

  private constructor(private readonly server: Server) {}

  get open(): number {
    return this.sockets.size;
  }

  get address() {
    return { host: "127.0.0.1", port: (this.server.address() as AddressInfo).port };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
