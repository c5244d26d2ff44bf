import {
  BatchBuilder,
  type BatchOptions,
  BatchView,
  buildEndTxnMarker,
  compress,
  compressionReady,
  decodeRecords,
  patchAttributes,
  patchBaseOffset,
  patchMaxTimestamp,
  recomputeCrc,
} from "@ottla/protocol";
import { PRODUCED_BYTES_MAX, type ProducedBatch, type ProduceValidationConfig, validateProducedBatch } from "./index";

const NOW = 1_700_000_500_000;
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

beforeAll(compressionReady);

describe("a sound batch", () => {
  it.each(CODECS)("of codec %s comes back as the client's own bytes, not a copy", (codec) => {
    const bytes = batchOf({ codec });
    const before = Buffer.from(bytes);
    const answer = accepted(bytes);
    expect(answer.batch.buffer).toBe(bytes.buffer);
    expect(answer.batch.equals(before)).toBe(true);
    expect(answer.info).toEqual({
      lastOffsetDelta: 2,
      maxTimestamp: NOW - 1,
      logAppendTime: -1,
      producerId: -1n,
      producerEpoch: -1,
      baseSequence: -1,
      lastSequence: -1,
      isTransactional: false,
      isControl: false,
      recordCount: 3,
    });
  });

  it("may arrive in several slices", () => {
    const bytes = batchOf();
    const slices = [bytes.subarray(0, 30), bytes.subarray(30, 70), bytes.subarray(70)];
    expect(validate(bytes, {}, { records: slices })).toMatchObject({ kind: "accepted", batch: bytes });
  });

  it("may be followed by bytes that are no whole batch, which are dropped", () => {
    const bytes = batchOf();
    expect(accepted(Buffer.concat([bytes, bytes.subarray(0, 40)])).batch.equals(bytes)).toBe(true);
  });

  it("is corrected in its max timestamp, and its checksum with it", () => {
    const bytes = batchOf({ codec: "lz4" });
    resealed(bytes, () => patchMaxTimestamp(bytes, 0, "CreateTime", 5));
    const { batch } = accepted(bytes);
    expect(new BatchView(batch, 0).maxTimestamp).toBe(NOW - 1);
    expect(new BatchView(batch, 0).isCrcValid()).toBe(true);
  });

  it("loses a LogAppendTime bit that only the leader may set", () => {
    const bytes = batchOf();
    resealed(bytes, () => patchMaxTimestamp(bytes, 0, "LogAppendTime", 5));
    expect(new BatchView(accepted(bytes).batch, 0).timestampType).toBe("CreateTime");
  });

  it("gets the leader's time under LogAppendTime", () => {
    const { batch, info } = accepted(batchOf(), { timestampType: "LogAppendTime" });
    expect([info.logAppendTime, info.maxTimestamp]).toEqual([NOW, NOW]);
    expect(decodeRecords(new BatchView(batch, 0)).map((r) => r.timestamp)).toEqual([NOW, NOW, NOW]);
    expect(new BatchView(batch, 0).isCrcValid()).toBe(true);
  });

  it.each(CODECS.flatMap((from) => CODECS.filter((to) => to !== from).map((to) => [from, to] as const)))(
    "of codec %s is stored as %s where the topic says so",
    (from, to) => {
      const bytes = batchOf({ codec: from, producerId: 4n, producerEpoch: 1, baseSequence: 8, isTransactional: true });
      const { batch, info } = accepted(bytes, { compressionType: to === "none" ? "uncompressed" : to });
      const view = new BatchView(batch, 0);
      expect([view.codec, view.isCrcValid(), view.isTransactional, info.lastSequence]).toEqual([to, true, true, 10]);
      expect(decodeRecords(view)).toEqual(decodeRecords(new BatchView(bytes, 0)));
    },
  );
});

describe("a batch that breaks a rule", () => {
  const rules: [string, string, (bytes: Buffer) => Buffer | void, Partial<ProduceValidationConfig>?, number?][] = [
    ["it is missing", "INVALID_RECORD", () => Buffer.alloc(0)],
    ["it is cut off", "INVALID_RECORD", (b) => b.subarray(0, b.length - 1)],
    ["its length is impossible", "CORRUPT_MESSAGE", (b) => void b.writeInt32BE(-1, 8)],
    ["its magic is unknown", "CORRUPT_MESSAGE", (b) => void b.writeInt8(3, 16)],
    ["its magic is 1", "INVALID_RECORD", (b) => void b.writeInt8(1, 16)],
    ["its magic is 1, in an old request", "UNSUPPORTED_FOR_MESSAGE_FORMAT", (b) => void b.writeInt8(1, 16), {}, 2],
    ["another follows", "INVALID_RECORD", (b) => Buffer.concat([b, b])],
    ["garbage follows", "CORRUPT_MESSAGE", (b) => Buffer.concat([b, Buffer.alloc(20)])],
    ["a byte is changed", "CORRUPT_MESSAGE", (b) => void b.writeUInt8(b[70]! ^ 1, 70)],
    ["it does not begin at offset 0", "INVALID_RECORD", (b) => patchBaseOffset(b, 0, 1)],
    ["it is longer than max.message.bytes", "MESSAGE_TOO_LARGE", () => undefined, { maxMessageBytes: 100 }],
    ["its codec has no meaning", "UNSUPPORTED_COMPRESSION_TYPE", (b) => resealed(b, () => patchAttributes(b, 0, 5))],
    ["it is a control batch", "INVALID_RECORD", (b) => resealed(b, () => patchAttributes(b, 0, 0x20))],
    ["it has a producer id and no sequence", "INVALID_RECORD", (b) => resealed(b, () => b.writeBigInt64BE(7n, 43))],
    ["its count is 0", "INVALID_RECORD", (b) => resealed(b, () => b.writeInt32BE(0, 57))],
    ["count and offset range differ", "INVALID_RECORD", (b) => resealed(b, () => b.writeInt32BE(9, 23))],
    [
      "count and offset range promise more records than there are",
      "INVALID_RECORD",
      (b) =>
        resealed(b, () => {
          b.writeInt32BE(3, 23);
          b.writeInt32BE(4, 57);
        }),
    ],
    [
      "a record repeats the offset before it",
      "INVALID_RECORD",
      (b) => resealed(b, () => b.writeUInt8(0, secondOffsetDelta(b))),
    ],
  ];

  const cases = rules.map(([when, error, ...rule]) => [when, error, rule] as const);
  it.each(cases)("because %s is refused with %s", (_, error, [damage, config, version]) => {
    const bytes = batchOf();
    const damaged = damage(bytes) ?? bytes;
    expect(validate(damaged, config, { produceVersion: version ?? 9 })).toEqual({
      kind: "refused",
      error,
      message: null,
      recordErrors: [],
    });
  });

  it("is refused with UNSUPPORTED_COMPRESSION_TYPE for zstd before Produce 7", () => {
    const bytes = batchOf({ codec: "zstd" });
    expect(validate(bytes, {}, { produceVersion: 6 })).toMatchObject({ error: "UNSUPPORTED_COMPRESSION_TYPE" });
    expect(validate(bytes, {}, { produceVersion: 7 })).toMatchObject({ kind: "accepted" });
  });

  it.each(["gzip", "snappy", "lz4", "zstd"] as const)(
    "is refused when its %s records do not decompress, checksum right",
    (codec) => {
      const bytes = batchOf({ codec });
      resealed(bytes, () => bytes.fill(0xee, 62, bytes.length - 4));
      expect(validate(bytes)).toMatchObject({ kind: "refused", error: "INVALID_RECORD" });
    },
  );

  it("is refused with MESSAGE_TOO_LARGE, which lets clients split it, when its records decompress to more than the bound", () => {
    const builder = new BatchBuilder({ codec: "gzip" });
    builder.append({ timestamp: NOW, key: null, value: Buffer.alloc(3_000_000) });
    expect(validate(builder.build(), { decompressedBytesMax: 1_000_000 })).toMatchObject({
      error: "MESSAGE_TOO_LARGE",
    });
  });

  it("is held to 32 MiB of records when nothing else is configured", () => {
    const builder = new BatchBuilder({ codec: "gzip" });
    builder.append({ timestamp: NOW, key: null, value: Buffer.alloc(PRODUCED_BYTES_MAX) });
    expect(validate(builder.build())).toMatchObject({ error: "MESSAGE_TOO_LARGE" });
  });

  it("is refused with MESSAGE_TOO_LARGE when only the topic's codec makes it too long", () => {
    const bytes = batchOf({ codec: "gzip" }, 200);
    const config = { compressionType: "uncompressed", maxMessageBytes: bytes.length } as const;
    expect(validate(bytes, config)).toMatchObject({ error: "MESSAGE_TOO_LARGE" });
  });

  it("names at most a thousand of its bad records, and counts them all", () => {
    const builder = new BatchBuilder();
    for (let i = 0; i < 5000; i++) builder.append({ timestamp: NOW, key: null, value: null });
    const answer = validate(builder.build(), { isCompacted: true });
    if (answer.kind !== "refused") throw new Error("accepted");
    expect(answer.message).toContain("due to 5000 record errors in total");
    expect(answer.recordErrors).toHaveLength(1000);
  });
});

describe("limits on timestamps", () => {
  it.each([
    [0, 0, "accepted"],
    [-1000, 0, "accepted"],
    [-1001, 0, "refused"],
    [0, 500, "accepted"],
    [0, 501, "refused"],
  ])("bound %d and %d ms around the leader's clock, both inclusive: %s", (early, late, kind) => {
    const builder = new BatchBuilder();
    for (const timestamp of [NOW + early, NOW + late]) builder.append({ timestamp, key: null, value: null });
    expect(validate(builder.build(), { timestampBeforeMaxMs: 1000, timestampAfterMaxMs: 500 }).kind).toBe(kind);
  });

  it("let records without a timestamp pass", () => {
    const builder = new BatchBuilder();
    builder.append({ timestamp: -1, key: null, value: null });
    expect(validate(builder.build(), { timestampBeforeMaxMs: 1000 }).kind).toBe("accepted");
  });
});

describe("validateRecords=cheap", () => {
  const lying = () => {
    const body = new BatchBuilder();
    body.append({ timestamp: NOW, key: null, value: null });
    const bytes = batchOf({ codec: "gzip" });
    const records = compress("gzip", body.build().subarray(61));
    const lie = Buffer.concat([bytes.subarray(0, 61), records]);
    lie.writeInt32BE(lie.length - 12, 8);
    recomputeCrc(lie, 0);
    return lie;
  };

  it("leaves compressed records closed, so that a lie about their count passes", () => {
    expect(validate(lying(), { validateRecords: "cheap" }).kind).toBe("accepted");
    expect(validate(lying()).kind).toBe("refused");
  });

  it.each([
    ["a compacted topic", { isCompacted: true }],
    ["a limit on timestamps", { timestampAfterMaxMs: 3_600_000 }],
    ["another codec", { compressionType: "lz4" as const }],
  ])("opens them all the same for %s", (_, config) => {
    expect(validate(lying(), { validateRecords: "cheap", ...config }).kind).toBe("refused");
  });
});

describe("what the broker itself writes", () => {
  it("may be a control batch at any base offset, and keeps its codec", () => {
    const marker = buildEndTxnMarker({
      type: "COMMIT",
      coordinatorEpoch: 1,
      producerId: 3n,
      producerEpoch: 0,
      timestamp: NOW,
      baseOffset: 9,
    });
    const config = { compressionType: "gzip" } as const;
    expect(validate(marker, config, { origin: "coordinator" })).toMatchObject({
      kind: "accepted",
      info: { isControl: true },
    });
    expect(validate(marker, config)).toMatchObject({ kind: "refused", error: "INVALID_RECORD" });
  });
});

function validate(bytes: Buffer, config: Partial<ProduceValidationConfig> = {}, input: Partial<ProducedBatch> = {}) {
  return validateProducedBatch({
    records: [bytes],
    produceVersion: 9,
    topicPartition: "t-0",
    nowMs: NOW,
    config: {
      compressionType: "producer",
      timestampType: "CreateTime",
      timestampBeforeMaxMs: Number.POSITIVE_INFINITY,
      timestampAfterMaxMs: Number.POSITIVE_INFINITY,
      maxMessageBytes: 1_048_588,
      isCompacted: false,
      ...config,
    },
    ...input,
  });
}

function accepted(bytes: Buffer, config: Partial<ProduceValidationConfig> = {}) {
  const answer = validate(bytes, config);
  if (answer.kind !== "accepted") throw new Error(`refused with ${answer.error}`);
  return answer;
}

function batchOf(options: BatchOptions = {}, count = 3): Buffer {
  const builder = new BatchBuilder(options);
  for (let i = 0; i < count; i++)
    builder.append({ timestamp: NOW - (i === 1 ? 1 : 10), key: Buffer.from("k"), value: Buffer.from(`value ${i}`) });
  return builder.build();
}

/** Changes what the checksum covers, and makes it right again. */
function resealed(bytes: Buffer, change: () => void): void {
  change();
  recomputeCrc(bytes, 0);
}

/** Position of the second record's offset delta: after the first record, a length, attributes and a one-byte timestamp delta. */
function secondOffsetDelta(bytes: Buffer): number {
  const first = 61 + 1 + bytes[61]! / 2;
  return first + 3;
}
