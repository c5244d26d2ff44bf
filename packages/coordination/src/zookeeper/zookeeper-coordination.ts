import { Aborted, type Clock, type Logger, type Random } from "@ottla/runtime";
import { LostReplies, NeverSent } from "../lost-replies";
import {
  type ChildrenOf,
  type Coordination,
  CoordinationError,
  type CreateOptions,
  type NodeData,
  type Operation,
  type OperationResult,
  type Session,
  type SessionEvent,
  type Stat,
} from "../port";
import { createMissing, removeAllBelow } from "../subtree";
import { parseConnectString, shuffled } from "./connect-string";
import { asCoordinationError } from "./error-codes";
import { HardenedClient } from "./hardened-client";
import type { LibraryClient } from "./library";
import { RequestGate } from "./request-gate";
import { absolutePath, sessionAttempts } from "./session-attempts";
import { Watches } from "./watches";

export interface ZooKeeperOptions {
  /** `zookeeper.connect`: `host:port,host:port/chroot`; a chroot that is not there is created. */
  readonly connectString: string;
  /** `zookeeper.session.timeout.ms`, asked for; the ensemble answers with one within its own bounds. */
  readonly sessionTimeoutMs: number;
  /** `zookeeper.connection.timeout.ms`: how long `connect`, and later a call without a connection, waits. */
  readonly connectionTimeoutMs: number;
  /** `zookeeper.max.in.flight.requests`; default 10. */
  readonly maxInFlightRequests?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Ends the attempt to connect; later it has no effect. */
  readonly signal?: AbortSignal;
}

/**
 * A real ensemble.
 *
 * It holds one session at a time. When the ensemble says that one is over, another is made, on a fresh client, for as long as it takes;
 * watches move over to it, ephemeral nodes do not.
 */
export class ZooKeeperCoordination implements Coordination {
  private readonly address: ReturnType<typeof parseConnectString>;
  private readonly gate: RequestGate;
  private readonly watches: Watches;
  private readonly replies: LostReplies;
  private readonly sessionListeners = new Set<(event: SessionEvent) => void>();
  private client: HardenedClient;
  private current: MutableSession;
  private everConnected = false;
  private onFirstConnected: () => void = () => {};

  /**
   * Opens a session.
   *
   * @throws CoordinationError CONNECTION_LOSS when no server answers within `connectionTimeoutMs`; it names those tried, and what each did
   * @throws Aborted
   */
  static async connect(options: ZooKeeperOptions): Promise<ZooKeeperCoordination> {
    const coordination = new ZooKeeperCoordination(options);
    try {
      await coordination.untilFirstConnected();
      await coordination.ensureChroot();
    } catch (failure) {
      await coordination.close();
      throw failure;
    }
    return coordination;
  }

  private constructor(private readonly options: ZooKeeperOptions) {
    const { clock, connectionTimeoutMs, maxInFlightRequests, logger, sessionTimeoutMs } = options;
    this.address = parseConnectString(options.connectString);
    this.gate = new RequestGate({
      clock,
      connectionTimeoutMs,
      maxInFlight: maxInFlightRequests ?? 10,
      maxWaiting: MOST_WAITING_REQUESTS,
    });
    this.client = this.newClient();
    this.current = { id: 0n, timeoutMs: sessionTimeoutMs, state: "disconnected" };
    const { chroot } = this.address;
    const client = () => this.client;
    this.watches = new Watches({ absolute: (path) => absolutePath(chroot, path), client, logger });
    this.replies = new LostReplies(
      sessionAttempts((operation, path, request) => this.exchange(operation, path, request), client, chroot),
    );
  }

  get session(): Session {
    return this.current;
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
    return this.watches.add("node", path, listener, (arm) => this.armed(path, arm));
  }

  watchChildren(path: string, listener: () => void): Promise<() => void> {
    return this.watches.add("children", path, listener, (arm) => this.armed(path, arm));
  }

  /** A transaction goes through the leader, and this server answers it only after all that came before; the client has no `sync`. */
  async sync(): Promise<void> {
    const root = absolutePath(this.address.chroot, "/");
    await this.retryingRead("sync", "/", (client, reply) => {
      const transaction = client.transaction().check(root, -1);
      transaction.commit((error) => {
        reply(error ? asCoordinationError(error, "sync", "/") : null);
      });
    });
  }

  async close(): Promise<void> {
    if (this.current.state === "closed") return;
    this.current.state = "closed";
    this.gate.shut("SESSION_EXPIRED");
    await this.client.close(GRACE_OF_CLOSE_MS);
  }

  private newClient(): HardenedClient {
    const { clock, logger, random, sessionTimeoutMs } = this.options;
    const client: HardenedClient = new HardenedClient({
      servers: shuffled(this.address.servers, random),
      sessionTimeoutMs,
      clock,
      logger,
      onConnected: () => this.onConnected(client),
      onDisconnected: () => this.onDisconnected(client),
      onLost: () => this.onLost(client),
      onExpired: () => this.onExpired(client),
    });
    return client;
  }

  private onConnected(client: HardenedClient): void {
    if (client !== this.client || this.current.state === "closed") return;
    const id = client.sessionId;
    const isNew = id !== this.current.id;
    if (isNew) this.current = { id, timeoutMs: client.raw.getSessionTimeout(), state: "connected" };
    else this.current.state = "connected";
    this.options.logger.info(isNew ? "ZooKeeper session opened" : "ZooKeeper session resumed", {
      session: id.toString(16),
      timeoutMs: this.current.timeoutMs,
    });
    if (!this.everConnected) {
      this.everConnected = true;
      this.gate.opened();
      this.onFirstConnected();
      return;
    }
    this.emit(isNew ? "renewed" : "connected");
    this.gate.opened();
    this.watches.armAll();
  }

  private onDisconnected(client: HardenedClient): void {
    if (client !== this.client || this.current.state !== "connected") return;
    this.current.state = "disconnected";
    this.gate.closed();
    this.watches.forgetArmed();
    this.options.logger.warn("ZooKeeper connection lost", { session: this.current.id.toString(16) });
    this.emit("disconnected");
  }

  private onLost(client: HardenedClient): void {
    if (client !== this.client || this.current.state !== "disconnected" || !this.everConnected) return;
    this.options.logger.warn("no word from ZooKeeper for a session timeout", { timeoutMs: this.current.timeoutMs });
    this.emit("lost");
  }

  private onExpired(client: HardenedClient): void {
    if (client !== this.client || this.current.state === "closed") return;
    this.onDisconnected(client);
    this.current.state = "expired";
    this.options.logger.warn("ZooKeeper session expired", { session: this.current.id.toString(16) });
    this.emit("expired");
    this.gate.failWaiting("SESSION_EXPIRED");
    // A listener may have closed us.
    if (this.current.state !== "expired") return;
    this.client = this.newClient();
    this.client.connect();
  }

  private emit(event: SessionEvent): void {
    for (const listener of this.sessionListeners) listener(event);
  }

  /** One request and its reply, on the connection that stands once the gate lets it through. */
  private async exchange<T>(
    operation: string,
    path: string,
    request: (client: LibraryClient, reply: (error: CoordinationError | null, value?: T) => void) => void,
  ): Promise<T> {
    await this.gate.enter(operation, path);
    try {
      return await new Promise<T>((resolve, reject) => {
        if (!this.client.isConnected) {
          reject(
            new CoordinationError("CONNECTION_LOSS", operation, path, {
              detail: "the connection broke before it was sent",
            }),
          );
          return;
        }
        try {
          request(this.client.raw, (error, value) => {
            if (error) reject(error);
            else resolve(value as T);
          });
        } catch (cause) {
          // The library throws at once on paths and data that it does not take.
          reject(new CoordinationError("OTHER", operation, path, { cause }));
        }
      });
    } finally {
      this.gate.leave();
    }
  }

  /** For requests that change nothing, so that a lost reply is simply asked for again. */
  private async retryingRead(
    operation: string,
    path: string,
    request: (client: LibraryClient, reply: (error: CoordinationError | null, value?: void) => void) => void,
  ): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.exchange<void>(operation, path, request);
        return;
      } catch (error) {
        const lost = error instanceof CoordinationError && error.code === "CONNECTION_LOSS";
        if (!lost || error instanceof NeverSent || tries === 3) throw error;
      }
    }
  }

  private armed(path: string, arm: () => Promise<void>): Promise<void> {
    return this.retryingRead("watch", path, (_, reply) => {
      arm().then(
        () => reply(null),
        (error: unknown) => {
          if (error instanceof CoordinationError) reply(error);
          else reply(new CoordinationError("OTHER", "watch", path, { cause: error }));
        },
      );
    });
  }

  private untilFirstConnected(): Promise<void> {
    const { clock, connectionTimeoutMs, connectString, signal } = this.options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new Aborted("connecting to ZooKeeper", signal.reason));
        return;
      }
      const onAbort = () => settle(() => reject(new Aborted("connecting to ZooKeeper", signal?.reason)));
      const timer = clock.setTimer(connectionTimeoutMs, () => {
        const tried = this.client.failures;
        const servers = this.address.servers.map(({ host, port }) => {
          const server = `${host}:${port}`;
          return `${server}: ${tried.get(server) ?? "no answer"}`;
        });
        const detail = `no ZooKeeper server answered within ${connectionTimeoutMs} ms: ${servers.join(", ")}`;
        settle(() => reject(new CoordinationError("CONNECTION_LOSS", "connect", connectString, { detail })));
      });
      const settle = (how: () => void) => {
        timer.cancel();
        signal?.removeEventListener("abort", onAbort);
        this.onFirstConnected = () => {};
        how();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.onFirstConnected = () => settle(resolve);
      this.client.connect();
    });
  }

  private async ensureChroot(): Promise<void> {
    const { chroot } = this.address;
    if (chroot === "") return;
    const root = sessionAttempts(
      (operation, path, request) => this.exchange(operation, path, request),
      () => this.client,
      "",
    );
    const replies = new LostReplies(root);
    await createMissing(
      {
        get: (path) => replies.get(path),
        children: (path) => replies.children(path),
        create: (path, data, options = {}) => replies.create(path, data, options),
        remove: (path, version) => replies.remove(path, version),
      },
      chroot,
    );
  }
}

type MutableSession = { -readonly [Key in keyof Session]: Session[Key] };

/** Enough for a controller that reads a large cluster at once; more means that something asks in a loop. */
const MOST_WAITING_REQUESTS = 200_000;

/** How long the ensemble may take to confirm the end of a session; after that it learns it by the timeout. */
const GRACE_OF_CLOSE_MS = 2000;
