import type { Clock, Random } from "@ottla/runtime";
import { FetchSession, type FetchSessionPartition, type RequestedPartition } from "./fetch-session";

/** What a Fetch says about its session. */
export interface FetchSessionRequest {
  readonly sessionId: number;
  /** -1 without or to end a session, 0 to begin one, from 1 on to continue it. */
  readonly sessionEpoch: number;
  /** Whether it names topics by id (Fetch 13 and up) or by name: one session does one or the other. */
  readonly usesTopicIds: boolean;
  readonly partitions: readonly RequestedPartition[];
  readonly forgotten: readonly { readonly topic: string; readonly index: number }[];
  /** True for followers: consumers do not push them out. */
  readonly isPrivileged: boolean;
}

/**
 * The partitions one Fetch is about, in the order in which they are served.
 *
 * - full: every partition is answered; `begins` says whether a session is to be made for the next ones
 * - incremental: only what has news is answered
 */
export type FetchScope =
  | { readonly kind: "full"; readonly partitions: readonly FetchSessionPartition[]; readonly begins: boolean }
  | {
      readonly kind: "incremental";
      readonly partitions: readonly FetchSessionPartition[];
      readonly session: FetchSession;
    }
  | {
      readonly kind: "refused";
      readonly error: "FETCH_SESSION_ID_NOT_FOUND" | "INVALID_FETCH_SESSION_EPOCH" | "FETCH_SESSION_TOPIC_ID_ERROR";
    };

/**
 * The fetch sessions of this broker (KIP-227): what a client asks for is remembered, and only changes travel.
 *
 * At most `slots` are kept. A newcomer takes the place of one that has been idle for two minutes, of a smaller one that has been there
 * for two minutes, or, when it is a follower's, of a consumer's; otherwise it goes without, and sends full requests.
 */
export class FetchSessions {
  private readonly sessions = new Map<number, FetchSession>();

  constructor(private readonly options: { readonly slots: number; readonly clock: Clock; readonly random: Random }) {}

  get count(): number {
    return this.sessions.size;
  }

  /** Resolves what a request is about, ending, continuing or forgetting its session as it asks. */
  scopeOf(request: FetchSessionRequest): FetchScope {
    if (request.sessionEpoch <= 0) {
      this.sessions.delete(request.sessionId);
      const partitions = request.partitions.map((partition) => ({
        ...partition,
        highWatermark: -1,
        logStartOffset: -1,
      }));
      return { kind: "full", partitions, begins: request.sessionEpoch === 0 };
    }
    const session = this.sessions.get(request.sessionId);
    if (session === undefined) return { kind: "refused", error: "FETCH_SESSION_ID_NOT_FOUND" };
    if (session.usesTopicIds !== request.usesTopicIds)
      return { kind: "refused", error: "FETCH_SESSION_TOPIC_ID_ERROR" };
    if (!session.take(request.sessionEpoch, this.nowMs()))
      return { kind: "refused", error: "INVALID_FETCH_SESSION_EPOCH" };
    session.update(request.partitions, request.forgotten);
    if (session.size === 0) {
      this.sessions.delete(session.id);
      return { kind: "full", partitions: [], begins: false };
    }
    return { kind: "incremental", partitions: session.partitions(), session };
  }

  /** Makes a session for partitions that were just answered in full. @returns its id, or 0 when there is no room */
  begin(partitions: readonly FetchSessionPartition[], about: { usesTopicIds: boolean; isPrivileged: boolean }): number {
    const nowMs = this.nowMs();
    if (partitions.length === 0 || !this.makeRoom(partitions.length, about.isPrivileged, nowMs)) return 0;
    const id = this.unusedId();
    this.sessions.set(id, new FetchSession({ id, ...about, partitions, nowMs }));
    return id;
  }

  private makeRoom(size: number, isPrivileged: boolean, nowMs: number): boolean {
    if (this.sessions.size < this.options.slots) return true;
    let victim: FetchSession | null = null;
    for (const session of this.sessions.values()) {
      const yields =
        nowMs - session.usedAtMs > EVICTION_MS ||
        (isPrivileged && !session.isPrivileged) ||
        (session.isPrivileged === isPrivileged && session.size < size && nowMs - session.createdAtMs > EVICTION_MS);
      if (yields && (victim === null || session.usedAtMs < victim.usedAtMs)) victim = session;
    }
    if (victim === null) return false;
    this.sessions.delete(victim.id);
    return true;
  }

  private unusedId(): number {
    for (;;) {
      const id = 1 + this.options.random.below(0x7fffffff - 1);
      if (!this.sessions.has(id)) return id;
    }
  }

  private nowMs(): number {
    return this.options.clock.monotonicMs();
  }
}

/** Two minutes, Kafka's `min.incremental.fetch.session.eviction.ms`. */
const EVICTION_MS = 120_000;
