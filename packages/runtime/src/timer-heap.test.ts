import { SeededRandom } from "./random";
import { type Due, TimerHeap } from "./timer-heap";

describe("a heap of timers", () => {
  it("gives them in the order in which they are due, whatever is added and cancelled in between", () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    console.log(`seed of the timers: ${seed}`);
    const random = new SeededRandom(seed);
    const heap = new TimerHeap();
    let plain: Due[] = [];
    let order = 0;
    for (let step = 0; step < 3_000; step++) {
      const what = random.below(10);
      if (what < 5) {
        const due: Due = { atMs: random.below(50), order: order++, callback: () => undefined, position: -1 };
        heap.add(due);
        plain.push(due);
      } else if (what < 8) {
        const first = heap.takeFirst();
        plain.sort((one, other) => one.atMs - other.atMs || one.order - other.order);
        expect(first).toBe(plain.shift());
      } else if (plain.length > 0) {
        const cancelled = plain[random.below(plain.length)]!;
        heap.remove(cancelled);
        heap.remove(cancelled);
        plain = plain.filter((due) => due !== cancelled);
      }
      expect(heap.size).toBe(plain.length);
    }
  });
});
