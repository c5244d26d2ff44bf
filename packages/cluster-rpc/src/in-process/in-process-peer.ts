import { explain, type SimulatedConnection } from "@ottla/runtime";
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
import { StreamEndpoint } from "../stream-endpoint";
import { type CallCodecs, type CallName, callCodecs, type ReplyOf, type RequestOf } from "../wire/call-codecs";
import { bytesOf, type StreamCodecs } from "../wire/codec";
import { replicationCodecs } from "../wire/replication-codec";
import { sessionCodecs } from "../wire/session-codec";
import { DiallingWire, dialOptionsOf } from "./dialling-wire";
import type { InProcessHost } from "./in-process-network";
import { InProcessServer, type StreamKind } from "./in-process-server";

export class InProcessPeer implements ClusterPeer {
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
    private readonly host: InProcessHost,
  ) {}

  replicate(): ReplicationClientStream {
    return this.openStream("replicate", replicationCodecs);
  }

  session(): SessionClientStream {
    return this.openStream("session", sessionCodecs);
  }

  close(): void {
    this.closed = true;
    for (const stream of this.streams) stream.close("the peer object was closed");
    for (const abort of this.pending) abort();
  }

  private openStream<ClientOut, ClientIn extends { readonly kind: string }, ServerOut, ServerIn>(
    kind: StreamKind,
    codecs: StreamCodecs<ClientOut, ClientIn, ServerOut, ServerIn>,
  ): StreamEndpoint<ClientOut, ClientIn> {
    const wire = new DiallingWire(this.address, kind, this.host, () => this.streams.delete(stream));
    const stream = new StreamEndpoint<ClientOut, ClientIn>(
      wire,
      codecs.fromClient,
      codecs.fromServer,
      this.host.options,
    );
    this.streams.add(stream);
    wire.carry(stream);
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

    const { clock } = this.host.options;
    const bytes = bytesOf(codecs.request.encode(request));
    return new Promise<Reply>((resolve, reject) => {
      let connection: SimulatedConnection | null = null;
      const cancellation = new AbortController();
      const settle = (): boolean => {
        if (!this.pending.delete(abort)) return false;
        timer.cancel();
        signal?.removeEventListener("abort", abort);
        connection?.cut("dialler", "the call was given up");
        return true;
      };
      const giveUp = (failure: ClusterRpcFailure, detail: string): void => {
        if (settle()) reject(fail(failure, detail));
      };
      const abort = (): void => giveUp("aborted", "the caller gave up");
      const timer = clock.setTimer(deadlineMs, () => giveUp("deadline", `no reply within ${deadlineMs} ms`));
      this.pending.add(abort);
      signal?.addEventListener("abort", abort, { once: true });

      const opened = (at: SimulatedConnection, server: unknown): void => {
        if (!(server instanceof InProcessServer)) return;
        at.attach("listener", {
          packet: () => undefined,
          reset: () => cancellation.abort(),
        });
        server.call(name, bytes, { signal: cancellation.signal, peer: this.host.node }, (answer) => {
          at.sendEvent("listener", () => {
            if (answer.kind !== "reply") {
              giveUp(answer.kind, answer.detail);
              return;
            }
            if (!settle()) return;
            try {
              resolve(codecs.reply.decode(answer.bytes));
            } catch (malformed) {
              reject(fail("malformed", explain(malformed), malformed));
            }
          });
        });
      };
      const failed = (detail: string): void => giveUp("unavailable", detail);
      connection = this.host.network.dial(this.host.node, this.address, {
        ...dialOptionsOf(this.host),
        opened,
        failed,
      });
    });
  }
}
