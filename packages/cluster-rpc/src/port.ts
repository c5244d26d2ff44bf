import type {
  AllocateProducerIdsReply,
  AllocateProducerIdsRequest,
  AlterReassignmentsReply,
  AlterReassignmentsRequest,
  ControlledShutdownReply,
  ControlledShutdownRequest,
  ElectLeadersReply,
  ElectLeadersRequest,
  EpochEndReply,
  EpochEndRequest,
  Evidence,
  EvidenceRequest,
  Identity,
  IdentityRequest,
  ListReassignmentsReply,
  ListReassignmentsRequest,
  LogEndsReply,
  LogEndsRequest,
} from "./messages/calls";
import type { FollowerToLeader, LeaderToFollower } from "./messages/replication";
import type { BrokerToController, ControllerToBroker } from "./messages/session";

/**
 * How brokers reach each other. Two adapters keep this contract, and one suite holds both to it: gRPC between processes, and an in-process
 * network whose cuts and delays a spec commands.
 */
export interface ClusterTransport {
  /**
   * Listens, and hands every stream and call to `services` until the server is closed.
   *
   * @param address `port` 0 takes a free one; the server says which
   * @throws ClusterRpcError ("unavailable") when the address cannot be listened on
   */
  serve(address: Address, services: ClusterServices): Promise<ClusterServer>;

  /** A peer at `address`. Nothing is dialled before it is first used, so this never fails; a peer that is not there fails each use. */
  connect(address: Address): ClusterPeer;
}

export interface Address {
  readonly host: string;
  /** 1 to 65535; 0 only to listen. */
  readonly port: number;
}

export interface ClusterServer {
  /** The port listened on, never 0. */
  readonly port: number;
  /**
   * Ends every stream ("closedByPeer" at the other side), lets calls under way finish for a short time, then cuts what is left. Idempotent;
   * the port is free when it resolves.
   */
  close(): Promise<void>;
}

/**
 * What a broker answers to its peers. A call that throws is answered with "internal" at the caller, and logged here: outcomes that the protocol
 * names (NOT_CONTROLLER and the like) are values in the replies, never thrown.
 */
export interface ClusterServices extends ClusterCalls<CallContext> {
  /** A follower has opened a stream. Listeners must be attached before this returns; messages come no earlier than that. */
  replicate(stream: ReplicationStream): void;
  /** A broker has opened its session. Listeners must be attached before this returns. */
  session(stream: SessionStream): void;
}

/** One call: request in, reply out. `Context` is what the caller adds (`CallOptions`), or what the server is told of it (`CallContext`). */
export interface ClusterCalls<Context> {
  /** Moves leaderships away from a broker that is about to stop. Answered by the active controller; NOT_CONTROLLER elsewhere. */
  controlledShutdown(request: ControlledShutdownRequest, context: Context): Promise<ControlledShutdownReply>;
  /** A block of producer ids. Answered by the active controller; NOT_CONTROLLER elsewhere. */
  allocateProducerIds(request: AllocateProducerIdsRequest, context: Context): Promise<AllocateProducerIdsReply>;
  /** Preferred or unclean elections on request. Answered by the active controller; NOT_CONTROLLER elsewhere. */
  electLeaders(request: ElectLeadersRequest, context: Context): Promise<ElectLeadersReply>;
  /** Begins, overrides or cancels reassignments (KIP-455). Answered by the active controller; NOT_CONTROLLER elsewhere. */
  alterReassignments(request: AlterReassignmentsRequest, context: Context): Promise<AlterReassignmentsReply>;
  /** Reassignments under way (KIP-455). Answered by the active controller; NOT_CONTROLLER elsewhere. */
  listReassignments(request: ListReassignmentsRequest, context: Context): Promise<ListReassignmentsReply>;
  /** Who answers at this address. Asked when a peer is suspected (replication rule 39), so it must never wait for anything. */
  identity(request: IdentityRequest, context: Context): Promise<Identity>;
  /** What this broker itself has found about a controller (replication rule 44). */
  evidence(request: EvidenceRequest, context: Context): Promise<Evidence>;
  /** Where leader epochs end in the logs of a leader (KIP-101, KIP-279). */
  epochEnd(request: EpochEndRequest, context: Context): Promise<EpochEndReply>;
  /** How far this broker's own logs reach, whoever leads: what an election among torn or unclean replicas compares (replication rule 58). */
  logEnds(request: LogEndsRequest, context: Context): Promise<LogEndsReply>;
}

export interface CallOptions {
  /** Milliseconds, above 0. The call rejects with "deadline" when they are over; the server is told of it. */
  readonly deadlineMs: number;
  /** The call rejects with "aborted" when it aborts; the server is told of it. */
  readonly signal?: AbortSignal;
}

export interface CallContext {
  /** Aborted when the caller has gone, given up or run out of time: nobody waits for the reply any more. */
  readonly signal: AbortSignal;
  /** Who calls, for log lines alone: an address of the caller's connection. */
  readonly peer: string;
}

/**
 * Another broker. Every call rejects with `ClusterRpcError` when there is no reply. Streams are opened on a connection of their own, dialled anew
 * each time without any waiting: whoever reopens them decides how soon (replication rule 12). An acknowledgement therefore never waits behind
 * megabytes of records, nor a control call behind either.
 */
export interface ClusterPeer extends ClusterCalls<CallOptions> {
  readonly address: Address;
  /** Opens a replication stream as follower. A failed dial ends it ("broken") within the transport's dial timeout. */
  replicate(): ReplicationClientStream;
  /** Opens a session as broker with the controller there. A failed dial ends it ("broken") within the transport's dial timeout. */
  session(): SessionClientStream;
  /** Ends the streams ("closed") and calls ("aborted") of this peer object. Idempotent. */
  close(): void;
}

/** The leader's end of a replication stream. */
export type ReplicationStream = DuplexStream<LeaderToFollower, FollowerToLeader>;
/** The follower's end of a replication stream. */
export type ReplicationClientStream = DuplexStream<FollowerToLeader, LeaderToFollower<"received">>;
/** The controller's end of a broker's session. */
export type SessionStream = DuplexStream<ControllerToBroker, BrokerToController>;
/** The broker's end of its session. */
export type SessionClientStream = DuplexStream<BrokerToController, ControllerToBroker>;

/**
 * One end of a bidirectional stream. What one end sends arrives at the other whole, once and in order, as long as the connection lives; an end
 * that has ended says nothing about what the other end still received.
 *
 * One listener of each kind: setting another replaces it. Listeners are called from the event loop, never from within `send`; only `close` calls
 * `onEnd` itself.
 */
export interface DuplexStream<Out, In> {
  /**
   * Puts `message` on its way. A message sent after the end is dropped.
   *
   * @returns false when more than the transport's `sendBufferBytes` wait to leave (the message is on its way all the same): send nothing bulky
   *   before `onDrain`; or when the stream has ended. A sender that goes on beyond `sendBufferBytesMax` breaks the stream.
   */
  send(message: Out): boolean;
  /** Messages that arrive before a listener is set wait for it. Bytes in a message are views into what was received: copy what must live long. */
  onMessage(listener: (message: In) => void): void;
  /** Called once after each `send` that returned false, when the buffer has room again. Never after the end. */
  onDrain(listener: () => void): void;
  /** Called exactly once, whoever ended the stream; nothing else is called after it. Set after the end, it is called from the event loop. */
  onEnd(listener: (reason: StreamEnd) => void): void;
  /**
   * Ends the stream from this side. What was sent before still goes out while the connection lives, for a short time; what arrives is dropped.
   *
   * @param reason told to the other side, for its log lines
   */
  close(reason?: string): void;
  /** Bytes sent and not yet handed to the operating system. */
  readonly bufferedBytes: number;
  /** Who is at the other end, for log lines alone. */
  readonly peer: string;
}

/** Why a stream is over. `detail` is for log lines, never for decisions. */
export interface StreamEnd {
  /**
   * - closed: this side closed it
   * - closedByPeer: the other side closed it on purpose
   * - broken: the dial failed, the connection broke, the other process died or does not answer any more
   * - malformed: the other side sent bytes that are no message of this protocol; it sees the stream "broken"
   */
  readonly kind: "closed" | "closedByPeer" | "broken" | "malformed";
  readonly detail: string;
}

/**
 * A call that brought no reply.
 *
 * - unavailable: nobody listens there, or the connection broke before the reply; whether the call was carried out is not known
 * - deadline: the caller's time was up; not known either
 * - aborted: the caller's signal aborted, or its peer object was closed
 * - internal: the other side failed while answering, or does not know this call
 * - malformed: request or reply were not what this protocol says
 */
export type ClusterRpcFailure = "unavailable" | "deadline" | "aborted" | "internal" | "malformed";

export class ClusterRpcError extends Error {
  override readonly name = "ClusterRpcError";
  constructor(
    readonly failure: ClusterRpcFailure,
    /** The call's name, `serve` or `connect`. */
    readonly what: string,
    readonly address: Address,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${what} at ${address.host}:${address.port}: ${failure}: ${detail}`, options);
  }
}
