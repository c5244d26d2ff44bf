import { randomUuid, SeededRandom } from "./random";
import { systemRandom } from "./system-random";

describe("seeded randomness", () => {
  it("repeats for the same seed, and differs for another", () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 50 }, () => random.below(1_000_000));
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("stays within its bound and reaches all of it, evenly enough", () => {
    const random = new SeededRandom(1);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 100_000; i++) {
      const value = random.below(10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    expect(counts).toHaveLength(10);
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it("takes the greatest bound", () => {
    const random = new SeededRandom(2);
    for (let i = 0; i < 1000; i++) {
      const value = random.below(2 ** 32);
      expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true);
    }
  });

  it("gives fractions below 1, and as many bytes as asked for", () => {
    const random = new SeededRandom(3);
    for (let i = 0; i < 1000; i++) {
      const fraction = random.fraction();
      expect(fraction >= 0 && fraction < 1).toBe(true);
    }
    expect(random.bytes(33)).toHaveLength(33);
    expect(new Set(random.bytes(1000)).size).toBeGreaterThan(200);
  });
});

describe.each([
  { source: "seeded", random: new SeededRandom(4) },
  { source: "system", random: systemRandom },
])("a random identifier ($source)", ({ random }) => {
  it("has 22 characters of base64url, never a dash first, and is never the same twice", () => {
    const ids = new Set<string>();
    for (let i = 0; i < 5000; i++) ids.add(randomUuid(random));
    expect(ids.size).toBe(5000);
    for (const id of ids) {
      expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
      expect(Buffer.from(id, "base64url")).toHaveLength(16);
    }
  });
});
