import { ElectionInvariants, type ObservedPartition } from "./election-invariants";

describe("what is observed of elections", () => {
  it.each<[string, Partial<ObservedPartition>[]]>([
    ["a leader dies and another of the ISR follows", [{}, { version: 1, leader: 2, leaderEpoch: 1, isr: [2, 3] }]],
    ["followers leave and come back", [{}, { version: 1, isr: [1] }, { version: 2, isr: [1, 3] }]],
    [
      "nobody leads for a while",
      [{}, { version: 1, leader: -1, leaderEpoch: 1, isr: [1] }, { version: 2, leaderEpoch: 2 }],
    ],
    ["changes between two looks were missed", [{ isr: [1] }, { version: 4, leader: 2, leaderEpoch: 1, isr: [2, 1] }]],
    ["an older look comes late", [{ version: 3, leaderEpoch: 2 }, { version: 1 }, { version: 3, leaderEpoch: 2 }]],
  ])("is sound when %s", (_, looks) => {
    expect(breachesIn(looks)).toEqual([]);
  });

  it.each<[string, Partial<ObservedPartition>[], string]>([
    [
      "a leader comes from outside the ISR",
      [{ isr: [1] }, { version: 1, leader: 2, leaderEpoch: 1, isr: [2] }],
      "t-0: 2 was elected in epoch 1, but was not in the ISR [1] before",
    ],
    ["two lead in one epoch", [{}, { version: 2, leader: 2 }], "t-0: 1 and 2 lead in epoch 0"],
    ["the leader is not in the ISR", [{ isr: [2, 3] }], "t-0: 1 leads in epoch 0, but is not in the ISR [2, 3]"],
    ["a stranger is in the ISR", [{ isr: [1, 9] }], "t-0: 9 in the ISR, but no replica, in epoch 0"],
    [
      "the epoch goes back",
      [{ leaderEpoch: 4 }, { version: 1, leaderEpoch: 3 }],
      "t-0: the leader epoch went from 4 to 3",
    ],
    [
      "an older controller writes",
      [{ controllerEpoch: 4 }, { version: 1, controllerEpoch: 3 }],
      "t-0: the controller epoch went from 4 to 3",
    ],
  ])("is a breach when %s, told once", (_, looks, breach) => {
    expect(breachesIn([...looks, ...looks.slice(-1)])).toEqual([breach]);
  });

  it("counts elections", () => {
    const invariants = new ElectionInvariants();
    for (const look of [{}, { version: 1, leader: 2, leaderEpoch: 1 }, { version: 2, leader: 1, leaderEpoch: 2 }])
      invariants.observe(observed(look));
    expect(invariants.elections).toBe(2);
  });
});

function breachesIn(looks: readonly Partial<ObservedPartition>[]): readonly string[] {
  const invariants = new ElectionInvariants();
  for (const look of looks) invariants.observe(observed(look));
  return invariants.breaches;
}

function observed(change: Partial<ObservedPartition>): ObservedPartition {
  return {
    topic: "t",
    partition: 0,
    replicas: [1, 2, 3],
    leader: 1,
    leaderEpoch: 0,
    isr: [1, 2, 3],
    controllerEpoch: 1,
    version: 0,
    ...change,
  };
}
