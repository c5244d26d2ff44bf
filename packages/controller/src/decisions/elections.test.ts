import {
  type Election,
  electForControlledShutdown,
  electForReassignment,
  electOffline,
  electPreferred,
  withoutLeader,
} from "./elections";
import type { PartitionState } from "./partition-state";

const state = (leader: number, isr: readonly number[], leaderEpoch = 5): PartitionState => ({
  leader,
  leaderEpoch,
  isr,
  recovering: false,
});
const only =
  (...ids: number[]) =>
  (id: number) =>
    ids.includes(id);

/** leader/isr/epoch, or "none". */
function shown(election: Election): string {
  if (!election.elected) return "none";
  const { leader, isr, leaderEpoch, recovering } = election.state;
  return `${leader}/${isr.join()}/${leaderEpoch}${recovering ? " recovering" : ""}`;
}

describe("an election for a leader that is gone", () => {
  it.each([
    ["the first assigned that may lead and is in the ISR", [1, 2, 3], [3, 2], [2, 3], [2, 3], "2/3,2/6"],
    ["members that do not stay leave the ISR", [1, 2, 3], [1, 2, 3], [2], [2], "2/2/6"],
    ["members that stay need not be able to lead", [1, 2, 3], [1, 2, 3], [2], [2, 3], "2/2,3/6"],
    ["a replica outside the ISR does not lead", [1, 2], [1], [2], [2], "none"],
    ["nobody may lead", [1, 2], [1, 2], [], [1, 2], "none"],
    ["an ISR member that is not assigned does not lead", [1], [9], [9], [9], "none"],
  ])("%s", (_, replicas, isr, mayLead, stays, expected) => {
    expect(shown(electOffline(replicas, state(-1, isr), only(...mayLead), only(...stays)))).toBe(expected);
  });
});

describe("an election for the preferred leader", () => {
  it.each([
    ["the first assigned, in the ISR and live", [3, 1, 2], [1, 2, 3], [1, 2, 3], "3/1,2,3/6"],
    ["not when it is outside the ISR", [3, 1, 2], [1, 2], [1, 2, 3], "none"],
    ["not when it is dead", [3, 1, 2], [1, 2, 3], [1, 2], "none"],
  ])("%s", (_, replicas, isr, live, expected) => {
    expect(shown(electPreferred(replicas, state(1, isr), only(...live)))).toBe(expected);
  });
});

it("an election at the end of a reassignment takes the first target in the ISR, and leaves the ISR alone", () => {
  expect(shown(electForReassignment([4, 5], state(1, [1, 5, 4]), only(1, 5)))).toBe("5/1,5,4/6");
  expect(shown(electForReassignment([4], state(1, [1]), only(1, 4)))).toBe("none");
});

it("an election before a broker leaves takes one that stays, and those leaving out of the ISR", () => {
  expect(shown(electForControlledShutdown([1, 2, 3], state(1, [1, 2, 3]), only(1, 2, 3), only(1, 2)))).toBe("3/3/6");
  expect(shown(electForControlledShutdown([1, 2], state(1, [1]), only(1, 2), only(1)))).toBe("none");
});

it("a partition that nobody may lead keeps its ISR, and its epoch rises once", () => {
  const leaderless = withoutLeader(state(1, [1]));
  expect(leaderless).toEqual(state(-1, [1], 6));
  expect(withoutLeader(leaderless)).toBe(leaderless);
});
