import { SimulatedClock } from "@ottla/runtime";
import { PauseWatch } from "./pause-watch";

/** A clock whose process can be stopped: time passes, timers do not fire. */
class StoppableClock extends SimulatedClock {
  stoodStillMs = 0;
  override monotonicMs(): number {
    return super.monotonicMs() + this.stoodStillMs;
  }
}

describe("a process that stood still", () => {
  it.each([
    [400, []],
    [501, [501]],
    [12_000, [12_000]],
  ])("for %i ms notices %j", (stoodStillMs, noticed) => {
    const clock = new StoppableClock();
    const watch = new PauseWatch(clock);
    const heard: number[] = [];
    watch.onPause((lateMs) => heard.push(lateMs));
    watch.start();
    clock.advance(1000);
    clock.stoodStillMs = stoodStillMs;
    clock.advance(1000);
    expect(heard).toEqual(noticed);
    watch.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("is noticed once, also by who looks before the tick does", () => {
    const clock = new StoppableClock();
    const watch = new PauseWatch(clock);
    const heard: number[] = [];
    watch.onPause((lateMs) => heard.push(lateMs));
    watch.look();
    watch.start();
    clock.advance(1000);
    clock.stoodStillMs = 12_250;
    watch.look();
    expect(heard).toEqual([12_000]);
    clock.advance(1000);
    expect(heard).toEqual([12_000]);
    watch.stop();
  });
});
