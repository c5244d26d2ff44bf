import { DeadlineExceeded, SeededRandom, SimulatedClock } from "@ottla/runtime";
import { KafkaError } from "../kafka-error";
import { retrying } from "./retry";

describe("what is tried again", () => {
  const clock = new SimulatedClock();
  const options = { clock, random: new SeededRandom(1), timeoutMs: 1000, backoffMs: 100, backoffMaxMs: 100 };

  it("is told the whole milliseconds left, since requests carry no fractions of them", async () => {
    const left: number[] = [];
    const work = retrying("work", options, async (leftMs) => {
      left.push(leftMs);
      if (left.length < 4) throw new KafkaError("NOT_CONTROLLER", "asking");
      return "done";
    });
    await clock.advanceAsync(123.456);
    await clock.advanceAsync(500.7);
    await expect(work).resolves.toBe("done");
    expect(left).toHaveLength(4);
    expect(left.filter((ms) => !Number.isInteger(ms) || ms < 1)).toEqual([]);
  });

  it("ends when time is up, and says why it was tried again", async () => {
    const failure = new KafkaError("NOT_CONTROLLER", "asking");
    const work = retrying("work", options, () => Promise.reject(failure));
    const ended = expect(work).rejects.toMatchObject({ name: DeadlineExceeded.name, cause: failure });
    await clock.advanceAsync(1200);
    await ended;
  });
});
