/** A partition's state node as it stood in ZooKeeper at one moment. */
export interface ObservedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  /** -1 when nobody leads. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly controllerEpoch: number;
  /** The node's data version: two observations whose versions follow each other have nothing between them. */
  readonly version: number;
}

/**
 * What must hold of elections, whoever watches (`docs`: the cluster's invariants 1, 3 and 11): epochs never go back, an epoch has one
 * leader, the ISR is of the replicas and has the leader in it, and a new leader comes from the ISR before it. Pure.
 */
export class ElectionInvariants {
  private readonly last = new Map<string, ObservedPartition>();
  private readonly leaderOf = new Map<string, number>();
  private readonly broken = new Set<string>();

  /** Breaches, each once, in the order in which they were seen. */
  get breaches(): readonly string[] {
    return [...this.broken];
  }

  /** How many changes of a leader were seen. */
  elections = 0;

  /** How many of them took a leader from outside of the ISR; each is a breach, too. */
  uncleanElections = 0;

  /** A topic that was made anew under its name must be forgotten before. */
  observe(now: ObservedPartition): void {
    const name = `${now.topic}-${now.partition}`;
    const before = this.last.get(name);
    const { leader, leaderEpoch, isr, replicas } = now;
    const breach = (what: string) => void this.broken.add(`${name}: ${what}`);

    const strangers = isr.filter((id) => !replicas.includes(id));
    if (strangers.length > 0) breach(`${strangers.join(", ")} in the ISR, but no replica, in epoch ${leaderEpoch}`);
    if (leader >= 0) {
      if (!isr.includes(leader))
        breach(`${leader} leads in epoch ${leaderEpoch}, but is not in the ISR [${isr.join(", ")}]`);
      const epochName = `${name} ${leaderEpoch}`;
      const known = this.leaderOf.get(epochName);
      if (known !== undefined && known !== leader) breach(`${known} and ${leader} lead in epoch ${leaderEpoch}`);
      this.leaderOf.set(epochName, leader);
    }
    if (before !== undefined && before.version < now.version) this.judgeChange(before, now, breach);
    if (before === undefined || before.version <= now.version) this.last.set(name, now);
  }

  private judgeChange(before: ObservedPartition, now: ObservedPartition, breach: (what: string) => void): void {
    if (now.leaderEpoch < before.leaderEpoch)
      breach(`the leader epoch went from ${before.leaderEpoch} to ${now.leaderEpoch}`);
    if (now.controllerEpoch < before.controllerEpoch)
      breach(`the controller epoch went from ${before.controllerEpoch} to ${now.controllerEpoch}`);
    if (now.leader === before.leader || now.leader < 0) return;
    this.elections++;
    if (now.version === before.version + 1 && !before.isr.includes(now.leader)) {
      this.uncleanElections++;
      breach(
        `${now.leader} was elected in epoch ${now.leaderEpoch}, but was not in the ISR [${before.isr.join(", ")}] before`,
      );
    }
  }
}
