import { type FollowerPlace, followerHighWatermark, PartitionFollower } from "./partition-follower";

/** Epoch 1 from 0, epoch 2 from 80; the log ends at 100. */
const place: FollowerPlace = {
  logStartOffset: 0,
  logEndOffset: 100,
  highWatermark: 90,
  lastEpoch: 2,
  endOffsetFor: (epoch) => (epoch >= 2 ? { epoch: 2, endOffset: 100 } : { epoch: 1, endOffset: 80 }),
};
const follower = () => new PartitionFollower(1, 5, 0, [1, 2], [1, 2]);
function attached(): PartitionFollower {
  const machine = follower();
  const question = machine.ask(place);
  machine.onAnswer({ attempt: question?.attempt ?? -1, outcome: "attached", attachId: 7 }, place);
  return machine;
}
const push = { attachId: 7, leaderEpoch: 5, from: 100 };

describe("a follower that asks its leader", () => {
  it("says where it stands", () => {
    expect(follower().ask(place)).toEqual({
      attempt: 1,
      leaderEpoch: 5,
      logEndOffset: 100,
      lastEpoch: 2,
      logStartOffset: 0,
    });
    expect(follower().ask({ ...place, lastEpoch: null })).toMatchObject({ lastEpoch: -1 });
  });

  it("stands still when its log knows a later epoch than the controller (rule 12)", () => {
    const machine = follower();
    expect(machine.ask({ ...place, lastEpoch: 6 })).toBeNull();
    expect(machine.state.kind).toBe("stopped");
    machine.onDetached();
    expect(machine.state.kind).toBe("stopped");
  });

  it("hears the answer to its last question alone", () => {
    const machine = follower();
    machine.ask(place);
    machine.ask(place);
    expect(machine.onAnswer({ attempt: 1, outcome: "attached", attachId: 7 }, place)).toEqual({ kind: "nothing" });
    expect(machine.state.kind).toBe("asking");
    expect(machine.onAnswer({ attempt: 2, outcome: "attached", attachId: 8 }, place)).toEqual({ kind: "attached" });
  });

  it("does not take an answer to an earlier role for its own", () => {
    const machine = new PartitionFollower(1, 6, 0, [1, 2], [1, 2], 4);
    expect(machine.ask(place)?.attempt).toBe(5);
  });

  it.each<[string, { epoch: number; endOffset: number }, object]>([
    [
      "the end of the common epoch",
      { epoch: 2, endOffset: 95 },
      { kind: "truncate", offset: 95, isBelowHighWatermark: false },
    ],
    [
      "its own end of an earlier one",
      { epoch: 1, endOffset: 85 },
      { kind: "truncate", offset: 80, isBelowHighWatermark: true },
    ],
    [
      "the leader's end of an earlier one",
      { epoch: 1, endOffset: 70 },
      { kind: "truncate", offset: 70, isBelowHighWatermark: true },
    ],
    [
      "the start of what it has, where the leader's epoch is unknown",
      { epoch: 0, endOffset: 60 },
      { kind: "truncate", offset: 80, isBelowHighWatermark: true },
    ],
  ])("cuts its log to %s", (_where, answer, effect) => {
    const machine = follower();
    machine.ask(place);
    expect(machine.onAnswer({ attempt: 1, outcome: "diverged", ...answer }, place)).toEqual(effect);
    expect(machine.state.kind).toBe("pausing");
  });

  it("asks later where the answer would cut nothing, instead of asking for ever", () => {
    const machine = follower();
    machine.ask(place);
    const answer = { attempt: 1, outcome: "diverged", epoch: 2, endOffset: 100 } as const;
    expect(machine.onAnswer(answer, place)).toEqual({ kind: "askLater" });
    machine.ask(place);
    expect(machine.onAnswer({ ...answer, attempt: 2, epoch: -1, endOffset: -1 }, place)).toEqual({ kind: "askLater" });
  });

  it("waits for the controller when the leader is ahead", () => {
    const machine = follower();
    machine.ask(place);
    expect(machine.onAnswer({ attempt: 1, outcome: "fenced" }, place)).toEqual({ kind: "nothing" });
    expect(machine.state.kind).toBe("pausing");
  });

  it("learns that the leader dropped it from a second answer to the same question", () => {
    const machine = attached();
    expect(machine.onAnswer({ attempt: 1, outcome: "refused" }, place)).toEqual({ kind: "askLater" });
    expect(machine.judgePush(push, 100)).toBe("stale");
  });
});

describe("a follower that is pushed to", () => {
  it.each<[string, Partial<typeof push>, string, string]>([
    ["what continues its log", {}, "append", "attached"],
    ["what leaves a hole", { from: 101 }, "wrong", "pausing"],
    ["what it has", { from: 99 }, "wrong", "pausing"],
    ["something under another attach", { attachId: 6 }, "stale", "attached"],
    ["something of another epoch", { leaderEpoch: 4 }, "stale", "attached"],
  ])("judges %s", (_what, changes, verdict, state) => {
    const machine = attached();
    expect(machine.judgePush({ ...push, ...changes }, 100)).toBe(verdict);
    expect(machine.state.kind).toBe(state);
  });

  it("takes nothing before it is attached, nor after its stream is gone", () => {
    const machine = follower();
    expect(machine.judgePush(push, 100)).toBe("stale");
    machine.ask(place);
    expect(machine.judgePush(push, 100)).toBe("stale");
    const gone = attached();
    gone.onDetached();
    expect(gone.judgePush(push, 100)).toBe("stale");
  });

  it("asks again at once after damage, and later when the same place is damaged again (rule 7)", () => {
    const machine = attached();
    expect(machine.onPushRefused(100)).toBe("askAgain");
    expect(machine.judgePush(push, 100)).toBe("stale");
    expect(machine.onPushRefused(100)).toBe("askLater");
    expect(machine.onPushRefused(200)).toBe("askAgain");
  });
});

describe("a follower's high watermark", () => {
  it.each([
    ["follows the leader's", 10, 20, 30, 20],
    ["ends with its own log", 10, 50, 30, 30],
    ["never falls", 25, 20, 30, 25],
  ])("%s", (_rule, own, received, logEndOffset, expected) => {
    expect(followerHighWatermark(own, received, logEndOffset)).toBe(expected);
  });
});
