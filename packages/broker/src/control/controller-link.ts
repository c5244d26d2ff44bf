import type { ClusterPeer, ClusterTransport, ControllerToBroker, SessionClientStream } from "@ottla/cluster-rpc";
import type {
  AlterPartitionReply,
  Controller,
  ControllerIdentity,
  ControllerSession,
  IsrProposal,
} from "@ottla/controller";
import { Aborted, type Clock, InvariantViolation, type Logger, type Random, type Timer } from "@ottla/runtime";
import type { BrokerAddresses, RegisteredProcess } from "./broker-addresses";
import type { CommandReceiver } from "./command-receiver";

/** What the link tells this broker's candidate for controller, and asks of it where it is the controller itself. */
export type LinkedController = Pick<
  Controller,
  | "sessionOpened"
  | "controllerSessionOpened"
  | "controllerSessionBroken"
  | "controllerWithoutZooKeeper"
  | "brokerAnswered"
>;

export interface ControllerLinkOptions {
  readonly brokerId: number;
  /** czxid of the present registration. */
  readonly brokerEpoch: () => bigint;
  /** Names this process for its lifetime. */
  readonly incarnation: string;
  readonly controller: LinkedController;
  readonly transport: ClusterTransport;
  readonly addresses: Pick<BrokerAddresses, "find">;
  readonly receiver: Pick<CommandReceiver, "take">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** A session stands: whatever was proposed on an earlier one is proposed again (replication rule 24). */
  readonly onOpened: () => void;
  /** The session is over, or could not be opened. May be told several times in a row. */
  readonly onLost: () => void;
  /** The active controller has said something. */
  readonly onAnswered: () => void;
}

/** Rule 12: a broken stream is dialled again at once, then after this and longer. */
const REDIAL_MS_MIN = 50;
const REDIAL_MS_MAX = 1000;
/** A refusal means that the other side does not know of its duty yet, which takes it a moment. */
const AFTER_REFUSAL_MS = 50;
/** From the dial to the welcome. A controller that takes the connection and says nothing is dialled anew. */
const WELCOME_MS = 3000;

/**
 * This broker's session with the active controller, wherever that is: opened with whomever `/controller` names, opened again when it
 * breaks, and held with this very process when that has the duty.
 *
 * @see replication rules 24, 25, 43 and 47
 */
export class ControllerLink {
  private controllerId = -1;
  /** Ends whatever was begun for an earlier controller or an earlier registration. */
  private attempt: Attempt | null = null;
  private closed = false;

  constructor(private readonly options: ControllerLinkOptions) {}

  /** Whether a session stands. */
  get isOpen(): boolean {
    return this.attempt?.isOpen ?? false;
  }

  /** Turns to the broker that `/controller` names now; -1 keeps the session that stands until somebody else is named. */
  follow(controllerId: number): void {
    if (this.closed || controllerId === this.controllerId) return;
    this.controllerId = controllerId;
    if (controllerId >= 0) this.begin("another controller");
  }

  /** Opens the session anew: this process has registered again, under another broker epoch (replication rule 53). */
  renew(): void {
    if (!this.closed && this.controllerId >= 0) this.begin("registered again");
  }

  /**
   * Proposes ISRs on the session that stands.
   *
   * @returns the answer, come on that very session; null when it ended first or none stands: nothing is settled
   */
  alterPartition(partitions: readonly IsrProposal[]): Promise<AlterPartitionReply | null> {
    return this.attempt?.alterPartition(partitions) ?? Promise.resolve(null);
  }

  /** Asks the controller for a sign of life; the answer is told to `onAnswered`. */
  ping(): void {
    this.attempt?.ping();
  }

  /** Ends the session. Idempotent. */
  close(): void {
    this.closed = true;
    this.attempt?.end("stopping");
    this.attempt = null;
  }

  private begin(reason: string): void {
    const { attempt } = this;
    this.attempt = null;
    attempt?.end(reason);
    const { options, controllerId } = this;
    this.attempt =
      controllerId === options.brokerId ? new OwnSession(options) : new RemoteSession(options, controllerId);
    this.attempt.start();
  }
}

/** The sessions with one controller, one after the other, until somebody else is named. */
interface Attempt {
  readonly isOpen: boolean;
  start(): void;
  alterPartition(partitions: readonly IsrProposal[]): Promise<AlterPartitionReply | null>;
  ping(): void;
  end(reason: string): void;
}

/** The session of the controller's own broker: calls within the process. */
class OwnSession implements Attempt {
  private session: ControllerSession | null = null;
  private again: Timer | null = null;
  private ended = false;

  constructor(private readonly options: ControllerLinkOptions) {}

  get isOpen(): boolean {
    return this.session !== null;
  }

  start(): void {
    if (this.ended) return;
    const { brokerId, brokerEpoch, incarnation, controller, clock } = this.options;
    let over = false;
    const hello = { brokerId, brokerEpoch: brokerEpoch(), incarnation };
    const opened = controller.sessionOpened(hello, {
      end: () => {
        over = true;
        this.lose();
      },
      // It knows by itself.
      withoutZooKeeper() {},
    });
    if ("refused" in opened || over) {
      this.options.onLost();
      this.again = clock.setTimer(AFTER_REFUSAL_MS, () => this.start());
      return;
    }
    this.session = opened;
    this.options.onAnswered();
    this.options.onOpened();
  }

  async alterPartition(partitions: readonly IsrProposal[]): Promise<AlterPartitionReply | null> {
    const { session } = this;
    if (session === null) return null;
    const reply = await session.alterPartition({ partitions });
    return this.session === session ? reply : null;
  }

  ping(): void {
    if (this.session !== null) this.options.onAnswered();
  }

  end(): void {
    this.ended = true;
    this.again?.cancel();
    const { session } = this;
    this.session = null;
    session?.close();
  }

  private lose(): void {
    if (this.session === null || this.ended) return;
    this.session = null;
    this.options.onLost();
    this.again = this.options.clock.setTimer(AFTER_REFUSAL_MS, () => this.start());
  }
}

/** Sessions with a controller elsewhere. */
class RemoteSession implements Attempt {
  private peer: ClusterPeer | null = null;
  private stream: SessionClientStream | null = null;
  private target: RegisteredProcess | null = null;
  /** Set by the welcome. */
  private standing: ControllerIdentity | null = null;
  private readonly unanswered = new Map<number, (reply: AlterPartitionReply | null) => void>();
  /** Aborted when the stream of the moment is over. */
  private streamOver = new AbortController();
  private lastId = 0;
  private redialMs = 0;
  private timer: Timer | null = null;
  private ended = false;

  constructor(
    private readonly options: ControllerLinkOptions,
    private readonly controllerId: number,
  ) {}

  get isOpen(): boolean {
    return this.standing !== null;
  }

  start(): void {
    void this.dial();
  }

  alterPartition(partitions: readonly IsrProposal[]): Promise<AlterPartitionReply | null> {
    const { stream } = this;
    if (stream === null || this.standing === null) return Promise.resolve(null);
    const requestId = this.nextId();
    return new Promise((resolve) => {
      this.unanswered.set(requestId, resolve);
      stream.send({ kind: "alterPartition", requestId, partitions });
    });
  }

  ping(): void {
    if (this.standing !== null) this.stream?.send({ kind: "ping", id: this.nextId() });
  }

  end(reason: string): void {
    this.ended = true;
    this.timer?.cancel();
    const { stream } = this;
    this.forgetStream();
    stream?.close(reason);
    this.peer?.close();
  }

  private async dial(): Promise<void> {
    const { addresses, transport, brokerId, brokerEpoch, incarnation, clock } = this.options;
    const target = await addresses.find(this.controllerId);
    if (this.ended) return;
    this.target = target;
    if (target === null) return this.lost("its address is not known");
    if (this.peer === null || !isSame(this.peer.address, target.address)) {
      this.peer?.close();
      this.peer = transport.connect(target.address);
    }
    const stream = this.peer.session();
    this.stream = stream;
    this.streamOver = new AbortController();
    const signal = this.streamOver.signal;
    stream.onMessage((message) => {
      if (this.stream === stream) this.onMessage(message, stream, signal);
    });
    stream.onEnd(({ kind, detail }) => {
      if (this.stream === stream) this.lost(`${kind}: ${detail}`);
    });
    stream.send({ kind: "hello", brokerId, brokerEpoch: brokerEpoch(), incarnation });
    this.timer = clock.setTimer(WELCOME_MS, () => {
      if (this.stream !== stream || this.standing !== null) return;
      stream.close("no welcome");
      if (this.stream === stream) this.lost("it did not answer");
    });
  }

  private onMessage(message: ControllerToBroker, stream: SessionClientStream, signal: AbortSignal): void {
    switch (message.kind) {
      case "welcome":
        return this.onWelcome(message);
      case "refused":
        return this.onRefused(message.error, stream);
      case "command":
        this.options.onAnswered();
        void this.obey(message, stream, signal);
        break;
      case "alterPartitionReply": {
        this.options.onAnswered();
        const settle = this.unanswered.get(message.requestId);
        this.unanswered.delete(message.requestId);
        settle?.(replyOf(message));
        break;
      }
      case "pong":
        this.options.onAnswered();
        break;
      case "withoutZooKeeper":
        if (this.standing !== null)
          this.options.controller.controllerWithoutZooKeeper(
            this.standing,
            message.sinceMs === 0 ? null : message.sinceMs,
          );
        break;
    }
  }

  private onWelcome(welcome: Extract<ControllerToBroker, { kind: "welcome" }>): void {
    const { controllerId, controllerEpoch, incarnation } = welcome;
    this.timer?.cancel();
    this.redialMs = 0;
    this.standing = { controllerId, controllerEpoch, incarnation };
    const { controller, logger, onAnswered, onOpened } = this.options;
    logger.info("session with the controller", { controller: controllerId, epoch: controllerEpoch });
    controller.brokerAnswered({ brokerId: controllerId, incarnation });
    controller.controllerSessionOpened(this.standing);
    onAnswered();
    onOpened();
  }

  /** Somebody is there who does not have the duty, or does not know it yet, or does not know of our registration yet. */
  private onRefused(error: string, stream: SessionClientStream): void {
    if (this.target !== null) {
      const { incarnation } = this.target;
      this.options.controller.brokerAnswered({ brokerId: this.controllerId, incarnation });
    }
    this.options.logger.debug("no session yet", { controller: this.controllerId, error });
    this.forgetStream();
    stream.close("refused");
    this.options.onLost();
    this.redialIn(AFTER_REFUSAL_MS);
  }

  private async obey(
    message: Extract<ControllerToBroker, { kind: "command" }>,
    stream: SessionClientStream,
    signal: AbortSignal,
  ): Promise<void> {
    const { receiver, logger } = this.options;
    const { id, command } = message;
    try {
      const reply = await receiver.take(command, signal);
      stream.send({ kind: "commandReply", id, ...reply });
    } catch (failure) {
      if (failure instanceof InvariantViolation) throw failure;
      if (failure instanceof Aborted) return;
      logger.warn("a command of the controller failed", { command: command.kind, error: failure });
      stream.send({ kind: "commandReply", id, error: "UNKNOWN_SERVER_ERROR", partitionErrors: [] });
    }
  }

  private lost(why: string): void {
    const { controller, logger, onLost, random } = this.options;
    const about = this.standing ?? {
      controllerId: this.controllerId,
      controllerEpoch: 0,
      incarnation: this.target?.incarnation ?? "",
    };
    if (this.standing !== null) logger.warn("the session with the controller broke", { ...about, why });
    else logger.debug("no session with the controller", { ...about, why });
    this.forgetStream();
    onLost();
    controller.controllerSessionBroken(about);
    // Whoever was told may have turned to another controller already.
    if (this.ended) return;
    this.redialIn(this.redialMs === 0 ? 0 : this.redialMs * (0.75 + random.fraction() / 2));
    this.redialMs = Math.min(Math.max(this.redialMs * 2, REDIAL_MS_MIN), REDIAL_MS_MAX);
  }

  private redialIn(delayMs: number): void {
    this.timer?.cancel();
    this.timer = this.options.clock.setTimer(delayMs, () => void this.dial());
  }

  /** Nothing is carried over to the next stream. */
  private forgetStream(): void {
    this.timer?.cancel();
    this.stream = null;
    this.standing = null;
    this.streamOver.abort();
    for (const settle of this.unanswered.values()) settle(null);
    this.unanswered.clear();
  }

  private nextId(): number {
    this.lastId = this.lastId === ID_MAX ? 0 : this.lastId + 1;
    return this.lastId;
  }
}

/** Where the controller could not serve the request it has settled nothing. */
function replyOf(message: Extract<ControllerToBroker, { kind: "alterPartitionReply" }>): AlterPartitionReply {
  const { error, controllerEpoch, partitions } = message;
  return {
    error: error === "UNKNOWN_SERVER_ERROR" ? "NOT_CONTROLLER" : error,
    controllerEpoch,
    partitions: partitions.flatMap(({ error: outcome, ...state }) =>
      UNSETTLED.has(outcome) ? [] : [{ ...state, error: outcome as Settled }],
    ),
  };
}

type Settled = AlterPartitionReply["partitions"][number]["error"];
/** Names that our controllers do not use; they settle nothing. */
const UNSETTLED: ReadonlySet<string> = new Set([
  "NEW_LEADER_ELECTED",
  "OPERATION_NOT_ATTEMPTED",
  "UNKNOWN_SERVER_ERROR",
]);

const isSame = (one: { host: string; port: number }, other: { host: string; port: number }): boolean =>
  one.host === other.host && one.port === other.port;

const ID_MAX = 0xffff_ffff;
