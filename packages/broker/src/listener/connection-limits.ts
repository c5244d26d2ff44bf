import { splitList } from "../config/config-definition";

/** Judges whether one more connection may be. Limits are read at each use, since they may change at run time. */
export class ConnectionLimits {
  private total = 0;
  private readonly byAddress = new Map<string, number>();

  constructor(
    private readonly limits: () => {
      readonly connectionsMax: number;
      readonly perAddressMax: number;
      /** `address:number,...` */
      readonly perAddressOverrides: string;
    },
  ) {}

  get connections(): number {
    return this.total;
  }

  /** Counts a connection in. @returns null, or the key of the limit that it would exceed: then it was not counted */
  admit(address: string): "max.connections" | "max.connections.per.ip" | null {
    const { connectionsMax, perAddressMax, perAddressOverrides } = this.limits();
    if (this.total >= connectionsMax) return "max.connections";
    const from = plain(address);
    const here = this.byAddress.get(from) ?? 0;
    if (here >= (overrideFor(from, perAddressOverrides) ?? perAddressMax)) return "max.connections.per.ip";
    this.total++;
    this.byAddress.set(from, here + 1);
    return null;
  }

  release(address: string): void {
    const from = plain(address);
    const left = (this.byAddress.get(from) ?? 1) - 1;
    this.total--;
    if (left === 0) this.byAddress.delete(from);
    else this.byAddress.set(from, left);
  }
}

/** An IPv4 address that came in over an IPv6 socket is the same address. */
const plain = (address: string): string => address.replace(/^::ffff:/, "");

function overrideFor(address: string, overrides: string): number | null {
  for (const one of splitList(overrides)) {
    const colon = one.lastIndexOf(":");
    const name = one.slice(0, colon);
    if (name === address || (name === "localhost" && (address === "127.0.0.1" || address === "::1")))
      return Number(one.slice(colon + 1));
  }
  return null;
}
