import type { TopicPartition } from "@ottla/client";
import { CoordinationError } from "@ottla/coordination";
import { type Random, sleep, systemClock } from "@ottla/runtime";
import type { ClusterUnderTest, NodeControl } from "../cluster/cluster-under-test";
import type { NemesisEvent } from "../history/nemesis-event";
import { nowMs } from "../history/now";
import { until } from "../until";
import type { FaultKind, FaultTarget, PlannedFault } from "./fault-plan";

export interface NemesisOptions {
  readonly cluster: ClusterUnderTest;
  /** Partitions whose leaders and followers are meant, as they are when a fault is due. */
  readonly keys: () => readonly TopicPartition[];
  readonly random: Random;
  readonly sink: (event: NemesisEvent) => void;
  /** How long the cluster may take to have all replicas in sync after a fault; 180,000 ms by default. */
  readonly wholeWithinMs?: number;
}

/** Carries out a plan: waits, hits, heals, waits until the cluster is whole, and writes down when each of it happened. */
export class Nemesis {
  private fault = 0;

  constructor(private readonly options: NemesisOptions) {}

  /** @throws Error when the cluster does not become whole again */
  async carryOut(plan: readonly PlannedFault[]): Promise<void> {
    for (const planned of plan) await this.one(planned);
  }

  private async one({ kind, target, quietMs, holdMs }: PlannedFault): Promise<void> {
    const { cluster } = this.options;
    await sleep(systemClock, quietMs);
    const fault = ++this.fault;
    const victims = await this.victims(target);
    const tell = (phase: NemesisEvent["phase"]) =>
      this.options.sink({ timeMs: nowMs(), fault, kind, target, nodes: victims, phase });
    tell("hit");
    if (kind === "cut") await this.cutAndMend(victims as number[], holdMs);
    else if (target === "zookeeper") await hitAndHeal(kind, cluster.ensemble, victims as string[], holdMs);
    else await hitAndHeal(kind, cluster.brokers, victims as number[], holdMs);
    tell("healed");
    await this.untilWhole();
    tell("whole");
  }

  private async cutAndMend(brokerIds: readonly number[], holdMs: number): Promise<void> {
    const { links } = this.options.cluster;
    if (links === null) throw new Error("this cluster was started without links that can be cut");
    for (const id of brokerIds) links.cut(id);
    await sleep(systemClock, holdMs);
    for (const id of brokerIds) links.mend(id);
  }

  private async untilWhole(): Promise<void> {
    const { cluster, wholeWithinMs = 180_000 } = this.options;
    await until("all replicas are in sync again", wholeWithinMs, async () => {
      try {
        return await cluster.view.isWhole();
      } catch (error) {
        // ZooKeeper may be what was hit.
        if (error instanceof CoordinationError) return false;
        throw error;
      }
    });
  }

  private async victims(target: FaultTarget): Promise<(number | string)[]> {
    const { cluster } = this.options;
    switch (target) {
      case "zookeeper":
        return [this.draw(cluster.ensemble.ids)];
      case "all":
        return [...cluster.brokers.ids];
      case "any":
        return [this.draw(cluster.brokers.ids)];
      case "controller":
        return [await this.controller()];
      case "leader":
        return [(await this.partition()).leader];
      case "follower": {
        const { isr, leader } = await this.partition();
        return [this.draw(isr.filter((id) => id !== leader))];
      }
      case "leader+controller": {
        const controller = await this.controller();
        const leader = await this.leaderBeside(controller);
        return [...new Set([leader, controller])];
      }
    }
  }

  /** A leader other than the controller where there is one, so that two brokers go. */
  private async leaderBeside(controller: number): Promise<number> {
    const { cluster, keys } = this.options;
    const topics = [...new Set(keys().map(({ topic }) => topic))];
    const partitions = (await Promise.all(topics.map((topic) => cluster.view.partitions(topic)))).flat();
    const others = partitions.filter(({ leader }) => leader !== controller && leader >= 0);
    return others.length === 0 ? controller : this.draw(others).leader;
  }

  private async partition(): Promise<{ readonly leader: number; readonly isr: readonly number[] }> {
    const { cluster, keys } = this.options;
    const { topic, partition } = this.draw(keys());
    let found: { readonly leader: number; readonly isr: readonly number[] } | undefined;
    await until(`${topic}-${partition} has a leader`, SETTLE_MS, async () => {
      found = (await cluster.view.partitions(topic)).find((one) => one.partition === partition);
      return found !== undefined && found.leader >= 0;
    });
    if (found === undefined) throw new Error(`there is no ${topic}-${partition}`);
    return found;
  }

  private async controller(): Promise<number> {
    const { cluster } = this.options;
    let id: number | null = null;
    await until("there is a controller", SETTLE_MS, async () => {
      id = await cluster.view.controllerId();
      return id !== null;
    });
    return id ?? -1;
  }

  private draw<T>(from: readonly T[]): T {
    const drawn = from[this.options.random.below(Math.max(1, from.length))];
    if (drawn === undefined) throw new Error("there is nobody to hit");
    return drawn;
  }
}

async function hitAndHeal<Id>(
  kind: Exclude<FaultKind, "cut">,
  nodes: NodeControl<Id>,
  victims: readonly Id[],
  holdMs: number,
): Promise<void> {
  if (kind === "pause") {
    for (const id of victims) nodes.pause(id);
    await sleep(systemClock, holdMs);
    for (const id of victims) nodes.resume(id);
    return;
  }
  await Promise.all(victims.map((id) => (kind === "kill" ? nodes.kill(id) : nodes.stop(id))));
  await sleep(systemClock, holdMs);
  await Promise.all(victims.map((id) => nodes.start(id)));
}

const SETTLE_MS = 60_000;
