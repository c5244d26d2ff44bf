import { type Coordination, partitionState } from "@ottla/coordination";
import type { ConfirmedState, PartitionRecord } from "./cluster-state";

/** Reads a partition's state as it stands in the ensemble; null when it has none. */
export async function readPartitionState(
  coordination: Coordination,
  { topic, partition }: Pick<PartitionRecord, "partition"> & { readonly topic: { readonly name: string } },
): Promise<ConfirmedState | null> {
  const path = partitionState.path(topic.name, partition);
  const node = await coordination.get(path);
  if (node === null) return null;
  const state = partitionState.decode(node.data, path);
  return {
    leader: state.leader,
    leaderEpoch: state.leaderEpoch,
    isr: state.isr,
    recovering: state.leaderRecoveryState === "RECOVERING",
    controllerEpoch: state.controllerEpoch,
    partitionEpoch: node.stat.version,
    mzxid: node.stat.mzxid,
  };
}
