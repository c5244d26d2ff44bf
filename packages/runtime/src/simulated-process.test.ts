import { sleep } from "./clock";
import { SimulatedClock } from "./simulated-clock";
import { SimulatedProcess } from "./simulated-process";

function running() {
  const world = new SimulatedClock(1_000_000);
  const process = new SimulatedProcess("p", world);
  const log: string[] = [];
  const note = (what: string) => () => void log.push(`${world.monotonicMs()} ${what}`);
  return { world, process, log, note };
}

describe("a simulated process", () => {
  it("counts whole milliseconds, at least one, as an event loop does", async () => {
    const { world, process, log, note } = running();
    process.clock.setTimer(0, note("0"));
    process.clock.setTimer(1.2, note("1.2"));
    await world.advanceAsync(5);
    expect(log).toEqual(["1 0", "2 1.2"]);
  });

  it("runs nothing while it is paused, and time goes on; then timers in their order, then what was sent to it", async () => {
    const { world, process, log, note } = running();
    process.clock.setTimer(20, note("timer 20"));
    process.clock.setTimer(10, note("timer 10"));
    process.clock.setTimer(200, note("timer 200"));
    process.clock.afterTick(note("tick"));
    process.pause();
    process.enter(note("input 1"));
    process.enter(note("input 2"));
    await world.advanceAsync(100);
    expect(log).toEqual([]);
    expect(process.clock.monotonicMs()).toBe(100);
    process.resume();
    await world.advanceAsync(200);
    expect(log).toEqual(["100 tick", "100 timer 10", "100 timer 20", "100 input 1", "100 input 2", "200 timer 200"]);
  });

  it("keeps the order of what comes while it catches up, and lets promises settle in between", async () => {
    const { world, process, log, note } = running();
    process.pause();
    process.enter(() => {
      note("first")();
      process.enter(note("third"));
      void Promise.resolve().then(note("a promise of the first"));
    });
    process.enter(note("second"));
    process.resume();
    await world.advanceAsync(1);
    expect(log).toEqual(["0 first", "0 a promise of the first", "0 second", "0 third"]);
  });

  it("can be paused again before it has caught up", async () => {
    const { world, process, log, note } = running();
    process.pause();
    process.enter(() => {
      note("first")();
      process.pause();
    });
    process.enter(note("second"));
    process.resume();
    await world.advanceAsync(10);
    expect(log).toEqual(["0 first"]);
    process.resume();
    await world.advanceAsync(10);
    expect(log).toEqual(["0 first", "10 second"]);
  });

  it("does nothing any more once it has ended, not even what it awaits", async () => {
    const { world, process, log, note } = running();
    void sleep(process.clock, 10).then(note("slept"));
    process.clock.afterTick(note("tick"));
    process.end();
    process.clock.setTimer(1, note("timer"));
    process.enter(note("input"));
    process.resume();
    await world.advanceAsync(100);
    expect(log).toEqual([]);
  });

  it("does not run a timer that was cancelled while it was due", async () => {
    const { world, process, log, note } = running();
    const timer = process.clock.setTimer(10, note("cancelled"));
    process.pause();
    await world.advanceAsync(100);
    timer.cancel();
    process.resume();
    await world.advanceAsync(100);
    expect(log).toEqual([]);
  });

  it("has a wall clock that can be set, which moves neither timers nor monotonic time", async () => {
    const { world, process, log, note } = running();
    process.clock.setTimer(100, note("timer"));
    process.setWallClock(-500_000);
    expect([process.clock.nowMs(), process.clock.monotonicMs()]).toEqual([500_000, 0]);
    await world.advanceAsync(100);
    expect([process.clock.nowMs(), log]).toEqual([500_100, ["100 timer"]]);
  });

  it("may have clocks that run fast or slow, by which its timers go", async () => {
    const { world, process, log, note } = running();
    await world.advanceAsync(100);
    process.setDrift(2);
    process.clock.setTimer(100, note("timer"));
    await world.advanceAsync(100);
    expect(log).toEqual(["150 timer"]);
    expect([process.clock.monotonicMs(), process.clock.nowMs()]).toEqual([300, 1_000_300]);
  });
});
