import { invariant } from "@ottla/runtime";
import { type Rejection, rejection } from "./rejection";

/** A live broker as placement sees it. */
export interface PlaceableBroker {
  readonly id: number;
  readonly rack: string | null;
}

export interface PlacementRequest {
  /** Sorted by id. */
  readonly brokers: readonly PlaceableBroker[];
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Id of the first partition placed; above 0 when partitions are added to a topic. */
  readonly firstPartition: number;
  /** Index in the broker list at which partition 0 starts; random for a new topic, so that topics spread. */
  readonly startIndex: number;
  /** How far the second replica lies from the first, less one; random for a new topic too. */
  readonly shift: number;
}

/**
 * Places replicas so that leaders and followers spread evenly, and over racks when every broker has one.
 *
 * Leaders go round the broker list. Followers stand at a distance that grows each time the round is complete, so that the followers of
 * one broker's partitions are spread over all the others.
 *
 * @returns one replica list per partition, the preferred leader first
 * @see KIP-36 for racks
 */
export function placeReplicas(request: PlacementRequest): readonly (readonly number[])[] | Rejection {
  const { brokers, partitions, replicationFactor } = request;
  if (partitions <= 0) return rejection("INVALID_PARTITIONS", "Number of partitions must be larger than 0.");
  if (replicationFactor <= 0) {
    return rejection("INVALID_REPLICATION_FACTOR", "Replication factor must be larger than 0.");
  }
  if (replicationFactor > brokers.length) {
    return rejection(
      "INVALID_REPLICATION_FACTOR",
      `Replication factor: ${replicationFactor} larger than available brokers: ${brokers.length}.`,
    );
  }
  const racked = brokers.filter((broker) => broker.rack !== null).length;
  if (racked === 0) return placeWithoutRacks(request);
  if (racked < brokers.length) {
    return rejection(
      "UNKNOWN_SERVER_ERROR",
      "Not all brokers have rack information. Add --disable-rack-aware in command line to make replica assignment without rack information.",
    );
  }
  return placeOverRacks(request);
}

function placeWithoutRacks(request: PlacementRequest): number[][] {
  const ids = request.brokers.map((broker) => broker.id);
  return eachPartition(request, (first, shift) => {
    const replicas = [at(ids, first)];
    for (let j = 0; j < request.replicationFactor - 1; j++) {
      replicas.push(at(ids, followerIndex(first, shift, j, ids.length)));
    }
    return replicas;
  });
}

function placeOverRacks(request: PlacementRequest): number[][] {
  const rackOf = new Map(request.brokers.map((broker) => [broker.id, broker.rack ?? ""]));
  const ids = alternatingRacks(request.brokers);
  const racks = new Set(rackOf.values()).size;
  return eachPartition(request, (first, shift) => {
    const leader = at(ids, first);
    const replicas = [leader];
    const racksUsed = new Set([rackOf.get(leader)]);
    // A candidate is skipped while its rack has a replica and another rack has none. Every candidate comes by within one round.
    for (let k = 0; replicas.length < request.replicationFactor; k++) {
      const candidate = at(ids, followerIndex(first, shift * racks, k, ids.length));
      const rack = rackOf.get(candidate);
      if (replicas.includes(candidate) || (racksUsed.has(rack) && racksUsed.size < racks)) continue;
      replicas.push(candidate);
      racksUsed.add(rack);
    }
    return replicas;
  });
}

function eachPartition(request: PlacementRequest, place: (first: number, shift: number) => number[]): number[][] {
  const { brokers, firstPartition, partitions, startIndex } = request;
  let shift = request.shift;
  return Array.from({ length: partitions }, (_, i) => {
    const partition = firstPartition + i;
    if (partition > 0 && partition % brokers.length === 0) shift++;
    return place((partition + startIndex) % brokers.length, shift);
  });
}

/** Brokers in the order rack 1, rack 2, ..., rack 1 again, until all are named: neighbours differ in rack as long as they can. */
function alternatingRacks(brokers: readonly PlaceableBroker[]): number[] {
  const byRack = new Map<string, number[]>();
  for (const { id, rack } of brokers) {
    const ids = byRack.get(rack ?? "");
    if (ids === undefined) byRack.set(rack ?? "", [id]);
    else ids.push(id);
  }
  const racks = [...byRack.keys()].toSorted().map((rack) => (byRack.get(rack) ?? []).toSorted((a, b) => a - b));
  const order: number[] = [];
  for (let round = 0; order.length < brokers.length; round++) {
    for (const rack of racks) {
      const id = rack[round];
      if (id !== undefined) order.push(id);
    }
  }
  return order;
}

/** Never the leader's own index: the distance is 1 to `brokers - 1`. */
function followerIndex(first: number, shift: number, j: number, brokers: number): number {
  return (first + 1 + ((shift + j) % (brokers - 1))) % brokers;
}

function at(ids: readonly number[], index: number): number {
  const id = ids[index];
  invariant(id !== undefined, () => `no broker at index ${index} of ${ids.length}`);
  return id;
}
