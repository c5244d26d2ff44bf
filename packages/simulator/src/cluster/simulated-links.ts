import type { SimulatedNetwork } from "@ottla/runtime";

/** A broker by its id, a client by its name. */
export type Member = number | string;

/** What can befall the links between brokers, and between clients and brokers. */
export class SimulatedLinks {
  private readonly members = new Set<string>();

  constructor(
    private readonly network: SimulatedNetwork,
    private readonly usual: { readonly delayMs: number; readonly jitterMs: number },
  ) {}

  /** Nothing gets through between the two, and nobody is told: packets wait, or the connection is given up. */
  cut(one: Member, other: Member): void {
    this.cutOneWay(one, other);
    this.cutOneWay(other, one);
  }

  /** What `from` sends does not arrive at `to`; the other direction goes on. */
  cutOneWay(from: Member, to: Member): void {
    this.network.stall(nodeOf(from), nodeOf(to));
  }

  /** A firewall that answers: connections between the two are reset, and new ones refused. */
  refuse(one: Member, other: Member): void {
    this.network.refuse(nodeOf(one), nodeOf(other));
    this.network.refuse(nodeOf(other), nodeOf(one));
  }

  /** Cuts `member` off from every other broker and client. It still reaches ZooKeeper. */
  isolate(member: Member): void {
    for (const other of this.othersThan(member)) this.cut(member, other);
  }

  /** Cuts between every member of the one group and every member of the other. */
  split(one: readonly Member[], other: readonly Member[]): void {
    for (const from of one) for (const to of other) this.cut(from, to);
  }

  /** Ends what was cut or refused between the two. */
  heal(one: Member, other: Member): void {
    this.network.heal(nodeOf(one), nodeOf(other));
    this.network.heal(nodeOf(other), nodeOf(one));
  }

  /** Ends everything that was cut or refused at `member`. */
  rejoin(member: Member): void {
    for (const other of this.othersThan(member)) this.heal(member, other);
  }

  /** Ends every cut and refusal; links are as fast as in the beginning. */
  healAll(): void {
    for (const from of this.members)
      for (const to of this.members) {
        if (from === to) continue;
        this.network.heal(from, to);
        this.network.setDelay(from, to, this.usual.delayMs, this.usual.jitterMs);
      }
  }

  /** How long packets take from `from` to `to`: `delayMs`, and up to `jitterMs` more for each. */
  setDelay(from: Member, to: Member, delayMs: number, jitterMs = 0): void {
    this.network.setDelay(nodeOf(from), nodeOf(to), delayMs, jitterMs);
  }

  /** The same for everything that leaves and reaches `member`. */
  slowDown(member: Member, delayMs: number, jitterMs = delayMs): void {
    for (const other of this.othersThan(member)) {
      this.setDelay(member, other, delayMs, jitterMs);
      this.setDelay(other, member, delayMs, jitterMs);
    }
  }

  /** For the cluster: somebody is there. */
  add(member: Member): void {
    const node = nodeOf(member);
    this.members.add(node);
    this.network.addHost(node);
  }

  private othersThan(member: Member): string[] {
    return [...this.members].filter((other) => other !== nodeOf(member));
  }
}

/** What the network calls a broker or a client. */
export function nodeOf(member: Member): string {
  return typeof member === "number" ? `broker-${member}` : member;
}
