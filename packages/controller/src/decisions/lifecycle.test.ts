import { type PartitionPhase, partitionMayGo, type ReplicaPhase, replicaMayGo } from "./lifecycle";

const PARTITION: readonly PartitionPhase[] = ["NonExistent", "New", "Online", "Offline"];
const REPLICA: readonly ReplicaPhase[] = [
  "NonExistent",
  "New",
  "Online",
  "Offline",
  "DeletionStarted",
  "DeletionSuccessful",
  "DeletionIneligible",
];

/** Every legal move, as the two machines are drawn in Kafka's documentation of its controller. */
it("a partition goes NonExistent, New, Online, Offline and back, and disappears only from Offline", () => {
  const moves = PARTITION.flatMap((from) =>
    PARTITION.filter((to) => partitionMayGo(from, to)).map((to) => `${from} -> ${to}`),
  );
  expect(moves).toEqual([
    "NonExistent -> New",
    "New -> Online",
    "New -> Offline",
    "Online -> Online",
    "Online -> Offline",
    "Offline -> NonExistent",
    "Offline -> Online",
    "Offline -> Offline",
  ]);
});

it("a replica is deleted only from Offline, and disappears only when that has succeeded", () => {
  const moves = REPLICA.flatMap((from) =>
    REPLICA.filter((to) => replicaMayGo(from, to)).map((to) => `${from} -> ${to}`),
  );
  expect(moves).toEqual([
    "NonExistent -> New",
    "New -> Online",
    "New -> Offline",
    "Online -> Online",
    "Online -> Offline",
    "Offline -> Online",
    "Offline -> Offline",
    "Offline -> DeletionStarted",
    "Offline -> DeletionIneligible",
    "DeletionStarted -> DeletionSuccessful",
    "DeletionStarted -> DeletionIneligible",
    "DeletionSuccessful -> NonExistent",
    "DeletionIneligible -> Online",
    "DeletionIneligible -> Offline",
  ]);
});
