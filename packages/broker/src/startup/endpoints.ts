import type { BrokerEndpoint } from "@ottla/coordination";
import type { BrokerConfig } from "../config/broker-config";

/**
 * The addresses under which clients find this broker, in the order configured.
 *
 * @param boundPorts the port of each listener by its name: where none was asked for, the one that the system chose
 * @param hostName for listeners that name no host
 */
export function advertisedEndpoints(
  config: BrokerConfig,
  boundPorts: ReadonlyMap<string, number>,
  hostName: string,
): BrokerEndpoint[] {
  return config.advertisedListeners.map(({ name, host, port }) => ({
    listener: name,
    host: host === "" || host === "0.0.0.0" || host === "::" ? hostName : host,
    port: port === 0 ? (boundPorts.get(name) ?? 0) : port,
    securityProtocol: config.protocols.get(name) ?? "PLAINTEXT",
  }));
}
