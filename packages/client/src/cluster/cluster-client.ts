import { type Api, type Fields, type InputOf, metadata, type ValueOf } from "@ottla/protocol";
import {
  type Clock,
  explain,
  type Logger,
  type Random,
  type Sockets,
  silentLogger,
  sleep,
  systemClock,
  systemRandom,
  type Timer,
} from "@ottla/runtime";
import type { Connection, SendOptions } from "../connection/connection";
import { KafkaError } from "../kafka-error";
import { BrokerUnreachable } from "../network-error";
import { type BrokerAddress, formatAddress, parseBootstrapServers } from "./broker-address";
import { BrokerNode } from "./broker-node";
import { type ClusterMetadata, NO_METADATA, type TopicMetadata, withAnswer } from "./cluster-metadata";
import { MetadataSources } from "./metadata-sources";
import { retrying } from "./retry";

export interface ClusterClientOptions {
  /** `bootstrap.servers`: any brokers of the cluster, one is enough to find the others. */
  readonly bootstrapServers: string | readonly BrokerAddress[];
  /** `client.id`; "ottla" by default. */
  readonly clientId?: string;
  /** `request.timeout.ms`: the longest wait for one answer; 30,000 by default. */
  readonly requestTimeoutMs?: number;
  /** `default.api.timeout.ms`: for a whole operation with its retries; 60,000 by default. */
  readonly apiTimeoutMs?: number;
  /** `socket.connection.setup.timeout.ms`; 10,000 by default. */
  readonly connectTimeoutMs?: number;
  /** `metadata.max.age.ms`: refreshed after that time even when all is well; 300,000 by default. */
  readonly metadataMaxAgeMs?: number;
  /** `retry.backoff.ms`, also the least time between two metadata requests; 100 by default. */
  readonly retryBackoffMs?: number;
  /** `retry.backoff.max.ms`; 1,000 by default. */
  readonly retryBackoffMaxMs?: number;
  /** `reconnect.backoff.ms`; 50 by default. */
  readonly reconnectBackoffMs?: number;
  /** `reconnect.backoff.max.ms`; 1,000 by default. */
  readonly reconnectBackoffMaxMs?: number;
  /** `allow.auto.create.topics`; true by default, and of effect only where the brokers allow it too. */
  readonly allowAutoTopicCreation?: boolean;
  readonly clock?: Clock;
  /** How brokers are reached; Node's sockets by default. */
  readonly sockets?: Sockets;
  readonly random?: Random;
  readonly logger?: Logger;
}

/** Who answers: a broker by its id, the controller, or whichever broker is at hand. */
export type Target = number | "controller" | "any";

/**
 * A cluster as a client sees it: its brokers, one connection to each that is needed, and metadata that is kept fresh.
 *
 * Producers, consumers and admins may share one. Nothing is opened before it is needed.
 */
export class ClusterClient {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly apiTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;

  private readonly bootstrap: readonly BrokerNode[];
  private readonly nodes = new Map<number, BrokerNode>();
  private readonly sources = new MetadataSources();
  private readonly topicsOfInterest = new Set<string>();
  private readonly metadataListeners = new Set<(metadata: ClusterMetadata) => void>();
  private readonly closing = new AbortController();
  private known: ClusterMetadata = NO_METADATA;
  private refreshing: Promise<void> | null = null;
  private refreshNotBeforeMs = 0;
  private ageing: Timer | null = null;

  /** @throws Error when `bootstrapServers` cannot be read */
  constructor(private readonly options: ClusterClientOptions) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.logger = options.logger ?? silentLogger;
    this.apiTimeoutMs = options.apiTimeoutMs ?? 60_000;
    this.requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
    this.retryBackoffMs = options.retryBackoffMs ?? 100;
    this.retryBackoffMaxMs = options.retryBackoffMaxMs ?? 1_000;
    const { bootstrapServers } = options;
    const addresses = typeof bootstrapServers === "string" ? parseBootstrapServers(bootstrapServers) : bootstrapServers;
    this.bootstrap = addresses.map((address) => this.nodeAt(address));
  }

  /** The cluster as it was last seen. */
  get metadata(): ClusterMetadata {
    return this.known;
  }

  /** Aborts when this client is closed. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** Calls `listener` after every refresh. @returns how to stop that */
  onMetadata(listener: (metadata: ClusterMetadata) => void): () => void {
    this.metadataListeners.add(listener);
    return () => void this.metadataListeners.delete(listener);
  }

  /**
   * A topic's metadata, from memory when it is there, else asked for until the topic exists and is led.
   *
   * @throws KafkaError such as INVALID_TOPIC_EXCEPTION
   * @throws DeadlineExceeded caused by UNKNOWN_TOPIC_OR_PARTITION and its like when it does not come to exist within `timeoutMs`
   */
  async topic(
    name: string,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<TopicMetadata> {
    this.topicsOfInterest.add(name);
    const usable = () => {
      const topic = this.known.topics.get(name);
      return topic !== undefined && topic.error === "NONE" && topic.partitions.length > 0 ? topic : null;
    };
    return (
      usable() ??
      (await this.retry(`finding topic ${name}`, options, async () => {
        await this.refresh();
        const error = this.known.topics.get(name)?.error ?? "UNKNOWN_TOPIC_OR_PARTITION";
        const topic = usable();
        if (topic === null) throw new KafkaError(error === "NONE" ? "LEADER_NOT_AVAILABLE" : error, `topic ${name}`);
        return topic;
      }))
    );
  }

  /**
   * Asks for metadata of every topic of interest. Callers share one request; requests keep `retryBackoffMs` apart.
   *
   * @throws BrokerUnreachable, ConnectionLost
   */
  refresh(): Promise<void> {
    this.refreshing ??= this.refreshOnce().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  /** Refreshes soon, and says so in the log when that fails: for those who have nobody to throw at. */
  refreshInBackground(): void {
    this.refresh().catch((failure) => {
      if (!this.closed.aborted) this.logger.debug("metadata could not be refreshed", { failure });
    });
  }

  /** Metadata of the given topics (null: all), without keeping them in mind. */
  async fetchMetadata(
    topics: readonly string[] | null,
    options: { readonly allowAutoTopicCreation?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<ClusterMetadata> {
    const answer = await this.request(
      "any",
      metadata,
      {
        topics: topics === null ? null : topics.map((name) => ({ name })),
        allowAutoTopicCreation: options.allowAutoTopicCreation ?? false,
      },
      options,
    );
    this.known = withAnswer(this.known, answer);
    return withAnswer(NO_METADATA, answer);
  }

  /**
   * Sends one request, connecting if need be; no retries.
   *
   * @throws BrokerUnreachable, ConnectionLost, KafkaError UNSUPPORTED_VERSION, Aborted
   */
  async request<Req extends Fields, Res extends Fields>(
    target: Target,
    api: Api<Req, Res>,
    request: InputOf<Req>,
    options: SendOptions = {},
  ): Promise<ValueOf<Res>> {
    const connection = await this.connection(target);
    return connection.send(api, request, options);
  }

  /**
   * A connection to the target, made if need be.
   *
   * @throws BrokerUnreachable
   * @throws KafkaError LEADER_NOT_AVAILABLE when the metadata does not name the broker
   */
  async connection(target: Target): Promise<Connection> {
    if (target === "any") return this.anyConnection();
    const nodeId = target === "controller" ? await this.controllerId() : target;
    const node = this.nodeOf(nodeId);
    try {
      return await node.connection();
    } catch (failure) {
      throw failure instanceof BrokerUnreachable ? this.advertisedInVain(nodeId, node, failure) : failure;
    }
  }

  /** The open connection to a broker, or null: for those who cannot wait. */
  connectedTo(nodeId: number): Connection | null {
    return this.nodes.get(nodeId)?.connected ?? null;
  }

  /** Tries until it succeeds, fails for good or time is up, refreshing metadata in between where the error asks for it. */
  retry<T>(
    what: string,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
    attempt: (leftMs: number) => Promise<T>,
  ): Promise<T> {
    return retrying(
      what,
      {
        clock: this.clock,
        random: this.random,
        timeoutMs: options.timeoutMs ?? this.apiTimeoutMs,
        backoffMs: this.retryBackoffMs,
        backoffMaxMs: this.retryBackoffMaxMs,
        signal: options.signal === undefined ? this.closed : AbortSignal.any([options.signal, this.closed]),
        onRetry: (error) => {
          this.logger.debug(`${what} is tried again`, { reason: explain(error) });
          if (!(error instanceof KafkaError) || error.refreshMetadata || error.name === "NOT_CONTROLLER")
            this.refreshInBackground();
        },
      },
      attempt,
    );
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.ageing?.cancel();
    this.metadataListeners.clear();
    for (const node of [...this.bootstrap, ...this.nodes.values()]) node.close();
  }

  private nodeAt(address: BrokerAddress): BrokerNode {
    const { clock, random, logger, requestTimeoutMs } = this;
    return new BrokerNode(address, {
      clientId: this.options.clientId ?? "ottla",
      connectTimeoutMs: this.options.connectTimeoutMs ?? 10_000,
      requestTimeoutMs,
      reconnectBackoffMs: this.options.reconnectBackoffMs ?? 50,
      reconnectBackoffMaxMs: this.options.reconnectBackoffMaxMs ?? 1_000,
      clock,
      sockets: this.options.sockets,
      random,
      logger,
    });
  }

  private nodeOf(nodeId: number): BrokerNode {
    const broker = this.known.brokers.get(nodeId);
    const existing = this.nodes.get(nodeId);
    if (broker === undefined) {
      if (existing !== undefined) return existing;
      throw new KafkaError("LEADER_NOT_AVAILABLE", `broker ${nodeId}`, "the cluster's metadata does not name it");
    }
    if (existing !== undefined && formatAddress(existing.address) === formatAddress(broker)) return existing;
    existing?.close();
    const node = this.bootstrapConnectedTo(broker) ?? this.nodeAt(broker);
    this.nodes.set(nodeId, node);
    return node;
  }

  /** A bootstrap address that is also the advertised one needs no second connection. */
  private bootstrapConnectedTo(broker: BrokerAddress): BrokerNode | null {
    const same = this.bootstrap.find(({ address }) => formatAddress(address) === formatAddress(broker));
    return same ?? null;
  }

  private async controllerId(): Promise<number> {
    if (!this.known.brokers.has(this.known.controllerId)) await this.refresh();
    if (this.known.controllerId === -1)
      throw new KafkaError("COORDINATOR_NOT_AVAILABLE", "controller", "the cluster has none just now");
    return this.known.controllerId;
  }

  /** An open connection if there is one; else brokers are tried one after the other, those in the metadata first. */
  private async anyConnection(): Promise<Connection> {
    const candidates = this.candidates();
    for (const { connected } of candidates) if (connected !== null) return connected;
    const failures: unknown[] = [];
    for (const node of candidates) {
      try {
        return await node.connection();
      } catch (failure) {
        if (this.closed.aborted) throw failure;
        failures.push(failure);
      }
    }
    if (failures.length === 1) throw failures[0];
    const tried = candidates.map(({ address }) => formatAddress(address)).join(", ");
    throw new BrokerUnreachable(tried, `none of ${tried} can be reached`, new AggregateError(failures));
  }

  /** Every broker that may be asked, those in the metadata first. */
  private candidates(): BrokerNode[] {
    const known = [...this.known.brokers.keys()].map((nodeId) => this.nodeOf(nodeId));
    return [...new Set([...this.shuffled(known), ...this.shuffled(this.bootstrap)])];
  }

  private shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    const drawn: T[] = [];
    while (left.length > 0) drawn.push(...left.splice(this.random.below(left.length), 1));
    return drawn;
  }

  /** The usual trap of a first start: the bootstrap address works, the address that the broker advertises does not. */
  private advertisedInVain(nodeId: number, node: BrokerNode, failure: BrokerUnreachable): BrokerUnreachable {
    if (this.bootstrap.includes(node)) return failure;
    const message = `broker ${nodeId} advertises ${formatAddress(node.address)}, and ${failure.message} from here; its advertised.listeners must name an address that clients reach`;
    return new BrokerUnreachable(failure.broker, message, failure.cause);
  }

  private async refreshOnce(): Promise<void> {
    const waitMs = this.refreshNotBeforeMs - this.clock.monotonicMs();
    if (waitMs > 0) await sleep(this.clock, waitMs, this.closed);
    this.refreshNotBeforeMs = this.clock.monotonicMs() + this.retryBackoffMs;
    const topics = [...this.topicsOfInterest];
    const nowMs = this.clock.monotonicMs();
    const source =
      this.sources.choose(this.candidates(), nowMs, this.retryBackoffMaxMs) ?? (await this.anyConnection());
    const answer = await source.send(metadata, {
      topics: topics.map((name) => ({ name })),
      allowAutoTopicCreation: this.options.allowAutoTopicCreation ?? true,
    });
    if (this.closed.aborted) return;
    this.known = withAnswer(this.known, answer);
    this.ageing?.cancel();
    this.ageing = this.clock.setTimer(this.options.metadataMaxAgeMs ?? 300_000, () => this.refreshInBackground(), {
      background: true,
    });
    for (const listener of this.metadataListeners) listener(this.known);
  }
}
