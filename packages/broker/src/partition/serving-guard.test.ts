import { ServingGuard } from "./serving-guard";

const alone = { replicationFactor: 3, attachedFollowers: 0 };
function guard(): ServingGuard {
  const made = new ServingGuard({ graceMs: () => 2000, zooKeeperSessionTimeoutMs: 18_000, nowMs: 0 });
  made.onControllerAnswered(0);
  return made;
}

describe("a broker that may have been replaced", () => {
  it("appends while all is well", () => {
    expect(guard().mayAppend({ ...alone, nowMs: 1_000_000 })).toBe(true);
  });

  it("appends nothing once its registration is gone, until it is registered again", () => {
    const serving = guard();
    serving.onRegistrationLost();
    expect(serving.mayAppend({ nowMs: 0, replicationFactor: 1, attachedFollowers: 0 })).toBe(false);
    serving.onRegistered();
    expect(serving.mayAppend({ ...alone, nowMs: 0 })).toBe(true);
  });

  it("appends nothing after a pause longer than the grace, until the controller has answered", () => {
    const serving = guard();
    serving.onPaused(2000);
    expect(serving.mayAppend({ ...alone, nowMs: 0 })).toBe(true);
    serving.onPaused(2001);
    expect(serving.mayAppend({ ...alone, nowMs: 0 })).toBe(false);
    serving.onControllerAnswered(1);
    expect(serving.mayAppend({ ...alone, nowMs: 1 })).toBe(true);
  });

  it.each([
    ["without ensemble, controller and followers for a session timeout", {}, 18_000, false],
    ["a moment before", {}, 17_999, true],
    ["with a follower attached", { attachedFollowers: 1 }, 60_000, true],
    ["whose partition has no other replica", { replicationFactor: 1 }, 60_000, true],
  ])("%s", (_situation, partition, nowMs, expected) => {
    const serving = guard();
    serving.onControllerLost(0);
    serving.onZooKeeperLost(0);
    expect(serving.mayAppend({ ...alone, ...partition, nowMs })).toBe(expected);
  });

  it("appends through an outage of the ensemble alone, and through one of the controller alone", () => {
    const noEnsemble = guard();
    noEnsemble.onZooKeeperLost(0);
    expect(noEnsemble.mayAppend({ ...alone, nowMs: 60_000 })).toBe(true);
    const noController = guard();
    noController.onControllerLost(0);
    expect(noController.mayAppend({ ...alone, nowMs: 60_000 })).toBe(true);
  });

  it("counts an outage from its beginning, not from the last time it was noticed", () => {
    const serving = guard();
    serving.onControllerLost(0);
    serving.onControllerLost(1500);
    expect(serving.controllerOverdue(2000)).toBe(false);
    expect(serving.controllerOverdue(2001)).toBe(true);
    serving.onControllerAnswered(2002);
    expect(serving.controllerOverdue(9000)).toBe(false);
  });
});
