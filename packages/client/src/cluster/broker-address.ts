/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export interface ClusterBroker extends BrokerAddress {
  readonly nodeId: number;
  readonly rack: string | null;
}

/**
 * Reads `bootstrap.servers`: `host:port,host:port`, an IPv6 address in brackets.
 *
 * @throws Error naming the part that cannot be read
 */
export function parseBootstrapServers(text: string): BrokerAddress[] {
  const addresses = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(parseAddress);
  if (addresses.length === 0) throw new Error("bootstrap.servers names no broker");
  return addresses;
}

export function formatAddress({ host, port }: BrokerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseAddress(text: string): BrokerAddress {
  // A protocol before the address, as listeners have it, is what hands often type.
  const parts = /^(?:[A-Z_]+:\/\/)?(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || port < 1 || port > 65_535)
    throw new Error(`${JSON.stringify(text)} in bootstrap.servers is not host:port`);
  return { host, port };
}
