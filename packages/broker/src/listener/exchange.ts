import type { Handler, RequestConnection, RequestContext } from "../handlers/handler";
import type { BrokerServices } from "../services";

type Header = RequestContext["header"];

/** One request that was started, and its answer once there is one. */
export class Exchange implements RequestContext {
  /** The answer's frame; an empty one stands for a request that gets none. Null until the handler is done. */
  answer: readonly Buffer[] | null = null;
  /** The connection ends when this one's turn to be answered comes. */
  closes = false;
  readonly releases: (() => void)[] = [];

  constructor(
    readonly handler: Handler,
    readonly header: Header,
    readonly connection: RequestConnection,
    readonly services: BrokerServices,
    readonly signal: AbortSignal,
    readonly receivedAtMs: number,
    /** What the request's frame holds, until it is answered. */
    readonly frameBytes: number,
  ) {}

  afterAnswer(release: () => void): void {
    this.releases.push(release);
  }
}
