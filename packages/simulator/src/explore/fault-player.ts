import type { ClusterMonitor } from "../checkers/cluster-monitor";
import type { SimulatedCluster } from "../cluster/simulated-cluster";
import type { Member } from "../cluster/simulated-links";
import type { Keyspace } from "../workload/keyspace";
import type { FaultDeed, FaultKind, FaultTarget, PlannedFault } from "./fault-plan";
import { between, type Link, LinkFaults } from "./link-faults";
import { OrderedChanges } from "./ordered-changes";
import type { Plan } from "./plan";

/**
 * Does to a cluster what a plan says, when it says so, and heals it. What makes no sense at its moment (a kill of what is dead, a loss of
 * power that could lose what was acknowledged) is left out: that depends on the run alone, so a replay leaves out the same.
 */
export class FaultPlayer {
  readonly struck = new Map<FaultKind, number>();
  /** Brokers that are down and for which it is settled when they come back. */
  private readonly returning = new Set<number>();
  /** Brokers that may lack what they acknowledged, until they are whole again. */
  private readonly torn = new Set<number>();
  private readonly healing = new Set<() => void>();
  private readonly links: LinkFaults;
  private readonly changes: OrderedChanges;
  private quorumLosses = 0;
  private isHealed = false;

  constructor(
    private readonly plan: Plan,
    private readonly cluster: SimulatedCluster,
    private readonly monitor: ClusterMonitor,
    private readonly clientNodes: readonly string[],
    keyspace: Keyspace,
    private readonly note: (what: string) => void,
  ) {
    this.links = new LinkFaults(cluster.network);
    this.changes = new OrderedChanges(plan, cluster, monitor, keyspace, note);
  }

  /** Sets every fault for its time, counted from now. Whoever ends without being told to is started again, as by a supervisor. */
  begin(): void {
    for (const fault of this.plan.faults) this.cluster.schedule(fault.atMs, () => this.strike(fault));
    this.supervise();
  }

  /** Ends whatever is still wrong, and starts whoever is down. */
  healAll(): void {
    this.isHealed = true;
    this.note("everything is healed");
    for (const heal of this.healing) heal();
    this.cluster.healAll();
    for (const id of this.cluster.ids) this.cluster.disk(id).delays.syncMs = this.plan.diskDelayMs;
    this.returning.clear();
    for (const id of this.cluster.down) this.start(id);
  }

  private strike(fault: PlannedFault): void {
    if (this.isHealed || !this.act(fault, fault.forMs)) return;
    this.struck.set(fault.kind, (this.struck.get(fault.kind) ?? 0) + 1);
  }

  /** @returns whether it was done */
  private act(deed: FaultDeed, forMs: number): boolean {
    switch (deed.kind) {
      case "kill-all":
      case "power-loss-all":
        return this.strikeAll(deed, forMs);
      case "expire-all":
        this.note("all sessions expire");
        this.cluster.zooKeeper.expireAll();
        return true;
      case "quorum-loss":
        return this.loseQuorum(forMs);
      case "reassign":
      case "preferred-election":
      case "create-topic":
      case "delete-topic":
        return this.changes.begin(deed);
      default: {
        const id = this.resolve(deed.target);
        return id !== null && this.actOn(id, deed, forMs);
      }
    }
  }

  private actOn(id: number, deed: FaultDeed & { readonly target: FaultTarget }, forMs: number): boolean {
    const { cluster } = this;
    const name = `broker ${id}`;
    switch (deed.kind) {
      case "kill":
        return this.kill(id, forMs);
      case "stop":
        return this.stop(id, forMs);
      case "power-loss":
        return this.losePower(id, forMs);
      case "wiped-disk":
        return this.wipeDisk(id, forMs);
      case "pause":
        return this.pause(id, forMs);
      case "disk-error":
        return this.breakDisk(id, forMs);
      case "slow-disk": {
        const { delays } = cluster.disk(id);
        delays.syncMs = deed.delayMs;
        return this.until(forMs, `${name}: a sync takes ${deed.delayMs} ms`, () => {
          delays.syncMs = this.plan.diskDelayMs;
        });
      }
      case "isolate":
        return this.cut(`${name} is cut off from all brokers`, between(id, cluster.ids), forMs);
      case "cut-from-controller": {
        const { controllerId } = cluster;
        if (controllerId === null || controllerId === id) return false;
        return this.cut(`${name} is cut off from controller ${controllerId}`, between(id, [controllerId]), forMs);
      }
      case "cut-from-clients":
        return this.cut(`${name} is cut off from all clients`, between(id, this.clientNodes), forMs);
      case "cut":
        if (deed.other === id) return false;
        if (deed.oneWay) return this.cut(`nothing of ${name} reaches ${deed.other}`, [[id, deed.other]], forMs);
        return this.cut(`${name} and ${deed.other} are cut off from each other`, between(id, [deed.other]), forMs);
      case "refuse":
        if (deed.other === id) return false;
        return this.until(forMs, `${name} and ${deed.other} refuse each other`, this.links.refuse([id, deed.other]));
      case "slow-link":
        return this.slow(id, deed.other, deed.delayMs, forMs);
      case "cut-from-ensemble":
        // Half of them find out only when nothing is answered.
        if (forMs % 2 === 0) cluster.zooKeeper.cut(id);
        else cluster.zooKeeper.cutUnnoticed(id);
        return this.until(forMs, `${name} is cut off from the ensemble`, () => cluster.zooKeeper.heal(id));
      case "expire":
        if (cluster.process(id) === null) return false;
        this.note(`the session of ${name} expires`);
        cluster.zooKeeper.expire(id);
        return true;
      default:
        return false;
    }
  }

  private cut(what: string, links: readonly Link[], forMs: number): boolean {
    return this.until(forMs, what, this.links.cut(links));
  }

  private slow(from: Member, to: Member, delayMs: number, forMs: number): boolean {
    if (from === to) return false;
    const { network } = this.cluster;
    const { linkDelayMs, linkJitterMs } = this.plan;
    network.setDelay(from, to, delayMs, linkJitterMs);
    return this.until(forMs, `packets from ${from} to ${to} take ${delayMs} ms`, () =>
      network.setDelay(from, to, linkDelayMs, linkJitterMs),
    );
  }

  private strikeAll(deed: FaultDeed & { readonly kind: "kill-all" | "power-loss-all" }, forMs: number): boolean {
    let struck = false;
    for (const [index, id] of this.cluster.ids.entries()) {
      const downMs = forMs + index * deed.apartMs;
      if (deed.kind === "kill-all" ? this.kill(id, downMs) : this.losePower(id, downMs)) struck = true;
    }
    return struck;
  }

  private kill(id: number, downMs: number): boolean {
    if (this.cluster.process(id) === null) return false;
    this.note(`kill -9 of broker ${id}, which comes back after ${downMs} ms`);
    this.cluster.kill(id);
    this.comesBack(id, downMs);
    return true;
  }

  private stop(id: number, downMs: number): boolean {
    const process = this.cluster.process(id);
    if (process === null || process.isPaused || !this.cluster.serves(id)) return false;
    this.note(`SIGTERM to broker ${id}`);
    this.returning.add(id);
    const ended = (): void => {
      if (this.cluster.process(id) === null) this.comesBack(id, downMs);
    };
    this.cluster.stop(id).then(ended, ended);
    return true;
  }

  private losePower(id: number, downMs: number): boolean {
    const isFlushing = this.plan.configs["log.flush.interval.messages"] === "1";
    if (this.cluster.process(id) === null || (!isFlushing && !this.mayTear(id))) return false;
    this.note(`broker ${id} loses power, and comes back after ${downMs} ms`);
    // On one machine it is lost by all at once.
    const hit = this.plan.oneMachine ? this.cluster.ids : [id];
    this.cluster.losePower(id);
    for (const other of hit) {
      this.monitor.lostPower(other);
      if (!isFlushing) this.torn.add(other);
      this.comesBack(other, downMs);
    }
    return true;
  }

  private wipeDisk(id: number, downMs: number): boolean {
    if (this.cluster.process(id) === null || !this.mayTear(id)) return false;
    this.note(`broker ${id} is killed, and comes back on an empty disk after ${downMs} ms`);
    this.cluster.kill(id);
    this.cluster.wipeDisk(id);
    this.cluster.disk(id).delays.syncMs = this.plan.diskDelayMs;
    this.monitor.lostDisk(id);
    this.torn.add(id);
    this.comesBack(id, downMs);
    return true;
  }

  private breakDisk(id: number, forMs: number): boolean {
    const process = this.cluster.process(id);
    if (process === null || process.isPaused || !this.mayTear(id)) return false;
    const disk = this.cluster.disk(id);
    this.torn.add(id);
    this.monitor.doubtDisk(id);
    disk.inject({ operation: "write", code: "EIO" });
    disk.inject({ operation: "fdatasync", code: "EIO" });
    return this.until(forMs, `the disk of broker ${id} refuses writes`, () => {
      this.kill(id, 0);
      disk.heal();
    });
  }

  private pause(id: number, forMs: number): boolean {
    const process = this.cluster.process(id);
    if (process === null || process.isPaused) return false;
    this.cluster.pause(id);
    return this.until(forMs, `broker ${id} is paused`, () => {
      if (this.cluster.process(id) === process) this.cluster.resume(id);
    });
  }

  private loseQuorum(forMs: number): boolean {
    if (this.quorumLosses++ === 0) this.cluster.zooKeeper.loseQuorum();
    return this.until(forMs, "the ensemble has no quorum", () => {
      if (--this.quorumLosses === 0) this.cluster.zooKeeper.regainQuorum();
    });
  }

  /** It is no more, and starts again after a while, or when all is healed. */
  private comesBack(id: number, afterMs: number): void {
    if (this.isHealed) return this.start(id);
    this.returning.add(id);
    this.cluster.schedule(afterMs, () => {
      if (this.returning.delete(id)) this.start(id);
    });
  }

  private start(id: number): void {
    if (this.cluster.process(id) !== null) return;
    this.note(`broker ${id} starts`);
    this.cluster.boot(id);
  }

  private supervise(): void {
    this.cluster.schedule(SUPERVISOR_MS, () => {
      for (const id of this.cluster.down) if (!this.returning.has(id)) this.start(id);
      this.supervise();
    });
  }

  /** Whether one more replica may lose its tail without a loss of what was acknowledged (rule 58). */
  private mayTear(id: number): boolean {
    for (const other of this.torn) if (this.isWhole(other)) this.torn.delete(other);
    const others = [...this.torn].filter((other) => other !== id).length;
    return others + 1 < (this.plan.topics[0]?.minInsyncReplicas ?? 1);
  }

  /** It serves, nobody calls it torn, and every ISR that it belongs to has it. */
  private isWhole(id: number): boolean {
    if (!this.cluster.serves(id) || this.monitor.ensemble.isTorn(id)) return false;
    for (const { replicas, state } of this.monitor.ensemble.partitions())
      if (replicas.includes(id) && state?.isr.includes(id) !== true) return false;
    return true;
  }

  private resolve(target: FaultTarget): number | null {
    switch (target.role) {
      case "broker":
        return target.id;
      case "leader": {
        const leader = this.monitor.ensemble.named(target.topic, 0)?.state?.leader ?? -1;
        return leader < 0 ? null : leader;
      }
      case "controller":
        return this.cluster.controllerId;
    }
  }

  /** Notes that something is wrong now, and when it ends. */
  private until(forMs: number, what: string, heal: () => void): boolean {
    this.note(`${what}, for ${forMs} ms`);
    const once = (): void => {
      if (!this.healing.delete(once)) return;
      heal();
      if (!this.isHealed) this.note(`no more: ${what}`);
    };
    this.healing.add(once);
    this.cluster.schedule(forMs, once);
    return true;
  }
}

const SUPERVISOR_MS = 500;
