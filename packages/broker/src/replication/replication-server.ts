import type { FollowerHello, ReplicationStream } from "@ottla/cluster-rpc";
import type { Clock, Logger } from "@ottla/runtime";
import type { PartitionManager } from "../partitions/partition-manager";
import { FollowerStream } from "./follower-stream";
import type { ReplicationThrottle } from "./replication-throttle";

export interface ReplicationServerOptions {
  readonly brokerId: number;
  readonly brokerEpoch: () => bigint;
  readonly incarnation: string;
  readonly partitions: PartitionManager;
  readonly windowBytes: number;
  /** What this broker may send to followers that are not in sync. */
  readonly throttle: ReplicationThrottle;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A stream that does not say who it is for so long is closed. */
const HELLO_MS_MAX = 5000;

/** The streams of this broker's followers, one for each; who speaks is checked before anything else is (rule 2). */
export class ReplicationServer {
  private readonly options: ReplicationServerOptions;
  private readonly byBroker = new Map<number, FollowerStream>();
  /** Highest broker epoch heard of each follower; what comes under a lower one is from the past. */
  private readonly brokerEpochs = new Map<number, bigint>();
  private readonly strangers = new Set<ReplicationStream>();
  private isClosed = false;

  constructor(options: ReplicationServerOptions) {
    this.options = options;
  }

  get streams(): Iterable<FollowerStream> {
    return this.byBroker.values();
  }

  accept(stream: ReplicationStream): void {
    if (this.isClosed) return stream.close("this broker stops");
    let served: FollowerStream | null = null;
    this.strangers.add(stream);
    const impatience = this.options.clock.setTimer(HELLO_MS_MAX, () => stream.close("no hello"), { background: true });
    stream.onMessage((message) => {
      if (served !== null) return served.onMessage(message);
      impatience.cancel();
      if (message.kind !== "hello") return stream.close("no hello");
      this.strangers.delete(stream);
      served = this.welcome(stream, message);
    });
    stream.onEnd(({ detail }) => {
      impatience.cancel();
      this.strangers.delete(stream);
      if (served === null) return;
      served.end(detail);
      if (this.byBroker.get(served.follower.brokerId) === served) this.byBroker.delete(served.follower.brokerId);
    });
  }

  /** Ends every stream: the broker stops, or speaks under another broker epoch from now on. */
  closeStreams(reason: string): void {
    for (const stream of this.strangers) stream.close(reason);
    for (const stream of this.byBroker.values()) stream.end(reason);
    this.byBroker.clear();
  }

  close(): void {
    this.isClosed = true;
    this.closeStreams("this broker stops");
  }

  /** @returns null when it was sent away */
  private welcome(stream: ReplicationStream, hello: FollowerHello): FollowerStream | null {
    const { brokerId, brokerEpoch, incarnation, partitions, windowBytes, throttle, clock, logger } = this.options;
    const refusal = this.refusalOf(hello);
    if (refusal !== null) {
      logger.warn("sent a replication stream away", { brokerId: hello.brokerId, peer: stream.peer, reason: refusal });
      stream.close(refusal);
      return null;
    }
    const known = this.brokerEpochs.get(hello.brokerId);
    this.brokerEpochs.set(hello.brokerId, hello.brokerEpoch);
    this.byBroker.get(hello.brokerId)?.end("a newer stream of this follower stands");
    if (known !== hello.brokerEpoch) {
      for (const partition of partitions.ledPartitions()) partition.onFollowerReborn(hello.brokerId, hello.brokerEpoch);
    }
    const served = new FollowerStream({ stream, follower: hello, partitions, windowBytes, throttle, clock, logger });
    this.byBroker.set(hello.brokerId, served);
    stream.send({ kind: "welcome", brokerId, brokerEpoch: brokerEpoch(), incarnation });
    return served;
  }

  private refusalOf(hello: FollowerHello): string | null {
    const { brokerId } = this.options;
    if (hello.expectedLeaderId !== brokerId) return `broker ${hello.expectedLeaderId} was dialled, this is ${brokerId}`;
    const known = this.brokerEpochs.get(hello.brokerId);
    if (known !== undefined && hello.brokerEpoch < known) return `broker epoch ${hello.brokerEpoch} is below ${known}`;
    return null;
  }
}
