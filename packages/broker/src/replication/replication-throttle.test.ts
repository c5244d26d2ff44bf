import { SimulatedClock } from "@ottla/runtime";
import { FollowerCredit } from "./follower-credit";
import { ReplicationThrottle } from "./replication-throttle";

const at = (rate: number) => {
  const clock = new SimulatedClock();
  const config = { rate };
  return { clock, config, throttle: new ReplicationThrottle(clock, () => config.rate) };
};

describe("a throttle that several streams share", () => {
  it("calls who waits in turn, for as long as there is something left", () => {
    const { clock, throttle } = at(1000);
    throttle.take(1000);
    const called: string[] = [];
    const stream = (name: string, bytes: number) => {
      const waiter = (): void => {
        called.push(name);
        throttle.take(bytes);
        throttle.whenAvailable(waiter);
      };
      return waiter;
    };
    throttle.whenAvailable(stream("a", 100));
    throttle.whenAvailable(stream("b", 300));
    clock.advance(1000);
    expect(called).toEqual([]);
    clock.advance(1000);
    expect(called.slice(0, 4)).toEqual(["a", "b", "a", "b"]);
    expect(called.filter((name) => name === "b").length).toBeLessThanOrEqual(3);
  });

  it("forgets who does not wait any more, and sets no timer for nobody", () => {
    const { clock, throttle } = at(1000);
    throttle.take(10);
    let called = 0;
    const waiter = (): void => void called++;
    throttle.whenAvailable(waiter);
    throttle.forget(waiter);
    expect(clock.pendingTimers).toBe(0);
    clock.advance(1000);
    expect(called).toBe(0);
  });

  it("follows its rate: a higher one frees sooner, none at once, and zero waits for another", () => {
    const { clock, config, throttle } = at(10);
    throttle.take(1000);
    let called = 0;
    throttle.whenAvailable(() => void called++);
    config.rate = 10_000;
    throttle.onRateChanged();
    clock.advance(101);
    expect(called).toBe(1);
    config.rate = 0;
    throttle.onRateChanged();
    throttle.take(1_000_000);
    throttle.whenAvailable(() => void called++);
    expect(clock.pendingTimers).toBe(0);
    config.rate = Number.POSITIVE_INFINITY;
    throttle.onRateChanged();
    clock.advance(20);
    expect([called, throttle.isOn]).toEqual([2, false]);
  });
});

describe("the credit that a follower grants one leader", () => {
  const credited = (rate: number) => {
    const world = at(rate);
    let said = 0;
    const credit = new FollowerCredit(world.throttle, () => {
      said += credit.takeUnsaid();
    });
    return { ...world, credit, said: () => said };
  };

  it("is a quarter of a second's worth at most, and is filled up at the rate as it is used", () => {
    const { clock, credit, said } = credited(10_000);
    clock.advance(5000);
    credit.want(true);
    expect(said()).toBe(2500);
    clock.advance(5000);
    expect(said()).toBe(2500);
    let used = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      // The leader uses what it has, at once.
      const usable = said();
      credit.onUsed(usable - used);
      used = usable;
      clock.advance(10);
    }
    expect(said()).toBeGreaterThan(95_000);
    expect(said()).toBeLessThanOrEqual(10_000 * 11 + 2500);
  });

  it("is taken back when the rate falls, and given back to the others when the stream breaks", () => {
    const { clock, config, throttle, credit, said } = credited(10_000);
    clock.advance(1000);
    credit.want(true);
    config.rate = 1000;
    throttle.onRateChanged();
    credit.onRateChanged();
    expect(said()).toBe(250);
    throttle.take(900);
    credit.reset();
    expect(throttle.available()).toBe(350);
  });

  it("is not granted while nothing attached is throttled, nor without a limit", () => {
    const { clock, config, throttle, credit, said } = credited(10_000);
    credit.want(false);
    clock.advance(1000);
    config.rate = Number.POSITIVE_INFINITY;
    throttle.onRateChanged();
    credit.want(true);
    expect([said(), clock.pendingTimers]).toEqual([0, 0]);
  });
});
