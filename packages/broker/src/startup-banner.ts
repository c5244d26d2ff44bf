import type { BrokerEndpoint } from "@ottla/coordination";

/** What a broker found and did until it was ready. */
export interface StartReport {
  readonly version: string;
  readonly brokerId: number;
  readonly clusterId: string;
  readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[];
  readonly advertised: readonly BrokerEndpoint[];
  readonly directories: readonly DirectoryReport[];
  /** Log directories that could not be opened, and why. */
  readonly unusableDirectories: readonly { readonly path: string; readonly failure: Error }[];
  readonly zookeeper: { readonly connect: string; readonly sessionId: bigint; readonly tookMs: number };
  readonly controllerId: number;
  readonly tookMs: number;
}

export interface DirectoryReport {
  readonly path: string;
  readonly partitions: number;
  readonly segments: number;
  readonly sizeBytes: number;
  readonly shutdown: "clean" | "unclean" | "new";
  readonly recoveredPartitions: number;
  readonly bytesReread: number;
  readonly bytesCut: number;
  /** Why records that were acknowledged may be missing; empty when none can be. */
  readonly tornReasons: readonly string[];
  readonly tookMs: number;
}

/** One screen that says what runs here. */
export function startupBanner(report: StartReport): string {
  const rows: (readonly [string, string])[] = [
    ["broker", `${report.brokerId}${report.controllerId === report.brokerId ? " (controller)" : ""}`],
    ["cluster", report.clusterId],
    ...report.listeners.map(({ name, host, port }, i) => {
      const told = report.advertised.find((endpoint) => endpoint.listener === name);
      const as = told === undefined ? "" : `, advertised as ${hostAndPort(told.host, told.port)}`;
      return [i === 0 ? "listeners" : "", `${name} on ${hostAndPort(host === "" ? "*" : host, port)}${as}`] as const;
    }),
    ...report.directories.map((directory, i) => [i === 0 ? "logs" : "", describeDirectory(directory)] as const),
    ...report.unusableDirectories.map(({ path, failure }) => ["", `${path}: OFFLINE, ${failure.message}`] as const),
    [
      "zookeeper",
      `${report.zookeeper.connect}, session 0x${BigInt.asUintN(64, report.zookeeper.sessionId).toString(16)} (${ms(report.zookeeper.tookMs)})`,
    ],
    ["controller", report.controllerId < 0 ? "none yet" : `broker ${report.controllerId}`],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`);
  return [`Ottla ${report.version}`, ...lines].join("\n");
}

function describeDirectory(directory: DirectoryReport): string {
  const { partitions, segments, sizeBytes, shutdown, recoveredPartitions, bytesReread, bytesCut, tornReasons } =
    directory;
  const state =
    shutdown === "unclean"
      ? `recovered after an unclean stop: ${count(recoveredPartitions, "partition")}, ${bytes(bytesReread)} re-read, ${bytes(bytesCut)} cut`
      : { clean: "closed cleanly", new: "new" }[shutdown];
  const torn =
    shutdown === "new" || tornReasons.length === 0 ? "" : `, may lack acknowledged records (${tornReasons.join("; ")})`;
  const held = `${count(partitions, "partition")}, ${count(segments, "segment")}, ${bytes(sizeBytes)}`;
  return `${directory.path}: ${held}, ${state}${torn} (${ms(directory.tookMs)})`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
const ms = (n: number): string => (n < 10_000 ? `${Math.round(n)} ms` : `${(n / 1000).toFixed(1)} s`);
const hostAndPort = (host: string, port: number): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** Decimal units, three digits at most. */
function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const power = Math.min(Math.floor(Math.log10(n) / 3), UNITS.length);
  const scaled = n / 1000 ** power;
  return `${scaled < 10 ? scaled.toFixed(2) : scaled < 100 ? scaled.toFixed(1) : scaled.toFixed(0)} ${UNITS[power - 1] ?? ""}`;
}

const UNITS = ["kB", "MB", "GB", "TB"];
