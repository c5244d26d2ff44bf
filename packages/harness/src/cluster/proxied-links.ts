import { FaultyProxy } from "@ottla/coordination";
import type { Closable } from "@ottla/runtime";
import type { ZooKeeperLinks } from "./cluster-under-test";

/** Leads each broker to ZooKeeper through proxies of its own, one for each member of the ensemble. */
export class ProxiedLinks implements ZooKeeperLinks, Closable {
  private constructor(private readonly proxies: ReadonlyMap<number, readonly FaultyProxy[]>) {}

  /** @param connectString of the ensemble, on this machine */
  static async start(connectString: string, brokerIds: readonly number[]): Promise<ProxiedLinks> {
    const ports = connectString.split(",").map((address) => Number(address.slice(address.lastIndexOf(":") + 1)));
    const proxies = new Map<number, readonly FaultyProxy[]>();
    for (const id of brokerIds) proxies.set(id, await Promise.all(ports.map((port) => FaultyProxy.start(port))));
    return new ProxiedLinks(proxies);
  }

  /** What the broker is told to connect to. */
  connectString(brokerId: number): string {
    return this.of(brokerId)
      .map((proxy) => proxy.connectString)
      .join(",");
  }

  cut(brokerId: number): void {
    for (const proxy of this.of(brokerId)) proxy.swallow();
  }

  mend(brokerId: number): void {
    for (const proxy of this.of(brokerId)) proxy.heal();
  }

  async close(): Promise<void> {
    await Promise.all([...this.proxies.values()].flat().map((proxy) => proxy.close()));
  }

  private of(brokerId: number): readonly FaultyProxy[] {
    return this.proxies.get(brokerId) ?? [];
  }
}
