import { decode } from "./decode";
import { encode } from "./encode";
import {
  array,
  bool,
  errorCode,
  float64,
  int8,
  int16,
  int64,
  nullableString,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from "./field";
import { defineMessage, type MessageInput } from "./message";
import { UnencodableFieldError, UnsupportedFieldError } from "./unencodable-field";

const every = defineMessage({
  name: "Every",
  validVersions: "0-2",
  flexibleVersions: "2+",
  fields: {
    flag: bool("0+", { default: false }),
    tiny: int8("0+", { default: 0 }),
    short: int16("0+", { default: 0 }),
    port: uint16("0+", { default: 0 }),
    wide: uint32("0+", { default: 0 }),
    long: int64("0+", { default: 0n }),
    ratio: float64("0+", { default: 0 }),
    text: string("0+", { default: "" }),
    maybe: nullableString("0+", { default: "", nullableVersions: "1+" }),
    id: uuid("0+", { default: "AAAAAAAAAAAAAAAAAAAAAA" }),
    error: errorCode("0+", { default: "NONE" }),
    list: array("0+", "string", { default: [] }),
    later: string("1+"),
    hint: string("1+", { ignorable: true }),
    leader: struct("2+", { id: int16("2+", { default: -1 }) }, { tag: 3 }),
  },
});
type Every = MessageInput<typeof every>;

describe("a message with a value at the edge of its field", () => {
  it.each<[string, Every]>([
    ["least integers", { tiny: -128, short: -32768, port: 0, wide: 0, long: -(2n ** 63n) }],
    ["greatest integers", { tiny: 127, short: 32767, port: 65535, wide: 4294967295, long: 2n ** 63n - 1n }],
    ["a negative zero", { ratio: -0 }],
    ["an infinite ratio", { ratio: Number.NEGATIVE_INFINITY }],
    ["the longest string", { text: "x".repeat(32767) }],
    ["short strings that are not ASCII", { text: "naïve", list: ["日本語", "", "a\u0000b", "😀"] }],
    [
      "a string at the edge of the short ones",
      { text: "y".repeat(40), list: ["y".repeat(39), "ü".repeat(40), "y".repeat(41)] },
    ],
    ["many strings, so that the buffer grows", { list: Array.from({ length: 5000 }, (_, index) => `name-${index}`) }],
  ])("comes back: %s", (_name, input) => {
    for (const version of [0, 2]) {
      const { chunks, byteLength } = encode(every, version, input);
      const whole = Buffer.concat(chunks);
      expect(byteLength).toBe(whole.length);
      expect(decode(every, version, whole).value).toMatchObject(input);
    }
  });
});

describe("a value that does not fit its field", () => {
  it.each<[string, Every]>([
    ["flag", { flag: 1 as unknown as boolean }],
    ["tiny", { tiny: 128 }],
    ["short", { short: 1.5 }],
    ["port", { port: -1 }],
    ["wide", { wide: Number.NaN }],
    ["long", { long: 2n ** 63n }],
    ["long", { long: 5 as unknown as bigint }],
    ["text", { text: "x".repeat(32768) }],
    ["text", { text: 5 as unknown as string }],
    ["text", { text: null as unknown as string }],
    ["id", { id: "short" }],
    ["id", { id: "AAAAAAAAAAAAAAAAAAAAA/" }],
    ["error", { error: "NO_SUCH_ERROR" as "NONE" }],
    ["list", { list: "abc" as unknown as string[] }],
    ["list[1]", { list: ["a", undefined as unknown as string] }],
  ])("is refused by its name: %s", (path, input) => {
    const write = () => encode(every, 0, input);
    expect(write).toThrow(UnencodableFieldError);
    expect(write).toThrow(`Every version 0, ${path}: `);
  });
});

describe("a value that the version cannot carry", () => {
  it("is refused where it is not the default", () => {
    expect(() => encode(every, 0, { later: "x" })).toThrow(UnsupportedFieldError);
    expect(() => encode(every, 1, { leader: { id: 5 } })).toThrow(UnsupportedFieldError);
    expect(() => encode(every, 0, { maybe: null })).toThrow(UnsupportedFieldError);
  });

  it("passes where it is the default, spelled out or left out", () => {
    const plain = Buffer.concat(encode(every, 0, {}).chunks);
    for (const input of [{ later: "" }, { leader: { id: -1 } }, { leader: {} }, { later: undefined }] as Every[]) {
      expect(Buffer.concat(encode(every, 0, input).chunks)).toEqual(plain);
    }
  });

  it("is dropped where it is ignorable", () => {
    expect(encode(every, 0, { hint: "x" }).byteLength).toBe(encode(every, 0, {}).byteLength);
  });
});

describe("a tagged field", () => {
  it("is left out with its default, and written otherwise", () => {
    const without = Buffer.concat(encode(every, 2, {}).chunks);
    expect(without.at(-1)).toBe(0);
    const tagged = Buffer.concat(encode(every, 2, { leader: { id: 7 } }).chunks);
    expect(tagged.subarray(without.length - 1).toString("hex")).toBe("010303000700");
  });
});

describe("tagged fields that were defined out of order", () => {
  it("are written by ascending tag", () => {
    const shuffled = defineMessage({
      name: "Shuffled",
      validVersions: "0",
      flexibleVersions: "0+",
      fields: {
        last: int8("0+", { tag: 9, default: 0 }),
        first: int8("0+", { tag: 2, default: 0 }),
      },
    });
    expect(Buffer.concat(encode(shuffled, 0, { last: 5, first: 6 }).chunks).toString("hex")).toBe("02020106090105");
  });
});

describe("small fields behind slices that are passed on", () => {
  it("stay in order when their buffer grows", () => {
    const mixed = defineMessage({
      name: "Mixed",
      validVersions: "0",
      flexibleVersions: "none",
      fields: { parts: array("0+", { before: string("0+"), batches: records("0+"), after: array("0+", "string") }) },
    });
    const parts = Array.from({ length: 4 }, (_, index) => ({
      before: `before-${index}`,
      batches: [Buffer.alloc(10 + index, index)],
      after: Array.from({ length: 100 * index }, (__, name) => `after-${name}`),
    }));
    const { chunks, byteLength } = encode(mixed, 0, { parts });
    expect(decode(mixed, 0, Buffer.concat(chunks)).value).toEqual({ parts });
    expect(chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(byteLength);
  });
});
