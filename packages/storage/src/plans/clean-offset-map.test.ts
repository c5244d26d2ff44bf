import { SeededRandom } from "@ottla/runtime";
import { HASH_SECRET_BYTES, KeyHash } from "./clean-key-hash";
import { CleanOffsetMap, MAP_ENTRY_BYTES } from "./clean-offset-map";

const SECRET = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");

describe("the hash of a key", () => {
  // Computed by the reference implementation of SipHash-2-4-128: the input is the bytes 0, 1, 2, ...
  it.each([
    [0, "a3817f04ba25a8e66df67214c7550293"],
    [1, "da87c1d86b99af44347659119b22fc45"],
    [2, "8177228da4a45dc7fca38bdef60affe4"],
    [7, "a1f1ebbed8dbc153c0b84aa61ff08239"],
    [8, "3b62a9ba6258f5610f83e264f31497b4"],
  ])("of %d bytes is that of SipHash-2-4", (length, expected) => {
    const hash = new KeyHash(SECRET);
    const bytes = Buffer.from(Array.from({ length: length + 3 }, (_, index) => index - 3));
    hash.of(bytes, 3, length);
    const result = Buffer.alloc(16);
    for (const [index, word] of [hash.word0, hash.word1, hash.word2, hash.word3].entries())
      result.writeInt32LE(word, index * 4);
    expect(result.toString("hex")).toBe(expected);
  });
});

describe("a map of keys to offsets", () => {
  it("agrees with a plain one, and knows when it is full", () => {
    const random = new SeededRandom(3);
    const map = new CleanOffsetMap(100 * MAP_ENTRY_BYTES, 0.9, 1_000_000, random.bytes(HASH_SECRET_BYTES));
    const plain = new Map<string, number>();
    let offset = 2 ** 40;
    let refused = 0;
    for (let i = 0; i < 5_000; i++) {
      const key = `key ${random.below(120)}`;
      const bytes = Buffer.from(`__${key}`);
      offset += random.below(2 ** 32);
      if (map.put(bytes, 2, bytes.length - 2, offset)) plain.set(key, offset);
      else {
        refused++;
        expect(plain.has(key)).toBe(false);
      }
      expect(map.size).toBe(plain.size);
    }
    expect(refused).toBeGreaterThan(0);
    // 97 is the greatest prime that fits.
    expect(map.size).toBe(Math.floor(97 * 0.9));
    for (let i = 0; i < 120; i++) {
      const bytes = Buffer.from(`key ${i}`);
      expect(map.get(bytes, 0, bytes.length)).toBe(plain.get(`key ${i}`) ?? -1);
    }
  });

  it("takes no more memory than the keys that are expected need", () => {
    expect(new CleanOffsetMap(128 * 1024 * 1024, 0.9, 100, SECRET).memoryBytes).toBeLessThan(5_000);
  });

  it("holds an empty key", () => {
    const map = new CleanOffsetMap(10_000, 0.9, 10, SECRET);
    map.put(Buffer.alloc(0), 0, 0, 0);
    expect(map.get(Buffer.alloc(0), 0, 0)).toBe(0);
  });
});
