import { Client, type ClientDuplexStream, connectivityState, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { explain } from "@ottla/runtime";
import {
  type Address,
  type CallOptions,
  type ClusterCalls,
  type ClusterPeer,
  ClusterRpcError,
  type ClusterRpcFailure,
  type ReplicationClientStream,
  type SessionClientStream,
} from "../port";
import { StreamEndpoint, type Wire, type WireEvents } from "../stream-endpoint";
import { limitsOf, type TransportOptions } from "../transport-options";
import { type CallCodecs, type CallName, callCodecs, type ReplyOf, type RequestOf } from "../wire/call-codecs";
import { bytesOf, type Frame, type StreamCodecs } from "../wire/codec";
import { replicationCodecs } from "../wire/replication-codec";
import { sessionCodecs } from "../wire/session-codec";
import { clientOptions } from "./channel-options";
import { OwnedConnections } from "./owned-connections";

/** A peer over gRPC. */
export class GrpcPeer implements ClusterPeer {
  private calls: OwnedClient | null = null;
  private readonly pending = new Set<() => void>();
  private readonly streams = new Set<{ close(reason: string): void }>();
  private closed = false;

  readonly controlledShutdown = this.caller("controlledShutdown");
  readonly allocateProducerIds = this.caller("allocateProducerIds");
  readonly electLeaders = this.caller("electLeaders");
  readonly alterReassignments = this.caller("alterReassignments");
  readonly listReassignments = this.caller("listReassignments");
  readonly identity = this.caller("identity");
  readonly evidence = this.caller("evidence");
  readonly epochEnd = this.caller("epochEnd");
  readonly logEnds = this.caller("logEnds");

  constructor(
    readonly address: Address,
    private readonly options: TransportOptions,
  ) {}

  replicate(): ReplicationClientStream {
    return this.openStream(replicationCodecs);
  }

  session(): SessionClientStream {
    return this.openStream(sessionCodecs);
  }

  close(): void {
    this.closed = true;
    for (const stream of this.streams) stream.close("the peer object was closed");
    for (const abort of this.pending) abort();
    this.calls?.end();
    this.calls = null;
  }

  private openStream<ClientOut, ClientIn extends { readonly kind: string }, ServerOut, ServerIn>(
    codecs: StreamCodecs<ClientOut, ClientIn, ServerOut, ServerIn>,
  ): StreamEndpoint<ClientOut, ClientIn> {
    const wire = new ClientWire(this.newClient(), codecs.path, this.address, this.options);
    const stream = new StreamEndpoint<ClientOut, ClientIn>(wire, codecs.fromClient, codecs.fromServer, this.options);
    this.streams.add(stream);
    wire.carry(stream, () => this.streams.delete(stream));
    if (this.closed) stream.close("the peer object is closed");
    return stream;
  }

  private caller<Name extends CallName>(name: Name): ClusterCalls<CallOptions>[Name] {
    const codecs = callCodecs[name] as CallCodecs<RequestOf<Name>, ReplyOf<Name>>;
    const call = (request: RequestOf<Name>, options: CallOptions): Promise<ReplyOf<Name>> =>
      this.call(name, codecs, request, options);
    return call as ClusterCalls<CallOptions>[Name];
  }

  private call<Request, Reply>(
    name: CallName,
    codecs: CallCodecs<Request, Reply>,
    request: Request,
    { deadlineMs, signal }: CallOptions,
  ): Promise<Reply> {
    const fail = (failure: ClusterRpcFailure, detail: string, cause?: unknown): ClusterRpcError =>
      new ClusterRpcError(failure, name, this.address, detail, { cause });
    if (this.closed) return Promise.reject(fail("aborted", "the peer object is closed"));
    if (signal?.aborted) return Promise.reject(fail("aborted", "the signal was aborted before", signal.reason));

    return new Promise<Reply>((resolve, reject) => {
      this.calls ??= this.newClient();
      const client = this.calls;
      let aborted = false;
      const call = client.makeUnaryRequest<Buffer, Buffer>(
        codecs.path,
        asIs,
        asIs,
        bytesOf(codecs.request.encode(request)),
        { deadline: this.options.clock.nowMs() + deadlineMs },
        (failure, bytes) => {
          this.pending.delete(abort);
          signal?.removeEventListener("abort", abort);
          if (failure !== null) {
            if (failure.code === status.UNAVAILABLE || (failure.code === status.DEADLINE_EXCEEDED && !client.connected))
              this.dialAnew(client);
            reject(fail(aborted ? "aborted" : failureOf(failure), failure.details, failure));
            return;
          }
          try {
            resolve(codecs.reply.decode(bytes ?? Buffer.alloc(0)));
          } catch (malformed) {
            reject(fail("malformed", explain(malformed), malformed));
          }
        },
      );
      const abort = (): void => {
        aborted = true;
        call.cancel();
      };
      this.pending.add(abort);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /**
   * The next call dials at once, instead of waiting for gRPC's back-off or for a connection attempt that began while the path was cut: the
   * kernel repeats those less and less often. How often to try is for the caller to decide.
   */
  private dialAnew(client: OwnedClient): void {
    if (this.calls !== client) return;
    this.calls = null;
    client.end();
  }

  private newClient(): OwnedClient {
    return new OwnedClient(this.address, this.options);
  }
}

/** A gRPC client that takes its connections along when it ends. */
class OwnedClient extends Client {
  private readonly connections: OwnedConnections;

  constructor(address: Address, options: TransportOptions) {
    const connections = new OwnedConnections();
    super(`dns:${authorityOf(address)}`, connections.credentials(), clientOptions(limitsOf(options)));
    this.connections = connections;
  }

  get connected(): boolean {
    return this.getChannel().getConnectivityState(false) === connectivityState.READY;
  }

  end(): void {
    this.close();
    this.connections.end();
  }
}

/** `host:port`, with brackets around an IPv6 address. */
export function authorityOf({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

/** INTERNAL is what grpc-js itself says when a connection is reset in certain moments; our servers never answer with it. */
function failureOf(failure: ServiceError): ClusterRpcFailure {
  switch (failure.code) {
    case status.DEADLINE_EXCEEDED:
      return "deadline";
    case status.UNKNOWN:
    case status.UNIMPLEMENTED:
      return "internal";
    case status.INVALID_ARGUMENT:
    case status.RESOURCE_EXHAUSTED:
      return "malformed";
    default:
      return "unavailable";
  }
}

class ClientWire implements Wire {
  readonly peer: string;
  private readonly call: ClientDuplexStream<Buffer, Buffer>;
  private finished = false;
  private over = false;

  constructor(
    private readonly client: OwnedClient,
    path: string,
    address: Address,
    private readonly options: TransportOptions,
  ) {
    this.peer = authorityOf(address);
    this.call = client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs, new Metadata(), {});
  }

  private endpoint: WireEvents | null = null;
  private onOver: () => void = () => undefined;

  carry(endpoint: WireEvents, onOver: () => void): void {
    this.endpoint = endpoint;
    this.onOver = onOver;
    const { dialTimeoutMs } = limitsOf(this.options);
    const dial = this.options.clock.setTimer(dialTimeoutMs, () => {
      this.call.cancel();
      this.gone(`no answer within ${dialTimeoutMs} ms`);
    });
    this.call.on("metadata", () => dial.cancel());
    // Every error comes with a status, which says the same; without a listener it would be thrown.
    this.call.on("error", () => undefined);
    this.call.on("status", ({ code, details }) => {
      dial.cancel();
      this.gone(code === status.OK ? "the other side ended the stream without a goodbye" : details);
    });
  }

  write(frame: Frame): void {
    const { byteLength } = frame;
    this.call.write(bytesOf(frame), (failure: Error | null | undefined) => {
      if (failure === null || failure === undefined) this.endpoint?.left(byteLength);
    });
  }

  startReading(): void {
    this.call.on("data", (bytes: Buffer) => this.endpoint?.received(bytes));
  }

  finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.call.resume();
    this.call.end();
    const { clock } = this.options;
    const linger = clock.setTimer(limitsOf(this.options).lingerMs, () => this.call.cancel(), { background: true });
    this.call.once("status", () => linger.cancel());
  }

  drop(): void {
    this.call.cancel();
    this.gone("the stream was given up here");
  }

  private gone(detail: string): void {
    if (this.over) return;
    this.over = true;
    this.onOver();
    this.endpoint?.broken(detail);
    this.client.end();
  }
}
