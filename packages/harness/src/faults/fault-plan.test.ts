import { SeededRandom } from "@ottla/runtime";
import { parseFaults, planFaults } from "./fault-plan";

const pace = { quietMs: [100, 200], holdMs: [0, 50] } as const;

describe("a plan of faults", () => {
  const requested = [...parseFaults("kill", "leader:5,leader+controller:2"), ...parseFaults("pause", "follower")];

  it("holds all that was asked for, within its pace", () => {
    const plan = planFaults(requested, pace, new SeededRandom(1));
    const count = (kind: string, target: string) => plan.filter((f) => f.kind === kind && f.target === target).length;
    expect([count("kill", "leader"), count("kill", "leader+controller"), count("pause", "follower")]).toEqual([
      5, 2, 1,
    ]);
    expect(plan.every(({ quietMs, holdMs }) => quietMs >= 100 && quietMs <= 200 && holdMs >= 0 && holdMs <= 50)).toBe(
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
    ["leader:x", "leader:x: x is no count"],
    ["leader:-1", "leader:-1: -1 is no count"],
  ])("%s is refused", (text, complaint) => {
    expect(() => parseFaults("kill", text)).toThrow(complaint);
  });

  it("do not cut ZooKeeper from itself", () => {
    expect(() => parseFaults("cut", "leader,zookeeper")).toThrow("brokers are cut from zookeeper");
  });
});
