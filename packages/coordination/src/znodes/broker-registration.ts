import { encodeJson, ZnodeFormatError, ZnodeJson } from "./znode-json";

/** What `/brokers/ids/N` says of a live broker. The broker epoch is not in the data: it is the node's czxid. */
export interface RegisteredBroker {
  /** 1 to 5; what we write is 5. */
  readonly version: number;
  /** First endpoint whose security protocol is PLAINTEXT; null and -1 when there is none. */
  readonly host: string | null;
  readonly port: number;
  readonly jmxPort: number;
  /** When the broker registered, milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** Advertised listeners, in the order configured. */
  readonly endpoints: readonly BrokerEndpoint[];
  readonly rack: string | null;
  /** Supported versions of cluster features; null before version 5. */
  readonly features: ReadonlyMap<string, { readonly minVersion: number; readonly maxVersion: number }> | null;
  /** Extra keys, which only Ottla writes and everybody else ignores; null for a broker of another make. */
  readonly ottla: OttlaKeys | null;
}

export interface BrokerEndpoint {
  readonly listener: string;
  /** Without brackets, also for IPv6. */
  readonly host: string;
  readonly port: number;
  /** PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL. */
  readonly securityProtocol: string;
}

/** What other brokers must know of this process to replace it after its death, or to ask whether it is dead (rules 40 and 50). */
export interface OttlaKeys {
  /** `host:port` of the gRPC listener between brokers. */
  readonly rpc: string;
  /** Ids of the log directories that this process has locked. */
  readonly directories: readonly string[];
  /** Boot id of the machine's kernel; null where the system has none. */
  readonly bootId: string | null;
  /** The PID namespace that `pid` belongs to; null where the system has none. */
  readonly pidNamespace: string | null;
  readonly pid: number;
  /** When the process started, as the kernel counts it; compared for equality only. */
  readonly startTime: string | null;
  /** Made anew by each process. */
  readonly incarnation: string;
  /** The log may lack a tail that was acknowledged: no election and no ISR until the controller has said so (rules 55 to 58). */
  readonly torn: boolean;
}

/** `/brokers/ids/N`, ephemeral. */
export const brokerRegistration = {
  parent: "/brokers/ids",
  path: (brokerId: number): string => `/brokers/ids/${brokerId}`,

  encode(broker: RegisteredBroker): Buffer {
    const { ottla } = broker;
    return encodeJson({
      features: broker.features === null ? undefined : encodeFeatures(broker.features),
      listener_security_protocol_map:
        broker.version < 3
          ? undefined
          : Object.fromEntries(broker.endpoints.map((e) => [e.listener, e.securityProtocol])),
      endpoints: broker.version < 2 ? undefined : broker.endpoints.map(formatEndpoint),
      rack: broker.rack ?? undefined,
      jmx_port: broker.jmxPort,
      port: broker.port,
      host: broker.host,
      version: broker.version,
      timestamp: String(broker.timestampMs),
      rpc: ottla?.rpc,
      directories: ottla?.directories,
      bootId: ottla?.bootId ?? undefined,
      pidNamespace: ottla?.pidNamespace ?? undefined,
      pid: ottla?.pid,
      startTime: ottla?.startTime ?? undefined,
      incarnation: ottla?.incarnation,
      torn: ottla?.torn === true ? true : undefined,
    });
  },

  decode(data: Buffer | null, path = "/brokers/ids/N"): RegisteredBroker {
    const json = ZnodeJson.parse(path, data);
    // A later version may only add keys, so it is read as the newest we know.
    const version = json.version(1, Number.MAX_SAFE_INTEGER);
    const host = json.stringOr("host", null);
    const port = json.integerOr("port", -1);
    return {
      version: Math.min(version, 5),
      host,
      port,
      jmxPort: json.integerOr("jmx_port", -1),
      timestampMs: json.has("timestamp") ? json.decimal("timestamp") : -1,
      endpoints: version === 1 ? endpointOfVersion1(host, port) : decodeEndpoints(json),
      rack: json.stringOr("rack", null),
      features: version >= 5 && json.has("features") ? decodeFeatures(json.object("features")) : null,
      ottla: decodeOttlaKeys(json),
    };
  },
} as const;

/** `LISTENER://host:port`, an IPv6 host in brackets. */
function formatEndpoint({ listener, host, port }: BrokerEndpoint): string {
  return `${listener}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function decodeEndpoints(json: ZnodeJson): BrokerEndpoint[] {
  const protocols = json.has("listener_security_protocol_map")
    ? json.stringMap("listener_security_protocol_map")
    : new Map<string, string>();
  return json.strings("endpoints").map((text) => {
    const parts = /^([^:/]+):\/\/(?:\[([^\]]*)\]|([^:[\]]*)):(-?\d{1,5})$/.exec(text);
    const listener = parts?.[1];
    if (parts === null || listener === undefined)
      throw new ZnodeFormatError(json.path, `endpoint ${JSON.stringify(text)} is not LISTENER://host:port`);
    return {
      listener,
      host: parts[2] ?? parts[3] ?? "",
      port: Number(parts[4]),
      // Before version 3 a listener was named for its protocol.
      securityProtocol: protocols.get(listener) ?? listener,
    };
  });
}

function endpointOfVersion1(host: string | null, port: number): BrokerEndpoint[] {
  return host === null ? [] : [{ listener: "PLAINTEXT", host, port, securityProtocol: "PLAINTEXT" }];
}

function encodeFeatures(features: NonNullable<RegisteredBroker["features"]>): Record<string, unknown> {
  return Object.fromEntries(
    [...features].map(([name, { minVersion, maxVersion }]) => [
      name,
      { min_version: minVersion, max_version: maxVersion },
    ]),
  );
}

function decodeFeatures(json: ZnodeJson): NonNullable<RegisteredBroker["features"]> {
  return new Map(
    json.keys().map((name) => {
      const range = json.object(name);
      return [name, { minVersion: range.integer("min_version"), maxVersion: range.integer("max_version") }];
    }),
  );
}

function decodeOttlaKeys(json: ZnodeJson): OttlaKeys | null {
  if (!json.has("rpc") || !json.has("incarnation")) return null;
  return {
    rpc: json.string("rpc"),
    directories: json.has("directories") ? json.strings("directories") : [],
    bootId: json.stringOr("bootId", null),
    pidNamespace: json.stringOr("pidNamespace", null),
    pid: json.integerOr("pid", -1),
    startTime: json.stringOr("startTime", null),
    incarnation: json.string("incarnation"),
    torn: json.booleanOr("torn", false),
  };
}
