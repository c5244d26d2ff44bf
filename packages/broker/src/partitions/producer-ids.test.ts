import type { ProducerIdBlockOutcome } from "@ottla/controller";
import { ProducerIds } from "./producer-ids";

const never = (): AbortSignal => new AbortController().signal;

describe("producer ids", () => {
  it("are handed out once each, over blocks", async () => {
    let asked = 0;
    const ids = new ProducerIds({
      allocate: () => Promise.resolve({ error: "NONE", firstProducerId: BigInt(100 * asked++), length: 10 }),
    });
    const given: bigint[] = [];
    for (let i = 0; i < 25; i++) {
      const outcome = await ids.next(never());
      if (outcome.error === "NONE") given.push(outcome.producerId);
    }
    expect(given).toHaveLength(25);
    expect(given.slice(8, 12)).toEqual([8n, 9n, 100n, 101n]);
    expect(new Set(given).size).toBe(25);
  });

  it("come from one question for all who wait", async () => {
    let asked = 0;
    const ids = new ProducerIds({
      allocate: () => {
        asked++;
        return Promise.resolve({ error: "NONE", firstProducerId: 0n, length: 1000 });
      },
    });
    await Promise.all(Array.from({ length: 50 }, () => ids.next(never())));
    expect(asked).toBe(1);
  });

  it("are retried by the client while the controller gives none", async () => {
    const outcomes: (() => Promise<ProducerIdBlockOutcome>)[] = [
      () => Promise.resolve({ error: "NOT_CONTROLLER" }),
      () => Promise.reject(new Error("not reached")),
      () => Promise.resolve({ error: "NONE", firstProducerId: 7n, length: 1000 }),
    ];
    const ids = new ProducerIds({
      allocate: () => outcomes.shift()?.() ?? Promise.reject(new Error("asked too often")),
    });
    expect(await ids.next(never())).toEqual({ error: "COORDINATOR_LOAD_IN_PROGRESS" });
    expect(await ids.next(never())).toEqual({ error: "COORDINATOR_LOAD_IN_PROGRESS" });
    expect(await ids.next(never())).toEqual({ error: "NONE", producerId: 7n });
  });

  it("do not keep a caller that gave up", async () => {
    const ids = new ProducerIds({ allocate: () => new Promise(() => {}) });
    const leaving = new AbortController();
    const outcome = ids.next(leaving.signal);
    leaving.abort();
    expect(await outcome).toEqual({ error: "COORDINATOR_LOAD_IN_PROGRESS" });
  });
});
