import type { Closable } from "@ottla/runtime";

/** Where the nodes of a cluster live: gives each its address, and starts its processes there. */
export interface Network extends Closable {
  /** Where clients of the cluster find themselves. */
  readonly clientHost: string;
  /** What can be broken between nodes; null where nothing can. */
  readonly faults: NetworkFaults | null;
  /** Makes a place for a node; each name once. */
  place(node: string): Promise<Place>;
}

/** Where one node lives. */
export interface Place {
  readonly host: string;
  /** A port to listen on, and one 10,000 above it for brokers: the usual one where nobody else can have taken it. */
  port(usual: number): Promise<number>;
  /** The command by which a program is started there. */
  command(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] };
}

/** The name under which clients of the cluster count as a node of its network. */
export const CLIENTS = "clients";

/**
 * What happens to packets from one node to another: nothing arrives and nobody is told (`drop`), connections break and are refused
 * (`reject`), or so many of 100 packets are lost.
 */
export interface LinkFault {
  readonly from: string;
  readonly to: string;
  readonly how: "drop" | "reject" | { readonly lossPercent: number };
}

/** Breaks what lies between the nodes. Each call returns what undoes it, and nothing else. */
export interface NetworkFaults {
  /** All of them at one moment. */
  impose(faults: readonly LinkFault[]): Promise<() => Promise<void>>;
  /** What goes to and from the node gets through at that rate, after up to `delayMs` in a queue; what would wait longer is lost. */
  slow(node: string, rate: { readonly kbitPerSecond: number; readonly delayMs: number }): Promise<() => Promise<void>>;
}
