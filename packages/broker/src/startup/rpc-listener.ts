import {
  type Address,
  ClusterRpcError,
  type ClusterServer,
  type ClusterServices,
  type ClusterTransport,
} from "@ottla/cluster-rpc";
import type { BrokerEndpoint } from "@ottla/coordination";
import type { Logger } from "@ottla/runtime";
import { type BrokerConfig, ConfigRefused } from "../config/broker-config";
import { formatAddress } from "../control/broker-addresses";

/** How far above the inter-broker listener's port the listener between brokers is by default. */
const PORT_DISTANCE = 10_000;
const PORT_MAX = 65_535;

/** Where brokers reach this one. */
export interface RpcListener {
  readonly server: ClusterServer;
  /** `host:port`, as the registration tells it. */
  readonly advertised: string;
}

/**
 * Listens for other brokers.
 *
 * An address that was asked for is used or refused; the one by default gives way to a free port when something else is there, since others
 * find it in the registration anyway.
 *
 * @param endpoints the addresses under which clients find this broker
 * @throws ClusterRpcError, ConfigRefused
 */
export async function listenForBrokers(options: {
  readonly config: BrokerConfig;
  readonly endpoints: readonly BrokerEndpoint[];
  readonly transport: ClusterTransport;
  readonly services: ClusterServices;
  readonly logger: Logger;
}): Promise<RpcListener> {
  const { config, endpoints, transport, services, logger } = options;
  const name = interBrokerListener(config);
  const between = config.listeners.find((listener) => listener.name === name) ?? config.listeners[0];
  const asked = config.get("ottla.rpc.listener");
  const byDefault = asked === null || asked === "";
  const wanted = byDefault ? defaultAddress(between?.host ?? "", between?.port ?? 0) : parse(asked);
  const listen = { host: isEverywhere(wanted.host) ? EVERYWHERE : wanted.host, port: wanted.port };
  const server = await transport.serve(listen, services).catch((failure: unknown) => {
    if (!(byDefault && listen.port > 0 && failure instanceof ClusterRpcError)) throw failure;
    logger.warn("the usual port between brokers is taken, using a free one", { port: listen.port });
    return transport.serve({ ...listen, port: 0 }, services);
  });
  const endpoint = endpoints.find((one) => one.listener === name) ?? endpoints[0];
  const host = isEverywhere(wanted.host) ? (endpoint?.host ?? "localhost") : wanted.host;
  return { server, advertised: formatAddress({ host, port: server.port }) };
}

const EVERYWHERE = "0.0.0.0";

const isEverywhere = (host: string): boolean => host === "" || host === "0.0.0.0" || host === "::";

/** The listener whose addresses brokers use among themselves, in upper case. */
export function interBrokerListener(config: BrokerConfig): string {
  const named = config.get("inter.broker.listener.name");
  if (named !== null) return named.toUpperCase();
  const protocol = config.get("security.inter.broker.protocol");
  const found = config.listeners.find(({ name }) => config.protocols.get(name) === protocol);
  return (found ?? config.listeners[0])?.name ?? "";
}

function defaultAddress(host: string, port: number): Address {
  const above = port + PORT_DISTANCE;
  return { host, port: port === 0 || above > PORT_MAX ? 0 : above };
}

/** `HOST:PORT`, `:PORT` or `PORT`. */
function parse(text: string): Address {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > PORT_MAX)
    throw new ConfigRefused([
      `ottla.rpc.listener=${text} is not right: it must be HOST:PORT, the port at most ${PORT_MAX}`,
    ]);
  return { host: match[1] ?? match[2] ?? "", port };
}
