import { brokerRegistration, ZooKeeperCoordination } from "@ottla/coordination";
import { silentLogger, systemClock, systemRandom } from "@ottla/runtime";
import { UsageError } from "./options/usage-error";

/**
 * The brokers that live, as ZooKeeper has them: `host:port` of the first endpoint of each that needs no TLS and no SASL.
 *
 * @throws UsageError when the ensemble cannot be asked
 */
export async function registeredBrokers(connectString: string, signal: AbortSignal): Promise<string[]> {
  const coordination = await connect(connectString, signal);
  try {
    const brokers: string[] = [];
    const found = await coordination.children(brokerRegistration.parent);
    for (const name of found?.names ?? []) {
      const path = brokerRegistration.path(Number(name));
      const node = await coordination.get(path);
      if (node === null) continue;
      const { endpoints } = brokerRegistration.decode(node.data, path);
      const plain = endpoints.find(({ securityProtocol }) => securityProtocol === "PLAINTEXT");
      if (plain !== undefined)
        brokers.push(`${plain.host.includes(":") ? `[${plain.host}]` : plain.host}:${plain.port}`);
    }
    return brokers;
  } finally {
    await coordination.close();
  }
}

async function connect(connectString: string, signal: AbortSignal): Promise<ZooKeeperCoordination> {
  try {
    return await ZooKeeperCoordination.connect({
      connectString,
      sessionTimeoutMs: 6_000,
      connectionTimeoutMs: 6_000,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      signal,
    });
  } catch (cause) {
    throw new UsageError(`ZooKeeper at ${connectString}: ${(cause as Error).message}`, { cause });
  }
}
