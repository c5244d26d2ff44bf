import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:os";
import { CLIENTS, type LinkFault, type Network, type NetworkFaults, type Place } from "../network";
import { namespaceOf, removeLeftBehind, removeNamespace } from "./left-behind";
import { ip, run } from "./network-tools";
import { packetRules } from "./packet-rules";

/** Whether this process is root, and not one whose container took from it what that means. */
export function mayMakeNetworks(): boolean {
  if (platform() !== "linux" || process.getuid?.() !== 0) return false;
  const held = BigInt(`0x${/^CapEff:\s+(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"}`);
  return [CAP_NET_ADMIN, CAP_SYS_ADMIN].every((bit) => ((held >> bit) & 1n) === 1n);
}

const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

/**
 * A network of Linux network namespaces: each node has one of its own, all are joined by a router in another, and what goes from node to
 * node is dropped, refused, lost or slowed down there. Clients are outside of it all, on this machine, with an address in the network.
 *
 * It needs root, `ip`, `tc` and `nft`. Addresses are of 198.18.0.0/15, which is set aside for tests of networks.
 */
export class NamespaceNetwork implements Network, NetworkFaults {
  readonly faults: NetworkFaults = this;
  private readonly addresses = new Map<string, string>();
  private readonly imposed = new Set<readonly LinkFault[]>();
  private changing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly subnet: string,
    private readonly device: string,
  ) {
    this.addresses.set(CLIENTS, this.clientHost);
  }

  /** Why this machine cannot have one; null when it can. */
  static refusal(): string | null {
    if (platform() !== "linux") return "network namespaces are Linux's";
    if (!mayMakeNetworks()) return "network namespaces take root";
    const missing = ["ip", "nft", "tc"].filter((tool) => spawnSync(tool, ["-V"]).error !== undefined);
    if (missing.length === 0) return null;
    return `network namespaces take ${missing.join(" and ")} (Debian: apt-get install iproute2 nftables)`;
  }

  static async start(): Promise<NamespaceNetwork> {
    const refusal = NamespaceNetwork.refusal();
    if (refusal !== null) throw new Error(refusal);
    await removeLeftBehind();
    const routes = await ip("route", "show");
    const third = Array.from({ length: 256 }, (_, i) => (process.pid + i) % 256).find(
      (n) => !routes.includes(`198.18.${n}.0/24`),
    );
    if (third === undefined) throw new Error("all of 198.18.0.0/16 is in use");
    const network = new NamespaceNetwork(`198.18.${third}`, `ottla-${third}`);
    try {
      await network.open();
    } catch (failure) {
      await network.close();
      throw failure;
    }
    return network;
  }

  get clientHost(): string {
    return `${this.subnet}.1`;
  }

  async place(node: string): Promise<Place> {
    if (this.addresses.has(node)) throw new Error(`${node} has its place already`);
    const host = `${this.subnet}.${this.addresses.size + 1}`;
    this.addresses.set(node, host);
    const name = namespaceOf(process.pid, node);
    await ip("netns", "add", name);
    const within = (...args: string[]) => ip("-n", name, ...args);
    await within("link", "set", "dev", "lo", "up");
    await within("link", "add", "eth0", "type", "veth", "peer", "name", node, "netns", this.router);
    await within("address", "add", `${host}/32`, "dev", "eth0");
    await within("link", "set", "dev", "eth0", "up");
    await this.joinRouter(node, host);
    await within("route", "add", this.gateway, "dev", "eth0");
    await within("route", "add", "default", "via", this.gateway);
    return {
      host,
      port: async (usual) => usual,
      command: (command, args) => ({ command: "ip", args: ["netns", "exec", name, command, ...args] }),
    };
  }

  async impose(faults: readonly LinkFault[]): Promise<() => Promise<void>> {
    this.imposed.add(faults);
    await this.change();
    return async () => {
      this.imposed.delete(faults);
      await this.change();
    };
  }

  async slow(node: string, { kbitPerSecond, delayMs }: { kbitPerSecond: number; delayMs: number }) {
    const shape = ["root", "tbf", "rate", `${kbitPerSecond}kbit`, "burst", "8kb", "latency", `${delayMs}ms`];
    const ends = [
      { namespace: this.router, device: node },
      { namespace: namespaceOf(process.pid, node), device: "eth0" },
    ];
    for (const { namespace, device } of ends)
      await run("tc", ["-n", namespace, "qdisc", "replace", "dev", device, ...shape]);
    return async () => {
      for (const { namespace, device } of ends)
        await run("tc", ["-n", namespace, "qdisc", "delete", "dev", device, "root"]);
    };
  }

  /** Removes everything of it, and ends what still runs in it. */
  async close(): Promise<void> {
    const mine = (await ip("netns", "list")).split("\n").map((line) => line.split(" ")[0] ?? "");
    for (const name of mine) if (name.startsWith(namespaceOf(process.pid, ""))) await removeNamespace(name);
    // The link to this machine goes with the router's namespace.
  }

  private get router(): string {
    return namespaceOf(process.pid, "router");
  }

  private get gateway(): string {
    return `${this.subnet}.254`;
  }

  private async open(): Promise<void> {
    await ip("netns", "add", this.router);
    await ip("-n", this.router, "link", "set", "dev", "lo", "up");
    await run("ip", ["netns", "exec", this.router, "tee", "/proc/sys/net/ipv4/ip_forward"], "1\n");
    await ip("link", "add", this.device, "type", "veth", "peer", "name", CLIENTS, "netns", this.router);
    await ip("address", "add", `${this.clientHost}/32`, "dev", this.device);
    await ip("link", "set", "dev", this.device, "up");
    await this.joinRouter(CLIENTS, this.clientHost);
    const via = ["via", this.gateway, "dev", this.device, "onlink", "src", this.clientHost];
    await ip("route", "add", `${this.subnet}.0/24`, ...via);
    await this.change();
  }

  private async joinRouter(device: string, host: string): Promise<void> {
    await ip("-n", this.router, "address", "add", `${this.gateway}/32`, "dev", device);
    await ip("-n", this.router, "link", "set", "dev", device, "up");
    await ip("-n", this.router, "route", "add", host, "dev", device);
  }

  /** One after the other, each with all that holds when its turn has come. */
  private change(): Promise<void> {
    const next = this.changing.then(async () => {
      const rules = packetRules([...this.imposed].flat(), this.addresses);
      await run("ip", ["netns", "exec", this.router, "nft", "-f", "-"], rules);
    });
    this.changing = next.catch(() => undefined);
    return next;
  }
}
