import type { NodeControl } from "../cluster/cluster-under-test";
import type { Fault, Strike, Victim } from "./fault";
import { brokerTargets, zooKeeperTargets } from "./fault-target";

/** Faults of processes, by signals. */
export const processFaults: readonly Fault[] = [
  fault("kill", "are killed with -9, and started again", endAndStart("kill")),
  fault("bounce", "get a SIGTERM, and are started again", endAndStart("stop")),
  fault("pause", "stand still: SIGSTOP, then SIGCONT", async (strike) => {
    each(strike, (nodes, id) => nodes.pause(id));
    return async () => {
      each(strike, (nodes, id) => nodes.resume(id));
    };
  }),
  fault("kill5", "are killed and started five times, one time right after the other", fiveTimes("kill")),
  fault("bounce5", "get a SIGTERM and are started five times, one time right after the other", fiveTimes("stop")),
  fault("roll", "get a SIGTERM and are started, one after the other", async (strike) => {
    for (const victim of strike.victims) await (await endAndStart("stop")({ ...strike, victims: [victim] }))();
    return async () => undefined;
  }),
];

function fault(kind: string, what: string, hit: Fault["hit"]): Fault {
  return {
    kind,
    what,
    targets: [...brokerTargets, ...zooKeeperTargets],
    takesProcess: true,
    isCut: false,
    refusal: () => null,
    hit,
  };
}

function endAndStart(how: "kill" | "stop"): Fault["hit"] {
  return async (strike) => {
    await Promise.all(each(strike, (nodes, id) => nodes[how](id)));
    return async () => {
      await Promise.all(each(strike, (nodes, id) => nodes.start(id)));
    };
  };
}

function fiveTimes(how: "kill" | "stop"): Fault["hit"] {
  return async (strike) => {
    for (let i = 0; i < 5; i++) await (await endAndStart(how)(strike))();
    return async () => undefined;
  };
}

/** Brokers have numbers, ZooKeepers names. */
function each<T>({ cluster, victims }: Strike, act: (nodes: NodeControl<Victim>, id: Victim) => T): T[] {
  return victims.map((id) => {
    const nodes = typeof id === "number" ? cluster.brokers : cluster.ensemble;
    return act(nodes as unknown as NodeControl<Victim>, id);
  });
}
