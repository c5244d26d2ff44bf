import { gzipSync } from "node:zlib";
import * as lz4 from "lz4-napi";
import { mutated, seededBytes, seededRandom } from "../testing/seeded-bytes";
import {
  COMPRESSION_CODECS,
  type CompressionCodec,
  compress,
  compressionReady,
  DecompressionFailed,
  decompress,
} from "./index";

const SEED = 3911;
const COMPRESSING = COMPRESSION_CODECS.filter((codec) => codec !== "none");
const MIB = 1024 * 1024;

beforeAll(compressionReady);

describe.each(COMPRESSION_CODECS)("%s", (codec) => {
  const random = seededRandom(SEED);
  const text = Buffer.from(Array.from({ length: 9000 }, (_, i) => `line ${i * 7919} of a log\n`).join(""));
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.from("x")],
    ["a short line", Buffer.from("hello, hello, hello")],
    ["text over several blocks", text],
    ["exactly one lz4 block", text.subarray(0, 65_536)],
    ["random bytes, which do not compress", seededBytes(random, 100_000)],
    ["a long run of one byte", Buffer.alloc(300_000, 7)],
    ["a short pattern, repeated", Buffer.from("abcde".repeat(20_000))],
  ])("gives back %s", (_, bytes) => {
    const back = decompress(codec, compress(codec, bytes), { maxSize: MIB });
    expect(back.equals(bytes)).toBe(true);
  });
});

describe.each(COMPRESSING)("%s from an adversary", (codec) => {
  it("never yields more than the bound, however small the input", () => {
    const bomb = compress(codec, Buffer.alloc(16 * MIB));
    expect(failureOf(codec, bomb, MIB)).toBe("too-large");
    expect(decompress(codec, bomb, { maxSize: 16 * MIB })).toHaveLength(16 * MIB);
    expect(failureOf(codec, bomb, 16 * MIB - 1)).toBe("too-large");
  });

  it("gives bytes within the bound or a named failure, whatever the input", () => {
    const random = seededRandom(SEED);
    const originals = [
      compress(codec, Buffer.from("a record and a record and a record ".repeat(40))),
      compress(codec, Buffer.concat([seededBytes(random, 3000), Buffer.alloc(90_000, 1)])),
    ];
    const outcomes = { bytes: 0, malformed: 0, "too-large": 0, unavailable: 0 };
    for (let i = 0; i < 3000; i++) {
      const input = i % 10 === 0 ? seededBytes(random, 40) : mutated(random, originals[i % 2]!);
      try {
        expect(decompress(codec, input, { maxSize: 100_000 }).length).toBeLessThanOrEqual(100_000);
        outcomes.bytes++;
      } catch (error) {
        if (!(error instanceof DecompressionFailed)) throw new Error(`seed ${SEED}, run ${i}`, { cause: error });
        outcomes[error.failure]++;
      }
    }
    expect(outcomes.malformed).toBeGreaterThan(500);
    expect(outcomes.unavailable).toBe(0);
  });
});

describe("gzip", () => {
  it("is read in several members, as some clients write it", () => {
    const members = Buffer.concat([gzipSync("one, "), gzipSync("two")]);
    expect(decompress("gzip", members, { maxSize: 100 }).toString()).toBe("one, two");
  });

  it("takes a level", () => {
    const bytes = Buffer.from("abcdefgh, ".repeat(5000));
    expect(compress("gzip", bytes, 9).length).toBeLessThan(compress("gzip", bytes, 1).length);
  });
});

describe("snappy", () => {
  it("is written in xerial's framing, as Java clients write it", () => {
    expect(compress("snappy", Buffer.from("x")).subarray(0, 16).toString("hex")).toBe(
      "82534e41505059000000000100000001",
    );
  });

  it("is read as one raw block too, as librdkafka writes it", () => {
    const framed = compress("snappy", Buffer.from("raw raw raw raw"));
    expect(decompress("snappy", framed.subarray(20), { maxSize: 100 }).toString()).toBe("raw raw raw raw");
  });

  it("does not believe a block that announces gigabytes", () => {
    expect(failureOf("snappy", Buffer.from("ffffffff0f00", "hex"), 2 ** 40)).toBe("malformed");
  });
});

describe("lz4", () => {
  it("is written as Java reads it: independent blocks of 64 KiB, no checksums, no content size", () => {
    const frame = compress("lz4", Buffer.from("abc".repeat(50_000)));
    expect(frame.subarray(0, 7).toString("hex")).toBe("04224d18604082");
    expect(frame.subarray(-4).toString("hex")).toBe("00000000");
  });

  it("is read with checksums, which are verified", () => {
    const bytes = Buffer.from("check, check, ".repeat(10_000));
    const frame = lz4.compressFrameSync(bytes, { contentChecksum: true, blockChecksums: true });
    expect(decompress("lz4", frame, { maxSize: MIB }).equals(bytes)).toBe(true);
    const damaged = Buffer.from(frame);
    damaged[damaged.length - 1]! ^= 1;
    expect(failureOf("lz4", damaged, MIB)).toBe("malformed");
  });

  it("is read with a content size, which must be right", () => {
    // Written by the reference tool (`lz4 --content-size`), without and with a checksum of the content.
    const plain = Buffer.from("04224d1868400200000000000000a002000080686900000000", "hex");
    const checked = Buffer.from("04224d186c400200000000000000f00200008068690000000064a5a7da", "hex");
    expect(decompress("lz4", plain, { maxSize: 2 }).toString()).toBe("hi");
    expect(decompress("lz4", checked, { maxSize: 2 }).toString()).toBe("hi");
    expect(failureOf("lz4", plain, 1)).toBe("too-large");
  });

  it("is read in several frames", () => {
    const frames = Buffer.concat([compress("lz4", Buffer.from("one, ")), compress("lz4", Buffer.from("two"))]);
    expect(decompress("lz4", frames, { maxSize: 100 }).toString()).toBe("one, two");
  });

  it("is refused with blocks that depend on each other, as Java's reader refuses it", () => {
    const frame = compress("lz4", Buffer.from("abc"));
    frame[4] = 0x40;
    expect(failureOf("lz4", frame, 100)).toBe("malformed");
  });
});

describe("zstd", () => {
  it("is read in several frames, with skippable ones between", () => {
    const skippable = Buffer.from("502a4d1803000000aabbcc", "hex");
    const frames = [compress("zstd", Buffer.from("one, ")), skippable, compress("zstd", Buffer.from("two"))];
    expect(decompress("zstd", Buffer.concat(frames), { maxSize: 100 }).toString()).toBe("one, two");
  });

  it("takes a level", () => {
    const bytes = Buffer.from(Array.from({ length: 9000 }, (_, i) => `line ${i * 7919} of a log\n`).join(""));
    expect(compress("zstd", bytes, 19).length).toBeLessThan(compress("zstd", bytes, 1).length);
  });

  it("does not believe a header that announces more than its blocks can hold", () => {
    // Single segment, content size of 8 bytes (2^40), one raw block of 1 byte.
    const frame = Buffer.from("28b52ffde00000000000010000090000" + "61", "hex");
    expect(failureOf("zstd", frame, 2 ** 41)).toBe("malformed");
  });

  it("fails by name before compressionReady() where Node has no zstd of its own", () => {
    jest.isolateModules(() => {
      const fresh = require("./compression") as typeof import("./compression");
      const attempt = () => fresh.decompress("zstd", compress("zstd", Buffer.from("x")), { maxSize: 100 });
      if ("zstdDecompressSync" in require("node:zlib")) expect(attempt().toString()).toBe("x");
      else expect(attempt).toThrow("await compressionReady()");
    });
  });
});

function failureOf(codec: CompressionCodec, bytes: Buffer, maxSize: number): string {
  try {
    return `${decompress(codec, bytes, { maxSize }).length} bytes`;
  } catch (error) {
    if (error instanceof DecompressionFailed) return error.failure;
    throw error;
  }
}
