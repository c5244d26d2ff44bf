import { missing, type OptionSpec, type ParsedOptions } from "./option-table";
import { UsageError } from "./usage-error";

/** How the tools are told where the cluster is. */
export const CONNECTION_OPTIONS: readonly OptionSpec[] = [
  { name: "bootstrap-server", value: "host:port,...", help: "brokers of the cluster; one that lives is enough" },
  { name: "zookeeper", value: "host:port/chroot", help: "the ensemble, where the brokers are looked up instead" },
  { name: "broker-list", value: "host:port,...", help: "as --bootstrap-server", replacedBy: "bootstrap-server" },
];

/**
 * The brokers to begin with; with `--zookeeper` those registered there.
 *
 * @throws UsageError
 */
export async function bootstrapServers(
  options: ParsedOptions,
  fromProperties: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  options.excludes("bootstrap-server", "zookeeper");
  const zookeeper = options.get("zookeeper");
  if (zookeeper === undefined) {
    const servers = options.get("bootstrap-server") ?? fromProperties;
    if (servers === undefined) throw missing("bootstrap-server");
    return servers;
  }
  // Loaded only where it is asked for, as most calls do without ZooKeeper.
  const { registeredBrokers } = require("../registered-brokers") as typeof import("../registered-brokers");
  const brokers = await registeredBrokers(zookeeper, signal);
  if (brokers.length === 0) throw new UsageError(`no broker is registered in ZooKeeper at ${zookeeper}`);
  return brokers.join(",");
}
