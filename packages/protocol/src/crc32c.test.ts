import { crc32c, crc32cInJavaScript } from "./crc32c";
import { seededBytes, seededRandom } from "./testing/seeded-bytes";

describe("CRC-32C", () => {
  it.each([
    ["", 0x00000000],
    ["123456789", 0xe3069283],
    // RFC 3720, appendix B.4.
    ["\0".repeat(32), 0x8a9136aa],
    ["\xff".repeat(32), 0x62a8ab43],
  ])("of %j is the published sum", (text, sum) => {
    const bytes = Buffer.from(text, "latin1");
    expect(crc32c(bytes)).toBe(sum);
    expect(crc32cInJavaScript(bytes)).toBe(sum);
  });

  it("is the same when it is taken piece by piece", () => {
    const seed = 3911;
    const random = seededRandom(seed);
    const bytes = seededBytes(random, 4096);
    for (let i = 0; i < 500; i++) {
      const at = Math.floor(random() * 4096);
      const split = `seed ${seed}, split at ${at}`;
      expect([split, crc32c(bytes, at, 4096, crc32c(bytes, 0, at))]).toEqual([split, crc32c(bytes)]);
    }
  });

  it("is the same in native code and in JavaScript, for every range around the switch", () => {
    const seed = 3910;
    const random = seededRandom(seed);
    const bytes = seededBytes(random, 4096);
    for (let i = 0; i < 2000; i++) {
      const start = Math.floor(random() * 1000);
      const end = start + Math.floor(random() * 1500);
      const range = `seed ${seed}, [${start}, ${end})`;
      expect([range, crc32c(bytes, start, end)]).toEqual([range, crc32cInJavaScript(bytes, start, end)]);
    }
  });
});
