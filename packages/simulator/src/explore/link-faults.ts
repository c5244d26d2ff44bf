import type { Member, SimulatedLinks } from "../cluster/simulated-links";

export type Link = readonly [from: Member, to: Member];

/** What is wrong with links just now. Faults overlap: a link is whole again when the last of them has ended. */
export class LinkFaults {
  private readonly active = new Map<string, { readonly link: Link; readonly isRefused: boolean; count: number }>();

  constructor(private readonly network: SimulatedLinks) {}

  /** Packets on these links wait. @returns how to end it */
  cut(links: readonly Link[]): () => void {
    return this.add(links, false);
  }

  /** The two refuse each other. @returns how to end it */
  refuse(link: Link): () => void {
    return this.add([link], true);
  }

  private add(links: readonly Link[], isRefused: boolean): () => void {
    for (const link of links) {
      const key = `${isRefused} ${link.join(" ")}`;
      const known = this.active.get(key);
      if (known === undefined) this.active.set(key, { link, isRefused, count: 1 });
      else known.count++;
      this.apply(link, isRefused);
    }
    return () => {
      for (const link of links) {
        const key = `${isRefused} ${link.join(" ")}`;
        const known = this.active.get(key);
        if (known !== undefined && --known.count <= 0) this.active.delete(key);
        this.network.heal(...link);
      }
      // Healing a link ends everything that was wrong with it, in both directions.
      for (const { link, isRefused: refused } of this.active.values()) this.apply(link, refused);
    };
  }

  private apply([from, to]: Link, isRefused: boolean): void {
    if (isRefused) this.network.refuse(from, to);
    else this.network.cutOneWay(from, to);
  }
}

/** Both directions between one member and each of others. */
export function between(member: Member, others: readonly Member[]): Link[] {
  return others
    .filter((other) => other !== member)
    .flatMap((other): Link[] => [
      [member, other],
      [other, member],
    ]);
}
