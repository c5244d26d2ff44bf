import type { BrokerToController, SessionHello, SessionStream } from "@ottla/cluster-rpc";
import type {
  BrokerChannel,
  BrokerCommand,
  BrokerReply,
  Controller,
  ControllerSession,
  SessionPeer,
} from "@ottla/controller";
import { Aborted, invariant, type Logger } from "@ottla/runtime";

/** What the server asks of this broker's candidate for controller. */
export type SessionHost = Pick<Controller, "sessionOpened" | "isActive" | "epoch" | "controllerId">;

export interface SessionServerOptions {
  readonly brokerId: number;
  /** Names this process for its lifetime. */
  readonly incarnation: string;
  /** Commands to the own broker: a call, without a session. */
  readonly own: (command: BrokerCommand, signal: AbortSignal) => Promise<BrokerReply>;
  readonly logger: Logger;
}

/** A command did not get its reply: whether it was applied is not known. */
export class CommandUnanswered extends Error {
  override readonly name = "CommandUnanswered";
}

/**
 * The controller's end of brokers' sessions, and its way to the brokers: commands go down the broker's current session, replies and ISR
 * proposals come up.
 *
 * Which session counts, and what may be said on it, the controller decides; this class carries messages and keeps their pairs together.
 */
export class SessionServer implements BrokerChannel {
  private readonly current = new Map<number, OpenSession>();
  private readonly streams = new Set<SessionStream>();
  private host: SessionHost | null = null;
  private closed = false;

  constructor(private readonly options: SessionServerOptions) {}

  /** From here on sessions are opened; before, every broker is told that the duty is elsewhere. */
  hostedBy(host: SessionHost): void {
    this.host = host;
  }

  /** Takes a stream that another broker has opened. */
  accept(stream: SessionStream): void {
    if (this.closed) return stream.close("stopping");
    this.streams.add(stream);
    let session: OpenSession | null = null;
    stream.onMessage((message) => {
      if (session !== null) return session.onMessage(message);
      if (message.kind !== "hello") return stream.close("a session begins with hello");
      session = this.open(message, stream);
    });
    stream.onEnd(({ kind }) => {
      this.streams.delete(stream);
      session?.end(`the session ended (${kind})`);
    });
  }

  send(brokerId: number, command: BrokerCommand, signal: AbortSignal): Promise<BrokerReply> {
    if (brokerId === this.options.brokerId) return this.options.own(command, signal);
    const session = this.current.get(brokerId);
    if (session === undefined) return Promise.reject(new CommandUnanswered(`broker ${brokerId} has no session`));
    return session.command(command, signal);
  }

  /** Ends all sessions. Idempotent. */
  close(): void {
    this.closed = true;
    for (const stream of this.streams) stream.close("stopping");
    for (const session of this.current.values()) session.end("stopping");
  }

  private open(hello: SessionHello, stream: SessionStream): OpenSession | null {
    const { brokerId } = hello;
    const session = new OpenSession(stream, () => {
      if (this.current.get(brokerId) === session) this.current.delete(brokerId);
    });
    const opened = this.host?.sessionOpened(hello, session.peer) ?? ({ refused: "NOT_CONTROLLER" } as const);
    if ("refused" in opened) {
      const controllerId = this.host?.controllerId ?? -1;
      stream.send({ kind: "refused", error: opened.refused, controllerId, controllerEpoch: -1 });
      stream.close(opened.refused);
      return null;
    }
    this.options.logger.info("a broker opened its session", { broker: brokerId, at: stream.peer });
    const { controllerId, controllerEpoch } = opened;
    stream.send({ kind: "welcome", controllerId, controllerEpoch, incarnation: this.options.incarnation });
    session.stand(opened);
    this.current.set(brokerId, session);
    return session;
  }
}

/** One session that the controller has taken. */
class OpenSession {
  private session: ControllerSession | null = null;
  private readonly unanswered = new Map<number, (reply: BrokerReply | Error) => void>();
  private lastId = 0;
  private ended = false;

  constructor(
    private readonly stream: SessionStream,
    private readonly onEnd: () => void,
  ) {}

  /** How the controller reaches this session. */
  readonly peer: SessionPeer = {
    end: (reason) => {
      this.stream.close(reason);
      this.end(reason);
    },
    withoutZooKeeper: (sinceMs) => void this.stream.send({ kind: "withoutZooKeeper", sinceMs: sinceMs ?? 0 }),
  };

  stand(session: ControllerSession): void {
    this.session = session;
    if (this.ended) session.close();
  }

  command(command: BrokerCommand, signal: AbortSignal): Promise<BrokerReply> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new Aborted("a command", signal.reason));
      if (this.ended) return reject(new CommandUnanswered("the session is over"));
      const id = this.nextId();
      const settle = (outcome: BrokerReply | Error): void => {
        this.unanswered.delete(id);
        signal.removeEventListener("abort", onAbort);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const onAbort = (): void => settle(new Aborted("a command", signal.reason));
      signal.addEventListener("abort", onAbort, { once: true });
      this.unanswered.set(id, settle);
      this.stream.send({ kind: "command", id, command });
    });
  }

  onMessage(message: BrokerToController): void {
    switch (message.kind) {
      case "commandReply":
        // A reply to a command that nobody waits for any more says nothing new.
        this.unanswered.get(message.id)?.({ error: message.error, partitionErrors: message.partitionErrors });
        break;
      case "alterPartition":
        void this.alterPartition(message.requestId, message.partitions);
        break;
      case "ping":
        // Only an active controller answers: this session stands as long as it is one.
        if (this.session !== null && !this.ended)
          this.stream.send({ kind: "pong", id: message.id, controllerEpoch: this.session.controllerEpoch });
        break;
      case "hello":
        this.stream.close("hello was said twice");
        break;
    }
  }

  end(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd();
    this.session?.close();
    for (const settle of this.unanswered.values()) settle(new CommandUnanswered(reason));
  }

  private async alterPartition(
    requestId: number,
    partitions: Parameters<ControllerSession["alterPartition"]>[0]["partitions"],
  ): Promise<void> {
    const { session } = this;
    if (session === null) return;
    const reply = await session.alterPartition({ partitions });
    if (this.ended) return;
    this.stream.send({ kind: "alterPartitionReply", requestId, ...reply });
  }

  private nextId(): number {
    this.lastId = this.lastId === ID_MAX ? 0 : this.lastId + 1;
    invariant(!this.unanswered.has(this.lastId), () => `command ${this.lastId} of this session is still unanswered`);
    return this.lastId;
  }
}

const ID_MAX = 0xffff_ffff;
