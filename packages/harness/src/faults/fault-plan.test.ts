import { SeededRandom } from "@ottla/runtime";
import { parseChoices, parseFaults, planFaults, randomFaults } from "./fault-plan";

const pace = { quietMs: [100, 200], holdMs: [0, 50] } as const;

describe("a plan of faults", () => {
  const requested = [
    ...parseFaults("leader:5,leader+controller:2", "kill"),
    ...parseFaults("pause:follower@70,kill:any/isolate:leader:3"),
  ];

  it("holds all that was asked for, within its pace", () => {
    const plan = planFaults(requested, pace, new SeededRandom(1));
    const names = plan.map(({ parts }) => parts.map(({ kind, target }) => `${kind} ${target}`).join(" & "));
    const count = (name: string) => names.filter((one) => one === name).length;
    expect(["kill leader", "kill leader+controller", "pause follower", "kill any & isolate leader"].map(count)).toEqual(
      [5, 2, 1, 3],
    );
    expect(plan.every(({ quietMs }) => quietMs >= 100 && quietMs <= 200)).toBe(true);
    const holds = plan.flatMap(({ parts }) => parts).map(({ kind, holdMs }) => ({ kind, holdMs }));
    expect(holds.every(({ kind, holdMs }) => (kind === "pause" ? holdMs === 70 : holdMs >= 0 && holdMs <= 50))).toBe(
      true,
    );
  });

  it("is the same for the same seed, and another for another", () => {
    const plan = (seed: number) => JSON.stringify(planFaults(requested, pace, new SeededRandom(seed)));
    expect(plan(7)).toBe(plan(7));
    expect(plan(7)).not.toBe(plan(8));
  });
});

describe("faults as text", () => {
  it.each([
    ["nobody:3", "nobody is no target; there are leader, follower,"],
    ["leader:x", "kill:leader:x: x is no count"],
    ["leader:-1", "kill:leader:-1: -1 is no count"],
    ["leader@soon", "kill:leader@soon: soon is no time"],
  ])("%s is refused", (text, complaint) => {
    expect(() => parseFaults(text, "kill")).toThrow(complaint);
  });

  it("do not cut ZooKeeper from itself", () => {
    expect(() => parseFaults("leader,zookeeper", "cut")).toThrow("cut does not hit zookeeper, but leader, follower");
  });

  it("are of a kind that there is", () => {
    expect(() => parseFaults("flood:leader")).toThrow("flood is no fault; there are kill, bounce");
  });
});

describe("random faults", () => {
  const choices = parseChoices("kill,isolate:leader", () => ["leader", "any"]);
  const first = (seed: number, count: number) => {
    const faults = randomFaults(choices, { ...pace, manner: "either" }, new SeededRandom(seed));
    return Array.from({ length: count }, () => faults.next().value);
  };

  it("are the same for the same seed, and others for another", () => {
    expect(first(3, 20)).toEqual(first(3, 20));
    expect(first(3, 20)).not.toEqual(first(4, 20));
  });

  it("come singly and in pairs, of all kinds, targets and manners", () => {
    const parts = first(5, 200).map((fault) => fault.parts);
    expect(new Set(parts.map(({ length }) => length))).toEqual(new Set([1, 2]));
    const sorts = parts.flat().map(({ kind, target }) => `${kind} ${target}`);
    expect(new Set(sorts)).toEqual(new Set(["kill leader", "kill any", "isolate leader"]));
    expect(new Set(parts.flat().map(({ manner }) => manner))).toEqual(new Set(["silent", "refused"]));
  });
});
