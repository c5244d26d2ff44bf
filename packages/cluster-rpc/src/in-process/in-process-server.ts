import {
  explain,
  InvariantViolation,
  type ListeningPort,
  type SimulatedConnection,
  withDeadline,
} from "@ottla/runtime";
import type { CallContext, ClusterServer, ClusterServices } from "../port";
import { StreamEndpoint } from "../stream-endpoint";
import { type CallCodecs, type CallName, callCodecs } from "../wire/call-codecs";
import { bytesOf, type StreamCodecs } from "../wire/codec";
import { replicationCodecs } from "../wire/replication-codec";
import { sessionCodecs } from "../wire/session-codec";
import { ConnectionWire } from "./connection-wire";
import type { InProcessHost } from "./in-process-network";

export type StreamKind = "replicate" | "session";

/** What a call ended in at the server. */
export type CallAnswer =
  | { readonly kind: "reply"; readonly bytes: Buffer }
  | { readonly kind: "internal" | "malformed"; readonly detail: string };

export class InProcessServer implements ClusterServer {
  private readonly streams = new Set<{ close(reason: string): void }>();
  private readonly calls = new Set<Promise<void>>();
  private closing: Promise<void> | null = null;
  private listening: ListeningPort | null = null;

  constructor(
    private readonly services: ClusterServices,
    private readonly host: InProcessHost,
  ) {}

  get port(): number {
    return this.listening?.port ?? 0;
  }

  listensAt(port: ListeningPort): void {
    this.listening = port;
  }

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  accept(kind: StreamKind, connection: SimulatedConnection): void {
    if (kind === "replicate") this.open(replicationCodecs, connection, (stream) => this.services.replicate(stream));
    else this.open(sessionCodecs, connection, (stream) => this.services.session(stream));
  }

  /** Answers a call; `answered` is not called after `signal` aborts. */
  call(name: CallName, request: Buffer, context: CallContext, answered: (answer: CallAnswer) => void): void {
    const work = this.answer(name, request, context).then((answer) => {
      if (!context.signal.aborted) answered(answer);
    });
    this.calls.add(work);
    void work.finally(() => this.calls.delete(work));
  }

  private open<ClientOut, ClientIn, ServerOut, ServerIn extends { readonly kind: string }>(
    codecs: StreamCodecs<ClientOut, ClientIn, ServerOut, ServerIn>,
    connection: SimulatedConnection,
    accept: (stream: StreamEndpoint<ServerOut, ServerIn>) => void,
  ): void {
    const { options, limits } = this.host;
    const wire = new ConnectionWire(connection.diallerNode, connection, "listener", options.clock, limits, () =>
      this.streams.delete(stream),
    );
    const stream = new StreamEndpoint<ServerOut, ServerIn>(wire, codecs.fromServer, codecs.fromClient, options);
    wire.carry(stream);
    this.streams.add(stream);
    try {
      accept(stream);
    } catch (failure) {
      this.failLoudly(failure);
      stream.close("the stream was not accepted");
    }
  }

  private async answer(name: CallName, bytes: Buffer, context: CallContext): Promise<CallAnswer> {
    const codecs = callCodecs[name] as CallCodecs<unknown, unknown>;
    const serve = this.services[name].bind(this.services) as (
      request: unknown,
      context: CallContext,
    ) => Promise<unknown>;
    let request: unknown;
    try {
      request = codecs.request.decode(bytes);
    } catch (failure) {
      return { kind: "malformed", detail: explain(failure) };
    }
    try {
      return { kind: "reply", bytes: bytesOf(codecs.reply.encode(await serve(request, context))) };
    } catch (failure) {
      this.failLoudly(failure);
      return { kind: "internal", detail: explain(failure) };
    }
  }

  private async closeOnce(): Promise<void> {
    const { options, limits } = this.host;
    this.listening?.close();
    for (const stream of this.streams) stream.close("the server is closing");
    if (this.calls.size === 0) return;
    try {
      await withDeadline(options.clock, limits.lingerMs, "the last call", Promise.all(this.calls).then());
    } catch (failure) {
      options.logger.debug("calls were still under way when the server closed", { cause: explain(failure) });
    }
  }

  /** Our own bug stops the process, as everywhere. */
  private failLoudly(failure: unknown): void {
    const { clock, logger } = this.host.options;
    if (failure instanceof InvariantViolation) {
      clock.afterTick(() => {
        throw failure;
      });
      return;
    }
    logger.error("a peer's stream or call could not be served", { cause: explain(failure) });
  }
}
