import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compressionReady } from "../compression/index";
import {
  BatchBuilder,
  BatchView,
  CorruptRecordError,
  controlRecordType,
  type DecodedRecord,
  decodeEndTxnMarker,
  decodeRecords,
  iterateBatches,
  openRecords,
  patchBaseOffset,
  scanBatches,
} from "./index";

/** Recorded from Apache Kafka 3.9.1 (fixtures/batches): the bytes, and what Kafka's own reader made of them. */
const FIXTURES = join(__dirname, "../../fixtures/batches");

type GoldenBytes = string | null | { readonly length: number; readonly sha256: string };

interface GoldenRecord {
  readonly offset: number | string;
  readonly timestamp: number;
  readonly sequence?: number;
  readonly key: GoldenBytes;
  readonly value: GoldenBytes;
  readonly headers: readonly [string, string | null][];
  readonly control?: { readonly type: string; readonly version?: number; readonly coordinatorEpoch?: number };
}

interface GoldenBatch {
  readonly position: number;
  readonly size: number;
  readonly magic: number;
  readonly valid: boolean;
  readonly baseOffset: number | string;
  readonly lastOffset: number | string;
  readonly producerId: number | string;
  readonly deleteHorizonMs: number | null;
  readonly compression?: string;
  readonly records?: readonly GoldenRecord[];
  readonly error?: string;
  readonly [field: string]: unknown;
}

interface GoldenFile {
  readonly file: string;
  readonly note: string;
  readonly size: number;
  readonly consumed: number;
  readonly batches: readonly GoldenBatch[];
  readonly error?: string;
}

const files = (JSON.parse(readFileSync(join(FIXTURES, "batches.json"), "utf8")) as { files: GoldenFile[] }).files;

const tally = {
  files: 0,
  batchesOfMagic2: 0,
  records: 0,
  refusedAsKafkaRefuses: 0,
  rebuiltByteByByte: 0,
  rebuiltByContent: 0,
  "listed difference: offsets beyond 2^53 - 1 are numbers and therefore rounded (batches)": 0,
  "listed difference: records of magic 0 and 1 are not decoded (only sized and recognised), since no log of ours holds them": 0,
};

beforeAll(compressionReady);
afterAll(() => console.log(`golden batches: ${JSON.stringify(tally, null, 2)}`));

describe.each(files.map((golden) => [golden.file, golden] as const))("%s, as recorded from Kafka", (_, golden) => {
  const bytes = readFileSync(join(FIXTURES, golden.file));
  const ofMagic2 = golden.batches.filter((batch) => batch.magic === 2);

  it("ends where Kafka's reader ends, and has the same batches", () => {
    const { batches, end } = scanBatches(bytes);
    tally.files++;
    tally[
      "listed difference: records of magic 0 and 1 are not decoded (only sized and recognised), since no log of ours holds them"
    ] += golden.batches.length - ofMagic2.length;

    expect(batches.map((b) => [b.position, b.sizeInBytes, b.magic])).toEqual(
      golden.batches.map((b) => [b.position, b.size, b.magic]),
    );
    expect(end.position).toBe(golden.consumed);
    // A codec without a meaning stops Kafka's reader; ours goes on by the lengths and leaves the batch to its caller.
    const stopsForTheCodec = golden.error?.includes("Unknown compression type") ?? false;
    if (golden.error === undefined || stopsForTheCodec)
      expect(end.kind).toBe(golden.consumed < golden.size ? "truncated" : "clean");
    else expect(end.kind).toBe("corrupt");
  });

  if (ofMagic2.length === 0) return;

  it("has the same header fields and records", () => {
    for (const expected of ofMagic2) {
      const batch = new BatchView(bytes, expected.position);
      tally.batchesOfMagic2++;
      expect(headerOf(batch, expected)).toEqual(expectedHeader(expected));
      const safe = typeof expected.baseOffset === "number";
      expect(batch.hasSafeIntegers).toBe(safe);
      if (!safe) tally["listed difference: offsets beyond 2^53 - 1 are numbers and therefore rounded (batches)"]++;

      if (expected.error !== undefined || expected.compression === undefined) {
        tally.refusedAsKafkaRefuses++;
        if (expected.valid) expect(() => decodeRecords(batch)).toThrow(CorruptRecordError);
        else expect(batch.isCrcValid()).toBe(false);
        continue;
      }
      const records = decodeRecords(batch);
      tally.records += records.length;
      // Beyond 2^53 - 1 offsets are rounded, and hasSafeIntegers has said so.
      const offsetsAs = (offset: number) => (safe ? offset : "rounded");
      expect(records.map((r) => ({ ...asGolden(r), offset: offsetsAs(r.offset) }))).toEqual(
        expected.records!.map((r) => ({ ...withoutControl(r), offset: offsetsAs(Number(r.offset)) })),
      );
      expected.records!.forEach((record, i) => {
        if (record.sequence !== undefined) expect(records[i]!.sequence).toBe(record.sequence);
        if (record.control !== undefined) checkControl(records[i]!, record.control);
      });
    }
  });

  const sound = ofMagic2.filter(({ error, compression }) => error === undefined && compression !== undefined);
  if (sound.length === 0) return;

  it("comes out of the builder again", () => {
    for (const expected of sound) {
      const original = new BatchView(bytes, expected.position);
      const rebuilt = rebuild(original);
      if (expected.compression === "none") {
        // 2^53 + 1 is no number: that one batch is rebuilt but for its base offset.
        const from = original.hasSafeIntegers ? 0 : 8;
        expect(rebuilt.subarray(from).toString("hex")).toBe(original.bytes.subarray(from).toString("hex"));
        tally.rebuiltByteByByte++;
      } else {
        const view = [...iterateBatches(rebuilt)][0]!;
        expect(view.isCrcValid()).toBe(true);
        expect({ ...expectedHeader(expected), position: 0, size: 0, crc: 0 }).toEqual({
          ...headerOf(view, expected),
          position: 0,
          size: 0,
          crc: 0,
        });
        expect(decodeRecords(view)).toEqual(decodeRecords(original));
        tally.rebuiltByContent++;
      }
    }
  });
});

describe("the recorded files as a whole", () => {
  it("are all there", () => {
    expect(files.length).toBe(80);
  });
});

function headerOf(batch: BatchView, expected: GoldenBatch): Record<string, unknown> {
  const exact = typeof expected.baseOffset === "number";
  return {
    position: batch.position,
    size: batch.sizeInBytes,
    magic: batch.magic,
    valid: batch.isCrcValid(),
    baseOffset: exact ? batch.baseOffset : String(batch.buffer.readBigInt64BE(batch.position)),
    lastOffset: exact
      ? batch.lastOffset
      : String(batch.buffer.readBigInt64BE(batch.position) + BigInt(batch.lastOffsetDelta)),
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    crc: batch.crc,
    attributes: batch.attributes,
    lastOffsetDelta: batch.lastOffsetDelta,
    baseTimestamp: batch.baseTimestamp,
    maxTimestamp: batch.maxTimestamp,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    lastSequence: batch.lastSequence,
    recordCount: batch.recordCount,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    deleteHorizonMs: batch.deleteHorizonMs,
    compression: batch.codec,
    timestampType: batch.timestampType,
  };
}

function expectedHeader(expected: GoldenBatch): Record<string, unknown> {
  const { records: _records, error: _error, ...header } = expected;
  // Kafka's reader gives up on a codec without a meaning, so the recording of that batch lacks these two.
  return { compression: null, timestampType: "CreateTime", ...header, producerId: BigInt(expected.producerId) };
}

function asGolden(record: DecodedRecord): object {
  return {
    offset: record.offset,
    timestamp: record.timestamp,
    key: goldenBytes(record.key),
    value: goldenBytes(record.value),
    headers: record.headers.map(([name, value]) => [name, value === null ? null : value.toString("hex")]),
  };
}

function withoutControl(record: GoldenRecord): object {
  const { offset, timestamp, key, value, headers } = record;
  return { offset: Number(offset), timestamp, key, value, headers };
}

function goldenBytes(value: Buffer | null): GoldenBytes {
  if (value === null) return null;
  if (value.length <= 2048) return value.toString("hex");
  return { length: value.length, sha256: createHash("sha256").update(value).digest("hex") };
}

function checkControl(record: DecodedRecord, control: NonNullable<GoldenRecord["control"]>): void {
  expect(controlRecordType(record.key)).toBe(control.type);
  if (control.coordinatorEpoch !== undefined)
    expect(decodeEndTxnMarker(record)).toEqual({ type: control.type, coordinatorEpoch: control.coordinatorEpoch });
}

function rebuild(original: BatchView): Buffer {
  const appendTime = original.timestampType === "LogAppendTime";
  const builder = new BatchBuilder({
    codec: original.codec ?? "none",
    partitionLeaderEpoch: original.partitionLeaderEpoch,
    producerId: original.producerId,
    producerEpoch: original.producerEpoch,
    baseSequence: original.baseSequence,
    isTransactional: original.isTransactional,
    isControl: original.isControl,
    ...(appendTime ? { logAppendTimeMs: original.maxTimestamp } : {}),
    ...(original.deleteHorizonMs === null ? {} : { deleteHorizonMs: original.deleteHorizonMs }),
  });
  // Under LogAppendTime the records still carry the producer's timestamps: the cursor shows what is written, not what it means.
  const cursor = openRecords(original);
  for (const { key, value, headers } of decodeRecords(original)) {
    cursor.next();
    const timestamp = original.baseTimestamp + cursor.timestampDelta;
    builder.append({ timestamp, key, value, headers, offset: cursor.offsetDelta });
  }
  const rebuilt = builder.build({ lastOffset: original.lastOffsetDelta, maxTimestamp: original.maxTimestamp });
  if (original.hasSafeIntegers) patchBaseOffset(rebuilt, 0, original.baseOffset);
  return rebuilt;
}
