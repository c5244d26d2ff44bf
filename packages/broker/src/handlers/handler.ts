import type { Api, RequestOf, ResponseInput } from "@ottla/protocol";
import type { BrokerServices } from "../services";
import type { RefusedSequences } from "./refused-sequences";

/** What the listener says instead of an answer: Produce with acks=0, which succeeded. */
export const NO_RESPONSE: unique symbol = Symbol("no response");

/** What the listener does instead of answering: a failed Produce with acks=0 is told only by the connection's end. */
export const CLOSE_CONNECTION: unique symbol = Symbol("close connection");

export type Answer<A extends Api> = ResponseInput<A> | typeof NO_RESPONSE | typeof CLOSE_CONNECTION;

/** The connection a request came over, as far as a handler may look. */
export interface RequestConnection {
  /** Unique within the life of this process. */
  readonly id: number;
  readonly remoteAddress: string;
  /** The name of the listener that accepted it; Metadata answers with the addresses advertised for that name. */
  readonly listenerName: string;
  readonly refusedSequences: RefusedSequences;
  close(): void;
}

export interface RequestContext {
  readonly connection: RequestConnection;
  readonly header: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly correlationId: number;
    readonly clientId: string | null;
  };
  readonly services: BrokerServices;
  /** Aborted when the connection closes or the broker stops: whoever waits gives up. */
  readonly signal: AbortSignal;
  /** When the whole request had arrived, by `Clock.monotonicMs`. */
  readonly receivedAtMs: number;
  /**
   * Has `release` called once the answer's bytes have been handed to the kernel, or the connection died before: the moment from
   * which slices that the answer was built from may be reused.
   */
  afterAnswer(release: () => void): void;
}

/**
 * Serves one API.
 *
 * The listener calls `handle` in the order in which requests arrived and sends answers in that order. Any request but Produce starts
 * only when all earlier ones of its connection are answered (replication rule 36).
 */
export interface Handler<A extends Api = Api> {
  readonly api: A;
  /** Lowest and highest version served: what ApiVersions advertises. */
  readonly versions: readonly [number, number];
  /** Whether it may start while earlier requests of the same kind still wait for their answers. Only Produce says yes. */
  readonly overlaps: boolean;
  /** Whether ApiVersions lists it. */
  readonly advertised: boolean;
  /**
   * Asked before `handle`, without side effects.
   *
   * @returns null when the request may start now; otherwise a promise after which it may: the connection is not read meanwhile
   *   (replication rule 37). It is asked again then.
   */
  admit(request: RequestOf<A>, context: RequestContext): Promise<void> | null;
  handle(request: RequestOf<A>, context: RequestContext): Answer<A> | Promise<Answer<A>>;
}

/** `handles` infers a subtype of it, so that error names in an answer keep their literal types. */
type HandleOf<A extends Api> = (request: RequestOf<A>, context: RequestContext) => Answer<A> | Promise<Answer<A>>;

export interface HandlerOptions<A extends Api> {
  readonly overlaps?: boolean;
  readonly advertised?: boolean;
  readonly admit?: (request: RequestOf<A>, context: RequestContext) => Promise<void> | null;
}

/**
 * States that `handle` serves `versions` of `api`.
 *
 * What `handle` does before its first `await` happens in the tick in which the request was cut from its frame: only then do `bytes`
 * and `records` fields of the request still lie in memory of their own. Whatever must live longer is copied, or written.
 *
 * @param versions lowest and highest version, both inclusive
 */
export function handles<A extends Api, H extends HandleOf<A>>(
  api: A,
  versions: readonly [number, number],
  handle: H & HandleOf<A>,
  options: HandlerOptions<A> = {},
): Handler<A> {
  return {
    api,
    versions,
    overlaps: options.overlaps ?? false,
    advertised: options.advertised ?? true,
    admit: options.admit ?? startsNow,
    handle,
  };
}

const startsNow = (): null => null;
