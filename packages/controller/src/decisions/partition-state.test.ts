import { initialPartitionState, leaderBounced, type PartitionState, withReplicaDeleted } from "./partition-state";

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

it("the first state has the first live replica as leader, all live ones in sync, epoch 0", () => {
  expect(initialPartitionState([1, 3, 2], only(2, 3))).toEqual(state(3, [3, 2], 0));
  expect(initialPartitionState([1], only())).toBeNull();
});

it("a leader has bounced when its registration is younger than the state", () => {
  expect(leaderBounced(state(1, [1]), 10n, 11n)).toBe(true);
  expect(leaderBounced(state(1, [1]), 11n, 10n)).toBe(false);
  expect(leaderBounced(state(1, [1]), 11n, undefined)).toBe(false);
  expect(leaderBounced(state(-1, [1]), 10n, 11n)).toBe(false);
});

describe("a replica of a topic being deleted", () => {
  it("leaves the ISR with a new leader epoch, leader or not", () => {
    expect(withReplicaDeleted(state(1, [1, 2]), 2)).toEqual(state(1, [1], 6));
    expect(withReplicaDeleted(state(1, [1, 2]), 1)).toEqual(state(-1, [2], 6));
  });

  it("stays in the ISR as its last member", () => {
    expect(withReplicaDeleted(state(-1, [2]), 2)).toEqual(state(-1, [2], 6));
  });

  it("outside the ISR changes nothing", () => {
    const present = state(1, [1]);
    expect(withReplicaDeleted(present, 2)).toBe(present);
  });
});
