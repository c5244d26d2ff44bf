import { SeededRandom } from "@ottla/runtime";
import { LineSplitter } from "./line-splitter";

describe("a line splitter", () => {
  it("keeps empty lines, carriage returns, and a last line without an end", () => {
    expect(split([Buffer.from("a\n\nb\r\nc")])).toEqual(["a", "", "b\r", "c"]);
    expect(split([Buffer.from("a\n")])).toEqual(["a"]);
    expect(split([])).toEqual([]);
  });

  it("finds the same lines however the stream is cut", () => {
    const seed = 20_261;
    const random = new SeededRandom(seed);
    const bytes = Buffer.from(Array.from({ length: 5_000 }, () => (random.below(20) === 0 ? 10 : random.below(256))));
    const whole = split([bytes]);
    for (let round = 0; round < 50; round++) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + random.below(300);
        chunks.push(bytes.subarray(at, end));
        at = end;
      }
      expect({ seed, round, lines: split(chunks) }).toEqual({ seed, round, lines: whole });
    }
  });

  it("refuses a line that does not end", () => {
    const splitter = new LineSplitter(10);
    expect(() => [...splitter.push(Buffer.alloc(11, "x"))]).toThrow("longer than 10 bytes");
  });
});

function split(chunks: readonly Buffer[]): string[] {
  const splitter = new LineSplitter(1_000_000);
  const lines = chunks.flatMap((chunk) => [...splitter.push(chunk)].map((line) => line.toString("latin1")));
  const last = splitter.end();
  return last === null ? lines : [...lines, last.toString("latin1")];
}
