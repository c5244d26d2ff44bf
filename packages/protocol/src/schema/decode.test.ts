import { decode } from "./decode";
import { encode } from "./encode";
import {
  array,
  bytes,
  errorCode,
  int8,
  int32,
  int64,
  nullableString,
  nullableStruct,
  records,
  string,
  struct,
} from "./field";
import { MalformedMessage } from "./malformed-message";
import { defineMessage, UnsupportedVersionError } from "./message";

const example = defineMessage({
  name: "Example",
  validVersions: "0-3",
  flexibleVersions: "2+",
  fields: {
    name: string("0+"),
    items: array("0+", { id: int32("0+"), label: nullableString("0+", { nullableVersions: "1+" }) }),
    epoch: int64("1+", { default: -1n }),
    place: struct("2+", { rack: string("2+") }, { tag: 0 }),
    note: string("3+", { tag: 1 }),
    cursor: nullableStruct("3+", { position: int32("3+") }, { default: null }),
  },
});

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("what a version lacks", () => {
  it("is read as its default", () => {
    const { value } = decode(example, 0, bytesOf("0001 61 00000000"));
    expect(value).toEqual({ name: "a", items: [], epoch: -1n, place: { rack: "" }, note: "", cursor: null });
  });

  it("cannot be changed by whoever reads it, as messages share it", () => {
    const { value } = decode(example, 0, bytesOf("0001 61 00000000"));
    expect(Object.isFrozen(value.place)).toBe(true);
  });
});

describe("the tagged section", () => {
  it("is skipped where a tag was never defined", () => {
    const { value } = decode(example, 2, bytesOf("02 61 01 ffffffffffffffff 01 05 03 aabbcc"));
    expect(value).toMatchObject({ name: "a", place: { rack: "" } });
  });

  it("is malformed where the tag belongs to another version, as Kafka has it", () => {
    expect(() => decode(example, 2, bytesOf("02 61 01 ffffffffffffffff 01 01 02 0162"))).toThrow(
      /Example: tag 1 belongs to another version/,
    );
  });

  it("is malformed where a field is not as long as announced", () => {
    expect(() => decode(example, 2, bytesOf("02 61 01 ffffffffffffffff 01 00 05 02 72 00 0000"))).toThrow(
      /Example\.place: tag 0 was announced with 5 bytes/,
    );
  });

  it("holds structs, with a tagged section of their own", () => {
    const { value } = decode(example, 2, bytesOf("02 61 01 ffffffffffffffff 01 00 03 02 72 00"));
    expect(value.place).toEqual({ rack: "r" });
  });
});

describe("bytes that are no message", () => {
  it.each([
    ["a string longer than what remains", 0, "0005 6162", /Example\.name: 5 bytes are announced or needed, 2 remain/],
    ["a negative length", 0, "fffe", /Example\.name: a length of -2/],
    ["null for a field that is never null", 0, "ffff", /Example\.name: null where a value must be/],
    ["null at a version that lacks it", 0, "0000 00000001 00000007 ffff", /Example\.items\[0\]\.label: null where/],
    [
      "a count beyond what remains",
      0,
      "0000 7fffffff 00000000",
      /Example\.items: 2147483647 elements are announced, 4 bytes/,
    ],
    ["a count that elements of the least size outgrow", 0, "0000 00000003 0000000100000000000100", /items: 3 elements/],
    ["a varint without end", 2, "ffffffffff01", /Example\.name: an unsigned varint does not fit 32 bits/],
    ["an element cut short", 1, "0000 00000001 00000007 0003 61", /Example\.items\[0\]\.label: 3 bytes are/],
    ["bytes behind the message", 0, "0000 00000000 00", /Example: 1 bytes follow the message/],
    ["nothing at all", 0, "", /Example\.name: 2 bytes are announced or needed, 0 remain \(at byte 0\)/],
  ])("are malformed, with the place: %s", (_name, version, hex, message) => {
    const read = () => decode(example, version, bytesOf(hex));
    expect(read).toThrow(MalformedMessage);
    expect(read).toThrow(message);
  });

  it("are not asked for a version the schema lacks", () => {
    expect(() => decode(example, 4, bytesOf(""))).toThrow(UnsupportedVersionError);
    expect(() => decode(example, -1, bytesOf(""))).toThrow(UnsupportedVersionError);
    expect(() => decode(example, 0.5, bytesOf(""))).toThrow(UnsupportedVersionError);
  });
});

describe("a message of more elements than the caller accepts", () => {
  it("is malformed, counted over all its arrays", () => {
    const items = Array.from({ length: 5 }, (_, id) => ({ id, label: "" }));
    const whole = Buffer.concat(encode(example, 0, { name: "", items }).chunks);
    expect(decode(example, 0, whole, { elementsMax: 5 }).value.items).toHaveLength(5);
    expect(() => decode(example, 0, whole, { elementsMax: 4 })).toThrow(/more array elements/);
  });
});

describe("slices", () => {
  const blobs = defineMessage({
    name: "Blobs",
    validVersions: "0",
    flexibleVersions: "none",
    fields: { code: errorCode("0+"), small: bytes("0+"), batches: records("0+"), last: int8("0+") },
  });

  it("are views of the input, never copies", () => {
    const input = bytesOf("0006 00000002 aabb 00000003 010203 09");
    const { value } = decode(blobs, 0, input);
    expect(value).toEqual({
      code: "NOT_LEADER_OR_FOLLOWER",
      small: bytesOf("aabb"),
      batches: [bytesOf("010203")],
      last: 9,
    });
    expect(value.small.buffer).toBe(input.buffer);
    expect(value.batches?.[0]?.buffer).toBe(input.buffer);
  });

  it("are gathered by reference when written, large bytes too", () => {
    const large = Buffer.alloc(5000, 1);
    const slices: Buffer[] = [Buffer.alloc(10, 2), Buffer.alloc(20, 3)];
    const { chunks, byteLength } = encode(blobs, 0, { code: "NONE", small: large, batches: slices, last: 1 });
    expect(chunks.filter((chunk) => slices.includes(chunk))).toEqual(slices);
    expect(chunks.some((chunk) => chunk.buffer === large.buffer && chunk.length === 5000)).toBe(true);
    expect(byteLength).toBe(2 + 4 + 5000 + 4 + 30 + 1);
    expect(decode(blobs, 0, Buffer.concat(chunks)).value.batches).toEqual([Buffer.concat(slices)]);
  });
});
