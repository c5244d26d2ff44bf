import type { PartitionState } from "./partition-state";
import {
  aloneFrom,
  longestLog,
  type ReplicaStanding,
  type Settlement,
  settledState,
  tailCandidates,
} from "./settled-state";

const state = (leader: number, isr: readonly number[], leaderEpoch = 5): PartitionState => ({
  leader,
  leaderEpoch,
  isr,
  recovering: false,
});

/**
 * Brokers by a word each: "1 2s 3t 4u 5l 6y 7c" is 1 present, 2 suspected, 3 torn, 4 unconnected, 5 leaving, 6 torn once and cleared since,
 * 7 with a registration younger than the state; 8b is that and torn.
 */
function standing(words: string): ReplicaStanding {
  const marks = new Map(
    words
      .split(" ")
      .filter(Boolean)
      .map((word) => [Number.parseInt(word, 10), word.slice(-1)]),
  );
  const has = (id: number) => marks.has(id);
  const is = (mark: string) => (id: number) => marks.get(id) === mark;
  const connected = (id: number) => has(id) && !is("u")(id) && !is("s")(id);
  const isTorn = (id: number) => is("t")(id) || is("b")(id);
  const present = (id: number) => connected(id) && !is("l")(id);
  return {
    present,
    connected,
    torn: isTorn,
    intact: (id) => present(id) && !isTorn(id) && !is("y")(id),
    mayLead: (id) => present(id) && !isTorn(id),
    registered: has,
    suspected: is("s"),
    leaving: is("l"),
    brokerEpoch: (id) => (has(id) ? (is("c")(id) || is("b")(id) ? 20n : 1n) : undefined),
  };
}

function shown(settlement: Settlement): string {
  if (settlement.kind === "stand") return "stand";
  if (settlement.state === null) return "stuck";
  const { leader, isr, leaderEpoch } = settlement.state;
  return `${settlement.kind} ${leader}/${isr.join()}/${leaderEpoch}`;
}

describe("a partition", () => {
  it.each<[string, number[], PartitionState | null, string, string]>([
    [
      "is new: its first present replica leads, all present ones are in sync",
      [1, 2, 3],
      null,
      "2 3 1u",
      "write 2/2,3/0",
    ],
    ["is new and nobody is there", [1, 2], null, "1u", "stand"],
    ["is new, alone on a torn broker, which has nothing to lose", [1], null, "1t", "write 1/1/0"],
    ["is as it should be", [1, 2], state(1, [1, 2]), "1 2", "stand"],
    ["loses a follower: the epoch stays", [1, 2, 3], state(1, [1, 2, 3]), "1 3", "write 1/1,3/5"],
    ["loses a follower by suspicion", [1, 2], state(1, [1, 2]), "1 2s", "write 1/1/5"],
    ["has a suspected follower, but no member in touch", [1, 2], state(1, [1, 2]), "1u 2s", "stand"],
    ["has a torn follower", [1, 2], state(1, [1, 2]), "1 2t", "write 1/1/5"],
    ["has a follower without a session: it may be back any moment", [1, 2], state(1, [1, 2]), "1 2u", "stand"],
    ["has a leader without a session: only evidence or expiry moves it", [1, 2], state(1, [1, 2]), "1u 2", "stand"],
    ["loses its leader", [1, 2, 3], state(1, [1, 2, 3]), "2 3", "write 2/2,3/6"],
    ["loses its leader by suspicion", [1, 2, 3], state(1, [1, 2, 3]), "1s 2 3", "write 2/2,3/6"],
    ["has a suspected leader and nobody else in sync", [1, 2], state(1, [1]), "1s 2", "stand"],
    ["has a suspected leader and one in sync without a session", [1, 2], state(1, [1, 2]), "1s 2u", "stand"],
    [
      "loses its leader; the first candidate is not in touch, the next one is",
      [1, 2, 3],
      state(1, [1, 2, 3]),
      "2u 3",
      "write 3/2,3/6",
    ],
    ["loses its leader; whoever is in sync has no session yet", [1, 2], state(1, [1, 2]), "2u", "stand"],
    ["has a leader that restarted: it may lead in the next epoch", [7, 2], state(7, [7, 2]), "7c 2", "write 7/7,2/6"],
    ["has a leader that restarted and is not in touch yet", [7, 2], state(7, [7, 2]), "2", "write 2/2/6"],
    ["has a torn leader", [1, 2], state(1, [1, 2]), "1t 2", "write 2/2/6"],
    [
      "has a torn leader that restarted, and waits for another member: it must not lead in its old epoch",
      [8, 2],
      state(8, [8, 2]),
      "8b 2u",
      "write -1/8,2/6",
    ],
    ["has waited so already", [8, 2], state(-1, [8, 2]), "8b 2u", "stand"],
    ["has a torn leader, alone since rule 58 elected it", [1, 2], state(1, [1]), "1t 2", "stand"],
    ["has a leader about to leave, and it still leads", [1, 2], state(1, [1, 2]), "1l 2", "stand"],
    ["loses its leader; those leaving are not elected", [1, 2, 3], state(1, [1, 2, 3]), "2l 3", "write 3/3/6"],
    ["loses all in sync: its ISR stays", [1, 2, 3], state(1, [1, 2]), "3", "stuck -1/1,2/6"],
    ["has lost all in sync already", [1, 2], state(-1, [1]), "2", "stuck"],
    ["has only torn members: all but the last leave", [1, 2], state(1, [1, 2]), "1t 2t", "stuck -1/2/6"],
    ["has a torn member, the others dead", [1, 2], state(-1, [1, 2]), "1t", "stuck -1/2/5"],
    ["has one torn member, which stays", [1, 2], state(-1, [1]), "1t 2", "stuck"],
  ])("%s", (_, replicas, now, words, expected) => {
    const ground = { replicas, state: now, stateMzxid: 10n, standing: standing(words), refused: false };
    expect(shown(settledState(ground))).toBe(expected);
  });

  it("whose leader refuses an epoch that it did not open gets another election", () => {
    const ground = { replicas: [1, 2], state: state(1, [1, 2]), stateMzxid: 10n, standing: standing("1 2") };
    expect(shown(settledState({ ...ground, refused: true }))).toBe("write 1/1,2/6");
  });
});

describe("candidates when the last member of an ISR is torn (rule 58)", () => {
  it.each<[string, number[], number[], string, number, number[]]>([
    ["RF 3, min 2: two intact ones", [1, 2, 3], [1], "1t 2 3", 2, [2, 3]],
    ["they need not wait for the torn one", [1, 2, 3], [1], "1t 2 3", 3, [2, 3]],
    ["one intact is too few", [1, 2, 3], [1], "1t 2", 2, []],
    ["one that was torn and has been cleared is not intact", [1, 2, 3], [1], "1t 2 3y", 2, [1, 2, 3]],
    ["all assigned ones, when all are there", [1, 2, 3], [1], "1t 2t 3t", 2, [1, 2, 3]],
    ["not all are there", [1, 2, 3], [1], "1t 2t", 2, []],
    ["RF 1: the torn one itself", [1], [1], "1t", 2, [1]],
    ["min 1: every replica but the torn one is needed", [1, 2, 3], [1], "1t 2 3", 1, [1, 2, 3]],
    ["the last member is not torn, only away", [1, 2, 3], [1], "2 3", 2, []],
    ["there are more members", [1, 2, 3], [1, 2], "1t 3", 2, []],
  ])("%s", (_, replicas, isr, words, minInsyncReplicas, expected) => {
    expect(tailCandidates(replicas, state(-1, isr), standing(words), minInsyncReplicas)).toEqual(expected);
  });

  it("the greatest last epoch leads, then the greatest end, then the order of assignment", () => {
    const end = (brokerId: number, lastEpoch: number, logEndOffset: number) => ({ brokerId, lastEpoch, logEndOffset });
    expect(longestLog([end(1, 2, 900), end(2, 3, 10), end(3, 3, 20)])).toBe(3);
    expect(longestLog([end(2, 3, 20), end(1, 3, 20)])).toBe(2);
    expect(longestLog([])).toBeNull();
  });

  it("whoever leads, leads alone in the next epoch, and is marked only after an unclean election", () => {
    expect(aloneFrom(state(-1, [1]), 2, false)).toEqual({ leader: 2, leaderEpoch: 6, isr: [2], recovering: false });
    expect(aloneFrom(state(-1, [1]), 2, true)).toMatchObject({ recovering: true });
  });
});
