import { SeededRandom } from "@ottla/runtime";
import { type PlacementRequest, placeReplicas } from "./replica-placement";

function place(overrides: Partial<PlacementRequest> & Pick<PlacementRequest, "brokers">): number[][] {
  const request = { partitions: 1, replicationFactor: 1, firstPartition: 0, startIndex: 0, shift: 0, ...overrides };
  const placed = placeReplicas(request);
  if ("error" in placed) throw new Error(`${placed.error}: ${placed.message}`);
  return placed.map((replicas) => [...replicas]);
}

const plain = (ids: readonly number[]) => ids.map((id) => ({ id, rack: null }));

describe("without racks", () => {
  it("leaders go round the brokers, and followers move one further with each round", () => {
    const brokers = plain([0, 1, 2, 3, 4]);
    expect(place({ brokers, partitions: 10, replicationFactor: 3 })).toEqual([
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 0],
      [4, 0, 1],
      [0, 2, 3],
      [1, 3, 4],
      [2, 4, 0],
      [3, 0, 1],
      [4, 1, 2],
    ]);
  });

  it("one broker takes every partition", () => {
    expect(place({ brokers: plain([7]), partitions: 3, startIndex: 0 })).toEqual([[7], [7], [7]]);
  });

  it("partitions added later go on where the earlier ones ended", () => {
    const brokers = plain([0, 1, 2, 3]);
    const whole = place({ brokers, partitions: 12, replicationFactor: 2 });
    const grown = [
      ...place({ brokers, partitions: 4, replicationFactor: 2 }),
      ...place({ brokers, partitions: 4, replicationFactor: 2, firstPartition: 4, shift: 0 }),
    ];
    expect(grown).toEqual(whole.slice(0, 8));
  });
});

describe("with a rack for every broker", () => {
  const brokers = [
    { id: 0, rack: "rack1" },
    { id: 1, rack: "rack3" },
    { id: 2, rack: "rack3" },
    { id: 3, rack: "rack2" },
    { id: 4, rack: "rack2" },
    { id: 5, rack: "rack1" },
  ];

  it("places as KIP-36 shows: leaders alternate over racks, a partition has each rack once", () => {
    expect(place({ brokers, partitions: 12, replicationFactor: 3 })).toEqual([
      [0, 3, 1],
      [3, 1, 5],
      [1, 5, 4],
      [5, 4, 2],
      [4, 2, 0],
      [2, 0, 3],
      [0, 4, 2],
      [3, 2, 0],
      [1, 0, 3],
      [5, 3, 1],
      [4, 1, 5],
      [2, 5, 4],
    ]);
  });

  it("uses a rack twice only when every rack has a replica", () => {
    for (const replicas of place({ brokers, partitions: 20, replicationFactor: 4, startIndex: 3, shift: 2 })) {
      expect(new Set(replicas.slice(0, 3).map((id) => brokers.find((broker) => broker.id === id)?.rack)).size).toBe(3);
      expect(new Set(replicas).size).toBe(4);
    }
  });
});

it("refuses racks on some brokers only", () => {
  const brokers = [{ id: 1, rack: "a" }, { id: 2, rack: null }]; // biome-ignore format: a pair
  expect(() => place({ brokers })).toThrow("Not all brokers have rack information");
});

it("never places two replicas of a partition on one broker, and spreads leaders to within one, whatever the numbers", () => {
  const seed = 4711;
  const random = new SeededRandom(seed);
  for (let run = 0; run < 300; run++) {
    const count = 1 + random.below(9);
    const racks = random.below(2) === 0 ? 0 : 1 + random.below(count);
    const brokers = Array.from({ length: count }, (_, id) => ({ id, rack: racks === 0 ? null : `r${id % racks}` }));
    const replicationFactor = 1 + random.below(count);
    const partitions = 1 + random.below(40);
    const request = {
      brokers,
      partitions,
      replicationFactor,
      startIndex: random.below(count),
      shift: random.below(count),
    };
    const placed = place(request);
    const leaders = new Map(brokers.map(({ id }) => [id, 0]));
    for (const replicas of placed) {
      if (new Set(replicas).size !== replicationFactor)
        throw new Error(`seed ${seed}: ${JSON.stringify({ request, replicas })}`);
      leaders.set(replicas[0] ?? -1, (leaders.get(replicas[0] ?? -1) ?? 0) + 1);
    }
    expect(Math.max(...leaders.values()) - Math.min(...leaders.values())).toBeLessThanOrEqual(1);
  }
});
