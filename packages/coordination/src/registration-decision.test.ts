import { decideRegistration, type RegistrationDecision } from "./registration-decision";
import { brokerRegistration, type OttlaKeys } from "./znodes/broker-registration";

const self = { sessionId: 7n, incarnation: "me", bootId: "boot", lockedDirectories: ["dir-1", "dir-2"] };
const ottla: OttlaKeys = {
  rpc: "h:1",
  directories: ["dir-1"],
  bootId: "boot",
  pidNamespace: null,
  pid: 1,
  startTime: null,
  incarnation: "other",
  torn: false,
};
const kafka = brokerRegistration.decode(Buffer.from('{"version":1,"host":"h","port":9092}'));

describe("a registration in the way", () => {
  it.each<[string, { owner?: bigint; keys?: Partial<OttlaKeys> | null; unreadable?: true }, RegistrationDecision]>([
    ["of this very session", { owner: 7n }, "ours"],
    ["of this very session, unreadable", { owner: 7n, unreadable: true }, "ours"],
    ["of an earlier session of this process", { keys: { incarnation: "me" } }, "replaceOwn"],
    ["same kernel, its directory locked by us", {}, "replaceDead"],
    ["one of its directories locked by us", { keys: { directories: ["failed", "dir-2"] } }, "replaceDead"],
    ["another boot", { keys: { bootId: "earlier" } }, "wait"],
    ["no boot id on record", { keys: { bootId: null } }, "wait"],
    ["another directory", { keys: { directories: ["dir-3"] } }, "wait"],
    ["no directories", { keys: { directories: [] } }, "wait"],
    ["a broker of another make", { keys: null }, "wait"],
    ["unreadable", { unreadable: true }, "wait"],
  ])("%s", (_, { owner, keys, unreadable }, decision) => {
    const broker = { ...kafka, ottla: keys === null ? null : { ...ottla, ...keys } };
    expect(decideRegistration({ ephemeralOwner: owner ?? 8n, broker: unreadable ? null : broker }, self)).toBe(
      decision,
    );
  });

  it("that is not there leaves the way free", () => {
    expect(decideRegistration(null, self)).toBe("create");
  });

  it("proves nothing to a process that does not know its own boot id", () => {
    const broker = { ...kafka, ottla: { ...ottla, bootId: null } };
    expect(decideRegistration({ ephemeralOwner: 8n, broker }, { ...self, bootId: null })).toBe("wait");
  });
});
