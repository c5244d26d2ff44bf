import type { DiskFailure } from "../cluster/cluster-under-test";
import type { Fault } from "./fault";
import { brokerTargets } from "./fault-target";

/** Faults of the disk under one log directory of a broker. Healed, the broker is started again: it does not try before. */
export const diskFaults: readonly Fault[] = [
  diskFault("disk-full", "have a disk that is full, and are started again with room on it", "ENOSPC"),
  diskFault("disk-read-only", "have a disk that is read-only, and are started again when it is mounted anew", "EROFS"),
  diskFault("disk-error", "have a disk that refuses every write, and are started again with one that works", "EIO"),
];

function diskFault(kind: string, what: string, failure: DiskFailure): Fault {
  return {
    kind,
    what,
    targets: brokerTargets,
    // Without another log directory the broker ends, and whoever has one is started again to heal.
    takesProcess: true,
    isCut: false,
    refusal: ({ disks }) => (disks === null ? "this cluster was started without disks that fail" : null),
    async hit({ cluster, victims }) {
      const ids = victims.map(Number);
      for (const id of ids) cluster.disks?.fail(id, failure);
      return async () => {
        await Promise.all(ids.map((id) => cluster.brokers.stop(id)));
        for (const id of ids) cluster.disks?.heal(id);
        await Promise.all(ids.map((id) => cluster.brokers.start(id)));
      };
    },
  };
}
