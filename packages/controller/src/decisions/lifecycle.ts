import { NO_LEADER } from "../broker-channel";

/** Where a partition stands in the controller's eyes. */
export type PartitionPhase = "NonExistent" | "New" | "Online" | "Offline";

/** Where one replica stands in the controller's eyes. */
export type ReplicaPhase =
  | "NonExistent"
  | "New"
  | "Online"
  | "Offline"
  | "DeletionStarted"
  | "DeletionSuccessful"
  | "DeletionIneligible";

/** The phase that a partition's state amounts to; null: no replica has been live yet. */
export function partitionPhase(state: { readonly leader: number } | null): PartitionPhase {
  if (state === null) return "New";
  return state.leader === NO_LEADER ? "Offline" : "Online";
}

const PARTITION_COMES_FROM: Readonly<Record<PartitionPhase, readonly PartitionPhase[]>> = {
  New: ["NonExistent"],
  Online: ["New", "Online", "Offline"],
  Offline: ["New", "Online", "Offline"],
  NonExistent: ["Offline"],
};

const REPLICA_COMES_FROM: Readonly<Record<ReplicaPhase, readonly ReplicaPhase[]>> = {
  New: ["NonExistent"],
  Online: ["New", "Online", "Offline", "DeletionIneligible"],
  Offline: ["New", "Online", "Offline", "DeletionIneligible"],
  DeletionStarted: ["Offline"],
  DeletionSuccessful: ["DeletionStarted"],
  DeletionIneligible: ["Offline", "DeletionStarted"],
  NonExistent: ["DeletionSuccessful"],
};

/** Whether a partition may go from one phase to the other. Asking for another move is a bug of the controller. */
export function partitionMayGo(from: PartitionPhase, to: PartitionPhase): boolean {
  return PARTITION_COMES_FROM[to].includes(from);
}

/** Whether a replica may go from one phase to the other. */
export function replicaMayGo(from: ReplicaPhase, to: ReplicaPhase): boolean {
  return REPLICA_COMES_FROM[to].includes(from);
}
