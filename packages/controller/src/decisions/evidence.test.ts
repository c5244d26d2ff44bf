import type { ProbeFinding } from "../broker-probe";
import { type Judgement, judgeFinding, mayDepose, maySuspect, NO_EVIDENCE } from "./evidence";

const GROUND = {
  brokerId: 2,
  brokerEpoch: 50n,
  incarnation: "a",
  directories: ["d"],
  answeredBefore: true,
  graceMs: 2_000,
};
const alive = (changes: object = {}): ProbeFinding => ({
  kind: "alive",
  brokerId: 2,
  brokerEpoch: 50n,
  incarnation: "a",
  directories: ["d"],
  ...changes,
});
const judge = (finding: ProbeFinding, changes: object = {}) =>
  judgeFinding(NO_EVIDENCE, finding, 1_000, 1_100, { ...GROUND, ...changes });

describe("a finding", () => {
  it.each<[string, ProbeFinding, object, Judgement["found"], boolean]>([
    ["refused where it answered before", { kind: "gone", proof: false }, {}, "gone", false],
    ["refused where it never answered", { kind: "gone", proof: false }, { answeredBefore: false }, "unknown", false],
    ["proved by the kernel, wherever", { kind: "gone", proof: true }, { answeredBefore: false }, "gone", true],
    ["connected without an answer", { kind: "hung" }, {}, "unknown", false],
    ["the registered process answers", alive(), {}, "alive", false],
    ["its successor answers, not registered yet", alive({ incarnation: "b", brokerEpoch: -1n }), {}, "gone", false],
    ["its successor answers, registered", alive({ incarnation: "b", brokerEpoch: 60n }), {}, "gone", false],
    ["its predecessor answers", alive({ incarnation: "b", brokerEpoch: 40n }), {}, "unknown", false],
    ["one of the same id on other disks", alive({ incarnation: "b", directories: ["x"] }), {}, "unknown", false],
    ["another broker answers", alive({ brokerId: 3 }), {}, "unknown", false],
    ["of a broker of another make nothing is known", alive(), { incarnation: null }, "unknown", false],
  ])("%s", (_, finding, changes, found, proof) => {
    expect(judge(finding, changes)).toMatchObject({ found, proof });
  });

  it("of silence counts once it has lasted for the grace, without a break", () => {
    const silence = (before: Judgement, nowMs: number) =>
      judgeFinding(before, { kind: "silent" }, nowMs - 500, nowMs, GROUND);
    let judgement = silence(NO_EVIDENCE, 1_000);
    expect(judgement.found).toBe("unknown");
    judgement = silence(judgement, 2_499);
    expect(judgement.found).toBe("unknown");
    expect(silence(judgement, 2_500).found).toBe("silent");

    const broken = judgeFinding(judgement, { kind: "hung" }, 2_000, 2_100, GROUND);
    expect(silence(broken, 2_600).found).toBe("unknown");
  });

  it("of silence after a refusal changes nothing: it went on not being there", () => {
    const gone = judge({ kind: "gone", proof: false });
    const since = judgeFinding(gone, { kind: "silent" }, 1_200, 1_700, GROUND);
    expect(since).toMatchObject({ found: "gone", proof: false });
    expect(judgeFinding(since, { kind: "hung" }, 1_800, 1_900, GROUND).found).toBe("unknown");
  });
});

describe("a controller may act on evidence", () => {
  it.each<[string, Judgement["found"], boolean, number, number, boolean]>([
    ["with a majority", "gone", false, 3, 2, true],
    ["with a majority, on silence too", "silent", false, 3, 2, true],
    ["not with half", "gone", false, 4, 2, false],
    ["not alone of three", "gone", false, 3, 1, false],
    ["alone of three with proof", "gone", true, 3, 1, true],
    ["one of two when the other is gone", "gone", false, 2, 1, true],
    ["not one of two on silence", "silent", false, 2, 1, false],
    ["never without evidence", "unknown", false, 3, 3, false],
    ["nor against one that answers", "alive", false, 3, 3, false],
  ])("%s", (_, found, proof, registered, connected, expected) => {
    expect(maySuspect({ evidence: { found, proof }, registered, connected })).toBe(expected);
  });
});

describe("a controller may be deposed", () => {
  const gone = { found: "gone", proof: false } as const;
  const silent = { found: "silent", proof: false } as const;
  const seen = { found: "alive", proof: false } as const;
  const nothing = { found: "unknown", proof: false } as const;
  const proved = { found: "gone", proof: true } as const;
  it.each([
    ["when two of three agree", gone, [silent], 3, false, true],
    ["not when the third one sees it", gone, [seen], 3, true, false],
    ["not when the third one knows nothing", gone, [nothing], 3, true, false],
    ["not by half of four", gone, [gone, seen], 4, true, false],
    ["not by one of four", gone, [seen, nothing], 4, true, false],
    ["by one with proof", proved, [], 3, false, true],
    ["by another's proof", gone, [proved, seen], 4, false, true],
    ["not by another's proof when it answers the asker", seen, [proved], 3, true, false],
    ["by one of two that had a session with it in this term", gone, [], 2, true, true],
    ["not by one of two that had none", gone, [], 2, false, false],
    ["not by one of two on silence", silent, [], 2, true, false],
  ] as const)("%s", (_, own, others, registered, hadSession, expected) => {
    expect(mayDepose({ own, others, registered, hadSession })).toBe(expected);
  });
});
