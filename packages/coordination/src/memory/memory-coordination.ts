import type { Clock, SimulatedProcess, Timer } from "@ottla/runtime";
import { refuseLargeData, refuseLargeMulti } from "../data-limit";
import { type Attempts, LostReplies, NeverSent } from "../lost-replies";
import {
  type ChildrenOf,
  type Coordination,
  CoordinationError,
  type CreateOptions,
  MultiFailed,
  type NodeData,
  type Operation,
  type OperationResult,
  type Session,
  type SessionEvent,
  type Stat,
} from "../port";
import { createMissing, removeAllBelow } from "../subtree";
import { type Change, parentOf, type ZnodeTree } from "./znode-tree";

/** The ensemble as its client sees it. */
export interface MemoryServer {
  readonly tree: ZnodeTree;
  latencyMs(): number;
  /** Without a quorum nobody is served and no session ends. */
  hasQuorum(): boolean;
  newSessionId(): bigint;
  commit(by: string, sessionId: bigint, operations: readonly Operation[]): OperationResult[];
  end(by: string, sessionId: bigint): void;
  forget(client: MemoryCoordination): void;
}

export interface MemoryCoordinationOptions {
  readonly name: string;
  /** The ensemble's time, and that of the way there. */
  readonly clock: Clock;
  /** Where the client lives: what it hears goes through it. Null for what lives in no simulated process. */
  readonly process: SimulatedProcess | null;
  readonly sessionTimeoutMs: number;
  readonly connectionTimeoutMs: number;
  readonly server: MemoryServer;
}

/**
 * One client of a MemoryEnsemble. Made by `MemoryEnsemble.connect`.
 *
 * Two sides of it must be kept apart: what the ensemble and the network do, at their own times, and what the client's process learns of
 * it, which may be later (it is paused) or never (it is dead).
 */
export class MemoryCoordination implements Coordination {
  private current: MutableSession;
  /** Raised whenever the connection breaks: a request of an earlier one gets no reply. */
  private connection = 0;
  /** The ensemble has ended the session, and the client does not know. */
  private endedUnheard = false;
  /** The path to the ensemble is cut. */
  private isCut = false;
  private cutsMade = 0;
  /** The client's process says nothing, though its path may be sound. */
  private isSilent = false;
  /** Ends the session of a client that the ensemble does not hear. */
  private expiry: Timer | null = null;
  private lossOfNextReply: "none" | "verified" | "unverified" = "none";
  private requestsArriveMs = 0;
  private repliesArriveMs = 0;
  /** Requests and replies that a cut holds back which the client has not noticed. */
  private heldBack: (() => void)[] = [];
  private readonly timers = new Set<Timer>();
  private readonly sessionListeners = new Set<(event: SessionEvent) => void>();
  private readonly waiting = new Set<{ readonly go: () => void; readonly fail: (error: CoordinationError) => void }>();
  private readonly nodeWatches = new Map<string, Set<() => void>>();
  private readonly childWatches = new Map<string, Set<() => void>>();
  private readonly untold = new Set<() => void>();
  private readonly replies: LostReplies;

  constructor(private readonly options: MemoryCoordinationOptions) {
    this.current = this.newSession();
    this.replies = new LostReplies(this.attempts());
  }

  get session(): Session {
    return this.current;
  }

  get name(): string {
    return this.options.name;
  }

  onSession(listener: (event: SessionEvent) => void): () => void {
    this.sessionListeners.add(listener);
    return () => void this.sessionListeners.delete(listener);
  }

  get(path: string): Promise<NodeData | null> {
    return this.replies.get(path);
  }

  children(path: string): Promise<ChildrenOf | null> {
    return this.replies.children(path);
  }

  create(path: string, data: Buffer | null, options: CreateOptions = {}): Promise<string> {
    return this.replies.create(path, data, options);
  }

  ensurePath(path: string): Promise<void> {
    return createMissing(this, path);
  }

  set(path: string, data: Buffer, expectedVersion: number | null): Promise<Stat> {
    return this.replies.set(path, data, expectedVersion);
  }

  remove(path: string, expectedVersion: number | null): Promise<void> {
    return this.replies.remove(path, expectedVersion);
  }

  removeTree(path: string): Promise<void> {
    return removeAllBelow(this, path);
  }

  multi(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    return this.replies.multi(operations);
  }

  watchNode(path: string, listener: () => void): Promise<() => void> {
    return this.watch(path, this.nodeWatches, listener, () => undefined);
  }

  watchChildren(path: string, listener: () => void): Promise<() => void> {
    return this.watch(path, this.childWatches, listener, () => {
      if (this.options.server.tree.get(path) === null) throw new CoordinationError("NO_NODE", "watchChildren", path);
    });
  }

  async sync(): Promise<void> {
    await this.exchange("sync", "/", () => null);
  }

  close(): Promise<void> {
    if (this.current.state === "closed") return Promise.resolve();
    this.connection += 1;
    this.current.state = "closed";
    this.cancelTimers();
    this.failWaiting("SESSION_EXPIRED", "the session was closed");
    // A farewell that the ensemble does not hear: to it the session goes on until it runs out.
    if (this.cutOff) this.beSilent();
    else this.endSession();
    return Promise.resolve();
  }

  /**
   * For MemoryEnsemble: the path is cut.
   *
   * @param unnoticed nobody says so: the client finds out when it has heard nothing for two thirds of its session timeout
   */
  beDisconnected(unnoticed = false): void {
    if (this.current.state === "closed") return;
    this.isCut = true;
    if (!unnoticed) {
      this.losePath();
      return;
    }
    this.judgeExpiry();
    const { clientClock, current: session } = this;
    const cut = ++this.cutsMade;
    this.after(clientClock, (session.timeoutMs * 2) / 3, () => {
      if (this.isCut && this.cutsMade === cut && this.current === session)
        this.hearOfDisconnection(session.timeoutMs / 3);
    });
  }

  /** For MemoryEnsemble: the path stands again. */
  beReconnected(): void {
    if (!this.isCut || this.current.state === "closed") return;
    this.isCut = false;
    this.regainPath();
  }

  /** For MemoryEnsemble: its process is paused or dead, and sends nothing. */
  beSilent(): void {
    this.isSilent = true;
    this.judgeExpiry();
  }

  /** For MemoryEnsemble: its process goes on. */
  beHeardAgain(): void {
    this.isSilent = false;
    this.judgeExpiry();
    // A session that ended meanwhile: the ensemble has closed the connection.
    if (this.endedUnheard && !this.cutOff) this.enter(() => this.hearOfReconnection());
  }

  /** For MemoryEnsemble: too few of its servers are left, or enough again. */
  onQuorum(hasQuorum: boolean): void {
    this.judgeExpiry();
    if (this.current.state === "closed") return;
    if (!hasQuorum) this.losePath();
    else if (!this.isCut) this.regainPath();
  }

  /** For MemoryEnsemble: the ensemble ends the session. Who is cut off learns it on reconnecting. */
  beExpired(): void {
    if (this.current.state === "closed") return;
    this.endSession();
    this.connection += 1;
    if (!this.cutOff) this.enter(() => this.hearOfReconnection());
  }

  /** For MemoryEnsemble. */
  loseNextReply(verified: boolean): void {
    this.lossOfNextReply = verified ? "verified" : "unverified";
  }

  /** For MemoryEnsemble: told of every transaction, whoever made it. */
  onChanges(changes: readonly Change[]): void {
    if (this.current.state !== "connected" || this.cutOff || this.endedUnheard) return; // Everything is told anew on reconnecting.
    for (const { path, kind } of changes) {
      this.tellSoon(this.nodeWatches.get(path));
      if (kind === "deleted") this.tellSoon(this.childWatches.get(path));
      if (kind !== "dataChanged") this.tellSoon(this.childWatches.get(parentOf(path)));
    }
  }

  private attempts(): Attempts {
    const { server } = this.options;
    const { tree } = server;
    const write = <T>(operation: string, path: string, apply: () => T) => this.exchange(operation, path, apply, true);
    const single = (operation: Operation): OperationResult | undefined => {
      try {
        return server.commit(this.name, this.current.id, [operation])[0];
      } catch (error) {
        if (error instanceof MultiFailed && error.cause instanceof CoordinationError) throw error.cause;
        throw error;
      }
    };
    const sessionId = () => this.current.id;
    return {
      get sessionId() {
        return sessionId();
      },
      get lastZxid() {
        return tree.zxid;
      },
      get: (path) => this.exchange("get", path, () => tree.get(path)),
      children: (path) => this.exchange("children", path, () => tree.children(path)),
      create: (path, data, { ephemeral, sequential }) =>
        write("create", path, () => {
          refuseLargeData("create", path, data);
          const made = sequential ? tree.sequentialPath(path) : path;
          single({ kind: "create", path: made, data, ephemeral: ephemeral ?? false });
          return made;
        }),
      set: (path, data, expectedVersion) =>
        write("set", path, () => {
          refuseLargeData("set", path, data);
          const result = single({ kind: "set", path, data, expectedVersion });
          if (result?.kind !== "set") throw new CoordinationError("OTHER", "set", path);
          return result.stat;
        }),
      remove: (path, expectedVersion) =>
        write("remove", path, () => {
          single({ kind: "remove", path, expectedVersion });
        }),
      multi: (operations) =>
        write("multi", operations[0]?.path ?? "/", () => {
          refuseLargeMulti(operations);
          return server.commit(this.name, this.current.id, operations);
        }),
    };
  }

  /** Whether nothing gets through. */
  private get cutOff(): boolean {
    return this.isCut || !this.options.server.hasQuorum();
  }

  private enter(event: () => void): void {
    const { process } = this.options;
    if (process === null) event();
    else process.enter(event);
  }

  private get clientClock(): Clock {
    return this.options.process?.clock ?? this.options.clock;
  }

  private losePath(): void {
    this.connection += 1;
    this.enter(() => this.hearOfDisconnection());
    this.judgeExpiry();
  }

  private regainPath(): void {
    this.judgeExpiry();
    this.enter(() => this.hearOfReconnection());
  }

  /** The ensemble counts the time since it last heard of the client, unless it is itself unable to. */
  private judgeExpiry(): void {
    const unheard = (this.cutOff || this.isSilent) && !this.endedUnheard;
    if (!unheard || !this.options.server.hasQuorum()) {
      this.expiry?.cancel();
      this.expiry = null;
    } else if (this.expiry === null) {
      const { timeoutMs } = this.current;
      this.expiry = this.options.clock.setTimer(timeoutMs, () => this.endSession(), { background: true });
    }
  }

  private endSession(): void {
    this.expiry?.cancel();
    this.expiry = null;
    this.endedUnheard = true;
    this.options.server.end(this.name, this.current.id);
    if (this.current.state === "closed") this.options.server.forget(this);
  }

  private hearOfDisconnection(lostAfterMs = this.current.timeoutMs): void {
    if (this.current.state !== "connected") return;
    this.noticeBreak();
    const session = this.current;
    this.after(this.clientClock, lostAfterMs, () => {
      if (this.current === session && session.state === "disconnected") this.emit("lost");
    });
  }

  private hearOfReconnection(): void {
    if (this.cutOff || this.current.state === "closed") return;
    if (this.endedUnheard) {
      if (this.current.state === "connected") this.noticeBreak();
      this.renew();
      return;
    }
    if (this.current.state === "connected") {
      // It had not noticed: what was held back arrives late, and so does the news of what changed.
      this.releaseHeldBack();
      this.tellEverybody();
      return;
    }
    if (this.current.state !== "disconnected") return;
    this.cancelTimers();
    this.current.state = "connected";
    this.emit("connected");
    this.resume();
  }

  private releaseHeldBack(): void {
    const released = this.heldBack;
    this.heldBack = [];
    for (const release of released) release();
  }

  /** The watch stands from the moment the ensemble has the request: what changes before its reply arrives is told, too. */
  private async watch(
    path: string,
    watches: Map<string, Set<() => void>>,
    listener: () => void,
    judge: () => void,
  ): Promise<() => void> {
    let end: () => void = () => undefined;
    try {
      await this.exchange("watch", path, () => {
        judge();
        end = subscribe(watches, path, listener);
      });
    } catch (failure) {
      end();
      throw failure;
    }
    return end;
  }

  /** One request and its reply, with whatever befalls the connection in between. */
  private async exchange<T>(operation: string, path: string, apply: () => T, isWrite = false): Promise<T> {
    if (this.current.state !== "connected") await this.untilConnected(operation, path);
    const { connection, current: session } = this;
    const halfway = this.options.server.latencyMs() / 2;
    const isHeldBack = () => this.connection === connection && this.isCut && session.state === "connected";
    const judgeConnection = () => {
      if (this.connection === connection && !this.cutOff && !this.endedUnheard) return;
      const isOver = session !== this.current || session.state === "closed" || this.endedUnheard;
      throw new CoordinationError(isOver ? "SESSION_EXPIRED" : "CONNECTION_LOSS", operation, path);
    };
    if (halfway > 0) await this.requestArrives(halfway);
    while (isHeldBack()) await this.release();
    judgeConnection();
    const result = apply();
    if (isWrite && this.lossOfNextReply !== "none") this.loseThisReply(operation, path);
    if (halfway > 0) {
      await new Promise<void>((resolve) => this.sendBack(halfway, resolve));
      while (isHeldBack()) await this.release();
      judgeConnection();
    }
    return result;
  }

  /** Until the cut is healed, or noticed. */
  private release(): Promise<void> {
    return new Promise((resolve) => this.heldBack.push(resolve));
  }

  /** Requests arrive in the order in which they were sent. */
  private requestArrives(afterMs: number): Promise<void> {
    const { clock } = this.options;
    this.requestsArriveMs = Math.max(this.requestsArriveMs, clock.monotonicMs() + afterMs);
    return new Promise((resolve) => {
      clock.setTimer(this.requestsArriveMs - clock.monotonicMs(), resolve);
    });
  }

  /** Replies and news of changes arrive in the order in which the ensemble sent them, at a process that can hear them. */
  private sendBack(afterMs: number, heard: () => void): void {
    const { clock } = this.options;
    this.repliesArriveMs = Math.max(this.repliesArriveMs, clock.monotonicMs() + afterMs);
    clock.setTimer(this.repliesArriveMs - clock.monotonicMs(), () => this.enter(heard), { background: true });
  }

  private loseThisReply(operation: string, path: string): never {
    const unverified = this.lossOfNextReply === "unverified";
    this.lossOfNextReply = "none";
    this.beDisconnected();
    this.beReconnected();
    const detail = { detail: "the reply was lost" };
    throw unverified
      ? new NeverSent("CONNECTION_LOSS", operation, path, detail)
      : new CoordinationError("CONNECTION_LOSS", operation, path, detail);
  }

  private untilConnected(operation: string, path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.current.state === "closed") {
        reject(new CoordinationError("SESSION_EXPIRED", operation, path, { detail: "the session was closed" }));
        return;
      }
      const { connectionTimeoutMs } = this.options;
      const waiter = {
        go: () => {
          timer.cancel();
          resolve();
        },
        fail: (error: CoordinationError) => {
          timer.cancel();
          reject(error);
        },
      };
      const timer = this.clientClock.setTimer(connectionTimeoutMs, () => {
        this.waiting.delete(waiter);
        const detail = `no connection for ${connectionTimeoutMs} ms`;
        reject(new NeverSent("CONNECTION_LOSS", operation, path, { detail }));
      });
      this.waiting.add(waiter);
    });
  }

  private noticeBreak(): void {
    this.connection += 1;
    this.current.state = "disconnected";
    this.emit("disconnected");
    this.releaseHeldBack();
  }

  /** The old session is over and the client hears it; a new one takes its place. */
  private renew(): void {
    this.cancelTimers();
    if (this.current.state !== "expired") {
      this.current.state = "expired";
      this.emit("expired");
    }
    this.failWaiting("SESSION_EXPIRED", "the session expired");
    const stand = () => {
      if (this.current.state !== "expired" || this.cutOff) return;
      this.endedUnheard = false;
      this.current = this.newSession();
      this.emit("renewed");
      this.resume();
    };
    // As with the real one, the new session stands some time after the old one's end is known.
    queueMicrotask(stand);
  }

  private resume(): void {
    for (const waiter of this.waiting) waiter.go();
    this.waiting.clear();
    this.tellEverybody();
  }

  private tellEverybody(): void {
    for (const listeners of [...this.nodeWatches.values(), ...this.childWatches.values()]) this.tellSoon(listeners);
  }

  private tellSoon(listeners: ReadonlySet<() => void> | undefined): void {
    if (listeners === undefined || listeners.size === 0) return;
    const first = this.untold.size === 0;
    for (const listener of listeners) this.untold.add(listener);
    if (!first) return;
    const halfway = this.options.server.latencyMs() / 2;
    if (halfway > 0) this.sendBack(halfway, () => this.tell());
    else queueMicrotask(() => this.tell());
  }

  private tell(): void {
    const due = [...this.untold];
    this.untold.clear();
    if (this.current.state !== "connected") return;
    const subscribed = new Set(
      [...this.nodeWatches.values(), ...this.childWatches.values()].flatMap((set) => [...set]),
    );
    for (const listener of due) if (subscribed.has(listener)) listener();
  }

  private failWaiting(code: "SESSION_EXPIRED", detail: string): void {
    for (const waiter of this.waiting) waiter.fail(new CoordinationError(code, "wait", "/", { detail }));
    this.waiting.clear();
  }

  private emit(event: SessionEvent): void {
    for (const listener of this.sessionListeners) listener(event);
  }

  private after(clock: Clock, delayMs: number, action: () => void): void {
    const timer = clock.setTimer(
      delayMs,
      () => {
        this.timers.delete(timer);
        action();
      },
      { background: true },
    );
    this.timers.add(timer);
  }

  private cancelTimers(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    this.untold.clear();
  }

  private newSession(): MutableSession {
    const { server, sessionTimeoutMs } = this.options;
    return { id: server.newSessionId(), timeoutMs: sessionTimeoutMs, state: "connected" };
  }
}

type MutableSession = { -readonly [Key in keyof Session]: Session[Key] };

/** Wraps the listener so that subscribing one function twice makes two subscriptions. */
function subscribe(watches: Map<string, Set<() => void>>, path: string, listener: () => void): () => void {
  const own = () => listener();
  const listeners = watches.get(path) ?? new Set();
  watches.set(path, listeners.add(own));
  return () => {
    listeners.delete(own);
    if (listeners.size === 0) watches.delete(path);
  };
}
