import { type ClusterPeer, ClusterRpcError, type ClusterTransport } from "@ottla/cluster-rpc";
import type { BrokerPeers, ControllerIdentity, Evidence, LogEnd, PartitionIdentity } from "@ottla/controller";
import { type BrokerAddresses, formatAddress } from "./broker-addresses";

/** Upper bound of a question between brokers whose asker sets an earlier end by its signal. */
const QUESTION_MS = 5_000;

export interface ClusterCallsOptions {
  readonly brokerId: number;
  readonly transport: ClusterTransport;
  readonly addresses: Pick<BrokerAddresses, "find">;
  /** Where this broker's own logs end; those it does not have are left out. */
  readonly ownLogEnds: (partitions: readonly PartitionIdentity[]) => readonly LogEnd[];
}

/** Questions and calls to other brokers, one connection to each, dialled when first needed. */
export class ClusterCalls implements BrokerPeers {
  private readonly peers = new Map<number, ClusterPeer>();
  private closed = false;

  constructor(private readonly options: ClusterCallsOptions) {}

  /**
   * The peer to call a broker by.
   *
   * @throws ClusterRpcError ("unavailable") when it is not known where the broker is
   */
  async peer(brokerId: number): Promise<ClusterPeer> {
    const found = await this.options.addresses.find(brokerId);
    if (found === null || this.closed)
      throw new ClusterRpcError(
        "unavailable",
        `broker ${brokerId}`,
        NOWHERE,
        this.closed ? "stopping" : "not registered",
      );
    const known = this.peers.get(brokerId);
    if (known !== undefined && formatAddress(known.address) === formatAddress(found.address)) return known;
    known?.close();
    const peer = this.options.transport.connect(found.address);
    this.peers.set(brokerId, peer);
    return peer;
  }

  async evidence(brokerId: number, about: ControllerIdentity, signal: AbortSignal): Promise<Evidence> {
    const { controllerId, controllerEpoch, incarnation } = about;
    const peer = await this.peer(brokerId);
    const question = { controllerId, controllerEpoch, controllerIncarnation: incarnation };
    return peer.evidence(question, { deadlineMs: QUESTION_MS, signal });
  }

  async logEnds(
    brokerId: number,
    partitions: readonly PartitionIdentity[],
    signal: AbortSignal,
  ): Promise<readonly LogEnd[]> {
    if (brokerId === this.options.brokerId) return this.options.ownLogEnds(partitions);
    const peer = await this.peer(brokerId);
    const asked = partitions.map(({ topicId, partition }) => ({ topicId, partition }));
    const reply = await peer.logEnds({ partitions: asked }, { deadlineMs: QUESTION_MS, signal });
    const topics = new Map(partitions.map(({ topicId, topic }) => [topicId, topic]));
    return reply.partitions.flatMap(({ topicId, partition, error, lastEpoch, logEndOffset }) => {
      const topic = topics.get(topicId);
      return error === "NONE" && topic !== undefined ? [{ topic, topicId, partition, lastEpoch, logEndOffset }] : [];
    });
  }

  /** Idempotent. */
  close(): void {
    this.closed = true;
    for (const peer of this.peers.values()) peer.close();
    this.peers.clear();
  }
}

const NOWHERE = { host: "", port: 0 };
