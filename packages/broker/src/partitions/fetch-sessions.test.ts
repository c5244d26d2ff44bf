import { SeededRandom, SimulatedClock } from "@ottla/runtime";
import type { RequestedPartition } from "./fetch-session";
import { FetchSessions } from "./fetch-sessions";

const partition = (topic: string): RequestedPartition => ({
  topic,
  index: 0,
  fetchOffset: 0,
  maxBytes: 1000,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
});

function sessionsWith(slots: number) {
  const clock = new SimulatedClock();
  const sessions = new FetchSessions({ slots, clock, random: new SeededRandom(3) });
  const begin = (size: number, isPrivileged = false) => {
    const partitions = Array.from({ length: size }, (_, index) => partition(`t${index}`));
    const scope = sessions.scopeOf({
      sessionId: 0,
      sessionEpoch: 0,
      usesTopicIds: false,
      partitions,
      forgotten: [],
      isPrivileged,
    });
    if (scope.kind !== "full") throw new Error(scope.kind);
    return sessions.begin(scope.partitions, { usesTopicIds: false, isPrivileged });
  };
  const next = (sessionId: number, sessionEpoch: number) =>
    sessions.scopeOf({
      sessionId,
      sessionEpoch,
      usesTopicIds: false,
      partitions: [],
      forgotten: [],
      isPrivileged: false,
    });
  return { clock, sessions, begin, next };
}

describe("the fetch sessions of a broker", () => {
  it("are bounded: a newcomer goes without while all others are in use", () => {
    const { begin, sessions } = sessionsWith(2);
    expect([begin(1), begin(1), begin(9)].map((id) => id > 0)).toEqual([true, true, false]);
    expect(sessions.count).toBe(2);
  });

  it("make room for a newcomer when one has been idle for two minutes", () => {
    const { begin, clock, next } = sessionsWith(2);
    const [idle, busy] = [begin(1), begin(1)];
    clock.advance(120_000);
    expect(next(busy, 1).kind).toBe("incremental");
    expect(begin(1)).toBe(0);
    clock.advance(1);
    expect(begin(1)).toBeGreaterThan(0);
    expect(next(idle, 1)).toEqual({ kind: "refused", error: "FETCH_SESSION_ID_NOT_FOUND" });
    expect(next(busy, 2).kind).toBe("incremental");
  });

  it("prefer larger ones to smaller ones that have had their two minutes", () => {
    const { begin, clock, next } = sessionsWith(1);
    const small = begin(1);
    clock.advance(60_000);
    next(small, 1);
    clock.advance(60_001);
    expect(begin(1)).toBe(0);
    expect(begin(2)).toBeGreaterThan(0);
  });

  it("prefer followers to consumers", () => {
    const { begin } = sessionsWith(1);
    begin(5);
    expect(begin(1, true)).toBeGreaterThan(0);
    expect(begin(9)).toBe(0);
  });

  it("are none where there are no slots, or nothing is asked for", () => {
    expect(sessionsWith(0).begin(1)).toBe(0);
    expect(sessionsWith(5).begin(0)).toBe(0);
  });
});
