import { BatchBuilder, BatchView, patchBaseOffset } from "@ottla/protocol";
import { TailBudget, TailCache } from "./tail-cache";

const LIMITS = { maxBytes: 1_000_000, upperBound: Number.POSITIVE_INFINITY, minOneBatch: true };

describe("the newest batches of a log, kept in memory", () => {
  it("are read from the one that holds an offset, and not at all when older ones would be needed", () => {
    const cache = new TailCache(new TailBudget(1_000_000), 1_000_000);
    for (let offset = 10; offset < 20; offset++) cache.add(batchAt(offset));

    expect(cache.read(9, LIMITS)).toBeNull();
    expect(cache.read(17, LIMITS)).toMatchObject({ nextOffset: 20 });
    expect(cache.read(20, LIMITS)).toBe("none");
  });

  it("hold no more than the log's own limit, oldest dropped first", () => {
    const size = batchAt(0).sizeInBytes;
    const cache = new TailCache(new TailBudget(1_000_000), size * 3);
    for (let offset = 0; offset < 10; offset++) cache.add(batchAt(offset));

    expect(cache.bytes).toBe(size * 3);
    expect(cache.startOffset).toBe(7);
  });

  it("give way to the batches of a log that appends later when the common budget is used up", () => {
    const size = batchAt(0).sizeInBytes;
    const budget = new TailBudget(size * 4);
    const [quiet, busy] = [new TailCache(budget, size * 10), new TailCache(budget, size * 10)];
    for (let offset = 0; offset < 3; offset++) quiet.add(batchAt(offset));
    for (let offset = 0; offset < 3; offset++) busy.add(batchAt(offset));

    expect(budget.bytes).toBe(size * 4);
    expect([quiet.startOffset, busy.startOffset]).toEqual([2, 0]);
  });

  it("let go of the memory of what was dropped, at once", () => {
    const size = batchAt(0).sizeInBytes;
    const cache = new TailCache(new TailBudget(1_000_000), size * 2);
    for (let offset = 0; offset < 500; offset++) cache.add(batchAt(offset));

    expect(buffersReachableFrom(cache)).toBe(2);
  });
});

function batchAt(offset: number): BatchView {
  const builder = new BatchBuilder({});
  builder.append({ timestamp: 1, key: null, value: Buffer.alloc(100) });
  const bytes = Buffer.allocUnsafeSlow(builder.build().length);
  builder.build().copy(bytes);
  patchBaseOffset(bytes, 0, offset);
  return new BatchView(bytes, 0);
}

/** Different buffers that a value keeps alive, through its own fields and those below. */
function buffersReachableFrom(root: unknown): number {
  const seen = new Set<unknown>();
  const buffers = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (Buffer.isBuffer(value)) buffers.add(value.buffer);
    else for (const child of Object.values(value)) visit(child);
  };
  visit(root);
  return buffers.size;
}
