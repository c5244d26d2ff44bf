import type { Clock, Logger, Timer } from "@ottla/runtime";
import {
  type ConnectionManager,
  ERROR,
  exceptions,
  type LibraryClient,
  type LibraryError,
  library,
  STATES,
} from "./library";

export interface HardenedClientOptions {
  /** In the order to be tried. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly sessionTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onConnected: () => void;
  readonly onDisconnected: () => void;
  /** No word from the ensemble for a session timeout: the session must be assumed gone. */
  readonly onLost: () => void;
  readonly onExpired: () => void;
}

/**
 * One session with the ensemble: node-zookeeper-client with its defects cured from outside, none of its files changed.
 *
 * What the library does when left alone, and what is done about it:
 * - it never notices that nobody answers, neither on a connection that stands nor on one being made: a watchdog breaks silent ones
 * - bytes of a frame that a cut left unfinished are read as the start of the next connection: framing is ours, reset at each close
 * - requests still queued are forgotten when the session ends, so that their callers wait for ever: whatever is queued when a
 *   connection closes is answered CONNECTION_LOSS at once
 * - all watches go back in one packet after a reconnect, which the server refuses from 1 MB on, for ever: it is made to forget them;
 *   who watches arms anew (he must read again anyway)
 * - error numbers it does not know, and anything malformed, throw out of the socket's event handler and end the process
 * - request numbers overflow after 2^31 requests: they start again
 * - `close` before a connection stands throws, now or later
 *
 * Callers see to the rest: version 0 in transactions, sizes, paths in errors, one watcher per path.
 */
export class HardenedClient {
  readonly raw: LibraryClient;
  private readonly manager: ConnectionManager;
  /** Why each server could not be had, newest word each. */
  readonly failures = new Map<string, string>();
  private lastHeardMs: number;
  private connectingSinceMs: number;
  private oldestRequest: { readonly packet: unknown; readonly sinceMs: number } | null = null;
  private lost = false;
  private ended = false;
  private watchdog: Timer | null = null;
  private readonly closed: Promise<void>;
  private tellClosed: () => void = () => {};

  constructor(private readonly options: HardenedClientOptions) {
    tolerateUnknownErrors();
    const { sessionTimeoutMs, clock } = options;
    // The library reads no IPv6 addresses; it gets the true servers below.
    this.raw = library.createClient("replaced:1", { sessionTimeout: sessionTimeoutMs, spinDelay: 200, retries: 0 });
    this.manager = this.raw.connectionManager;
    this.manager.servers = options.servers;
    this.manager.updateTimeout(sessionTimeoutMs);
    this.lastHeardMs = clock.monotonicMs();
    this.connectingSinceMs = this.lastHeardMs;
    this.closed = new Promise((resolve) => {
      this.tellClosed = resolve;
    });
    this.frameOurselves();
    this.watchConnecting();
    this.startAfreshAtEachClose();
    wrapRequestNumbers(this.manager);
    this.raw.on("connected", () => this.heardOfState(options.onConnected));
    this.raw.on("disconnected", () => this.heardOfState(options.onDisconnected));
    this.raw.on("expired", () => this.heardOfState(options.onExpired));
  }

  get isConnected(): boolean {
    return !this.ended && this.manager.state === STATES.CONNECTED;
  }

  get sessionId(): bigint {
    return this.raw.getSessionId().readBigInt64BE();
  }

  get lastZxid(): bigint {
    return this.manager.zxid.readBigInt64BE();
  }

  connect(): void {
    this.watchdog = this.options.clock.setTimer(WATCH_EVERY_MS, () => this.watch(), { background: true });
    this.raw.connect();
  }

  /**
   * Ends the session, or gives up the attempt to have one. Resolves once the socket is closed, after `graceMs` at the latest. No
   * callback is called afterwards.
   */
  async close(graceMs: number): Promise<void> {
    if (!this.ended) {
      const asks = this.isConnected;
      this.ended = true;
      this.watchdog?.cancel();
      if (asks) this.raw.close();
      else this.giveUp();
    }
    const timer = this.options.clock.setTimer(graceMs, () => this.giveUp());
    await this.closed;
    timer.cancel();
  }

  private giveUp(): void {
    this.manager.state = STATES.CLOSING;
    const { socket } = this.manager;
    if (socket !== undefined && !socket.destroyed) socket.destroy();
    else this.tellClosed();
  }

  private heardOfState(tell: () => void): void {
    if (this.ended) return;
    if (this.manager.state === STATES.CONNECTED) this.lost = false;
    if (this.manager.state === STATES.SESSION_EXPIRED) {
      // This client is of no more use. The server closes the socket, unless the network eats that too.
      this.ended = true;
      this.watchdog?.cancel();
      this.manager.socket?.destroy();
    }
    tell();
  }

  private frameOurselves(): void {
    const { manager } = this;
    const handleFrame = manager.onSocketData.bind(manager);
    const handleClosed = manager.onSocketClosed.bind(manager);
    let unfinished: Buffer[] = [];
    manager.onSocketData = (chunk) => {
      if (chunk.length === 0) return; // The library calls itself for what it thinks is left over.
      this.lastHeardMs = this.options.clock.monotonicMs();
      const { socket } = manager;
      unfinished.push(chunk);
      let bytes: Buffer | null = lengthReady(unfinished) ? Buffer.concat(unfinished) : null;
      if (bytes === null) return;
      unfinished = [];
      try {
        for (;;) {
          const frame = firstFrame(bytes);
          if (frame === null) break;
          manager.pendingBuffer = null;
          handleFrame(frame);
          bytes = bytes.subarray(frame.length);
          if (socket !== manager.socket || socket?.destroyed) return;
        }
      } catch (cause) {
        this.options.logger.warn("the ensemble sent what cannot be read; connecting anew", { cause });
        socket?.destroy();
        return;
      }
      if (bytes.length > 0) unfinished = [bytes];
    };
    manager.onSocketClosed = (hadError) => {
      unfinished = [];
      handleClosed(hadError);
    };
  }

  private startAfreshAtEachClose(): void {
    const { manager } = this;
    const handleClosed = manager.onSocketClosed.bind(manager);
    const handleError = manager.onSocketError.bind(manager);
    manager.onSocketClosed = (hadError) => {
      // A connect timeout left running would destroy the next socket.
      if (manager.connectTimeoutHandler !== null) clearTimeout(manager.connectTimeoutHandler);
      manager.pendingBuffer = null;
      this.oldestRequest = null;
      manager.watcherManager.dataWatchers = {};
      manager.watcherManager.childWatchers = {};
      manager.watcherManager.existenceWatchers = {};
      const code = manager.state === STATES.SESSION_EXPIRED ? ERROR.SESSION_EXPIRED : ERROR.CONNECTION_LOSS;
      const unsent = manager.packetQueue.queue.splice(0);
      handleClosed(hadError);
      for (const packet of unsent) packet.callback?.(exceptions.create(code));
      if (this.ended || manager.state === STATES.CLOSED) {
        this.watchdog?.cancel();
        this.tellClosed();
      }
    };
    manager.onSocketError = (error) => {
      const { host, port } = this.serverInUse();
      this.failures.set(`${host}:${port}`, "code" in error ? String(error.code) : error.message);
      handleError(error);
    };
  }

  private watchConnecting(): void {
    const { manager } = this;
    const findNextServer = manager.findNextServer.bind(manager);
    // The library looks for a server after a pause; when it is over we may be closed.
    manager.findNextServer = (callback) => {
      findNextServer((server) => {
        if (this.ended) return;
        this.connectingSinceMs = this.options.clock.monotonicMs();
        callback(server);
      });
    };
  }

  private serverInUse(): { readonly host: string; readonly port: number } {
    const { servers, nextServerIndex } = this.manager;
    return servers[(nextServerIndex + servers.length - 1) % servers.length] ?? { host: "?", port: 0 };
  }

  /** The library has no read timeout, so this is one. */
  private watch(): void {
    if (this.ended) return;
    this.watchdog = this.options.clock.setTimer(WATCH_EVERY_MS, () => this.watch(), { background: true });
    const { manager } = this;
    const nowMs = this.options.clock.monotonicMs();
    const silentMs = nowMs - this.lastHeardMs;
    const timeoutMs = manager.sessionTimeout;
    const { socket } = manager;
    if (socket !== undefined && !socket.destroyed) {
      if (manager.state === STATES.CONNECTED) {
        // The library pings after a third of the timeout.
        if (silentMs > (timeoutMs * 2) / 3 || this.requestIsStuck(nowMs, timeoutMs)) socket.destroy();
      } else if (!socket.connecting && nowMs - this.connectingSinceMs > Math.max(500, timeoutMs / 3)) {
        const { host, port } = this.serverInUse();
        this.failures.set(`${host}:${port}`, "accepts connections but does not answer");
        socket.destroy();
      }
    }
    if (silentMs > timeoutMs && !this.lost && manager.state !== STATES.CONNECTED) {
      this.lost = true;
      this.options.onLost();
    }
  }

  /** Pings may be answered while a request is not; the oldest one gets a session timeout. */
  private requestIsStuck(nowMs: number, timeoutMs: number): boolean {
    const oldest = this.manager.pendingQueue[0];
    if (oldest === undefined) this.oldestRequest = null;
    else if (this.oldestRequest?.packet !== oldest) this.oldestRequest = { packet: oldest, sinceMs: nowMs };
    return this.oldestRequest !== null && nowMs - this.oldestRequest.sinceMs > timeoutMs;
  }
}

const WATCH_EVERY_MS = 100;

/** No reply may be longer: ours are bounded by the server's own limit for a node or a list of children. */
const LONGEST_FRAME_BYTES = 64 * 1024 * 1024;

/** Whether joining the pieces can yield a frame: a large one that arrives in many pieces is joined once, not once per piece. */
function lengthReady(pieces: readonly Buffer[]): boolean {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const first = pieces[0];
  if (first === undefined || total < 4) return false;
  if (first.length < 4) return true;
  return total >= 4 + Math.min(Math.max(first.readInt32BE(0), 0), LONGEST_FRAME_BYTES);
}

function firstFrame(bytes: Buffer): Buffer | null {
  if (bytes.length < 4) return null;
  const length = bytes.readInt32BE(0);
  if (length < 0 || length > LONGEST_FRAME_BYTES) throw new RangeError(`a frame of ${length} bytes`);
  return bytes.length < 4 + length ? null : bytes.subarray(0, 4 + length);
}

function wrapRequestNumbers(manager: ConnectionManager): void {
  let next = manager.xid;
  Object.defineProperty(manager, "xid", {
    get: () => next,
    set: (value: number) => {
      next = value > 0x7fff_fff0 ? 0 : value;
    },
  });
}

/** The library's table of errors ends early; beyond it, it throws where nobody can catch. */
function tolerateUnknownErrors(): void {
  if (tolerant) return;
  tolerant = true;
  const create = exceptions.create.bind(exceptions);
  exceptions.create = (code, path): LibraryError => {
    try {
      return create(code, path);
    } catch {
      // It does not know the number: an error of the same shape serves, and the adapter names it.
      return Object.assign(new Error(`ZooKeeper error ${code}`), { code });
    }
  };
}

let tolerant = false;
