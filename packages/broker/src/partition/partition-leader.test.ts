import { PartitionLeader, type PartitionLeaderOptions } from "./partition-leader";

function leaderOf(options: Partial<PartitionLeaderOptions> = {}): PartitionLeader {
  return new PartitionLeader({
    brokerId: 1,
    leaderEpoch: 3,
    partitionEpoch: 10,
    isr: [1],
    replicas: [1],
    logEndOffset: 100,
    highWatermark: 100,
    minInsyncReplicas: 1,
    replicaLagTimeMaxMs: 30_000,
    nowMs: 0,
    ...options,
  });
}
const advanced = (from: number, to: number) => ({ kind: "highWatermarkAdvanced", from, to });
const members = (...ids: number[]) => ids.map((brokerId) => expect.objectContaining({ brokerId }));

describe("a leader without followers", () => {
  it("commits what it appends, at once", () => {
    const leader = leaderOf();
    expect(leader.onAppended(105, 1)).toEqual([advanced(100, 105)]);
    expect(leader.highWatermark).toBe(105);
  });

  it("counts min.insync.replicas no higher than there are replicas", () => {
    expect(leaderOf({ minInsyncReplicas: 2 }).hasEnoughReplicas).toBe(true);
  });
});

describe("a leader with followers in its ISR", () => {
  const three = { isr: [1, 2, 3], replicas: [1, 2, 3], minInsyncReplicas: 2 };

  it("commits nothing before each ISR member attached under its epoch", () => {
    const leader = leaderOf(three);
    expect(leader.onAppended(110, 1)).toEqual([]);
    expect(leader.onFollowerAttached(2, 20n, 110, 2)).toEqual([]);
    expect(leader.onFollowerAttached(3, 30n, 104, 3)).toEqual([advanced(100, 104)]);
  });

  it("commits up to the least end of the ISR, and never goes back", () => {
    const leader = leaderOf(three);
    leader.onFollowerAttached(2, 20n, 100, 0);
    leader.onFollowerAttached(3, 30n, 100, 0);
    leader.onAppended(110, 1);
    expect(leader.onFollowerAck(2, 20n, 110, 2)).toEqual([]);
    expect(leader.onFollowerAck(3, 30n, 108, 2)).toEqual([advanced(100, 108)]);
    expect(leader.highWatermark).toBe(108);
  });

  it("ignores an acknowledgement made under another registration", () => {
    const leader = leaderOf({ ...three, isr: [1, 2], replicas: [1, 2] });
    leader.onFollowerAttached(2, 21n, 100, 0);
    leader.onAppended(110, 1);
    expect(leader.onFollowerAck(2, 20n, 110, 2)).toEqual([]);
    expect(leader.onFollowerAck(2, 21n, 110, 2)).toEqual([advanced(100, 110)]);
  });

  it("stands still while its ISR is smaller than min.insync.replicas", () => {
    const leader = leaderOf({ ...three, isr: [1] });
    expect(leader.onAppended(110, 1)).toEqual([]);
    expect(leader.hasEnoughReplicas).toBe(false);
    expect(leader.onMinInsyncReplicas(1, 2)).toEqual([advanced(100, 110)]);
  });

  it("proposes at once to remove a member that came back without its tail", () => {
    const leader = leaderOf({ ...three, isr: [1, 2], replicas: [1, 2], minInsyncReplicas: 1 });
    const effects = leader.onFollowerAttached(2, 20n, 90, 1);
    expect(effects).toMatchObject([
      { kind: "tailLost", brokerId: 2, logEndOffset: 90 },
      { kind: "proposeIsr", proposal: { isr: members(1), partitionEpoch: 10 } },
    ]);
    expect(leader.highWatermark).toBe(100);
    // It may still be elected, so it still counts.
    expect(leader.onAppended(110, 2)).toEqual([]);
    expect(leader.onIsr([1], [1, 2], 11, 3)).toEqual([advanced(100, 110)]);
  });

  it("does not wait with that for another member that has not attached: it says that it has not heard that one", () => {
    const leader = leaderOf(three);
    const [, removal] = leader.onFollowerAttached(2, 20n, 90, 1);
    const isr = [
      { brokerId: 1, brokerEpoch: null },
      { brokerId: 3, brokerEpoch: -1n },
    ];
    expect(removal).toMatchObject({ kind: "proposeIsr", proposal: { isr } });
    // Nothing is counted of it before it attaches.
    leader.onAppended(110, 2);
    expect(leader.onIsr([1, 3], [1, 2, 3], 11, 3)).toEqual([]);
    expect(leader.onFollowerAttached(3, 30n, 105, 4)).toEqual([advanced(100, 105)]);
  });

  it("removes a member that was not caught up for the lag time, and not one that idles at the end", () => {
    const leader = leaderOf({ ...three, minInsyncReplicas: 1 });
    leader.onFollowerAttached(2, 20n, 100, 0);
    leader.onFollowerAttached(3, 30n, 100, 0);
    // An hour without traffic, then one record: whoever stood at the end was caught up until that moment.
    leader.onAppended(101, 3_600_000);
    expect(leader.onLagCheck(3_600_000)).toEqual([]);
    leader.onFollowerAck(2, 20n, 101, 3_600_001);
    expect(leader.onLagCheck(3_630_000)).toEqual([]);
    expect(leader.onLagCheck(3_630_001)).toMatchObject([{ kind: "proposeIsr", proposal: { isr: members(1, 2) } }]);
  });

  it("keeps a member that is always a little behind under steady load, and removes one that falls back", () => {
    const leader = leaderOf({ ...three, minInsyncReplicas: 1 });
    leader.onFollowerAttached(2, 20n, 100, 0);
    leader.onFollowerAttached(3, 30n, 100, 0);
    for (let atMs = 1; atMs <= 120_000; atMs += 10) {
      leader.onAppended(100 + atMs, atMs);
      // Broker 2 is always 50 ms behind; broker 3 gets half of what comes.
      if (atMs > 50) leader.onFollowerAck(2, 20n, 100 + atMs - 50, atMs);
      leader.onFollowerAck(3, 30n, 100 + Math.floor(atMs / 2), atMs);
    }
    expect(leader.onLagCheck(120_000)).toMatchObject([{ kind: "proposeIsr", proposal: { isr: members(1, 2) } }]);
  });

  it("counts nobody without a stream as caught up beyond the lag time", () => {
    const leader = leaderOf({ ...three, isr: [1, 2], replicas: [1, 2], minInsyncReplicas: 1 });
    leader.onFollowerAttached(2, 20n, 100, 0);
    leader.onFollowerDetached(2, 0);
    expect(leader.onLagCheck(30_000)).toEqual([]);
    expect(leader.onLagCheck(30_001)).toMatchObject([{ kind: "proposeIsr" }]);
  });

  it("counts that time from the break of the stream, also after an hour without a record, for who stood at the end", () => {
    const leader = leaderOf({ ...three, minInsyncReplicas: 1 });
    leader.onFollowerAttached(2, 20n, 100, 0);
    leader.onFollowerAttached(3, 30n, 100, 0);
    leader.onAppended(101, 1);
    leader.onFollowerAck(2, 20n, 101, 2);
    leader.onFollowerDetached(2, 3_600_000);
    leader.onFollowerDetached(3, 3_600_000);
    const removal = leader.onLagCheck(3_600_000);
    expect(removal).toMatchObject([{ kind: "proposeIsr", proposal: { isr: members(1, 2) } }]);
  });

  it("blames nobody for its own pause", () => {
    const leader = leaderOf({ ...three, minInsyncReplicas: 1 });
    leader.onFollowerAttached(2, 20n, 90, 0);
    leader.onFollowerAttached(3, 30n, 90, 0);
    leader.onPaused(60_000, 60_000);
    leader.onProposalRefused(leader.proposal as never, 60_000);
    expect(leader.onLagCheck(60_000)).toEqual([]);
  });

  it("leaves out the time of its pause for one whose stream is broken, and no more than that", () => {
    const leader = leaderOf({ ...three, isr: [1, 2], replicas: [1, 2], minInsyncReplicas: 1 });
    leader.onFollowerAttached(2, 20n, 100, 0);
    leader.onFollowerDetached(2, 1000);
    leader.onPaused(41_000, 40_000);
    expect(leader.onLagCheck(71_000)).toEqual([]);
    expect(leader.onLagCheck(71_001)).toMatchObject([{ kind: "proposeIsr" }]);
  });
});

describe("a follower that joins the ISR", () => {
  const joining = { isr: [1], replicas: [1, 2, 3], logEndOffset: 110, highWatermark: 100 };

  it("is proposed once it has all that is committed and all of earlier epochs", () => {
    const leader = leaderOf(joining);
    leader.onAppended(120, 1);
    expect(leader.onFollowerAttached(2, 20n, 105, 2)).toEqual([]);
    expect(leader.onFollowerAck(2, 20n, 120, 3)).toMatchObject([
      {
        kind: "proposeIsr",
        proposal: {
          isr: [
            { brokerId: 1, brokerEpoch: null },
            { brokerId: 2, brokerEpoch: 20n },
          ],
        },
      },
    ]);
  });

  it("is not proposed while it lacks records of earlier epochs, though it has all that is committed", () => {
    const leader = leaderOf({ ...joining, minInsyncReplicas: 2 });
    expect(leader.onFollowerAttached(2, 20n, 109, 1)).toEqual([]);
    expect(leader.highWatermark).toBe(100);
    expect(leader.onFollowerAck(2, 20n, 110, 2)).toMatchObject([{ kind: "proposeIsr" }]);
  });

  it("counts for the high watermark before the controller answered, since it may already be electable", () => {
    const leader = leaderOf(joining);
    leader.onFollowerAttached(2, 20n, 110, 1);
    leader.onAppended(130, 2);
    expect(leader.highWatermark).toBe(110);
    expect(leader.onFollowerAck(2, 20n, 125, 3)).toEqual([advanced(110, 125)]);
  });

  it("stays counted until a higher partition epoch or a refusal settles the proposal", () => {
    const leader = leaderOf(joining);
    leader.onFollowerAttached(2, 20n, 110, 1);
    const { proposal } = leader;
    if (proposal === null) throw new Error("nothing was proposed");
    leader.onAppended(130, 2);
    expect(leader.onIsr([1], [1, 2, 3], 10, 3)).toEqual([]);
    expect(leader.proposal).toBe(proposal);
    leader.onFollowerDetached(2, 3);
    // It may be in the ISR by now, and be elected: gone or not, what it lacks is not committed.
    expect(leader.onAppended(140, 3)).toEqual([]);
    // A refusal of some earlier proposal settles nothing of this one.
    expect(leader.onProposalRefused({ ...proposal }, 3)).toEqual([]);
    expect(leader.onProposalRefused(proposal, 4)).toEqual([advanced(110, 140)]);
  });

  it("waits for nobody who was refused, until it acknowledges again", () => {
    const leader = leaderOf({ isr: [1, 2, 3], replicas: [1, 2, 3], minInsyncReplicas: 1 });
    leader.onFollowerAttached(2, 20n, 100, 0);
    leader.onFollowerAttached(3, 30n, 100, 0);
    leader.onAppended(110, 1);
    leader.onFollowerAck(2, 20n, 110, 2);
    // The controller has taken broker 3 out, whose replica is offline there, and does not let it in again.
    leader.onIsr([1, 2], [1, 2, 3], 11, 3);
    expect(leader.proposal?.isr).toEqual(members(1, 2, 3));
    leader.onProposalRefused(leader.proposal as never, 4);
    expect(leader.highWatermark).toBe(110);
    leader.onRetry(2000);
    leader.onAppended(120, 2000);
    expect(leader.onFollowerAck(2, 20n, 120, 2001)).toContainEqual(advanced(110, 120));
    leader.onFollowerAck(3, 30n, 120, 2002);
    expect(leader.proposal?.isr).toEqual(members(1, 2, 3));
  });

  it("leaves one proposal in flight at a time", () => {
    const leader = leaderOf(joining);
    leader.onFollowerAttached(2, 20n, 110, 1);
    expect(leader.onFollowerAttached(3, 30n, 110, 1).filter((e) => e.kind === "proposeIsr")).toEqual([]);
    expect(leader.onIsr([1, 2], [1, 2, 3], 11, 2)).toMatchObject([
      { kind: "proposeIsr", proposal: { isr: members(1, 2, 3), partitionEpoch: 11 } },
    ]);
  });

  it("holds the high watermark while it is caught up but not asked for yet", () => {
    const leader = leaderOf({ ...joining, highWatermark: 110 });
    leader.onFollowerAttached(2, 20n, 110, 1);
    // Broker 3 may not be proposed meanwhile; were it not counted, it would stay one tick behind for ever.
    leader.onFollowerAttached(3, 30n, 110, 1);
    leader.onAppended(120, 2);
    leader.onFollowerAck(2, 20n, 120, 3);
    expect(leader.highWatermark).toBe(110);
    expect(leader.onFollowerAck(3, 30n, 120, 3)).toEqual([advanced(110, 120)]);
  });
});

describe("a new leader", () => {
  it("does not know the latest committed offset until its high watermark reaches its epoch's start", () => {
    const leader = leaderOf({ isr: [1, 2], replicas: [1, 2], highWatermark: 90 });
    expect(leader.hasCaughtUpWithEpochStart).toBe(false);
    leader.onFollowerAttached(2, 20n, 100, 1);
    expect(leader.hasCaughtUpWithEpochStart).toBe(true);
  });
});
