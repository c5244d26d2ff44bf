import type { TopicPartition } from "@ottla/client";
import { CoordinationError } from "@ottla/coordination";
import type { Random } from "@ottla/runtime";
import type { ClusterUnderTest } from "../cluster/cluster-under-test";
import { until } from "../until";
import type { Victim } from "./fault";
import type { FaultTarget } from "./fault-target";

export interface VictimsOptions {
  readonly cluster: ClusterUnderTest;
  /** Partitions whose leaders and followers are meant, as they are when a fault is due. */
  readonly keys: () => readonly TopicPartition[];
  readonly random: Random;
}

/** Finds out who a target is just now. */
export class Victims {
  constructor(private readonly options: VictimsOptions) {}

  /** @param taken who must not be among them; another is drawn where the target leaves a choice. @returns none when all are taken */
  async of(target: FaultTarget, taken: readonly Victim[] = []): Promise<readonly Victim[]> {
    const { cluster } = this.options;
    const free = <T extends Victim>(ids: readonly T[]): T[] => ids.filter((id) => !taken.includes(id));
    switch (target) {
      case "any":
        return this.some(free(cluster.brokers.ids), 1);
      case "majority":
        return this.some(free(cluster.brokers.ids), Math.floor(cluster.brokers.ids.length / 2) + 1);
      case "every-other":
        return free(cluster.brokers.ids.filter((_, i) => i % 2 === 0));
      case "all":
        return free(cluster.brokers.ids);
      case "controller":
        return free([await this.controller()]);
      case "leader":
        return free([(await this.partition()).leader]);
      case "follower": {
        const { isr, leader } = await this.partition();
        return this.some(free(isr.filter((id) => id !== leader)), 1);
      }
      case "leader+controller": {
        const controller = await this.controller();
        const leader = await this.leaderBeside(controller);
        return free([...new Set([leader, controller])]);
      }
      case "zookeeper":
        return this.some(free(cluster.ensemble.ids), 1);
      case "quorum":
        return this.some(free(cluster.ensemble.ids), Math.floor(cluster.ensemble.ids.length / 2) + 1);
      case "partitions":
        return [];
      case "ensemble":
        return free(cluster.ensemble.ids);
      case "zookeeper-leader":
        return free(await this.zooKeepersThat("leader"));
      case "zookeeper-follower":
        return this.some(free(await this.zooKeepersThat("follower")), 1);
    }
  }

  private async zooKeepersThat(mode: string): Promise<string[]> {
    const { ensemble } = this.options.cluster;
    let found: string[] = [];
    await until(`some ZooKeeper is ${mode}`, SETTLE_MS, async () => {
      const modes = await Promise.all(ensemble.ids.map((name) => ensemble.modeOf(name)));
      found = ensemble.ids.filter((_, i) => modes[i] === mode);
      return found.length > 0;
    });
    return found;
  }

  /** A leader other than the controller where there is one, so that two brokers go. */
  private async leaderBeside(controller: number): Promise<number> {
    const { cluster, keys } = this.options;
    const topics = [...new Set(keys().map(({ topic }) => topic))];
    const partitions = (await Promise.all(topics.map((topic) => cluster.view.partitions(topic)))).flat();
    const others = partitions.filter(({ leader }) => leader !== controller && leader >= 0);
    return this.some(others, 1)[0]?.leader ?? controller;
  }

  private async partition(): Promise<{ readonly leader: number; readonly isr: readonly number[] }> {
    const { cluster, keys } = this.options;
    const [key] = this.some(keys(), 1);
    if (key === undefined) throw new Error("there is no partition under load");
    const { topic, partition } = key;
    let found: { readonly leader: number; readonly isr: readonly number[] } | undefined;
    await until(`${topic}-${partition} has a leader`, SETTLE_MS, () =>
      unlessZooKeeperIsAway(async () => {
        found = (await cluster.view.partitions(topic)).find((one) => one.partition === partition);
        return found !== undefined && found.leader >= 0;
      }),
    );
    if (found === undefined) throw new Error(`there is no ${topic}-${partition}`);
    return found;
  }

  private async controller(): Promise<number> {
    const { cluster } = this.options;
    let id: number | null = null;
    await until("there is a controller", SETTLE_MS, () =>
      unlessZooKeeperIsAway(async () => {
        id = await cluster.view.controllerId();
        return id !== null;
      }),
    );
    return id ?? -1;
  }

  private some<T>(from: readonly T[], count: number): T[] {
    const left = [...from];
    return Array.from({ length: Math.min(count, left.length) }, () =>
      left.splice(this.options.random.below(left.length), 1),
    ).flat();
  }
}

/** ZooKeeper is among those that are hit: then nothing is known yet. */
export async function unlessZooKeeperIsAway(ask: () => Promise<boolean>): Promise<boolean> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CoordinationError) return false;
    throw error;
  }
}

const SETTLE_MS = 60_000;
