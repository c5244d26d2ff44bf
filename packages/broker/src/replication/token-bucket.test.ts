import { SeededRandom } from "@ottla/runtime";
import { TokenBucket } from "./token-bucket";

describe("a token bucket", () => {
  it("starts empty, fills at its rate, and saves up no more than a second's worth", () => {
    const bucket = new TokenBucket(1000, 0);
    expect([0, 100, 1000, 60_000].map((nowMs) => bucket.available(nowMs))).toEqual([0, 100, 1000, 1000]);
  });

  it("lets a batch larger than all it can hold be taken, and has it paid off", () => {
    const bucket = new TokenBucket(1000, 0);
    bucket.take(5000, 1000);
    expect(bucket.available(1000)).toBe(-4000);
    expect(bucket.msUntilAvailable(1000)).toBeCloseTo(4001);
    expect(bucket.available(5001)).toBeCloseTo(1);
  });

  it("counts what does not wait, which leaves no more than a second's debt and never pays off another's", () => {
    const bucket = new TokenBucket(1000, 0);
    bucket.count(300, 1000);
    expect(bucket.available(1000)).toBe(700);
    bucket.count(1_000_000, 1000);
    expect(bucket.available(1000)).toBe(-1000);
    bucket.take(2000, 1000);
    bucket.count(1_000_000, 1000);
    expect(bucket.available(1000)).toBe(-3000);
  });

  it("takes back what was not used, up to what it can hold", () => {
    const bucket = new TokenBucket(1000, 0);
    bucket.take(500, 500);
    bucket.take(-200, 500);
    expect(bucket.available(500)).toBe(200);
    bucket.take(-5000, 500);
    expect(bucket.available(500)).toBe(1000);
  });

  it("goes on at another rate from the moment it is changed, what is owed included", () => {
    const bucket = new TokenBucket(1000, 0);
    bucket.take(2000, 1000);
    bucket.setRate(100_000, 1000);
    expect(bucket.msUntilAvailable(1000)).toBeCloseTo(10.01);
    expect(bucket.available(2000)).toBe(99_000);
    bucket.setRate(10, 2000);
    expect(bucket.available(2000)).toBe(10);
  });

  it("without a limit has room for everything and remembers nothing; limited, it begins empty", () => {
    const bucket = new TokenBucket(Number.POSITIVE_INFINITY, 0);
    bucket.take(1e12, 10);
    bucket.count(1e12, 10);
    expect([bucket.available(10), bucket.msUntilAvailable(10)]).toEqual([Number.POSITIVE_INFINITY, 0]);
    bucket.setRate(1000, 10);
    expect(bucket.available(10)).toBe(0);
  });

  it("at a rate of zero lets nothing through, ever", () => {
    const bucket = new TokenBucket(0, 0);
    expect([bucket.available(1e9), bucket.msUntilAvailable(1e9)]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it("keeps the rate over any stretch of time, whatever is asked of it when", () => {
    const seed = 73;
    const random = new SeededRandom(seed);
    for (let round = 0; round < 200; round++) {
      const rate = 1 + random.below(1_000_000);
      const batchMax = 1 + random.below(rate);
      const bucket = new TokenBucket(rate, 0);
      const went: { readonly atMs: number; readonly bytes: number }[] = [];
      for (let atMs = 0; atMs < 10_000; atMs += random.below(400)) {
        for (let more = random.below(3); more > 0 && bucket.available(atMs) >= 1; more--) {
          const bytes = 1 + random.below(batchMax);
          bucket.take(bytes, atMs);
          went.push({ atMs, bytes });
        }
        if (random.below(10) === 0) atMs += 2000;
      }
      for (const { atMs: fromMs } of went) {
        for (const spanMs of [500, 2000, 5000]) {
          const during = went.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + spanMs);
          const bytes = during.reduce((sum, one) => sum + one.bytes, 0);
          // What was saved up before, what the span allows, and one batch that was let go with a byte left.
          const allowed = rate + (rate * spanMs) / 1000 + batchMax;
          expect({ seed, round, isWithin: bytes <= allowed }).toEqual({ seed, round, isWithin: true });
        }
      }
    }
  });
});
