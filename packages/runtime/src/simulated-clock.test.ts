import { Aborted, DeadlineExceeded, sleep, withDeadline } from "./clock";
import { SimulatedClock } from "./simulated-clock";

describe("simulated time", () => {
  it("stands still until it is moved, wall time and monotonic time together", () => {
    const clock = new SimulatedClock(1000);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1000, 0]);
    clock.advance(250);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1250, 250]);
  });

  it("fires timers in the order they are due, each at its own moment, ties in the order they were set", () => {
    const clock = new SimulatedClock(0);
    const fired: string[] = [];
    for (const [name, delayMs] of [
      ["c", 30],
      ["a", 10],
      ["b1", 20],
      ["b2", 20],
    ] as const) {
      clock.setTimer(delayMs, () => fired.push(`${name}@${clock.nowMs()}`));
    }
    clock.advance(20);
    expect(fired).toEqual(["a@10", "b1@20", "b2@20"]);
    clock.advance(10);
    expect(fired.at(-1)).toBe("c@30");
    expect(clock.pendingTimers).toBe(0);
  });

  it("fires timers that timers set, if they are due in the same stretch", () => {
    const clock = new SimulatedClock(0);
    const fired: number[] = [];
    const again = () => {
      fired.push(clock.nowMs());
      clock.setTimer(10, again);
    };
    clock.setTimer(10, again);
    clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
    expect(clock.pendingTimers).toBe(1);
  });

  it("does not fire what was cancelled, and takes a second cancel calmly", () => {
    const clock = new SimulatedClock();
    let fired = false;
    const timer = clock.setTimer(1, () => {
      fired = true;
    });
    timer.cancel();
    timer.cancel();
    clock.advance(10);
    expect(fired).toBe(false);
  });

  it("runs what waits for the end of the tick before any timer, and what that asks for in turn", () => {
    const clock = new SimulatedClock();
    const order: string[] = [];
    clock.setTimer(0, () => order.push("timer"));
    clock.afterTick(() => {
      order.push("tick");
      clock.afterTick(() => order.push("tick of the tick"));
    });
    clock.advance(0);
    expect(order).toEqual(["tick", "tick of the tick", "timer"]);
  });

  it("lets promises settle between timers when asked to", async () => {
    const clock = new SimulatedClock(0);
    const seen: number[] = [];
    const rounds = async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(clock, 10);
        seen.push(clock.nowMs());
      }
    };
    const done = rounds();
    await clock.advanceAsync(30);
    await done;
    expect(seen).toEqual([10, 20, 30]);
  });
});

describe("sleep", () => {
  it("ends early, as Aborted and without a timer left, when its signal aborts", async () => {
    const clock = new SimulatedClock();
    const stop = new AbortController();
    const sleeping = sleep(clock, 1000, stop.signal);
    stop.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow(Aborted);
    expect(clock.pendingTimers).toBe(0);
    await expect(sleep(clock, 1000, stop.signal)).rejects.toThrow("sleep was aborted");
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a deadline", () => {
  it("gives up, naming what did not happen", async () => {
    const clock = new SimulatedClock();
    const waiting = withDeadline(clock, 500, "the answer", new Promise(() => {}));
    const outcome = expect(waiting).rejects.toThrow(new DeadlineExceeded("the answer", 500));
    await clock.advanceAsync(500);
    await outcome;
  });

  it("passes on what comes in time, failures too, and leaves no timer", async () => {
    const clock = new SimulatedClock();
    await expect(withDeadline(clock, 500, "it", Promise.resolve(7))).resolves.toBe(7);
    await expect(withDeadline(clock, 500, "it", Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(clock.pendingTimers).toBe(0);
  });
});
