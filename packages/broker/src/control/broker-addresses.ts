import type { Address } from "@ottla/cluster-rpc";
import { brokerRegistration, type Coordination } from "@ottla/coordination";
import { type Clock, explain, type Logger, withDeadline } from "@ottla/runtime";

/** Where another broker's process listens for brokers, and which process that is. */
export interface RegisteredProcess {
  readonly address: Address;
  readonly incarnation: string;
}

/** How long ZooKeeper may take to say where a broker is before what was known last is used. */
const LOOK_UP_MS = 500;

/** Looks up where brokers listen for each other: what ZooKeeper says now, or, when that cannot be asked, what it said last. */
export class BrokerAddresses {
  private readonly known = new Map<number, RegisteredProcess>();

  constructor(
    private readonly options: {
      readonly coordination: Pick<Coordination, "get">;
      readonly clock: Clock;
      readonly logger: Logger;
    },
  ) {}

  /** @returns null when no such broker is registered, or it is one of another make. Never rejects. */
  async find(brokerId: number): Promise<RegisteredProcess | null> {
    const { coordination, clock, logger } = this.options;
    const path = brokerRegistration.path(brokerId);
    try {
      const node = await withDeadline(clock, LOOK_UP_MS, "reading a registration", coordination.get(path));
      // A broker whose session has ended may be alive all the same: whoever asks decides, from a dial of its own.
      if (node === null) return this.known.get(brokerId) ?? null;
      const { ottla } = brokerRegistration.decode(node.data, path);
      const address = ottla === null ? null : parseAddress(ottla.rpc);
      if (ottla === null || address === null) return null;
      const found = { address, incarnation: ottla.incarnation };
      this.known.set(brokerId, found);
      return found;
    } catch (failure) {
      logger.debug("a registration could not be read", { broker: brokerId, failure: explain(failure) });
      return this.known.get(brokerId) ?? null;
    }
  }
}

/** Reads `host:port`, an IPv6 host in brackets. @returns null when it is not that */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || !(port > 0 && port <= 65_535) ? null : { host, port };
}

/** `host:port`, an IPv6 host in brackets. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
