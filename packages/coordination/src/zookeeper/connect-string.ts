import type { Random } from "@ottla/runtime";

export interface EnsembleAddress {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** Where our root lies, such as `/kafka`; empty for the ensemble's own root. */
  readonly chroot: string;
}

/**
 * Reads `zookeeper.connect`: `host:port,host:port/chroot`. The port defaults to 2181; an IPv6 address stands in brackets.
 *
 * @throws Error naming the part that cannot be read
 */
export function parseConnectString(text: string): EnsembleAddress {
  const slash = text.indexOf("/");
  const hosts = slash === -1 ? text : text.slice(0, slash);
  const chroot = slash === -1 ? "" : text.slice(slash).replace(/\/+$/, "");
  if (chroot.includes("//")) throw new Error(`zookeeper.connect ${JSON.stringify(text)}: ${chroot} is not a path`);
  const servers = hosts
    .split(",")
    .map((host) => host.trim())
    .filter((host) => host !== "")
    .map((host) => parseServer(host, text));
  if (servers.length === 0) throw new Error(`zookeeper.connect ${JSON.stringify(text)} names no server`);
  return { servers, chroot };
}

/** The servers in an order drawn at random, so that clients spread over the ensemble. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  const drawn: T[] = [];
  while (left.length > 0) drawn.push(...left.splice(random.below(left.length), 1));
  return drawn;
}

function parseServer(server: string, text: string): { host: string; port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(server);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3] ?? 2181);
  if (host === undefined || port < 1 || port > 65_535)
    throw new Error(`zookeeper.connect ${JSON.stringify(text)}: ${JSON.stringify(server)} is not host:port`);
  return { host, port };
}
