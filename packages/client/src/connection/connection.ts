import {
  type Api,
  type ApiVersionsResponse,
  apiVersions,
  decodeApiVersionsResponse,
  decodeResponse,
  encodeRequestFrame,
  type Fields,
  FrameSplitter,
  type InputOf,
  type ValueOf,
} from "@ottla/protocol";
import {
  Aborted,
  type Clock,
  DeadlineExceeded,
  nodeSockets,
  type Sockets,
  type StreamSocket,
  type Timer,
} from "@ottla/runtime";
import { KafkaError } from "../kafka-error";
import { BrokerUnreachable, ConnectionLost } from "../network-error";
import { apiVersionsRetry, BrokerVersions } from "./broker-versions";

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** `client.id`, which brokers log and count by. */
  readonly clientId: string;
  readonly clock: Clock;
  /** Node's unless said otherwise. */
  readonly sockets?: Sockets | undefined;
  /** `socket.connection.setup.timeout.ms`, for the connection and the agreement on versions together. */
  readonly connectTimeoutMs: number;
  /** `request.timeout.ms`, where a request does not say otherwise. */
  readonly requestTimeoutMs: number;
  /** Largest answer taken, in bytes; 256 MiB by default. */
  readonly responseBytesMax?: number;
  readonly signal?: AbortSignal;
}

export interface SendOptions {
  /** A version above which the request cannot be expressed. */
  readonly versionMax?: number;
  /** Without an answer in that time the connection is given up, as the answers behind it cannot come either. */
  readonly timeoutMs?: number;
  /** Ends the wait. The answer, when it comes, is dropped. */
  readonly signal?: AbortSignal;
}

/**
 * One connection to one broker. Requests are sent at once and answered in their order.
 *
 * A connection that breaks, times out or answers nonsense is closed for good: everything unanswered fails with `ConnectionLost`.
 */
export class Connection {
  private readonly splitter: FrameSplitter;
  private readonly pending: Pending[] = [];
  private correlationId = 0;
  private agreedVersions: BrokerVersions | null = null;
  private lost: ConnectionLost | null = null;
  private corked = false;
  private expiry: { readonly atMs: number; readonly timer: Timer } | null = null;
  private readonly closeListeners: ((reason: ConnectionLost) => void)[] = [];

  /**
   * Connects and agrees on versions.
   *
   * @throws BrokerUnreachable
   * @throws Aborted
   */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(options, await openSocket(options));
    try {
      await connection.agreeOnVersions();
    } catch (cause) {
      connection.close();
      if (cause instanceof Aborted) throw cause;
      const address = addressOf(options);
      throw new BrokerUnreachable(address, `${address} accepts connections, but does not answer as a broker`, cause);
    }
    return connection;
  }

  private constructor(
    private readonly options: ConnectionOptions,
    private readonly socket: StreamSocket,
  ) {
    this.splitter = new FrameSplitter({ frameSizeBytesMax: options.responseBytesMax ?? RESPONSE_BYTES_MAX });
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("error", (cause) => this.fail("was cut", cause));
    socket.on("close", () => this.fail("was closed by the broker"));
  }

  /** `host:port`, as it was dialled. */
  get address(): string {
    return addressOf(this.options);
  }

  get isOpen(): boolean {
    return this.lost === null;
  }

  /** Requests sent and not yet answered. */
  get inFlight(): number {
    return this.pending.length;
  }

  /** What the broker speaks. */
  get versions(): BrokerVersions {
    if (this.agreedVersions === null) throw new ConnectionLost(this.address, "has not agreed on versions");
    return this.agreedVersions;
  }

  /** Calls `listener` when the connection ends, at once if it has ended. */
  onClose(listener: (reason: ConnectionLost) => void): void {
    if (this.lost === null) this.closeListeners.push(listener);
    else listener(this.lost);
  }

  /**
   * Sends a request in the newest version both sides speak.
   *
   * @throws ConnectionLost
   * @throws KafkaError UNSUPPORTED_VERSION
   * @throws UnsupportedFieldError when the version cannot carry a value
   * @throws Aborted
   */
  send<Req extends Fields, Res extends Fields>(
    api: Api<Req, Res>,
    request: InputOf<Req>,
    options: SendOptions = {},
  ): Promise<ValueOf<Res>> {
    return new Promise((resolve, reject) => {
      const version = this.versions.newest(api, options.versionMax);
      this.exchange(api, version, request, options, {
        reject,
        answer: (frame) => resolve(decodeResponse(api, version, frame).response),
      });
    });
  }

  /** Sends a request that has no answer: Produce with acks 0. */
  sendUnanswered<Req extends Fields, Res extends Fields>(api: Api<Req, Res>, request: InputOf<Req>): void {
    if (this.lost !== null) throw this.lost;
    this.write(encodeRequestFrame(api, this.versions.newest(api), this.nextHeader(), request));
  }

  close(): void {
    this.fail("was closed by this client");
  }

  private async agreeOnVersions(): Promise<void> {
    let version = apiVersions.maxVersion;
    for (let attempt = 0; attempt < 2; attempt++) {
      const response = await this.askVersions(version);
      if (response.errorCode === "NONE") {
        this.agreedVersions = new BrokerVersions(this.address, response);
        return;
      }
      if (response.errorCode !== "UNSUPPORTED_VERSION") throw new KafkaError(response.errorCode, "ApiVersions");
      version = apiVersionsRetry(response);
    }
    throw new KafkaError("UNSUPPORTED_VERSION", "ApiVersions", `not even version ${version}, which the broker offers`);
  }

  private askVersions(version: number): Promise<ApiVersionsResponse> {
    const { connectTimeoutMs, signal } = this.options;
    const request = { clientSoftwareName: SOFTWARE_NAME, clientSoftwareVersion: SOFTWARE_VERSION };
    return new Promise((resolve, reject) => {
      this.exchange(
        apiVersions,
        version,
        request,
        { timeoutMs: connectTimeoutMs, signal },
        { reject, answer: (frame) => resolve(decodeApiVersionsResponse(version, frame).response) },
      );
    });
  }

  private exchange<Req extends Fields>(
    api: Api<Req>,
    version: number,
    request: InputOf<Req>,
    { signal, timeoutMs = this.options.requestTimeoutMs }: SendOptions,
    { answer, reject }: Pick<Pending, "answer" | "reject">,
  ): void {
    if (this.lost !== null) throw this.lost;
    if (signal?.aborted) throw new Aborted(api.name, signal.reason);
    const header = this.nextHeader();
    const frame = encodeRequestFrame(api, version, header, request);
    const onAbort = () => reject(new Aborted(api.name, signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    const deadlineMs = this.options.clock.monotonicMs() + timeoutMs;
    this.pending.push({
      what: api.name,
      correlationId: header.correlationId,
      deadlineMs,
      timeoutMs,
      answer,
      reject,
      settled: () => signal?.removeEventListener("abort", onAbort),
    });
    this.expireAt(deadlineMs);
    this.write(frame);
  }

  private nextHeader(): { readonly correlationId: number; readonly clientId: string } {
    const correlationId = this.correlationId;
    this.correlationId = correlationId === 0x7fffffff ? 0 : correlationId + 1;
    return { correlationId, clientId: this.options.clientId };
  }

  /** What one tick sends leaves in one system call. */
  private write(chunks: readonly Buffer[]): void {
    if (!this.corked) {
      this.corked = true;
      this.socket.cork();
      process.nextTick(() => {
        this.corked = false;
        this.socket.uncork();
      });
    }
    for (const chunk of chunks) this.socket.write(chunk);
  }

  private receive(chunk: Buffer): void {
    const { frames, error } = this.splitter.push(chunk);
    for (const frame of frames) {
      if (this.lost !== null) return;
      this.accept(frame);
    }
    if (error !== null) this.fail(`announced an answer of ${error.announcedSizeBytes} bytes`);
  }

  private accept(frame: Buffer): void {
    const next = this.pending[0];
    const correlationId = frame.length < 4 ? null : frame.readInt32BE(0);
    if (next === undefined || correlationId !== next.correlationId) {
      const expected = next === undefined ? "nothing was asked" : `${next.correlationId} (${next.what}) was next`;
      this.fail(`answered request ${correlationId} when ${expected}`);
      return;
    }
    try {
      next.answer(frame);
    } catch (cause) {
      this.fail(`gave an answer to ${next.what} that cannot be read`, cause);
      return;
    }
    this.pending.shift();
    next.settled();
    if (this.pending.length === 0) this.cancelExpiry();
  }

  private fail(reason: string, cause?: unknown): void {
    if (this.lost !== null) return;
    const lost = new ConnectionLost(this.address, reason, cause);
    this.lost = lost;
    this.cancelExpiry();
    this.socket.destroy();
    for (const request of this.pending.splice(0)) {
      request.settled();
      request.reject(lost);
    }
    for (const listener of this.closeListeners.splice(0)) listener(lost);
  }

  /** One timer serves all requests: it is set for the earliest deadline, and looks again when it fires. */
  private expireAt(deadlineMs: number): void {
    if (this.expiry !== null && this.expiry.atMs <= deadlineMs) return;
    this.cancelExpiry();
    const { clock } = this.options;
    const timer = clock.setTimer(deadlineMs - clock.monotonicMs(), () => this.expire());
    this.expiry = { atMs: deadlineMs, timer };
  }

  private expire(): void {
    this.expiry = null;
    const nowMs = this.options.clock.monotonicMs();
    const late = this.pending.find(({ deadlineMs }) => deadlineMs <= nowMs);
    if (late !== undefined) {
      this.fail(`was given up: no answer to ${late.what}`, new DeadlineExceeded(late.what, late.timeoutMs));
    } else if (this.pending.length > 0) {
      this.expireAt(Math.min(...this.pending.map(({ deadlineMs }) => deadlineMs)));
    }
  }

  private cancelExpiry(): void {
    this.expiry?.timer.cancel();
    this.expiry = null;
  }
}

interface Pending {
  readonly what: string;
  readonly correlationId: number;
  readonly deadlineMs: number;
  readonly timeoutMs: number;
  /** Reads the answer; throws when it cannot be read. */
  readonly answer: (frame: Buffer) => void;
  readonly reject: (error: unknown) => void;
  readonly settled: () => void;
}

/** Above the largest answer a broker can be asked for by our own defaults, twice over. */
const RESPONSE_BYTES_MAX = 256 * 1024 * 1024;
const SOFTWARE_NAME = "ottla";
const SOFTWARE_VERSION = "0.1.0";

function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function openSocket(options: ConnectionOptions): Promise<StreamSocket> {
  const { host, port, clock, connectTimeoutMs, signal, sockets = nodeSockets } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new Aborted(`connecting to ${addressOf(options)}`, signal.reason));
      return;
    }
    const socket = sockets.connect({ host, port });
    const settle = () => {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
      socket.removeAllListeners();
    };
    const refuse = (error: Error) => {
      settle();
      // A socket that is given up may still report an error.
      socket.on("error", () => undefined);
      socket.destroy();
      reject(error);
    };
    const onAbort = () => refuse(new Aborted(`connecting to ${addressOf(options)}`, signal?.reason));
    const timer = clock.setTimer(connectTimeoutMs, () =>
      refuse(unreachable(options, new DeadlineExceeded("connecting", connectTimeoutMs))),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("error", (cause) => refuse(unreachable(options, cause)));
    socket.once("connect", () => {
      settle();
      resolve(socket);
    });
  });
}

function unreachable(options: ConnectionOptions, cause: Error): BrokerUnreachable {
  const address = addressOf(options);
  return new BrokerUnreachable(address, `${address} cannot be reached (${reasonOf(cause)})`, cause);
}

/** Node gathers the failures of several addresses of one name under an error without a message. */
function reasonOf(cause: Error): string {
  const first = cause instanceof AggregateError ? (cause.errors[0] as Error) : cause;
  return (first as NodeJS.ErrnoException).code ?? first.message;
}
