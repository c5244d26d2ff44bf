import { type Clock, type Logger, type Random, type Sockets, sleep } from "@ottla/runtime";
import { Backoff } from "../connection/backoff";
import { Connection } from "../connection/connection";
import { BrokerUnreachable, ConnectionLost } from "../network-error";
import { type BrokerAddress, formatAddress } from "./broker-address";

export interface BrokerNodeOptions {
  readonly clientId: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** `reconnect.backoff.ms` and `reconnect.backoff.max.ms`. */
  readonly reconnectBackoffMs: number;
  readonly reconnectBackoffMaxMs: number;
  readonly clock: Clock;
  readonly sockets?: Sockets | undefined;
  readonly random: Random;
  readonly logger: Logger;
}

/** One broker as the client sees it: an address, at most one connection to it, and the patience between attempts. */
export class BrokerNode {
  private current: Connection | null = null;
  private opening: Promise<Connection> | null = null;
  private notBeforeMs = 0;
  private warnedAtMs = Number.NEGATIVE_INFINITY;
  private readonly backoff: Backoff;
  private readonly closing = new AbortController();

  constructor(
    readonly address: BrokerAddress,
    private readonly options: BrokerNodeOptions,
  ) {
    this.backoff = new Backoff({
      minMs: options.reconnectBackoffMs,
      maxMs: options.reconnectBackoffMaxMs,
      random: options.random,
    });
  }

  /** The connection, if there is one just now. */
  get connected(): Connection | null {
    return this.current;
  }

  /**
   * The connection, made if need be. Callers share one attempt; after a failure the next one waits out the backoff.
   *
   * @throws BrokerUnreachable, ConnectionLost
   */
  connection(): Promise<Connection> {
    if (this.current !== null) return Promise.resolve(this.current);
    this.opening ??= this.open().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  close(): void {
    this.closing.abort();
    this.current?.close();
  }

  private async open(): Promise<Connection> {
    const { clock, logger } = this.options;
    const { signal } = this.closing;
    const waitMs = this.notBeforeMs - clock.monotonicMs();
    try {
      if (waitMs > 0) await sleep(clock, waitMs, signal);
      const connection = await Connection.open({ ...this.options, ...this.address, signal });
      this.backoff.reset();
      this.current = connection;
      connection.onClose((reason) => {
        this.current = null;
        this.notBeforeMs = clock.monotonicMs() + this.backoff.next();
        if (!signal.aborted) logger.debug("connection ended", { broker: formatAddress(this.address), reason });
      });
      return connection;
    } catch (failure) {
      this.notBeforeMs = clock.monotonicMs() + this.backoff.next();
      if (signal.aborted) throw new ConnectionLost(formatAddress(this.address), "was closed by this client", failure);
      this.warn(failure);
      throw failure;
    }
  }

  /** Once in a while, as an attempt may fail many times a second. */
  private warn(failure: unknown): void {
    const nowMs = this.options.clock.monotonicMs();
    if (nowMs - this.warnedAtMs < WARN_INTERVAL_MS || !(failure instanceof BrokerUnreachable)) return;
    this.warnedAtMs = nowMs;
    this.options.logger.warn(`${failure.message}; trying again`);
  }
}

const WARN_INTERVAL_MS = 10_000;
