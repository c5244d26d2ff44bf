import { packetRules } from "./packet-rules";

const addresses = new Map([
  ["broker1", "198.18.0.2"],
  ["broker2", "198.18.0.3"],
]);
const rulesIn = (script: string): string[] => script.split("\n").filter((line) => line.includes("ip saddr"));

describe("rules for packets between nodes", () => {
  it.each([
    ["drop" as const, "drop"],
    ["reject" as const, "ip protocol tcp reject with tcp reset"],
    [{ lossPercent: 20 }, "numgen random mod 100 < 20 drop"],
  ])("%j holds for one direction", (how, verdict) => {
    const script = packetRules([{ from: "broker1", to: "broker2", how }], addresses);
    expect(rulesIn(script)).toEqual([`    ip saddr 198.18.0.2 ip daddr 198.18.0.3 ${verdict}`]);
  });

  it("take the place of all rules before them", () => {
    const script = packetRules([], addresses);
    expect(rulesIn(script)).toEqual([]);
    expect(script).toContain("delete table ip ottla\n");
  });

  it("stand once, though two faults ask for the same; silence goes before refusal", () => {
    const drop = { from: "broker1", to: "broker2", how: "drop" as const };
    const reject = { ...drop, how: "reject" as const };
    const rules = rulesIn(packetRules([reject, drop, drop], addresses));
    expect(rules.map((rule) => rule.split(" ").at(-1))).toEqual(["drop", "reset"]);
  });

  it("name nodes that exist", () => {
    expect(() => packetRules([{ from: "broker1", to: "broker9", how: "drop" }], addresses)).toThrow("no node broker9");
  });
});
