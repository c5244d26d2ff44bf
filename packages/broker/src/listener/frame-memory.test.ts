import { SimulatedClock } from "@ottla/runtime";
import { type FrameHolder, FrameMemory } from "./frame-memory";

class Holder implements FrameHolder {
  heldBytes = 0;
  isHeld = false;
  isClosed = false;
  framesReceived = 0;
  movedBytes = 0;
  isServed = false;
  constructor(private readonly memory: FrameMemory) {}
  setMemoryHold(held: boolean): void {
    this.isHeld = held;
  }
  get waitsForClient(): boolean {
    return this.heldBytes > 0 && !this.isServed;
  }
  giveUp(): void {
    this.isClosed = true;
  }
  /** More of its request comes. */
  receive(bytes: number): void {
    this.movedBytes += bytes;
    this.hold(this.heldBytes + bytes);
  }
  hold(bytes: number): void {
    this.heldBytes = bytes;
    this.memory.update(this);
  }
}

describe("the bound on bytes of requests held over all connections", () => {
  it("stops everybody but the one that has held longest, once it is passed", () => {
    const memory = new FrameMemory(100, new SimulatedClock());
    const [first, second, third] = [new Holder(memory), new Holder(memory), new Holder(memory)];
    first.hold(40);
    second.hold(40);
    expect([first.isHeld, second.isHeld]).toEqual([false, false]);
    third.hold(40);
    expect([first.isHeld, second.isHeld, third.isHeld]).toEqual([false, true, true]);
  });

  it("lets the next one go on when the first is done, and all of them under half the bound", () => {
    const memory = new FrameMemory(100, new SimulatedClock());
    const holders = [new Holder(memory), new Holder(memory), new Holder(memory)] as const;
    for (const holder of holders) holder.hold(40);
    holders[0].hold(0);
    expect(holders.map(({ isHeld }) => isHeld)).toEqual([false, false, true]);
    holders[1].hold(0);
    expect(memory.heldBytes).toBe(40);
    expect(holders.map(({ isHeld }) => isHeld)).toEqual([false, false, false]);
  });

  it("forgets a holder that is gone", () => {
    const memory = new FrameMemory(100, new SimulatedClock());
    const [first, second] = [new Holder(memory), new Holder(memory)];
    first.hold(90);
    second.hold(40);
    expect(second.isHeld).toBe(true);
    memory.remove(first);
    expect(memory.heldBytes).toBe(40);
    expect(second.isHeld).toBe(false);
  });
});

describe("past the bound, a turn to be read", () => {
  const KIB = 1024;
  function three() {
    const clock = new SimulatedClock();
    const memory = new FrameMemory(100 * KIB, clock);
    const holders = [new Holder(memory), new Holder(memory), new Holder(memory)] as const;
    for (const holder of holders) holder.receive(80 * KIB);
    return { clock, memory, holders };
  }
  const held = (holders: readonly Holder[]) => holders.map(({ isHeld }) => isHeld);

  it("ends with the connection when its client brings less than 64 KiB/s", () => {
    const { clock, memory, holders } = three();
    for (let i = 0; i < 20; i++) {
      clock.advance(99);
      holders[0].receive(1);
    }
    expect(holders[0].isClosed).toBe(false);
    clock.advance(20);
    expect(holders.map(({ isClosed }) => isClosed)).toEqual([true, false, false]);
    expect(held(holders.slice(1))).toEqual([false, true]);
    expect(memory.heldBytes).toBe(160 * KIB);
  });

  it("gives the next one its whole time", () => {
    const { clock, holders } = three();
    clock.advance(1500);
    holders[0].hold(0);
    clock.advance(1500);
    expect(holders[1].isClosed).toBe(false);
    clock.advance(500);
    expect(holders[1].isClosed).toBe(true);
  });

  it("lasts while bytes come, but not beyond 30 seconds for one request", () => {
    const { clock, holders } = three();
    for (let i = 0; i < 29; i++) {
      clock.advance(1000);
      holders[0].receive(128 * KIB);
    }
    expect(holders[0].isClosed).toBe(false);
    clock.advance(500);
    holders[0].receive(128 * KIB);
    clock.advance(500);
    expect(holders[0].isClosed).toBe(true);
  });

  it("ends with one request, lest a client that sends one after the other keep it", () => {
    const { holders } = three();
    holders[0].framesReceived++;
    holders[0].receive(10 * KIB);
    expect(held(holders)).toEqual([true, false, true]);
  });

  it("goes to nobody whose request is whole: it comes free by itself, however long it takes", () => {
    const { clock, memory, holders } = three();
    holders[0].isServed = true;
    memory.update(holders[0]);
    expect(held(holders)).toEqual([true, false, true]);
    for (const holder of holders) holder.isServed = true;
    for (const holder of holders) memory.update(holder);
    clock.advance(60_000);
    expect(holders.some(({ isClosed }) => isClosed)).toBe(false);
  });

  it("has no end while nobody else waits", () => {
    const clock = new SimulatedClock();
    const memory = new FrameMemory(100, clock);
    const alone = new Holder(memory);
    alone.receive(101);
    clock.advance(60_000);
    expect(alone.isClosed).toBe(false);
    new Holder(memory).receive(10);
    clock.advance(2000);
    expect(alone.isClosed).toBe(true);
  });

  it("keeps no timer once all are read again", () => {
    const { clock, holders } = three();
    for (const holder of holders) holder.hold(0);
    expect(clock.pendingTimers).toBe(0);
  });
});
