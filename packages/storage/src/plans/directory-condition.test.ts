import { type DirectoryEvidence, judgeDirectory } from "./directory-condition";

const KILLED: DirectoryEvidence = {
  shutdown: "unclean",
  recordedBootId: "boot-1",
  bootId: "boot-1",
  tornBefore: null,
  damagedPartitions: [],
};

describe("a log directory after a start", () => {
  it.each<{ what: string; evidence: Partial<DirectoryEvidence>; condition: "intact" | "torn" }>([
    { what: "a kill on a machine that ran on", evidence: {}, condition: "intact" },
    { what: "a clean stop", evidence: { shutdown: "clean" }, condition: "intact" },
    { what: "a clean stop, then a reboot", evidence: { shutdown: "clean", bootId: "boot-2" }, condition: "intact" },
    {
      what: "a clean stop by Kafka, which records no boot id",
      evidence: { shutdown: "clean", recordedBootId: null },
      condition: "intact",
    },
    { what: "power lost", evidence: { bootId: "boot-2" }, condition: "torn" },
    {
      what: "a kill before the controller confirmed the first start",
      evidence: { recordedBootId: null },
      condition: "torn",
    },
    { what: "a kill where no boot id can be told", evidence: { bootId: null }, condition: "torn" },
    { what: "an emptied disk", evidence: { shutdown: "new", recordedBootId: null }, condition: "torn" },
    { what: "a kill, and damage inside a log", evidence: { damagedPartitions: ["t-0"] }, condition: "torn" },
    {
      what: "power lost, a start, and a kill before the controller confirmed",
      evidence: { tornBefore: "power" },
      condition: "torn",
    },
    {
      what: "power lost, a start, and a clean stop before the controller confirmed",
      evidence: { tornBefore: "power", shutdown: "clean" },
      condition: "torn",
    },
  ])("is $condition after $what", ({ evidence, condition }) => {
    const judged = judgeDirectory({ ...KILLED, ...evidence });
    expect(judged.condition).toBe(condition);
    expect(judged.reasons.length > 0).toBe(condition === "torn");
  });
});
