import { SimulatedClock } from "@ottla/runtime";
import type { Attachment } from "./attachment";
import { PushBudget } from "./push-budget";
import { ReplicationThrottle } from "./replication-throttle";

const attachment = (as: { readonly leader?: boolean; readonly follower?: boolean }) =>
  ({
    isThrottled: as.follower ?? false,
    partition: { isThrottledAs: () => as.leader ?? false },
  }) as unknown as Attachment;

describe("what throttles leave a stream to push", () => {
  const at = (rate: number) => {
    const clock = new SimulatedClock();
    const throttle = new ReplicationThrottle(clock, () => rate);
    clock.advance(1000);
    return { throttle, budget: new PushBudget(throttle) };
  };
  const asLeader = attachment({ leader: true });
  const asFollower = attachment({ follower: true });
  const asBoth = attachment({ leader: true, follower: true });

  it("is the lesser of this broker's rate and the follower's credit, and no limit for who is in sync or not named", () => {
    const { budget } = at(1000);
    budget.onCredit(300);
    expect([asLeader, asFollower, asBoth, attachment({})].map((one) => budget.allowed(one, false))).toEqual([
      1000,
      300,
      300,
      Number.POSITIVE_INFINITY,
    ]);
    expect(budget.allowed(asBoth, true)).toBe(Number.POSITIVE_INFINITY);
  });

  it("is less by what was pushed; the follower's credit only by what was not in sync", () => {
    const { throttle, budget } = at(1000);
    budget.onCredit(300);
    expect(budget.spend(asBoth, false, 100)).toBe(true);
    expect(budget.spend(asBoth, true, 50)).toBe(false);
    expect(budget.spend(asLeader, false, 10)).toBe(false);
    expect([throttle.available(), budget.allowed(asFollower, false)]).toEqual([840, 200]);
    budget.spend(asFollower, false, 1000);
    expect([budget.allowed(asFollower, false), budget.waitsHere(asFollower)]).toEqual([-800, false]);
    budget.spend(asLeader, false, 1000);
    expect(budget.waitsHere(asLeader)).toBe(true);
  });

  it("is kept from others while a read is under way, and all there again afterwards", () => {
    const { throttle, budget } = at(1000);
    budget.onCredit(300);
    const release = budget.reserve(asBoth, false, 200);
    expect([throttle.available(), budget.allowed(asFollower, false)]).toEqual([800, 100]);
    release();
    expect([throttle.available(), budget.allowed(asFollower, false)]).toEqual([1000, 300]);
    budget.reserve(asBoth, true, 200);
    expect(throttle.available()).toBe(1000);
  });
});
