import { splitList } from "./config-definition";

/** One of `listeners` or `advertised.listeners`: `NAME://host:port`. */
export interface ListenerAddress {
  /** In upper case. */
  readonly name: string;
  /** Empty in `listeners`: all interfaces. */
  readonly host: string;
  /** 0 in `listeners`: chosen by the system. */
  readonly port: number;
}

/** @returns the addresses, or what is wrong with the text as the end of a sentence */
export function parseListeners(text: string): readonly ListenerAddress[] | string {
  const addresses: ListenerAddress[] = [];
  for (const part of splitList(text)) {
    const match = /^([A-Za-z0-9_-]+):\/\/(?:\[([0-9A-Fa-f:.%\w]+)\]|([^:/[\]]*)):(\d+)$/.exec(part);
    if (match === null) return `${part} is not NAME://host:port`;
    const [, name = "", bracketed, plain, port = ""] = match;
    if (Number(port) > 65_535) return `${part} has no such port`;
    addresses.push({ name: name.toUpperCase(), host: bracketed ?? plain ?? "", port: Number(port) });
  }
  if (addresses.length === 0) return "there must be at least one NAME://host:port";
  const twice = addresses.find((one, i) => addresses.findIndex((other) => other.name === one.name) !== i);
  if (twice !== undefined) return `the name ${twice.name} is there twice`;
  const shared = addresses.find(
    (one, i) =>
      one.port !== 0 && addresses.findIndex((other) => other.port === one.port && other.host === one.host) !== i,
  );
  return shared === undefined ? addresses : `the port ${shared.port} is there twice`;
}

/** Reads `NAME:PROTOCOL,...`. @returns protocols by name in upper case, or what is wrong */
export function parseProtocolMap(text: string): ReadonlyMap<string, string> | string {
  const protocols = new Map<string, string>();
  for (const part of splitList(text)) {
    const [name, protocol, ...rest] = part.split(":");
    if (!name || !protocol || rest.length > 0) return `${part} is not NAME:PROTOCOL`;
    protocols.set(name.trim().toUpperCase(), protocol.trim().toUpperCase());
  }
  return protocols;
}
