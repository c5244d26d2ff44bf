import type { Address, ClusterTransport, ReplicationStream } from "@ottla/cluster-rpc";
import type { BrokerInfo } from "@ottla/controller";
import type { Clock, Logger, Random } from "@ottla/runtime";
import type { BrokerConfig } from "../config/broker-config";
import type { Partition } from "../partitions/partition";
import type { PartitionManager } from "../partitions/partition-manager";
import type { ReplicaObserver } from "../partitions/replica-observer";
import { LeaderLink } from "./leader-link";
import { ReplicationServer } from "./replication-server";
import { ReplicationThrottle } from "./replication-throttle";

export interface ReplicationOptions {
  readonly brokerId: number;
  /** czxid of this broker's current registration. */
  readonly brokerEpoch: () => bigint;
  /** Names this process for its lifetime. */
  readonly incarnation: string;
  readonly transport: ClusterTransport;
  readonly partitions: PartitionManager;
  /** Read for what may change at run time: `leader.replication.throttled.rate` and `follower.replication.throttled.rate`. */
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Bytes that may be on their way to one follower, unacknowledged. 8 MiB unless said otherwise. */
  readonly windowBytes?: number;
  /** `replica.fetch.backoff.ms`; a second unless said otherwise. */
  readonly backoffMs?: () => number;
  /** A leader was dialled and answered: that its address refuses later means something (rule 39). */
  readonly onPeerAnswered?: (peer: { readonly brokerId: number; readonly incarnation: string }) => void;
}

const WINDOW_BYTES = 8 * 1024 * 1024;
const BACKOFF_MS = 1000;

/**
 * Moves records between brokers: serves the followers of what is led here, and follows what is led elsewhere. It learns of roles and
 * addresses from the replicas themselves; nothing else has to call it.
 */
export class Replication implements ReplicaObserver {
  private readonly options: ReplicationOptions;
  private readonly server: ReplicationServer;
  private readonly links = new Map<number, LeaderLink>();
  /** Which link a replica was entered at. */
  private readonly linkOf = new Map<Partition, LeaderLink>();
  private readonly brokers = new Map<number, { readonly address: Address; readonly epoch: bigint }>();
  /** What is sent as leader, and what is taken as follower. */
  private readonly throttles: { readonly leader: ReplicationThrottle; readonly follower: ReplicationThrottle };
  private readonly unobserve: () => void;
  private isClosed = false;

  constructor(options: ReplicationOptions) {
    this.options = options;
    const { partitions, clock, config, windowBytes = WINDOW_BYTES } = options;
    this.throttles = {
      leader: new ReplicationThrottle(clock, () => config.get("leader.replication.throttled.rate")),
      follower: new ReplicationThrottle(clock, () => config.get("follower.replication.throttled.rate")),
    };
    this.server = new ReplicationServer({ ...options, windowBytes, throttle: this.throttles.leader });
    const unobserve = partitions.observe(this);
    const unsubscribe = config.onChange(() => this.onRatesChanged());
    this.unobserve = () => {
      unobserve();
      unsubscribe();
    };
    for (const partition of partitions.all()) this.onRole(partition);
  }

  /** Serves a follower that has dialled this broker. */
  accept(stream: ReplicationStream): void {
    this.server.accept(stream);
  }

  /** This broker is registered anew: every stream speaks for the registration before, and is opened again (rule 53). */
  restart(): void {
    this.server.closeStreams("this broker has another broker epoch");
    for (const link of this.links.values()) link.restart();
  }

  /** Ends all streams. Replicas stand still from then on. Idempotent. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.unobserve();
    this.server.close();
    for (const link of this.links.values()) link.close();
    this.links.clear();
    this.linkOf.clear();
    this.throttles.leader.close();
    this.throttles.follower.close();
  }

  onRole(partition: Partition): void {
    for (const stream of this.server.streams) stream.onRole(partition);
    const { follower } = partition;
    const before = this.linkOf.get(partition);
    const link = follower === null || follower.leader < 0 ? null : this.linkTo(follower.leader);
    if (before !== undefined && before !== link) this.leave(before, partition);
    if (link === null || follower === null) return;
    this.linkOf.set(partition, link);
    link.follow(partition, follower);
  }

  onAdopted(partition: Partition): void {
    for (const stream of this.server.streams) stream.onRole(partition);
  }

  onConfigChanged(partition: Partition): void {
    for (const stream of this.server.streams) stream.onThrottlesChanged(partition);
    this.linkOf.get(partition)?.onThrottlesChanged(partition);
  }

  onStopped(partition: Partition): void {
    for (const stream of this.server.streams) stream.onStopped(partition);
    const link = this.linkOf.get(partition);
    if (link !== undefined) this.leave(link, partition);
  }

  onAppended(partition: Partition): void {
    for (const stream of this.server.streams) stream.onAppended(partition);
  }

  onProgress(partition: Partition): void {
    for (const stream of this.server.streams) stream.onProgress(partition);
  }

  onTickWritten(): void {
    for (const stream of this.server.streams) stream.onTickWritten();
  }

  onBrokers(brokers: readonly BrokerInfo[]): void {
    for (const { id, rpc, epoch } of brokers) {
      const address = rpc === null ? null : addressOf(rpc);
      if (address === null) continue;
      this.brokers.set(id, { address, epoch });
      this.links.get(id)?.onLeaderKnown(address, epoch);
    }
  }

  private onRatesChanged(): void {
    this.throttles.leader.onRateChanged();
    this.throttles.follower.onRateChanged();
    for (const stream of this.server.streams) stream.onThrottlesChanged();
    for (const link of this.links.values()) link.onThrottlesChanged();
  }

  /** Leaves a link, which closes with its last partition: at the end of the tick, since a command often moves partitions back and forth. */
  private leave(link: LeaderLink, partition: Partition): void {
    const leader = partition.follower?.leader ?? (partition.leader === null ? -1 : this.options.brokerId);
    link.forget(partition, partition.leaderEpoch < 0 ? null : { leaderEpoch: partition.leaderEpoch, leader });
    this.linkOf.delete(partition);
    if (!link.isIdle) return;
    this.options.clock.afterTick(() => {
      if (!link.isIdle) return;
      for (const [id, known] of this.links) if (known === link) this.links.delete(id);
      link.close();
    });
  }

  private linkTo(leaderId: number): LeaderLink {
    const known = this.links.get(leaderId);
    if (known !== undefined) return known;
    const { brokerId, brokerEpoch, incarnation, transport, clock, random, logger } = this.options;
    const link = new LeaderLink({
      leaderId,
      brokerId,
      brokerEpoch,
      incarnation,
      transport,
      throttle: this.throttles.follower,
      backoffMs: this.options.backoffMs ?? (() => BACKOFF_MS),
      onAnswered: (leader) => this.options.onPeerAnswered?.(leader),
      clock,
      random,
      logger,
    });
    this.links.set(leaderId, link);
    const broker = this.brokers.get(leaderId);
    if (broker !== undefined) link.onLeaderKnown(broker.address, broker.epoch);
    return link;
  }
}

/** `host:port` as a registration says it; an IPv6 host stands in brackets. */
function addressOf(rpc: string): Address | null {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(rpc) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? null : { host, port: Number(port) };
}
