import type { ClusterState } from "./cluster-state";
import type { ControllerSession, SessionHello, SessionPeer, SessionRefused } from "./controller-session";
import type { AlterPartitionReply, AlterPartitionRequest } from "./isr-proposal";

export interface BrokerSessionsOptions {
  readonly state: ClusterState;
  readonly controllerEpoch: number;
  /** Serves a proposal, whose session was current when it came. */
  readonly alterPartition: (session: BrokerSession, request: AlterPartitionRequest) => Promise<AlterPartitionReply>;
  /** Told at once of each session that begins, and of each that ends without another one in its place. */
  readonly onOpened: (brokerId: number) => void;
  readonly onBroken: (brokerId: number) => void;
}

/** The sessions that brokers have with the controller in one term: one for each broker at most. */
export class BrokerSessions {
  private readonly current = new Map<number, BrokerSession>();
  private ended = false;

  constructor(private readonly options: BrokerSessionsOptions) {}

  open(hello: SessionHello, peer: SessionPeer): ControllerSession | SessionRefused {
    const { state } = this.options;
    if (this.ended) return { refused: "NOT_CONTROLLER" };
    const before = this.current.get(hello.brokerId);
    // What is registered may be news to us; what was there before is over for good.
    const latest = [before?.hello.brokerEpoch, state.brokers.get(hello.brokerId)?.info.epoch];
    if (latest.some((epoch) => epoch !== undefined && hello.brokerEpoch < epoch)) {
      return { refused: "STALE_BROKER_EPOCH" };
    }
    const session = new BrokerSession(this, hello, peer);
    this.current.set(hello.brokerId, session);
    state.connected.set(hello.brokerId, hello.brokerEpoch);
    before?.peer.end("the broker has opened another session");
    this.options.onOpened(hello.brokerId);
    return session;
  }

  isCurrent(session: BrokerSession): boolean {
    return this.current.get(session.hello.brokerId) === session;
  }

  /** A registration that is gone takes its session with it. */
  registrationGone(brokerId: number, brokerEpoch: bigint): void {
    const session = this.current.get(brokerId);
    if (session === undefined || session.hello.brokerEpoch > brokerEpoch) return;
    this.drop(session);
    session.peer.end("the broker's registration is gone");
  }

  /** The controller is without ZooKeeper, or (null) in contact again. */
  withoutZooKeeper(sinceMs: number | null): void {
    for (const session of this.current.values()) session.peer.withoutZooKeeper(sinceMs);
  }

  /** The duty is over: every session ends, and none is opened any more. */
  endAll(reason: string): void {
    this.ended = true;
    const sessions = [...this.current.values()];
    this.current.clear();
    this.options.state.connected.clear();
    for (const session of sessions) session.peer.end(reason);
  }

  get controllerId(): number {
    return this.options.state.ownId;
  }

  get controllerEpoch(): number {
    return this.options.controllerEpoch;
  }

  /** For sessions only. */
  async serve(session: BrokerSession, request: AlterPartitionRequest): Promise<AlterPartitionReply> {
    if (!this.isCurrent(session)) {
      return { error: "NOT_CONTROLLER", controllerEpoch: this.controllerEpoch, partitions: [] };
    }
    return this.options.alterPartition(session, request);
  }

  /** For sessions only. */
  drop(session: BrokerSession): void {
    const { brokerId } = session.hello;
    if (!this.isCurrent(session)) return;
    this.current.delete(brokerId);
    this.options.state.connected.delete(brokerId);
    this.options.onBroken(brokerId);
  }
}

/** One broker's session. */
export class BrokerSession implements ControllerSession {
  constructor(
    private readonly sessions: BrokerSessions,
    readonly hello: SessionHello,
    readonly peer: SessionPeer,
  ) {}

  get controllerId(): number {
    return this.sessions.controllerId;
  }

  get controllerEpoch(): number {
    return this.sessions.controllerEpoch;
  }

  alterPartition(request: AlterPartitionRequest): Promise<AlterPartitionReply> {
    return this.sessions.serve(this, request);
  }

  close(): void {
    this.sessions.drop(this);
  }
}
