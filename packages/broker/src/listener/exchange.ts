import { encodeResponseFrame } from "@ottla/protocol";
import { explain, InvariantViolation, type Logger } from "@ottla/runtime";
import {
  type Answer,
  CLOSE_CONNECTION,
  type Handler,
  NO_RESPONSE,
  type RequestConnection,
  type RequestContext,
} from "../handlers/handler";
import type { BrokerServices } from "../services";

type Header = RequestContext["header"];

/** What an exchange needs of the place it is in. */
export interface ExchangeOptions {
  readonly connection: RequestConnection;
  readonly services: BrokerServices;
  /** Aborted once the connection is gone: an answer has nowhere to go then. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** An InvariantViolation in a handler: the process must stop. */
  readonly onFatal: (error: InvariantViolation) => void;
}

/** One request that was started, and its answer once there is one. */
export class Exchange implements RequestContext {
  /** The answer's frame; an empty one stands for a request that gets none. Null until the handler is done. */
  answer: readonly Buffer[] | null = null;
  /** The connection ends when this one's turn to be answered comes. */
  closes = false;
  readonly releases: (() => void)[] = [];
  readonly connection: RequestConnection;
  readonly services: BrokerServices;
  readonly signal: AbortSignal;

  constructor(
    readonly handler: Handler,
    readonly header: Header,
    readonly receivedAtMs: number,
    /** What the request's frame holds, until it is answered. */
    readonly frameBytes: number,
    private readonly options: ExchangeOptions,
  ) {
    this.connection = options.connection;
    this.services = options.services;
    this.signal = options.signal;
  }

  afterAnswer(release: () => void): void {
    this.releases.push(release);
  }

  /**
   * Has the request handled. A handler that breaks down becomes an error in the answer, or the connection's end.
   *
   * @param onLate told when there is an answer, if it was not there at once
   */
  run(request: unknown, onLate: () => void): void {
    try {
      const outcome = this.handler.handle(request as never, this);
      if (!(outcome instanceof Promise)) this.succeed(outcome);
      else
        outcome.then(
          (answer) => {
            this.succeed(answer);
            onLate();
          },
          (error: unknown) => {
            this.fail(error);
            onLate();
          },
        );
    } catch (error) {
      this.fail(error);
    }
  }

  /** Lets go of what the answer was made of. */
  release(): void {
    for (const release of this.releases.splice(0)) release();
  }

  private succeed(answer: Answer<Handler["api"]>): void {
    if (answer === NO_RESPONSE) this.answer = NOTHING;
    else if (answer === CLOSE_CONNECTION) {
      this.answer = NOTHING;
      this.closes = true;
    } else {
      const { apiVersion, correlationId } = this.header;
      try {
        this.answer = encodeResponseFrame(this.handler.api, apiVersion, correlationId, answer);
      } catch (error) {
        this.fail(error);
      }
    }
    if (this.signal.aborted) this.release();
  }

  /** The client gets an error if the answer has a place for one, otherwise the connection's end. */
  private fail(error: unknown): void {
    const { api } = this.handler;
    const { apiVersion, correlationId } = this.header;
    const { logger, onFatal, connection } = this.options;
    if (error instanceof InvariantViolation) onFatal(error);
    if (this.signal.aborted) this.release();
    else logger.error(`${api.name} failed`, { apiVersion, client: connection.remoteAddress, error });
    this.answer = NOTHING;
    this.closes = true;
    if (!("errorCode" in api.response.fields)) return;
    try {
      this.answer = encodeResponseFrame(api, apiVersion, correlationId, { errorCode: "UNKNOWN_SERVER_ERROR" });
      this.closes = false;
    } catch (unencodable) {
      logger.warn(`${api.name} has no answer for an error: closing`, { error: explain(unencodable) });
    }
  }
}

const NOTHING: readonly Buffer[] = [];
