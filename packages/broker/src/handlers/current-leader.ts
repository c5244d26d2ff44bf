import type { BrokerServices } from "../services";

/** The leader as this broker knows it, for a client that asked the wrong broker. */
export interface CurrentLeader {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

export interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** Spares a client the Metadata request after NOT_LEADER_OR_FOLLOWER or FENCED_LEADER_EPOCH (KIP-951). */
export class CurrentLeaders {
  private readonly endpoints = new Map<number, NodeEndpoint>();

  constructor(
    private readonly services: BrokerServices,
    private readonly listenerName: string,
  ) {}

  /** Who leads, and notes the address for `nodeEndpoints`. */
  of(topic: string, index: number): CurrentLeader {
    const { metadata, partitions } = this.services;
    const known = metadata.partition(topic, index);
    const local = partitions.get(topic, index);
    const localIsNewer = local !== undefined && local.leaderEpoch >= (known?.leaderEpoch ?? -1);
    const leaderId = (localIsNewer ? local.leaderId : known?.leader) ?? -1;
    const leaderEpoch = (localIsNewer ? local.leaderEpoch : known?.leaderEpoch) ?? -1;
    const endpoint = metadata.endpointOf(leaderId, this.listenerName);
    if (endpoint !== undefined) {
      const rack = metadata.broker(leaderId)?.rack ?? null;
      this.endpoints.set(leaderId, { nodeId: leaderId, host: endpoint.host, port: endpoint.port, rack });
    }
    return { leaderId, leaderEpoch };
  }

  get nodeEndpoints(): NodeEndpoint[] {
    return [...this.endpoints.values()];
  }
}
