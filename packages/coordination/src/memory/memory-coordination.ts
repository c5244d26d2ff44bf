import { type Clock, sleep, type Timer } from "@ottla/runtime";
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
  newSessionId(): bigint;
  commit(by: string, sessionId: bigint, operations: readonly Operation[]): OperationResult[];
  end(by: string, sessionId: bigint): void;
  forget(client: MemoryCoordination): void;
}

export interface MemoryCoordinationOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly sessionTimeoutMs: number;
  readonly connectionTimeoutMs: number;
  readonly server: MemoryServer;
}

/** One client of a MemoryEnsemble. Made by `MemoryEnsemble.connect`. */
export class MemoryCoordination implements Coordination {
  private current: MutableSession;
  /** Raised whenever the connection breaks: a request of an earlier one gets no reply. */
  private connection = 0;
  /** The ensemble has ended the session, and the client, being cut off, does not know. */
  private endedUnheard = false;
  private cutOff = false;
  private lossOfNextReply: "none" | "verified" | "unverified" = "none";
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

  async watchNode(path: string, listener: () => void): Promise<() => void> {
    await this.exchange("watch", path, () => null);
    return subscribe(this.nodeWatches, path, listener);
  }

  async watchChildren(path: string, listener: () => void): Promise<() => void> {
    await this.exchange("watch", path, () => {
      if (this.options.server.tree.get(path) === null) throw new CoordinationError("NO_NODE", "watchChildren", path);
    });
    return subscribe(this.childWatches, path, listener);
  }

  async sync(): Promise<void> {
    await this.exchange("sync", "/", () => null);
  }

  close(): Promise<void> {
    if (this.current.state === "closed") return Promise.resolve();
    this.connection += 1;
    this.current.state = "closed";
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    this.failWaiting("SESSION_EXPIRED", "the session was closed");
    this.options.server.end(this.name, this.current.id);
    this.options.server.forget(this);
    return Promise.resolve();
  }

  /** For MemoryEnsemble: the connection breaks. */
  beDisconnected(): void {
    if (this.current.state === "closed") return;
    this.cutOff = true;
    if (this.current.state !== "connected") return;
    this.breakConnection();
    const session = this.current;
    this.after(session.timeoutMs, () => {
      if (this.current !== session || session.state !== "disconnected") return;
      this.emit("lost");
      this.endedUnheard = true;
      this.options.server.end(this.name, session.id);
    });
  }

  /** For MemoryEnsemble: a connection stands again. */
  beReconnected(): void {
    if (!this.cutOff || this.current.state === "closed") return;
    this.cutOff = false;
    if (this.endedUnheard) {
      this.renew();
      return;
    }
    this.cancelTimers();
    this.current.state = "connected";
    this.emit("connected");
    this.resume();
  }

  /** For MemoryEnsemble: the ensemble ends the session. Who is cut off learns it on reconnecting. */
  beExpired(): void {
    if (this.current.state === "closed") return;
    this.endedUnheard = true;
    this.options.server.end(this.name, this.current.id);
    if (this.cutOff) return;
    if (this.current.state === "connected") this.breakConnection();
    this.renew();
  }

  /** For MemoryEnsemble. */
  loseNextReply(verified: boolean): void {
    this.lossOfNextReply = verified ? "verified" : "unverified";
  }

  /** For MemoryEnsemble: told of every transaction, whoever made it. */
  onChanges(changes: readonly Change[]): void {
    if (this.current.state !== "connected") return; // Everything is told anew on reconnecting.
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

  /** One request and its reply, with whatever befalls the connection in between. */
  private async exchange<T>(operation: string, path: string, apply: () => T, isWrite = false): Promise<T> {
    if (this.current.state !== "connected") await this.untilConnected(operation, path);
    const { connection } = this;
    const halfway = this.options.server.latencyMs() / 2;
    const whileConnected = async () => {
      if (halfway > 0) await sleep(this.options.clock, halfway);
      if (this.connection === connection) return;
      const code = this.current.state === "closed" || this.endedUnheard ? "SESSION_EXPIRED" : "CONNECTION_LOSS";
      throw new CoordinationError(code, operation, path);
    };
    if (halfway > 0) await whileConnected();
    const result = apply();
    if (isWrite && this.lossOfNextReply !== "none") this.loseThisReply(operation, path);
    if (halfway > 0) await whileConnected();
    return result;
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
      const timer = this.options.clock.setTimer(connectionTimeoutMs, () => {
        this.waiting.delete(waiter);
        const detail = `no connection for ${connectionTimeoutMs} ms`;
        reject(new NeverSent("CONNECTION_LOSS", operation, path, { detail }));
      });
      this.waiting.add(waiter);
    });
  }

  private breakConnection(): void {
    this.connection += 1;
    this.current.state = "disconnected";
    this.emit("disconnected");
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
      if (this.current.state === "closed" || this.cutOff) return;
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
    for (const listeners of [...this.nodeWatches.values(), ...this.childWatches.values()]) this.tellSoon(listeners);
  }

  private tellSoon(listeners: ReadonlySet<() => void> | undefined): void {
    if (listeners === undefined || listeners.size === 0) return;
    const first = this.untold.size === 0;
    for (const listener of listeners) this.untold.add(listener);
    if (!first) return;
    const halfway = this.options.server.latencyMs() / 2;
    if (halfway > 0) this.after(halfway, () => this.tell());
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

  private after(delayMs: number, action: () => void): void {
    const timer = this.options.clock.setTimer(
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
