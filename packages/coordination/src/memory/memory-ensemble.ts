import type { Clock, SimulatedProcess } from "@ottla/runtime";
import type { Operation, OperationResult } from "../port";
import { MemoryCoordination } from "./memory-coordination";
import { ZnodeTree } from "./znode-tree";

export interface MemoryEnsembleOptions {
  readonly clock: Clock;
  /** Milliseconds from a call to its reply; half of it passes before the ensemble acts. 0: the ensemble acts within the call. */
  readonly latencyMs?: number;
}

/** One write as the ensemble performed it. */
export interface MemoryTransaction {
  readonly zxid: bigint;
  readonly sessionId: bigint;
  /** The name given at `connect`. */
  readonly by: string;
  readonly operations: readonly Operation[];
}

/**
 * An ensemble in memory: one tree that all its sessions share, deterministic under a simulated clock, with the faults of the real one at
 * a spec's command.
 */
export class MemoryEnsemble {
  private readonly tree = new ZnodeTree();
  private readonly clients = new Set<MemoryCoordination>();
  private readonly log: MemoryTransaction[] = [];
  private sessionsMade = 0;
  private readonly clock: Clock;
  latencyMs: number;
  private quorum = true;

  constructor(options: MemoryEnsembleOptions) {
    this.clock = options.clock;
    this.latencyMs = options.latencyMs ?? 0;
  }

  /**
   * Opens a session.
   *
   * @param options.name who it is, for the log of transactions
   * @param options.sessionTimeoutMs default 18 s, as Kafka's
   * @param options.connectionTimeoutMs how long a call waits for a connection; default the session timeout
   * @param options.process where the client lives: what it hears goes through it, by its clock
   */
  connect(
    options: {
      readonly name?: string;
      readonly sessionTimeoutMs?: number;
      readonly connectionTimeoutMs?: number;
      readonly process?: SimulatedProcess;
    } = {},
  ): Promise<MemoryCoordination> {
    const sessionTimeoutMs = options.sessionTimeoutMs ?? 18_000;
    const client = new MemoryCoordination({
      name: options.name ?? `client-${this.clients.size + 1}`,
      clock: this.clock,
      process: options.process ?? null,
      sessionTimeoutMs,
      connectionTimeoutMs: options.connectionTimeoutMs ?? sessionTimeoutMs,
      server: {
        tree: this.tree,
        latencyMs: () => this.latencyMs,
        hasQuorum: () => this.quorum,
        newSessionId: () => 0x1000_0000_0000n + BigInt(++this.sessionsMade),
        commit: (by, sessionId, operations) => this.commit(by, sessionId, operations),
        end: (by, sessionId) => this.endSession(by, sessionId),
        forget: (gone) => void this.clients.delete(gone),
      },
    });
    this.clients.add(client);
    return Promise.resolve(client);
  }

  /** Every write in the order performed; a session's end is the removal of its ephemeral nodes. */
  get transactions(): readonly MemoryTransaction[] {
    return this.log;
  }

  /** Paths of all nodes, sorted. */
  paths(): string[] {
    return this.tree.paths();
  }

  /** A node's data as text, past all faults and latency; null when there is no node or no data. */
  textAt(path: string): string | null {
    return this.tree.get(path)?.data?.toString("utf8") ?? null;
  }

  /** Begins with nodes as they are, versions too (a recorded dump, say); parents before children. */
  plant(
    nodes: Iterable<{
      readonly path: string;
      readonly data: string | null;
      readonly version?: number;
      readonly ephemeralOwner?: bigint;
    }>,
  ): void {
    for (const { path, data, version, ephemeralOwner } of nodes) {
      if (path === "/") continue;
      const bytes = data === null ? null : Buffer.from(data, "utf8");
      this.tree.plant(path, bytes, version ?? 0, ephemeralOwner ?? 0n, this.clock.nowMs());
    }
  }

  /** Ends the session on the ensemble's side: its ephemeral nodes go, the client learns it now and gets a new session. */
  expire(client: MemoryCoordination): void {
    client.beExpired();
  }

  /**
   * Cuts the client off. Its session ends after a session timeout unless `reconnect` comes first.
   *
   * @param options.unnoticed packets are dropped without a word: calls stay unanswered, and the client finds out when it has heard nothing
   *   for two thirds of its session timeout; what was sent before it does arrives late when the path is healed. Otherwise it knows at once.
   */
  disconnect(client: MemoryCoordination, options: { readonly unnoticed?: boolean } = {}): void {
    client.beDisconnected(options.unnoticed ?? false);
  }

  /** Lets the client back: into its session, or, when that has ended, into a new one. */
  reconnect(client: MemoryCoordination): void {
    client.beReconnected();
  }

  /** The client's process is paused, or dead: its session ends after a session timeout, unless it is heard again before. */
  silence(client: MemoryCoordination): void {
    client.beSilent();
  }

  /** The client's process goes on. */
  unsilence(client: MemoryCoordination): void {
    client.beHeardAgain();
  }

  get hasQuorum(): boolean {
    return this.quorum;
  }

  /** Too few servers are left: everybody is disconnected, nothing is answered, no session ends. */
  loseQuorum(): void {
    this.quorum = false;
    for (const client of this.clients) client.onQuorum(false);
  }

  /** Enough servers again: every session has its whole timeout before it. */
  regainQuorum(): void {
    this.quorum = true;
    for (const client of this.clients) client.onQuorum(true);
  }

  /**
   * The client's next write is applied, but its reply is lost: the connection breaks and comes back at once.
   *
   * @param options.verified false: the adapter does not find out what became of it, and the caller gets CONNECTION_LOSS
   */
  loseNextReply(client: MemoryCoordination, options: { readonly verified?: boolean } = {}): void {
    client.loseNextReply(options.verified ?? true);
  }

  private commit(by: string, sessionId: bigint, operations: readonly Operation[]): OperationResult[] {
    const { results, changes } = this.tree.transact(operations, sessionId, this.clock.nowMs());
    this.log.push({ zxid: this.tree.zxid, sessionId, by, operations });
    for (const client of this.clients) client.onChanges(changes);
    return results;
  }

  private endSession(by: string, sessionId: bigint): void {
    const removals = this.tree
      .ephemeralsOf(sessionId)
      .map((path): Operation => ({ kind: "remove", path, expectedVersion: null }));
    if (removals.length > 0) this.commit(by, sessionId, removals);
  }
}
