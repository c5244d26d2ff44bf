import { DrivenGroup, protocol } from "../../testing/driven-group";
import { NEW_MEMBER_JOIN_MS } from "./group";
import { groupPartition } from "./group-partition";

describe("somebody new joins", () => {
  it("gets an id and is asked to come again with it, if its client knows how to (KIP-394)", () => {
    const g = new DrivenGroup();
    const first = g.join({ requiresKnownMemberId: true });
    expect(g.joined(first)).toMatchObject({ error: "MEMBER_ID_REQUIRED", memberId: "m1", generation: -1 });
    expect(g.group.state).toBe("Empty");
    const again = g.join({ memberId: "m1", requiresKnownMemberId: true });
    g.advance(0);
    expect(g.joined(again)).toMatchObject({ error: "NONE", memberId: "m1", generation: 1, leaderId: "m1" });
  });

  it("has its id forgotten when it does not come again within its session timeout", () => {
    const g = new DrivenGroup();
    g.join({ requiresKnownMemberId: true });
    g.advance(10_000);
    const late = g.join({ memberId: "m1", requiresKnownMemberId: true });
    expect(g.joined(late)).toMatchObject({ error: "UNKNOWN_MEMBER_ID", memberId: "m1" });
  });

  it("holds up a rebalance while its id is pending, and no longer when it leaves instead", () => {
    const g = DrivenGroup.stable(1);
    const leader = g.join({ memberId: "m1", protocols: [protocol("range", ["u"])] });
    expect(g.joined(leader).generation).toBe(2);
    const pending = g.joined(g.join({ requiresKnownMemberId: true })).memberId;
    const waiting = g.join({ memberId: "m1", protocols: [protocol("range", ["v"])] });
    expect(g.joins.has(waiting)).toBe(false);
    expect(g.leave(pending)).toBe("NONE");
    expect(g.joined(waiting).generation).toBe(3);
  });

  it("is refused when its protocols have nothing in common with the group's", () => {
    const g = DrivenGroup.stable(2);
    expect(g.joined(g.join({ protocols: [protocol("sticky")] })).error).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(g.joined(g.join({ protocolType: "connect" })).error).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(g.group.state).toBe("Stable");
  });

  it("is refused without a protocol, or without a type, even by an empty group", () => {
    const g = new DrivenGroup();
    expect(g.joined(g.join({ protocols: [] })).error).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(g.joined(g.join({ protocolType: "" })).error).toBe("INCONSISTENT_GROUP_PROTOCOL");
  });

  it("is refused by a full group; who is in it stays", () => {
    const g = DrivenGroup.stable(2, { membersMax: 2 });
    expect(g.joined(g.join())).toMatchObject({ error: "GROUP_MAX_SIZE_REACHED", memberId: "" });
    expect(g.group.size).toBe(2);
    expect(g.heartbeat("m1")).toBe("NONE");
  });

  it("is dropped after five minutes of waiting, since its client would ask anew under no id", () => {
    const g = DrivenGroup.stable(1);
    const waiting = g.join({ rebalanceTimeoutMs: 2 * NEW_MEMBER_JOIN_MS, sessionTimeoutMs: 10_000 });
    for (let ms = 0; ms < NEW_MEMBER_JOIN_MS; ms += 5000) {
      g.advance(5000);
      g.heartbeat("m1");
    }
    expect(g.joined(waiting)).toMatchObject({ error: "UNKNOWN_MEMBER_ID", memberId: "" });
  });

  it("with an id that nobody knows is told so", () => {
    const g = DrivenGroup.stable(1);
    expect(g.joined(g.join({ memberId: "ghost" })).error).toBe("UNKNOWN_MEMBER_ID");
  });
});

describe("a group that was empty", () => {
  it("waits the initial delay for those who start together (KIP-134)", () => {
    const g = new DrivenGroup({ initialRebalanceDelayMs: 3000 });
    const first = g.join();
    g.advance(2000);
    const second = g.join();
    g.advance(999);
    expect([g.joins.has(first), g.joins.has(second)]).toEqual([false, false]);
    // Somebody came meanwhile: the delay once more.
    g.advance(3001);
    expect(g.joined(first)).toMatchObject({ generation: 1, leaderId: "m1" });
    expect(g.joined(first).members.map(({ memberId }) => memberId)).toEqual(["m1", "m2"]);
    expect(g.joined(second)).toMatchObject({ generation: 1, leaderId: "m1", members: [] });
  });

  it("waits no longer than the members' rebalance timeout, however many come", () => {
    const g = new DrivenGroup({ initialRebalanceDelayMs: 3000 });
    const first = g.join({ rebalanceTimeoutMs: 10_000 });
    for (let ms = 0; ms < 10_000; ms += 1000) {
      expect(g.joins.has(first)).toBe(false);
      g.advance(1000);
      g.join({ rebalanceTimeoutMs: 10_000 });
    }
    expect(g.joined(first).generation).toBe(1);
  });

  it("takes the protocol most members put first among those all know", () => {
    const g = new DrivenGroup({ initialRebalanceDelayMs: 100 });
    const range = protocol("range");
    const sticky = protocol("sticky");
    const tickets = [
      g.join({ protocols: [range, sticky] }),
      g.join({ protocols: [sticky, range] }),
      g.join({ protocols: [protocol("own"), sticky, range] }),
    ];
    g.advance(1000);
    expect(tickets.map((ticket) => g.joined(ticket).protocolName)).toEqual(["sticky", "sticky", "sticky"]);
  });
});

describe("in a stable group", () => {
  it("a follower that joins again unchanged gets the generation that there is", () => {
    const g = DrivenGroup.stable(2);
    expect(g.joined(g.join({ memberId: "m2" }))).toMatchObject({ error: "NONE", generation: 1, leaderId: "m1" });
    expect(g.group.state).toBe("Stable");
  });

  it("a follower that joins with another subscription brings a rebalance", () => {
    const g = DrivenGroup.stable(2);
    g.join({ memberId: "m2", protocols: [protocol("range", ["t", "u"])] });
    expect(g.group.state).toBe("PreparingRebalance");
  });

  it("a leader that joins again brings a rebalance, be it unchanged", () => {
    const g = DrivenGroup.stable(2);
    g.join({ memberId: "m1" });
    expect(g.group.state).toBe("PreparingRebalance");
  });

  it("a SyncGroup gets the assignment that was written", () => {
    const g = DrivenGroup.stable(2);
    expect(g.synced(g.sync({ memberId: "m2" })).assignment.toString()).toBe("for m2");
  });

  it("a leader that leaves is followed by another once all have rejoined", () => {
    const g = DrivenGroup.stable(3);
    expect(g.leave("m1")).toBe("NONE");
    const second = g.join({ memberId: "m2" });
    const third = g.join({ memberId: "m3" });
    expect(g.joined(second)).toMatchObject({ generation: 2, leaderId: "m2" });
    expect(g.joined(third)).toMatchObject({ generation: 2, leaderId: "m2" });
  });

  it("the last one that leaves makes it empty, in a generation of its own, and that is written", () => {
    const g = DrivenGroup.stable(1);
    expect(g.leave("m1")).toBe("NONE");
    expect(g.group).toMatchObject({ state: "Empty", generation: 2, protocolName: null });
    expect(g.persisted()).toMatchObject({ generation: 2, protocolName: null, leaderId: null, members: [] });
  });

  it("who leaves twice, or was never there, is unknown", () => {
    const g = DrivenGroup.stable(2);
    g.leave("m2");
    expect([g.leave("m2"), g.leave("ghost"), g.leave("")]).toEqual([
      "UNKNOWN_MEMBER_ID",
      "UNKNOWN_MEMBER_ID",
      "UNKNOWN_MEMBER_ID",
    ]);
  });
});

describe("a rebalance", () => {
  it("waits for all members, and tells those who send heartbeats to join", () => {
    const g = DrivenGroup.stable(2);
    const fresh = g.join();
    expect(g.heartbeat("m1")).toBe("REBALANCE_IN_PROGRESS");
    expect(g.synced(g.sync({ memberId: "m1" })).error).toBe("REBALANCE_IN_PROGRESS");
    const first = g.join({ memberId: "m1" });
    expect(g.joins.has(fresh)).toBe(false);
    const second = g.join({ memberId: "m2" });
    expect([fresh, first, second].map((ticket) => g.joined(ticket).generation)).toEqual([2, 2, 2]);
    expect(g.joined(first).members).toHaveLength(3);
  });

  it("goes on without dynamic members that do not come within the longest rebalance timeout", () => {
    const g = DrivenGroup.stable(2);
    const fresh = g.join({ rebalanceTimeoutMs: 30_000 });
    const first = g.join({ memberId: "m1", rebalanceTimeoutMs: 40_000 });
    for (let i = 0; i < 12; i++) {
      g.heartbeat("m2");
      g.advance(5000);
    }
    expect(g.joined(fresh)).toMatchObject({ error: "NONE", generation: 2 });
    expect(g.joined(first).members.map(({ memberId }) => memberId)).toEqual(["m1", "m3"]);
    expect(g.heartbeat("m2")).toBe("UNKNOWN_MEMBER_ID");
  });

  it("does not end the session of a member that waits in it", () => {
    const g = DrivenGroup.stable(2);
    const waiting = g.join({ memberId: "m1", sessionTimeoutMs: 6000 });
    for (let i = 0; i < 4; i++) {
      g.advance(9000);
      g.heartbeat("m2");
    }
    expect(g.joins.has(waiting)).toBe(false);
    g.join({ memberId: "m2" });
    expect(g.joined(waiting)).toMatchObject({ error: "NONE", generation: 2 });
  });

  it("makes a lost answer good: a member that joins again meanwhile gets the same generation", () => {
    const g = new DrivenGroup({ initialRebalanceDelayMs: 10 });
    g.join();
    g.join();
    g.advance(50);
    expect(g.group.state).toBe("CompletingRebalance");
    expect(g.joined(g.join({ memberId: "m2" }))).toMatchObject({ generation: 1, members: [] });
    expect(g.joined(g.join({ memberId: "m1" })).members).toHaveLength(2);
  });

  it("begins again when a member joins with something else while assignments are waited for", () => {
    const g = new DrivenGroup({ initialRebalanceDelayMs: 10 });
    g.join();
    g.join();
    g.advance(50);
    const waiting = g.sync({ memberId: "m1", assignments: new Map() });
    g.join({ memberId: "m2", protocols: [protocol("range", ["u"])] });
    expect(g.synced(waiting).error).toBe("REBALANCE_IN_PROGRESS");
    expect(g.group.state).toBe("PreparingRebalance");
    // What was being written belongs to a generation that nobody waits for.
    g.persisted();
    expect(g.group.state).toBe("PreparingRebalance");
  });

  it("answers a request that another of the same member took the place of", () => {
    const g = DrivenGroup.stable(2);
    const lost = g.join({ memberId: "m1" });
    const second = g.join({ memberId: "m1" });
    expect(g.joined(lost).error).toBe("REBALANCE_IN_PROGRESS");
    expect(g.joins.has(second)).toBe(false);
  });
});

describe("assignments", () => {
  const started = () => {
    const g = new DrivenGroup({ initialRebalanceDelayMs: 10 });
    g.join();
    g.join();
    g.advance(50);
    return g;
  };

  it("are answered once they are written down, and not before", () => {
    const g = started();
    const follower = g.sync({ memberId: "m2" });
    const leader = g.sync({ memberId: "m1", assignments: new Map([["m2", Buffer.from("all")]]) });
    expect([g.syncs.has(follower), g.syncs.has(leader), g.group.state]).toEqual([false, false, "CompletingRebalance"]);
    const record = g.persisted();
    expect(record).toMatchObject({ generation: 1, protocolName: "range", leaderId: "m1", protocolType: "consumer" });
    expect(record.members.map(({ assignment }) => assignment.toString())).toEqual(["", "all"]);
    expect(g.synced(follower)).toMatchObject({ error: "NONE", protocolName: "range", protocolType: "consumer" });
    expect(g.synced(follower).assignment.toString()).toBe("all");
    // Whom the leader forgot gets nothing.
    expect(g.synced(leader).assignment).toHaveLength(0);
    expect(g.group.state).toBe("Stable");
  });

  it.each(["NOT_COORDINATOR", "COORDINATOR_NOT_AVAILABLE", "UNKNOWN_SERVER_ERROR"] as const)(
    "that could not be written are told as %s, and everybody joins again",
    (error) => {
      const g = started();
      const follower = g.sync({ memberId: "m2" });
      const leader = g.sync({ memberId: "m1", assignments: new Map() });
      g.persisted(error);
      expect([g.synced(follower).error, g.synced(leader).error]).toEqual([error, error]);
      expect(g.group.state).toBe("PreparingRebalance");
    },
  );

  it("are written once when the leader asks twice", () => {
    const g = started();
    const lost = g.sync({ memberId: "m1", assignments: new Map([["m1", Buffer.from("first")]]) });
    const again = g.sync({ memberId: "m1", assignments: new Map([["m1", Buffer.from("second")]]) });
    expect(g.writes).toHaveLength(1);
    g.persisted();
    expect(g.synced(lost).error).toBe("REBALANCE_IN_PROGRESS");
    expect(g.synced(again).assignment.toString()).toBe("first");
  });

  it("are refused to who names another generation, protocol, or nobody that is known", () => {
    const g = started();
    const error = (given: Parameters<typeof g.sync>[0]) => g.synced(g.sync(given)).error;
    expect(error({ memberId: "m1", generation: 0 })).toBe("ILLEGAL_GENERATION");
    expect(error({ memberId: "m1", protocolName: "sticky" })).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(error({ memberId: "m1", protocolType: "connect" })).toBe("INCONSISTENT_GROUP_PROTOCOL");
    expect(error({ memberId: "ghost" })).toBe("UNKNOWN_MEMBER_ID");
  });

  it("wait for each member's SyncGroup for the rebalance timeout; who has not asked by then is out (KIP-345, KAFKA-9752)", () => {
    const g = started();
    g.sync({ memberId: "m1", assignments: new Map() });
    g.persisted();
    for (let i = 0; i < 12; i++) {
      expect(g.heartbeat("m2")).toBe("NONE");
      g.heartbeat("m1");
      g.advance(5000);
    }
    expect(g.heartbeat("m2")).toBe("UNKNOWN_MEMBER_ID");
    expect(g.heartbeat("m1")).toBe("REBALANCE_IN_PROGRESS");
  });
});

describe("heartbeats", () => {
  it("keep a member in, and their absence puts it out", () => {
    const g = DrivenGroup.stable(2);
    for (let i = 0; i < 5; i++) {
      g.advance(4000);
      expect(g.heartbeat("m1")).toBe(i < 2 ? "NONE" : "REBALANCE_IN_PROGRESS");
    }
    expect(g.heartbeat("m2")).toBe("UNKNOWN_MEMBER_ID");
  });

  it("of another generation are refused", () => {
    const g = DrivenGroup.stable(1);
    expect([g.heartbeat("m1", 0), g.heartbeat("m1", 2), g.heartbeat("ghost")]).toEqual([
      "ILLEGAL_GENERATION",
      "ILLEGAL_GENERATION",
      "UNKNOWN_MEMBER_ID",
    ]);
  });

  it("cost no timer each: one look at the member for each session, however many there are", () => {
    const g = DrivenGroup.stable(1);
    const before = g.group.nextDeadlineMs;
    for (let i = 0; i < 1000; i++) g.heartbeat("m1");
    expect(g.group.nextDeadlineMs).toBe(before);
    g.advance(1000);
    g.heartbeat("m1");
    g.advance(9_500);
    expect(g.heartbeat("m1")).toBe("NONE");
  });

  it("are not missed while this process stood still", () => {
    const g = DrivenGroup.stable(1);
    g.advance(9000);
    g.group.onPaused(60_000);
    g.advance(60_500);
    expect(g.heartbeat("m1")).toBe("NONE");
  });
});

describe("static members (KIP-345)", () => {
  const stable = (instances: readonly string[]) => {
    const g = new DrivenGroup({ initialRebalanceDelayMs: 10 });
    const tickets = instances.map((groupInstanceId) => g.join({ groupInstanceId }));
    g.advance(50);
    const ids = tickets.map((ticket) => g.joined(ticket).memberId);
    for (const [index, memberId] of ids.entries()) {
      const assignments = new Map(ids.map((id) => [id, Buffer.from(`for ${id}`)]));
      if (index > 0) g.sync({ memberId, groupInstanceId: instances[index] ?? null });
      else g.sync({ memberId, groupInstanceId: instances[index] ?? null, assignments });
    }
    g.persisted();
    return g;
  };

  it("come in at once, without being asked for an id", () => {
    const g = new DrivenGroup();
    const ticket = g.join({ groupInstanceId: "i", requiresKnownMemberId: true });
    g.advance(0);
    expect(g.joined(ticket)).toMatchObject({ error: "NONE", generation: 1 });
  });

  it("come back under a new id with their assignment, and without a rebalance, once that is written", () => {
    const g = stable(["a", "b"]);
    const back = g.join({ groupInstanceId: "b" });
    expect(g.joins.has(back)).toBe(false);
    expect(g.persisted().members.map(({ memberId }) => memberId)).toEqual(["m1", "m3"]);
    expect(g.joined(back)).toMatchObject({ error: "NONE", memberId: "m3", generation: 1, leaderId: "m1" });
    expect(g.synced(g.sync({ memberId: "m3", groupInstanceId: "b" })).assignment.toString()).toBe("for m2");
    expect(g.group.state).toBe("Stable");
  });

  it("fence whoever goes on under the old id", () => {
    const g = stable(["a", "b"]);
    g.join({ groupInstanceId: "b" });
    g.persisted();
    expect(g.heartbeat("m2", 1, "b")).toBe("FENCED_INSTANCE_ID");
    expect(g.joined(g.join({ memberId: "m2", groupInstanceId: "b" })).error).toBe("FENCED_INSTANCE_ID");
    expect(g.synced(g.sync({ memberId: "m2", groupInstanceId: "b" })).error).toBe("FENCED_INSTANCE_ID");
    expect(g.checkCommit("m2", 1, "b")).toBe("FENCED_INSTANCE_ID");
    expect(g.leave("m2", "b")).toBe("FENCED_INSTANCE_ID");
  });

  it("that lead are told to skip the assignment when they come back (KIP-814)", () => {
    const g = stable(["a", "b"]);
    const back = g.join({ groupInstanceId: "a" });
    g.persisted();
    expect(g.joined(back)).toMatchObject({ leaderId: "m3", memberId: "m3", skipAssignment: true });
    expect(
      g
        .joined(back)
        .members.map(({ memberId }) => memberId)
        .sort(),
    ).toEqual(["m2", "m3"]);
  });

  it("that lead and know nothing of skipping are told that somebody else leads", () => {
    const g = stable(["a", "b"]);
    const back = g.join({ groupInstanceId: "a", supportsSkippingAssignment: false });
    g.persisted();
    expect(g.joined(back)).toMatchObject({ leaderId: "m1", memberId: "m3", skipAssignment: false, members: [] });
  });

  it("keep their old id when the new one could not be written", () => {
    const g = stable(["a", "b"]);
    const back = g.join({ groupInstanceId: "b" });
    g.persisted("COORDINATOR_NOT_AVAILABLE");
    expect(g.joined(back)).toMatchObject({ error: "COORDINATOR_NOT_AVAILABLE", memberId: "" });
    expect(g.heartbeat("m2", 1, "b")).toBe("NONE");
  });

  it("that come back with another choice of protocol bring a rebalance", () => {
    const g = stable(["a"]);
    const back = g.join({ groupInstanceId: "a", protocols: [protocol("sticky"), protocol("range")] });
    expect(g.joins.has(back)).toBe(true);
    expect(g.joined(back)).toMatchObject({ generation: 2, protocolName: "sticky" });
  });

  it("that come back while assignments are waited for bring another rebalance", () => {
    const g = new DrivenGroup({ initialRebalanceDelayMs: 10 });
    g.join({ groupInstanceId: "a" });
    g.join({ groupInstanceId: "b" });
    g.advance(50);
    const leader = g.sync({ memberId: "m1", groupInstanceId: "a", assignments: new Map() });
    g.join({ groupInstanceId: "b" });
    expect(g.synced(leader).error).toBe("REBALANCE_IN_PROGRESS");
    expect(g.group.state).toBe("PreparingRebalance");
  });

  it("stay through a rebalance that they miss, until their session is over", () => {
    const g = stable(["a", "b"]);
    g.join({ memberId: "m1", groupInstanceId: "a", sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 6000 });
    g.advance(5000);
    g.heartbeat("m2", 1, "b");
    expect(g.group.size).toBe(2);
    g.advance(10_000);
    expect(Array.from(g.group.allMembers, ({ memberId }) => memberId)).toEqual(["m1"]);
  });

  it("are waited for on and on while none of them is back and their sessions last", () => {
    const g = stable(["a"]);
    const dynamic = g.join({ rebalanceTimeoutMs: 1000 });
    expect(g.leave(Array.from(g.group.allMembers)[1]?.memberId ?? "")).toBe("NONE");
    expect(g.joined(dynamic).error).toBe("UNKNOWN_MEMBER_ID");
    expect(g.group.state).toBe("PreparingRebalance");
    g.advance(11_000);
    expect(g.group).toMatchObject({ state: "Empty", generation: 2 });
  });

  it("are removed by their instance id, by tools that know no member id", () => {
    const g = stable(["a", "b"]);
    expect(g.leave("", "b")).toBe("NONE");
    expect(g.leave("", "nobody")).toBe("UNKNOWN_MEMBER_ID");
    expect(g.group.state).toBe("PreparingRebalance");
  });
});

describe("offset commits", () => {
  it("are taken from members of the generation, in a rebalance too", () => {
    const g = DrivenGroup.stable(2);
    expect(g.checkCommit("m1")).toBe("NONE");
    g.join();
    expect(g.checkCommit("m1")).toBe("NONE");
    expect(g.checkCommit("m1", 0)).toBe("ILLEGAL_GENERATION");
    expect(g.checkCommit("ghost")).toBe("UNKNOWN_MEMBER_ID");
  });

  it("wait until assignments are known", () => {
    const g = new DrivenGroup();
    g.join();
    g.advance(0);
    expect(g.checkCommit("m1")).toBe("REBALANCE_IN_PROGRESS");
  });

  it("of consumers without a group are taken while it has no members, and refused while it has", () => {
    expect(new DrivenGroup().checkCommit("", -1)).toBe("NONE");
    expect(DrivenGroup.stable(1).checkCommit("", -1)).toBe("UNKNOWN_MEMBER_ID");
  });

  it("are a sign of life", () => {
    const g = DrivenGroup.stable(1);
    g.advance(9000);
    g.checkCommit("m1");
    g.advance(9000);
    expect(g.heartbeat("m1")).toBe("NONE");
  });
});

describe("another coordinator", () => {
  it("goes on with members, generation and assignments", () => {
    const first = DrivenGroup.stable(2);
    first.join({ memberId: "m2", protocols: [protocol("range", ["u"])] });
    first.join({ memberId: "m1" });
    first.sync({ memberId: "m1", assignments: new Map([["m2", Buffer.from("x")]]) });
    const g = new DrivenGroup({}, first.persisted());
    expect(g.group).toMatchObject({ state: "Stable", generation: 2, protocolName: "range", leaderId: "m1" });
    expect([g.heartbeat("m1"), g.heartbeat("m2")]).toEqual(["NONE", "NONE"]);
    expect(g.synced(g.sync({ memberId: "m2" })).assignment.toString()).toBe("x");
    expect([g.group.isSubscribedTo("u"), g.group.isSubscribedTo("v")]).toEqual([true, false]);
    g.advance(10_000);
    expect(g.heartbeat("m1")).toBe("UNKNOWN_MEMBER_ID");
  });

  it("makes room when the group is over a limit that is lower now", () => {
    const g = DrivenGroup.stable(3);
    g.limits.membersMax = 2;
    g.shrink();
    g.join({ memberId: "m1" });
    g.join({ memberId: "m2" });
    expect(g.joined(g.join({ memberId: "m3" }))).toMatchObject({ error: "GROUP_MAX_SIZE_REACHED", memberId: "" });
    expect(g.group.size).toBe(2);
    expect(g.group.state).toBe("CompletingRebalance");
  });

  it("is what everybody is told to look for when the group is not coordinated here any more", () => {
    const g = DrivenGroup.stable(2);
    const joining = g.join({ memberId: "m1" });
    g.kill("NOT_COORDINATOR");
    expect(g.joined(joining).error).toBe("NOT_COORDINATOR");
    expect(g.heartbeat("m1")).toBe("COORDINATOR_NOT_AVAILABLE");
    expect(g.group.nextDeadlineMs === null || g.group.state === "Dead").toBe(true);
  });
});

describe("the partition of a group", () => {
  it.each([
    ["", 0],
    ["group-dynamic", 39],
    ["console-consumer-12345", 6],
    ["ä€😀", 1],
    ["polygenelubricants", 0],
  ])("is Java's: %s", (groupId, partition) => {
    expect(groupPartition(groupId, 50)).toBe(partition);
  });
});
