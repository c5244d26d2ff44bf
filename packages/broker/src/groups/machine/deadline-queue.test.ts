import { SeededRandom } from "@ottla/runtime";
import { DeadlineQueue } from "./deadline-queue";

describe("a deadline queue", () => {
  it("gives what is due, the earliest first, those of one moment in the order they came", () => {
    const seed = 1 + Math.floor(Math.random() * 1e6);
    const random = new SeededRandom(seed);
    const queue = new DeadlineQueue<number>();
    const added: { atMs: number; item: number }[] = [];
    for (let item = 0; item < 500; item++) {
      const atMs = random.below(50);
      queue.add(atMs, item);
      added.push({ atMs, item });
    }
    const due = added.filter(({ atMs }) => atMs <= 30).toSorted((a, b) => a.atMs - b.atMs || a.item - b.item);
    const taken: number[] = [];
    for (let next = queue.takeDue(30); next !== null; next = queue.takeDue(30)) taken.push(next.item);
    // The seed is in the message of a failure.
    expect({ seed, taken }).toEqual({ seed, taken: due.map(({ item }) => item) });
    expect(queue.firstAtMs).toBeGreaterThan(30);
    expect(queue.size).toBe(500 - due.length);
  });
});
