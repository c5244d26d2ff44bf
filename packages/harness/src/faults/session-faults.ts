import type { Fault } from "./fault";
import { brokerTargets } from "./fault-target";

/** Faults of sessions with ZooKeeper. */
export const sessionFaults: readonly Fault[] = [
  {
    kind: "expire",
    what: "have their sessions with ZooKeeper ended by it",
    targets: brokerTargets,
    takesProcess: false,
    isCut: false,
    refusal: () => null,
    async hit({ cluster, victims }) {
      const sessions = await Promise.all(victims.map((id) => cluster.view.sessionOf(Number(id))));
      const open = sessions.filter((id) => id !== null);
      await Promise.all(open.map((id) => cluster.ensemble.endSession(id)));
      // Brokers come back by themselves.
      return async () => undefined;
    },
  },
];
