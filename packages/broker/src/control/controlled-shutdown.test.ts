import type { ControlledShutdownOutcome } from "@ottla/controller";
import { SimulatedClock, silentLogger } from "@ottla/runtime";
import { controlledShutdown } from "./controlled-shutdown";

const remaining = (...topics: string[]): ControlledShutdownOutcome => ({
  error: "NONE",
  remaining: topics.map((topic) => ({ topic, topicId: "id", partition: 0 })),
});

/** A shutdown whose controller answers as listed; the last answer holds on. */
async function shuttingDown(
  answers: readonly ControlledShutdownOutcome[],
  elsewhere: (topic: string) => boolean = () => true,
) {
  const clock = new SimulatedClock();
  const happened: string[] = [];
  let asked = 0;
  let doneAtMs: number | null = null;
  const begunMs = clock.monotonicMs();
  const done = controlledShutdown(
    {
      retriesMax: 3,
      retryBackoffMs: 5000,
      drain: async () => {
        happened.push("drained");
        return true;
      },
      isElsewhere: ({ topic }) => elsewhere(topic),
      ask: async () => {
        happened.push("asked");
        return answers[Math.min(asked++, answers.length - 1)] ?? remaining();
      },
      clock,
      logger: silentLogger,
    },
    new AbortController().signal,
  ).then(() => {
    doneAtMs = clock.monotonicMs() - begunMs;
  });
  for (let i = 0; i < 300 && doneAtMs === null; i++) await clock.advanceAsync(100);
  await done;
  return { happened, asked, tookMs: doneAtMs ?? -1 };
}

describe("a broker that is about to stop", () => {
  it("has what it took committed before its leaderships move (rule 38)", async () => {
    const { happened } = await shuttingDown([remaining()]);
    expect(happened).toEqual(["drained", "asked"]);
  });

  it("goes as soon as the last leadership has moved", async () => {
    const { asked, tookMs } = await shuttingDown([remaining("a", "b"), remaining("a"), remaining()]);
    expect(asked).toBe(3);
    expect(tookMs).toBeLessThan(400);
  });

  it("waits as long as something moves, at most as long as Kafka does", async () => {
    const dwindling = Array.from({ length: 400 }, (_, i) =>
      remaining(...Array.from({ length: 400 - i }, (_, t) => `t${t}`)),
    );
    const { tookMs } = await shuttingDown(dwindling);
    expect(tookMs).toBeGreaterThanOrEqual(15_000);
    expect(tookMs).toBeLessThan(15_500);
  });

  it("goes after a second in which nothing moves: the others are leaving too, say", async () => {
    const { tookMs } = await shuttingDown([remaining("a")]);
    expect(tookMs).toBeGreaterThanOrEqual(1000);
    expect(tookMs).toBeLessThan(1500);
  });

  it("does not wait for partitions that nobody else has", async () => {
    const { asked } = await shuttingDown([remaining("lone")], () => false);
    expect(asked).toBe(1);
  });

  it("looks for a new controller for a second, when the one it knew is gone", async () => {
    const { asked } = await shuttingDown([{ error: "NOT_CONTROLLER" }, { error: "NOT_CONTROLLER" }, remaining()]);
    expect(asked).toBe(3);
    const { tookMs } = await shuttingDown([{ error: "NOT_CONTROLLER" }]);
    expect(tookMs).toBeLessThan(1500);
  });

  it.each(["STALE_BROKER_EPOCH", "BROKER_NOT_AVAILABLE"] as const)(
    "leads nothing any more when told %s",
    async (error) => {
      const { asked } = await shuttingDown([{ error }]);
      expect(asked).toBe(1);
    },
  );
});
