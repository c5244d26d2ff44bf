import { compressionReady } from "../compression/index";
import { mutated, seededBytes, seededRandom } from "../testing/seeded-bytes";
import {
  BATCH_HEADER_BYTES,
  BatchBuilder,
  BatchView,
  CorruptRecordError,
  type DecodedRecord,
  decodeRecords,
  firstBatch,
  iterateBatches,
  patchMaxTimestamp,
  recomputeCrc,
} from "./index";

beforeAll(compressionReady);

describe("the records of a batch", () => {
  it("come back as they were appended, whatever the size of their parts and times", () => {
    const seed = 3912;
    const random = seededRandom(seed);
    for (let round = 0; round < 120; round++) {
      const codec = (["none", "none", "gzip", "snappy", "lz4", "zstd"] as const)[round % 6]!;
      const builder = new BatchBuilder({ codec, baseOffset: round, producerId: 5n, producerEpoch: 0, baseSequence: 9 });
      const part = () => {
        const length = Math.floor(random() ** 12 * 9000);
        return random() < 0.2 ? null : seededBytes(random, length);
      };
      const appended = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, i) => ({
        offset: round + i,
        sequence: 9 + i,
        timestamp: Math.floor((random() - 0.2) * 10 ** Math.floor(random() * 16)),
        key: part(),
        value: part(),
        headers: Array.from({ length: Math.floor(random() * 3) }, (__, h) => [`name ${h} ü`, part()] as const),
      }));
      for (const record of appended) expect(builder.append(record)).toBe(true);
      const size = builder.sizeInBytes;
      const batch = new BatchView(builder.build(), 0);
      if (codec === "none") expect(batch.sizeInBytes).toBe(size);
      expect({ seed, round, records: printed(decodeRecords(batch)) }).toEqual({
        seed,
        round,
        records: printed(appended),
      });
      expect(batch.maxTimestamp).toBe(Math.max(-1, ...appended.map((r) => r.timestamp)));
    }
  });

  it("all have the time of the append under LogAppendTime", () => {
    const bytes = batchOf(3);
    patchMaxTimestamp(bytes, 0, "LogAppendTime", 5000);
    recomputeCrc(bytes, 0);
    const batch = new BatchView(bytes, 0);
    expect(batch.isCrcValid()).toBe(true);
    expect(decodeRecords(batch).map((r) => r.timestamp)).toEqual([5000, 5000, 5000]);
  });

  it.each([
    ["the count is one too high", (b: Buffer) => b.writeInt32BE(4, 57)],
    ["the count is one too low", (b: Buffer) => b.writeInt32BE(2, 57)],
    ["the count is negative", (b: Buffer) => b.writeInt32BE(-1, 57)],
    ["the count is enormous", (b: Buffer) => b.writeInt32BE(0x7fffffff, 57)],
    ["a length is longer than the rest", (b: Buffer) => b.writeUInt8(0x7e, BATCH_HEADER_BYTES)],
    ["a length is negative", (b: Buffer) => b.writeUInt8(0x01, BATCH_HEADER_BYTES)],
    ["a varint does not end", (b: Buffer) => b.fill(0xff, BATCH_HEADER_BYTES, BATCH_HEADER_BYTES + 11)],
    ["the codec has no meaning", (b: Buffer) => b.writeInt16BE(6, 21)],
    ["they are not what the codec says", (b: Buffer) => b.writeInt16BE(4, 21)],
  ])("are refused by name when %s", (_, damage) => {
    const bytes = batchOf(3);
    damage(bytes);
    expect(() => decodeRecords(new BatchView(bytes, 0))).toThrow(CorruptRecordError);
  });

  it("are never decompressed beyond the bound", () => {
    const builder = new BatchBuilder({ codec: "gzip" });
    builder.append({ timestamp: 1, key: null, value: Buffer.alloc(2_000_000) });
    const batch = new BatchView(builder.build(), 0);
    expect(() => decodeRecords(batch, { decompressedBytesMax: 1_000_000 })).toThrow(CorruptRecordError);
  });
});

describe("any bytes at all", () => {
  it("give batches and records, or a named refusal, and nothing else", () => {
    const seed = 3913;
    const random = seededRandom(seed);
    const originals = (["none", "gzip", "snappy", "lz4", "zstd"] as const).map((codec) =>
      Buffer.concat([batchOf(4, codec), batchOf(2)]),
    );
    const outcomes = { records: 0, corrupt: 0 };
    for (let run = 0; run < 20_000; run++) {
      const bytes = run % 20 === 0 ? seededBytes(random, 120) : mutated(random, originals[run % originals.length]!);
      try {
        for (const batch of iterateBatches(bytes)) {
          expect(batch.endPosition).toBeLessThanOrEqual(bytes.length);
          batch.isCrcValid();
          if (batch.magic === 2) outcomes.records += decodeRecords(batch, { decompressedBytesMax: 100_000 }).length;
        }
      } catch (error) {
        if (!(error instanceof CorruptRecordError)) throw new Error(`seed ${seed}, run ${run}`, { cause: error });
        outcomes.corrupt++;
      }
    }
    expect(outcomes.records).toBeGreaterThan(1000);
    expect(outcomes.corrupt).toBeGreaterThan(1000);
  });
});

describe("a walk over batches", () => {
  const two = Buffer.concat([batchOf(1), batchOf(2)]);
  const firstSize = batchOf(1).length;

  it("says where a cut-off batch begins, at every byte of the cut", () => {
    for (let cut = firstSize + 1; cut < two.length; cut++) {
      const walk = iterateBatches(two, 0, cut);
      expect(walk.next().value).toMatchObject({ position: 0 });
      expect(walk.next().value).toEqual({ kind: "truncated", position: firstSize, bytesLeft: cut - firstSize });
    }
  });

  it.each([
    ["length 0", (b: Buffer) => b.writeInt32BE(0, firstSize + 8)],
    ["a negative length", (b: Buffer) => b.writeInt32BE(-5, firstSize + 8)],
    ["a length below that of a header", (b: Buffer) => b.writeInt32BE(48, firstSize + 8)],
    ["magic 3", (b: Buffer) => b.writeInt8(3, firstSize + 16)],
    ["magic -1", (b: Buffer) => b.writeInt8(-1, firstSize + 16)],
  ])("stops at %s, after the sound batches", (_, damage) => {
    const bytes = Buffer.from(two);
    damage(bytes);
    const walk = iterateBatches(bytes);
    expect(walk.next().done).toBe(false);
    expect(walk.next().value).toMatchObject({ kind: "corrupt", position: firstSize });
  });

  it("ends at once where there is nothing", () => {
    expect(firstBatch(Buffer.alloc(0))).toEqual({ kind: "clean", position: 0 });
  });
});

/** Buffers as hex: quick to compare, and readable when they differ. */
function printed(records: readonly DecodedRecord[]): unknown {
  const hex = (bytes: Buffer | null) => bytes?.toString("hex") ?? null;
  return records.map((r) => ({
    ...r,
    key: hex(r.key),
    value: hex(r.value),
    headers: r.headers.map(([name, value]) => [name, hex(value)]),
  }));
}

function batchOf(count: number, codec: "none" | "gzip" | "snappy" | "lz4" | "zstd" = "none"): Buffer {
  const builder = new BatchBuilder({ codec });
  for (let i = 0; i < count; i++)
    builder.append({
      timestamp: 1_700_000_000_000 + i,
      key: Buffer.from("key"),
      value: Buffer.from(`value ${i}, value ${i}`),
      headers: [["h", Buffer.from("x")]],
    });
  return builder.build();
}
