import { systemClock } from "@ottla/runtime";
import type { LocalCluster } from "../cluster/local-cluster";
import { until } from "../until";
import type { GroupLoad } from "./group-load";

/** What the death of one coordinator cost. */
export interface CoordinatorKill {
  readonly brokerId: number;
  /** Of each group that was coordinated there: the longest time without a commit, ms. */
  readonly gapsMs: readonly number[];
  readonly troubles: Readonly<Record<string, number>>;
  /** Members that had to begin under a new id. */
  readonly expulsions: number;
  readonly joins: number;
}

/** Kills the coordinator of one group after the other (kill -9), and starts each again. */
export async function killCoordinators(
  cluster: LocalCluster,
  load: GroupLoad,
  kills: number,
  onKill: (kill: CoordinatorKill) => void,
): Promise<void> {
  const { groupIds } = load;
  for (let index = 0; index < kills; index++) {
    await until("the cluster is whole", PATIENCE_MS, () => cluster.view.isWhole());
    const brokerId = await coordinatorOf(cluster, groupIds[index % groupIds.length] ?? "");
    const coordinated: number[] = [];
    for (const [at, groupId] of groupIds.entries()) {
      if ((await coordinatorOf(cluster, groupId)) === brokerId) coordinated.push(at);
    }
    const before = { expulsions: expulsionsOf(load), joins: joinsOf(load) };
    const killedMs = systemClock.monotonicMs();
    await cluster.brokers.kill(brokerId);
    await until("everybody commits again", PATIENCE_MS, () => {
      const now = systemClock.monotonicMs();
      return groupIds.every((id) => {
        const last = load.eventsOf(id).findLast(({ type }) => type === "committed");
        return last?.type === "committed" && last.atMs > killedMs + SETTLING_MS && now - last.atMs < 1000;
      });
    });
    const gaps = load.longestGaps(killedMs - 1000);
    onKill({
      brokerId,
      gapsMs: coordinated.map((at) => gaps[at] ?? Number.POSITIVE_INFINITY),
      troubles: load.troubles(killedMs),
      expulsions: expulsionsOf(load) - before.expulsions,
      joins: joinsOf(load) - before.joins,
    });
    await cluster.brokers.start(brokerId);
  }
}

const PATIENCE_MS = 60_000;
/** How long after a kill its troubles are taken for its own. */
const SETTLING_MS = 2_000;

const expulsionsOf = ({ all }: GroupLoad): number => all.reduce((sum, { expulsions }) => sum + expulsions, 0);
const joinsOf = ({ all }: GroupLoad): number => all.reduce((sum, { joins }) => sum + joins, 0);

/** By Kafka's rule, from the state in ZooKeeper. */
async function coordinatorOf(cluster: LocalCluster, groupId: string): Promise<number> {
  const partitions = await cluster.view.partitions("__consumer_offsets");
  let hash = 0;
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(31, hash) + groupId.charCodeAt(i)) | 0;
  return partitions.find(({ partition }) => partition === Math.abs(hash) % partitions.length)?.leader ?? -1;
}
