import {
  apiVersions,
  decodeRequest,
  decodeRequestHeader,
  encodeResponseFrame,
  FrameSplitter,
  MalformedMessage,
  type RequestFrameHeader,
} from "@ottla/protocol";
import type { Clock, InvariantViolation, Logger, StreamSocket } from "@ottla/runtime";
import { unsupportedApiVersions } from "../handlers/api-versions";
import type { Handler, RequestConnection } from "../handlers/handler";
import { RefusedSequences } from "../handlers/refused-sequences";
import type { BrokerServices } from "../services";
import type { ConnectionLog } from "./connection-log";
import { Exchange, type ExchangeOptions } from "./exchange";
import type { FrameHolder, FrameMemory } from "./frame-memory";
import { Outgoing } from "./outgoing";
import { Reading } from "./reading";

/** Answers that the client does not read; beyond them its requests wait, whatever they ask for. */
const UNREAD_ANSWER_BYTES_MAX = 2 * 1024 * 1024;
/** How long the last answers of a connection that is about to end may take to leave. */
const LAST_ANSWER_MS = 1000;

export interface ConnectionOptions {
  readonly id: number;
  readonly socket: StreamSocket;
  readonly listenerName: string;
  readonly services: BrokerServices;
  readonly handlerOf: (apiKey: number) => Handler | undefined;
  readonly requestBytesMax: number;
  readonly memory: FrameMemory;
  readonly log: ConnectionLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An InvariantViolation in a handler: the process must stop. */
  readonly onFatal: (error: InvariantViolation) => void;
  readonly onClosed: (connection: Connection) => void;
}

/** A whole request that waits for its turn. */
interface WaitingRequest {
  frame: Buffer;
  /** Whether the frame lies in memory of its own. */
  kept: boolean;
  readonly receivedAtMs: number;
}

/**
 * One client's connection: cuts its bytes into requests, starts each when the order allows, and sends the answers in the requests' order.
 *
 * Only Produce overtakes a waiting Produce; any other request starts when all earlier ones are answered (replication rule 36).
 */
export class Connection implements RequestConnection, FrameHolder {
  readonly id: number;
  readonly remoteAddress: string;
  readonly listenerName: string;
  readonly refusedSequences = new RefusedSequences();
  /** When a byte last came or an answer left, by `Clock.monotonicMs`. */
  lastActiveMs: number;

  private readonly socket: StreamSocket;
  private readonly splitter: FrameSplitter;
  private readonly outgoing: Outgoing;
  private readonly reading: Reading;
  private readonly exchangeOptions: ExchangeOptions;
  private readonly closing = new AbortController();
  private readonly waiting: WaitingRequest[] = [];
  /** Started and not yet sent, in the order of their requests. */
  private readonly open: Exchange[] = [];
  private unansweredBytes = 0;
  private framesCut = 0;
  /** Nothing that still comes will be looked at. */
  private broken = false;
  private advancing = false;
  private drained: (() => void) | null = null;

  constructor(private readonly options: ConnectionOptions) {
    const { socket } = options;
    this.id = options.id;
    this.socket = socket;
    this.remoteAddress = `${socket.remoteAddress ?? "unknown"}:${socket.remotePort ?? 0}`;
    this.listenerName = options.listenerName;
    this.lastActiveMs = options.clock.monotonicMs();
    this.splitter = new FrameSplitter({ frameSizeBytesMax: options.requestBytesMax });
    this.outgoing = new Outgoing(socket, options.clock);
    this.reading = new Reading(socket);
    const { services, logger, onFatal } = options;
    this.exchangeOptions = { connection: this, services, signal: this.closing.signal, logger, onFatal };
    socket.on("data", (chunk: Buffer) => this.onData(chunk));
    socket.on("drain", () => this.onDrain());
    // A client that has said its last word may still be waiting for answers: `end` closes only once they are sent.
    socket.on("end", () => void this.drain());
    socket.on("close", () => this.onClose());
  }

  /** Bytes of requests that are not answered yet, whole or not. */
  get heldBytes(): number {
    return this.unansweredBytes + this.splitter.bytesHeld;
  }

  get waitsForClient(): boolean {
    if (this.broken) return false;
    return this.reading.unreadAnswers || (this.splitter.bytesHeld > 0 && !this.reading.restsByItself);
  }

  get framesReceived(): number {
    return this.framesCut;
  }

  get movedBytes(): number {
    return this.socket.bytesRead + this.socket.bytesWritten - this.socket.writableLength;
  }

  /** Whether every request that came was answered. */
  get isQuiet(): boolean {
    return this.open.length === 0 && this.waiting.length === 0;
  }

  /** Closes at once; what is under way is told by its signal. */
  close(): void {
    this.socket.destroy();
  }

  /** Reads no more, answers what has come, then closes. */
  drain(): Promise<void> {
    this.reading.draining = true;
    this.decideReading();
    return new Promise((resolve) => {
      if (this.socket.destroyed) {
        resolve();
        return;
      }
      const before = this.drained;
      this.drained = () => {
        before?.();
        resolve();
      };
      this.endWhenQuiet();
    });
  }

  setMemoryHold(held: boolean): void {
    if (this.reading.memoryHold === held) return;
    this.reading.memoryHold = held;
    this.decideReading();
  }

  giveUp(): void {
    this.closeBecause("too slow while requests of others wait for memory", { heldBytes: this.heldBytes });
  }

  private onData(chunk: Buffer): void {
    if (this.broken) return;
    const nowMs = this.options.clock.monotonicMs();
    this.lastActiveMs = nowMs;
    const { frames, error } = this.splitter.push(chunk);
    this.framesCut += frames.length;
    for (const frame of frames) {
      this.unansweredBytes += frame.length;
      this.waiting.push({ frame, kept: false, receivedAtMs: nowMs });
    }
    this.advance();
    if (this.broken) return;
    if (error !== null) {
      this.closeBecause(error.kind === "TOO_LARGE" ? "request too large" : "negative request size", {
        announcedBytes: error.announcedSizeBytes,
      });
      return;
    }
    this.keepWaitingFrames();
    this.options.memory.update(this);
    this.decideReading();
  }

  /** Small frames that must wait are copied, lest each keep alive the 64 KiB it arrived in. */
  private keepWaitingFrames(): void {
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      const request = this.waiting[i]!;
      if (request.kept) break;
      request.kept = true;
      if (request.frame.length * 4 < request.frame.buffer.byteLength) request.frame = Buffer.from(request.frame);
    }
  }

  /** Sends the answers whose turn has come and starts the requests that may start, until neither is possible. */
  private advance(): void {
    if (this.advancing) return;
    this.advancing = true;
    do this.sendReady();
    while (this.startNext());
    this.advancing = false;
    if (this.reading.draining) this.endWhenQuiet();
  }

  private sendReady(): void {
    let sent = 0;
    for (const exchange of this.open) {
      if (exchange.answer === null) break;
      sent++;
      this.unansweredBytes -= exchange.frameBytes;
      if (exchange.closes) {
        exchange.release();
        this.finish();
        break;
      }
      this.outgoing.add(exchange.answer, exchange.releases);
    }
    if (sent > 0) this.open.splice(0, sent);
  }

  /** @returns whether a request was started, so that it is worth looking again */
  private startNext(): boolean {
    const next = this.waiting[0];
    if (next === undefined || this.reading.notAdmitted || this.broken) return false;
    if (this.outgoing.pendingBytes > UNREAD_ANSWER_BYTES_MAX) this.reading.unreadAnswers = true;
    if (this.reading.unreadAnswers) return false;
    const header = this.parsed(() => decodeRequestHeader(next.frame), next.frame);
    if (header === null) return false;
    const handler = this.options.handlerOf(header.apiKey);
    const first = this.open[0];
    if (first !== undefined && !(handler?.overlaps === true && first.handler.overlaps)) return false;
    if (handler === undefined) {
      this.closeBecause("unknown API", { apiKey: header.apiKey, apiVersion: header.apiVersion });
      return false;
    }
    if (header.apiVersion < handler.versions[0] || header.apiVersion > handler.versions[1])
      return this.refuseVersion(handler, header, next);
    const decoded = this.parsed(
      () => decodeRequest(handler.api, header.apiVersion, next.frame, header.bodyOffset),
      next.frame,
    );
    if (decoded === null) return false;
    const exchange = this.exchange(handler, header, next);
    const admitted = handler.admit(decoded.request, exchange);
    if (admitted !== null) {
      this.waitForAdmission(admitted);
      return false;
    }
    this.waiting.shift();
    this.open.push(exchange);
    exchange.run(decoded.request, () => this.afterChange());
    return true;
  }

  private exchange(handler: Handler, header: RequestFrameHeader, { frame, receivedAtMs }: WaitingRequest): Exchange {
    return new Exchange(handler, header, receivedAtMs, frame.length, this.exchangeOptions);
  }

  private waitForAdmission(admitted: Promise<void>): void {
    this.reading.notAdmitted = true;
    const ask = (): void => {
      this.reading.notAdmitted = false;
      this.afterChange();
    };
    admitted.then(ask, (error: unknown) => {
      this.closeBecause("request could not be admitted", { error });
    });
  }

  private refuseVersion(handler: Handler, header: RequestFrameHeader, request: WaitingRequest): boolean {
    const { apiKey, apiVersion, correlationId } = header;
    if (apiKey !== apiVersions.key) {
      this.closeBecause("unsupported version", { api: handler.api.name, apiVersion });
      return false;
    }
    this.waiting.shift();
    const exchange = this.exchange(handler, header, request);
    exchange.answer = encodeResponseFrame(apiVersions, 0, correlationId, unsupportedApiVersions);
    this.open.push(exchange);
    return true;
  }

  private parsed<T>(parse: () => T, frame: Buffer): T | null {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.closeBecause("malformed request", { error, bytes: frame.length });
      return null;
    }
  }

  /** Something outside a data event let requests move on. */
  private afterChange(): void {
    if (this.socket.destroyed) return;
    this.lastActiveMs = this.options.clock.monotonicMs();
    this.advance();
    this.options.memory.update(this);
    this.decideReading();
  }

  private onDrain(): void {
    if (!this.reading.unreadAnswers) return;
    this.reading.unreadAnswers = false;
    this.afterChange();
  }

  private decideReading(): void {
    this.reading.decide({ bytes: this.unansweredBytes, requests: this.open.length + this.waiting.length });
  }

  private endWhenQuiet(): void {
    if (this.isQuiet) this.finish();
  }

  /** Hands over the answers that are ready, then closes; a client that does not take them cannot keep the connection. */
  private finish(): void {
    if (this.broken) return;
    this.broken = true;
    this.waiting.length = 0;
    this.outgoing.flush();
    this.socket.destroySoon();
    this.options.clock.setTimer(LAST_ANSWER_MS, () => this.socket.destroy(), { background: true });
  }

  private closeBecause(cause: string, fields: Readonly<Record<string, unknown>>): void {
    this.options.log.closed(cause, { client: this.remoteAddress, listener: this.listenerName, ...fields });
    this.finish();
  }

  private onClose(): void {
    this.closing.abort();
    this.waiting.length = 0;
    this.unansweredBytes = 0;
    this.outgoing.discard();
    for (const exchange of this.open) exchange.release();
    this.options.memory.remove(this);
    this.drained?.();
    this.options.onClosed(this);
  }
}
