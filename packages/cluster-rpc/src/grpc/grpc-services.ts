import {
  Metadata,
  type Server,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { explain, InvariantViolation } from "@ottla/runtime";
import type { CallContext, ClusterCalls, ClusterServices } from "../port";
import { StreamEndpoint, type Wire, type WireEvents } from "../stream-endpoint";
import { limitsOf, type TransportOptions } from "../transport-options";
import { type CallCodecs, type CallName, callCodecs, type ReplyOf, type RequestOf } from "../wire/call-codecs";
import { bytesOf, type Frame, type StreamCodecs } from "../wire/codec";
import { replicationCodecs } from "../wire/replication-codec";
import { sessionCodecs } from "../wire/session-codec";
import type { GrpcListener } from "./grpc-listener";

type RawServerStream = ServerDuplexStream<Buffer, Frame>;

/** The server ends of streams that are open, for the server's close. */
export class GrpcServerStreams {
  private readonly open = new Set<{ close(reason: string): void }>();

  constructor(
    private readonly services: ClusterServices,
    private readonly listener: GrpcListener,
    private readonly options: TransportOptions,
  ) {}

  addHandlers(server: Server): void {
    this.addHandler(server, replicationCodecs, (stream) => this.services.replicate(stream));
    this.addHandler(server, sessionCodecs, (stream) => this.services.session(stream));
  }

  closeAll(reason: string): void {
    for (const stream of this.open) stream.close(reason);
  }

  private addHandler<ClientOut extends Kinded, ClientIn, ServerOut, ServerIn extends Kinded>(
    server: Server,
    codecs: StreamCodecs<ClientOut, ClientIn, ServerOut, ServerIn>,
    accept: (stream: StreamEndpoint<ServerOut, ServerIn>) => void,
  ): void {
    const handle = (call: RawServerStream): void => {
      const wire = new ServerWire(call, this.listener, this.options);
      const stream = new StreamEndpoint<ServerOut, ServerIn>(wire, codecs.fromServer, codecs.fromClient, this.options);
      wire.carry(stream, () => this.open.delete(stream));
      this.open.add(stream);
      // The headers tell the dialling side that somebody is there; without them they would wait for the first message.
      call.sendMetadata(new Metadata());
      try {
        accept(stream);
      } catch (failure) {
        failLoudly(failure, this.options);
        stream.close("the stream was not accepted");
      }
    };
    server.register(codecs.path, handle, asIs, (bytes: Buffer) => bytes, "bidi");
  }
}

interface Kinded {
  readonly kind: string;
}

/** A frame goes into gRPC's own buffer by its `copy`: grpc-js asks nothing else of what a server serializes to. */
function asIs(frame: Frame): Buffer {
  return frame as Buffer;
}

class ServerWire implements Wire {
  readonly peer: string;
  private finished = false;
  private over = false;
  private endpoint: WireEvents | null = null;
  private onOver: () => void = () => undefined;

  constructor(
    private readonly call: RawServerStream,
    private readonly listener: GrpcListener,
    private readonly options: TransportOptions,
  ) {
    this.peer = call.getPeer();
  }

  carry(endpoint: WireEvents, onOver: () => void): void {
    this.endpoint = endpoint;
    this.onOver = onOver;
    this.call.on("error", (failure: Error) => this.gone(explain(failure)));
    this.call.on("cancelled", () => {
      // It also comes at the orderly end, when the last bytes are still on their way.
      if (!this.finished) this.listener.destroyConnection(this.peer);
      this.gone("the connection broke, or the other side gave the stream up");
    });
    this.call.on("end", () => this.gone("the other side stopped speaking without a goodbye"));
  }

  write(frame: Frame): void {
    this.call.write(frame, (failure: Error | null | undefined) => {
      if (failure === null || failure === undefined) this.endpoint?.left(frame.byteLength);
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
    const linger = clock.setTimer(limitsOf(this.options).lingerMs, () => this.drop(), { background: true });
    this.call.once("cancelled", () => linger.cancel());
  }

  /** A stream has its connection to itself, so the connection goes with it. */
  drop(): void {
    this.listener.destroyConnection(this.peer);
    this.gone("the stream was given up here");
  }

  private gone(detail: string): void {
    if (this.over) return;
    this.over = true;
    this.onOver();
    this.endpoint?.broken(detail);
    if (!this.finished) {
      this.finished = true;
      this.call.resume();
      this.call.end();
    }
  }
}

/** Registers every call of the port. */
export function addCallHandlers(server: Server, services: ClusterServices, options: TransportOptions): void {
  for (const name of Object.keys(callCodecs) as CallName[]) addCallHandler(server, services, name, options);
}

function addCallHandler<Name extends CallName>(
  server: Server,
  services: ClusterCalls<CallContext>,
  name: Name,
  options: TransportOptions,
): void {
  const codecs = callCodecs[name] as CallCodecs<RequestOf<Name>, ReplyOf<Name>>;
  const serve = services[name].bind(services) as (
    request: RequestOf<Name>,
    context: CallContext,
  ) => Promise<ReplyOf<Name>>;

  const answer = async (call: ServerUnaryCall<Buffer, Buffer>): Promise<Answer> => {
    let request: RequestOf<Name>;
    try {
      request = codecs.request.decode(call.request);
    } catch (failure) {
      return { code: status.INVALID_ARGUMENT, details: explain(failure) };
    }
    const cancellation = new AbortController();
    call.once("cancelled", () => cancellation.abort());
    try {
      const reply = await serve(request, { signal: cancellation.signal, peer: call.getPeer() });
      return bytesOf(codecs.reply.encode(reply));
    } catch (failure) {
      if (!cancellation.signal.aborted)
        options.logger.error("a call from a peer failed here", { call: name, cause: explain(failure) });
      failLoudly(failure, options);
      return { code: status.UNKNOWN, details: explain(failure) };
    }
  };

  const handle = (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
    void answer(call).then((result) => {
      if (Buffer.isBuffer(result)) callback(null, result);
      else callback(result);
    });
  };
  server.register(
    codecs.path,
    handle,
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes,
    "unary",
  );
}

type Answer = Buffer | { readonly code: status; readonly details: string };

/** Our own bug stops the process; grpc-js would answer it with a status and carry on. */
function failLoudly(failure: unknown, options: TransportOptions): void {
  if (failure instanceof InvariantViolation) {
    options.clock.afterTick(() => {
      throw failure;
    });
    return;
  }
  options.logger.error("a peer's stream or call could not be served", { cause: explain(failure) });
}
