import { type Clock, SimulatedClock, type Timer } from "@ottla/runtime";
import { AnsweredIncarnations } from "./answered-incarnations";
import type { ProbeFinding } from "./broker-probe";
import type { Judgement } from "./decisions/evidence";
import { Vigil } from "./vigil";

/** A process that can be stopped: timers that fall due meanwhile fire when it goes on. */
class PausableClock implements Clock {
  private readonly late: (() => void)[] = [];
  private stopped = false;

  constructor(private readonly inner: SimulatedClock) {}

  nowMs = () => this.inner.nowMs();
  monotonicMs = () => this.inner.monotonicMs();
  afterTick = (callback: () => void) => this.inner.afterTick(callback);

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.inner.setTimer(delayMs, () => (this.stopped ? this.late.push(callback) : callback()));
  }

  stop(): void {
    this.stopped = true;
  }

  goOn(): void {
    this.stopped = false;
    for (const callback of this.late.splice(0)) callback();
  }
}

function watching(answer: () => Promise<ProbeFinding>) {
  const simulated = new SimulatedClock();
  const clock = new PausableClock(simulated);
  const judgements: Judgement["found"][] = [];
  let asked = 0;
  const vigil = Vigil.begin({
    probe: {
      probe: () => {
        asked++;
        return answer();
      },
    },
    answered: new AnsweredIncarnations(),
    clock,
    target: {
      brokerId: 2,
      brokerEpoch: 1n,
      registration: {
        version: 5,
        host: null,
        port: -1,
        jmxPort: -1,
        timestampMs: 0,
        endpoints: [],
        rack: null,
        features: null,
        ottla: null,
      },
    },
    graceMs: () => 2_000,
    onJudged: ({ found }) => judgements.push(found),
    onBug: (failure) => {
      throw failure;
    },
  });
  return { simulated, clock, vigil, judgements, asked: () => asked };
}

const silence = () => Promise.resolve<ProbeFinding>({ kind: "silent" });

describe("a vigil", () => {
  it("finds silence after the grace, and not before", async () => {
    const { simulated, vigil, judgements } = watching(silence);
    await simulated.advanceAsync(1_900);
    expect(judgements).toEqual([]);
    await simulated.advanceAsync(700);
    expect(judgements[0]).toBe("silent");
    vigil.end();
  });

  it("takes a probe that does not settle, or fails, for nothing found out", async () => {
    for (const answer of [() => new Promise<never>(() => {}), () => Promise.reject(new Error("broken"))]) {
      const { simulated, vigil, judgements, asked } = watching(answer);
      await simulated.advanceAsync(10_000);
      expect(judgements).toEqual([]);
      expect(asked()).toBeGreaterThan(3);
      vigil.end();
    }
  });

  it("leaves no timer and asks nothing once it has ended", async () => {
    const { simulated, vigil, asked } = watching(silence);
    await simulated.advanceAsync(100);
    vigil.end();
    const before = asked();
    await simulated.advanceAsync(10_000);
    expect([simulated.pendingTimers, asked()]).toEqual([0, before]);
  });
});

describe("paused-controller-wakes: the process stands still for 15 s, and its timers fire before its sockets are read", () => {
  it("begins its evidence anew", async () => {
    const { simulated, clock, vigil, judgements } = watching(silence);
    await simulated.advanceAsync(1_000);
    clock.stop();
    await simulated.advanceAsync(15_000);
    clock.goOn();
    await simulated.advanceAsync(1_400);
    expect(judgements).toEqual([]);
    await simulated.advanceAsync(1_500);
    expect(judgements[0]).toBe("silent");
    vigil.end();
  });

  it("does not count the answer to a question from before", async () => {
    let answer: (finding: ProbeFinding) => void = () => {};
    const { simulated, clock, vigil, judgements } = watching(() => new Promise((resolve) => (answer = resolve)));
    await simulated.advanceAsync(100);
    clock.stop();
    await simulated.advanceAsync(15_000);
    // The answer is read before any timer has run.
    answer({ kind: "gone", proof: true });
    await simulated.advanceAsync(0);
    clock.goOn();
    await simulated.advanceAsync(0);
    expect(judgements).toEqual([]);
    vigil.end();
  });
});
