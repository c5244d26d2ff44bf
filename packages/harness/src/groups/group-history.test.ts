import { type GroupEvent, gapsBetweenCommits, judgeGroup } from "./group-history";

const assigned = (member: string, generation: number, ...partitions: number[]): GroupEvent => ({
  type: "assigned",
  atMs: 0,
  member,
  generation,
  partitions,
});
const committed = (atMs: number, offset: number, partition = 0): GroupEvent => ({
  type: "committed",
  atMs,
  partition,
  offset,
});
const fetched = (askedAtMs: number, offset: number, partition = 0): GroupEvent => ({
  type: "fetched",
  askedAtMs,
  partition,
  offset,
});
const anomalies = (...events: GroupEvent[]): string[] => judgeGroup(events).map(({ anomaly }) => anomaly);

describe("the judge of a group", () => {
  it("finds a partition that two members own in one generation", () => {
    expect(anomalies(assigned("a", 1, 0, 1), assigned("b", 1, 1))).toEqual(["two-owners"]);
    expect(anomalies(assigned("a", 1, 0), assigned("b", 1, 1), assigned("b", 2, 0), assigned("a", 1, 0))).toEqual([]);
  });

  it("finds an offset below one that was acknowledged before it was asked for", () => {
    expect(anomalies(committed(10, 5), fetched(11, 4))).toEqual(["commit-went-back"]);
    expect(anomalies(committed(10, 5), fetched(11, -1))).toEqual(["commit-went-back"]);
    expect(anomalies(committed(10, 5), fetched(11, 5), fetched(10, 4), fetched(11, -1, 1))).toEqual([]);
  });

  it("measures how long nothing was committed", () => {
    expect(gapsBetweenCommits([committed(0, 1), committed(100, 2), committed(700, 3)])).toEqual([600, 100]);
  });
});
