import { type FrameHolder, FrameMemory } from "./frame-memory";

class Holder implements FrameHolder {
  heldBytes = 0;
  isHeld = false;
  constructor(private readonly memory: FrameMemory) {}
  setMemoryHold(held: boolean): void {
    this.isHeld = held;
  }
  hold(bytes: number): void {
    this.heldBytes = bytes;
    this.memory.update(this);
  }
}

describe("the bound on bytes of requests held over all connections", () => {
  it("stops everybody but the one that has held longest, once it is passed", () => {
    const memory = new FrameMemory(100);
    const [first, second, third] = [new Holder(memory), new Holder(memory), new Holder(memory)];
    first.hold(40);
    second.hold(40);
    expect([first.isHeld, second.isHeld]).toEqual([false, false]);
    third.hold(40);
    expect([first.isHeld, second.isHeld, third.isHeld]).toEqual([false, true, true]);
  });

  it("lets the next one go on when the first is done, and all of them under half the bound", () => {
    const memory = new FrameMemory(100);
    const holders = [new Holder(memory), new Holder(memory), new Holder(memory)] as const;
    for (const holder of holders) holder.hold(40);
    holders[0].hold(0);
    expect(holders.map(({ isHeld }) => isHeld)).toEqual([false, false, true]);
    holders[1].hold(0);
    expect(memory.heldBytes).toBe(40);
    expect(holders.map(({ isHeld }) => isHeld)).toEqual([false, false, false]);
  });

  it("forgets a holder that is gone", () => {
    const memory = new FrameMemory(100);
    const [first, second] = [new Holder(memory), new Holder(memory)];
    first.hold(90);
    second.hold(40);
    expect(second.isHeld).toBe(true);
    memory.remove(first);
    expect(memory.heldBytes).toBe(40);
    expect(second.isHeld).toBe(false);
  });
});
