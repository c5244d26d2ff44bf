import {
  CoordinationError,
  type MemoryCoordination,
  MemoryEnsemble,
  type MemoryTransaction,
} from "@ottla/coordination";
import { type SimulatedProcess, sleep } from "@ottla/runtime";
import type { SimulatedWorld } from "../world";

interface Connected {
  readonly client: MemoryCoordination;
  readonly process: SimulatedProcess;
}

/** The ensemble of a simulated cluster, and what can befall it and the paths to it. */
export class SimulatedZooKeeper {
  readonly ensemble: MemoryEnsemble;
  private readonly sessions = new Map<number, Connected>();
  private readonly cuts = new Set<number>();

  constructor(
    private readonly world: SimulatedWorld,
    latencyMs: number,
  ) {
    this.ensemble = new MemoryEnsemble({ clock: world.clock, latencyMs });
  }

  get transactions(): readonly MemoryTransaction[] {
    return this.ensemble.transactions;
  }

  /** Milliseconds from a call to its reply. */
  setLatency(ms: number): void {
    this.ensemble.latencyMs = ms;
  }

  /** Cuts a broker off from ZooKeeper, and from nothing else: its connection is reset. Its session ends after its timeout. */
  cut(id: number): void {
    this.cuts.add(id);
    const connected = this.sessions.get(id);
    if (connected !== undefined) this.ensemble.disconnect(connected.client);
  }

  /**
   * The same without a word, as a path that drops packets: calls stay unanswered, and the broker finds out when it has heard nothing for two
   * thirds of its session timeout.
   */
  cutUnnoticed(id: number): void {
    this.cuts.add(id);
    const connected = this.sessions.get(id);
    if (connected !== undefined) this.ensemble.disconnect(connected.client, { unnoticed: true });
  }

  /** Ends `cut` and `cutUnnoticed`. */
  heal(id: number): void {
    this.cuts.delete(id);
    const connected = this.sessions.get(id);
    if (connected !== undefined) this.ensemble.reconnect(connected.client);
  }

  /** Ends every `cut`, and a loss of the quorum. */
  healAll(): void {
    this.regainQuorum();
    for (const id of this.cuts) this.heal(id);
  }

  /** Ends a broker's session now. */
  expire(id: number): void {
    const connected = this.sessions.get(id);
    if (connected !== undefined) this.ensemble.expire(connected.client);
  }

  expireAll(): void {
    for (const id of this.sessions.keys()) this.expire(id);
  }

  /** The broker's next write is applied, and its reply lost. */
  loseNextReply(id: number): void {
    const connected = this.sessions.get(id);
    if (connected !== undefined) this.ensemble.loseNextReply(connected.client);
  }

  /** Nobody is served any more, and no session ends. */
  loseQuorum(): void {
    if (this.ensemble.hasQuorum) this.ensemble.loseQuorum();
  }

  regainQuorum(): void {
    if (!this.ensemble.hasQuorum) this.ensemble.regainQuorum();
  }

  get hasQuorum(): boolean {
    return this.ensemble.hasQuorum;
  }

  /** The session of a broker's present process, once it has one. */
  session(id: number): MemoryCoordination | null {
    return this.sessions.get(id)?.client ?? null;
  }

  /** A znode as JSON; null when it is not there. */
  read(path: string): unknown {
    const text = this.ensemble.textAt(path);
    return text === null ? null : (JSON.parse(text) as unknown);
  }

  /** For the cluster: a process of a broker connects. */
  async connect(
    id: number,
    process: SimulatedProcess,
    timeouts: { readonly sessionTimeoutMs: number; readonly connectionTimeoutMs: number },
  ): Promise<MemoryCoordination> {
    const { clock } = process;
    const giveUpMs = clock.monotonicMs() + timeouts.connectionTimeoutMs;
    for (;;) {
      await sleep(clock, Math.max(this.ensemble.latencyMs, 1));
      if (this.ensemble.hasQuorum && !this.cuts.has(id)) break;
      if (clock.monotonicMs() > giveUpMs)
        throw new CoordinationError("CONNECTION_LOSS", "connect", "/", { detail: "the ensemble is not reached" });
      await sleep(clock, RETRY_MS);
    }
    const client = await this.ensemble.connect({ name: process.name, process, ...timeouts });
    this.sessions.set(id, { client, process });
    return client;
  }

  /** For the cluster: a broker's process was paused, or is dead. */
  silence(id: number): void {
    const connected = this.sessions.get(id);
    if (connected !== undefined) this.ensemble.silence(connected.client);
  }

  /** For the cluster: a broker's process goes on. */
  unsilence(id: number): void {
    const connected = this.sessions.get(id);
    if (connected !== undefined) this.ensemble.unsilence(connected.client);
  }

  /** For the cluster: the process that had this session is no more. */
  forget(id: number): void {
    this.silence(id);
    this.sessions.delete(id);
  }
}

const RETRY_MS = 100;
