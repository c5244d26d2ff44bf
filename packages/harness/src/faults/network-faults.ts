import type { ClusterUnderTest } from "../cluster/cluster-under-test";
import { CLIENTS, type LinkFault } from "../cluster/network";
import type { CutManner, Fault, Strike, Victim } from "./fault";
import { brokerTargets, zooKeeperTargets } from "./fault-target";

const LOSS_PERCENT = 20;
const SLOW = { kbitPerSecond: 400, delayMs: 2000 };

const nodeTargets = [...brokerTargets, ...zooKeeperTargets];

/** Faults of what lies between nodes. But for `cut`, they take a cluster whose network can be broken. */
export const networkFaults: readonly Fault[] = [
  cutFromZooKeeper(),
  cut("isolate", "are cut from everybody", nodeTargets, ({ cluster, victims, how }) =>
    apart(victims, everybody(cluster), how),
  ),
  cut("cut-nodes", "are cut from brokers and ZooKeeper, but not from clients", nodeTargets, (strike) =>
    apart(strike.victims, nodesOf(strike.cluster), strike.how),
  ),
  cut("cut-peers", "are cut from others of their sort: brokers from brokers", nodeTargets, (strike) =>
    apart(
      strike.victims,
      strike.victims.flatMap((victim) => peersOf(strike.cluster, victim)),
      strike.how,
    ),
  ),
  cut("cut-controller", "are cut from the controller, and from nobody else", brokerTargets, async (strike) => {
    const controller = await strike.cluster.view.controllerId();
    const followers = strike.victims.filter((id) => id !== controller);
    if (controller === null) return [];
    // The controller cannot be cut from itself: then one of the others is.
    const meant =
      followers.length > 0 ? followers : [strike.cluster.brokerIds.find((id) => id !== controller) ?? controller];
    return apart(meant, [nameOf(controller)], strike.how);
  }),
  cut("cut-clients", "are cut from clients, and from nobody else", brokerTargets, ({ victims, how }) =>
    apart(victims, [CLIENTS], how),
  ),
  cut("cut-out", "hear everybody, but nothing they say gets to brokers and ZooKeeper", nodeTargets, (strike) =>
    oneWay(strike.victims, nodesOf(strike.cluster), strike.how),
  ),
  cut("cut-in", "are heard by everybody, but hear nothing from brokers and ZooKeeper", nodeTargets, (strike) =>
    oneWay(strike.victims, nodesOf(strike.cluster), strike.how).map(({ from, to, how }) => ({
      from: to,
      to: from,
      how,
    })),
  ),
  cut("bridge", "are the only ones to see all brokers: the others fall into two halves", brokerTargets, (strike) => {
    const others = strike.cluster.brokerIds.filter((id) => !strike.victims.includes(id)).map(nameOf);
    const half = Math.ceil(others.length / 2);
    return bothWays(others.slice(0, half), others.slice(half), strike.how);
  }),
  {
    ...onNetworks("lossy", "lose one packet in five, to and from everybody"),
    async hit({ cluster, victims }) {
      return networkOf(cluster).impose(apart(victims, everybody(cluster), { lossPercent: LOSS_PERCENT }));
    },
  },
  {
    ...onNetworks("slow", `have a line of ${SLOW.kbitPerSecond} kbit/s, with a queue of up to ${SLOW.delayMs} ms`),
    async hit({ cluster, victims }) {
      const network = networkOf(cluster);
      const heals = await Promise.all(victims.map((id) => network.slow(nameOf(id), SLOW)));
      return async () => {
        await Promise.all(heals.map((heal) => heal()));
      };
    },
  },
];

interface Cut extends Strike {
  readonly how: LinkFault["how"];
}

function cut(
  kind: string,
  what: string,
  targets: Fault["targets"],
  links: (cut: Cut) => readonly LinkFault[] | Promise<readonly LinkFault[]>,
): Fault {
  return {
    ...onNetworks(kind, what),
    targets,
    isCut: true,
    async hit(strike) {
      return networkOf(strike.cluster).impose(await links({ ...strike, how: verdictOf(strike.manner) }));
    },
  };
}

/** Proxies do, where there is nothing better. */
function cutFromZooKeeper(): Fault {
  return {
    kind: "cut",
    what: "are cut from ZooKeeper, and from nobody else",
    targets: brokerTargets,
    takesProcess: false,
    isCut: true,
    refusal: ({ links, network }) =>
      links === null && network === null ? "this cluster was started without links that can be cut" : null,
    async hit({ cluster, victims, manner }) {
      if (cluster.network !== null)
        return cluster.network.impose(apart(victims, cluster.ensemble.ids, verdictOf(manner)));
      const { links } = cluster;
      for (const id of victims) links?.cut(Number(id));
      return async () => {
        for (const id of victims) links?.mend(Number(id));
      };
    },
  };
}

function onNetworks(kind: string, what: string): Omit<Fault, "hit"> {
  return {
    kind,
    what,
    targets: nodeTargets,
    takesProcess: false,
    isCut: false,
    refusal: ({ network }) => (network === null ? `${kind} takes --network namespaces` : null),
  };
}

function networkOf({ network }: ClusterUnderTest): NonNullable<ClusterUnderTest["network"]> {
  if (network === null) throw new Error("this cluster was started without a network that can be broken");
  return network;
}

const verdictOf = (manner: CutManner): "drop" | "reject" => (manner === "silent" ? "drop" : "reject");

/** What a node is called in its network. */
const nameOf = (victim: Victim): string => (typeof victim === "number" ? `broker${victim}` : victim);

const nodesOf = ({ brokerIds, ensemble }: ClusterUnderTest): string[] => [...brokerIds.map(nameOf), ...ensemble.ids];

const everybody = (cluster: ClusterUnderTest): string[] => [...nodesOf(cluster), CLIENTS];

const peersOf = ({ brokerIds, ensemble }: ClusterUnderTest, victim: Victim): readonly string[] =>
  typeof victim === "number" ? brokerIds.map(nameOf) : ensemble.ids;

function oneWay(victims: readonly Victim[], others: readonly string[], how: LinkFault["how"]): LinkFault[] {
  return victims.map(nameOf).flatMap((from) => others.filter((to) => to !== from).map((to) => ({ from, to, how })));
}

function apart(victims: readonly Victim[], others: readonly string[], how: LinkFault["how"]): LinkFault[] {
  return oneWay(victims, others, how).flatMap(({ from, to }) => bothWays([from], [to], how));
}

function bothWays(some: readonly string[], others: readonly string[], how: LinkFault["how"]): LinkFault[] {
  return some.flatMap((a) =>
    others.flatMap((b) => [
      { from: a, to: b, how },
      { from: b, to: a, how },
    ]),
  );
}
