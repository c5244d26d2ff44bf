import { BatchView, buildEndTxnMarker, compressionReady, decodeRecords } from "@ottla/protocol";
import { KEYED_TIMESTAMP, keyedBytes } from "../testing/keyed-batches";
import { type CleanedBatch, type CleanRules, cleanBatch } from "./clean-batch";
import { CleanTransactions } from "./clean-transactions";

const NOW = 2_000_000_000_000;
const RETENTION_MS = 1_000;

beforeAll(() => compressionReady());

/** Rules under which each key's last offset is the one given; unknown keys have none. */
function rules(last: Readonly<Record<string, number>>, change: Partial<CleanRules> = {}): CleanRules {
  return {
    nowMs: NOW,
    deleteRetentionMs: RETENTION_MS,
    mappedTo: 1_000,
    lastOffsetOf: (bytes, start, length) => last[bytes.toString("utf8", start, start + length)] ?? -1,
    ...change,
  };
}

function cleaned(
  bytes: Buffer,
  by: CleanRules,
  standing: { isDiscardable?: boolean; mustStay?: boolean } = {},
): CleanedBatch {
  const work = cleanBatch(new BatchView(bytes, 0), by, { isDiscardable: false, mustStay: false, ...standing });
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

function rewritten(result: CleanedBatch): BatchView {
  if (result.kind !== "rewritten") throw new Error(result.kind);
  expect(result.batch.isCrcValid()).toBe(true);
  return result.batch;
}

const producer = { producerId: 8n, producerEpoch: 3, baseSequence: 40, leaderEpoch: 5, baseOffset: 100 };

describe("a batch that is cleaned", () => {
  it("is kept as it is when all its records are the last of their keys, or not in the map", () => {
    const bytes = keyedBytes(
      [
        ["a", "1"],
        ["b", "2"],
      ],
      { baseOffset: 100 },
    );
    expect(cleaned(bytes, rules({ a: 100, b: 101 }))).toEqual({ kind: "kept", records: 2, tombstones: 0 });
    expect(cleaned(bytes, rules({}))).toMatchObject({ kind: "kept" });
    expect(cleaned(bytes, rules({ a: 500, b: 500 }, { mappedTo: 99 }))).toMatchObject({ kind: "kept" });
  });

  it("is dropped when none is", () => {
    expect(cleaned(keyedBytes([["a", "1"]], { baseOffset: 100 }), rules({ a: 101 }))).toEqual({ kind: "dropped" });
  });

  it.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)(
    "keeps offsets, epoch, producer, sequence and timestamps, and its codec: %s",
    (codec) => {
      const bytes = keyedBytes(
        [
          ["a", "1", 10],
          ["b", "2", 30],
          ["c", "3", 20],
        ],
        { ...producer, codec },
      );
      const batch = rewritten(cleaned(bytes, rules({ a: 200 })));
      expect(batch.baseOffset).toBe(100);
      expect([batch.lastOffset, batch.baseSequence, batch.lastSequence]).toEqual([102, 40, 42]);
      expect([batch.producerId, batch.producerEpoch, batch.partitionLeaderEpoch]).toEqual([8n, 3, 5]);
      expect([batch.codec, batch.recordCount, batch.maxTimestamp]).toEqual([codec, 2, 30]);
      expect(decodeRecords(batch).map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
        [101, 30],
        [102, 20],
      ]);
    },
  );

  it("keeps the time of the append", () => {
    const bytes = keyedBytes(
      [
        ["a", "1"],
        ["b", "2"],
      ],
      { baseOffset: 100, logAppendTimeMs: 77 },
    );
    const batch = rewritten(cleaned(bytes, rules({ a: 200 })));
    expect([batch.timestampType, batch.maxTimestamp, decodeRecords(batch)[0]?.timestamp]).toEqual([
      "LogAppendTime",
      77,
      77,
    ]);
  });

  it("stays as a header where that is needed", () => {
    const bytes = keyedBytes(
      [
        ["a", "1"],
        ["a", "2"],
      ],
      { ...producer, isTransactional: true, codec: "gzip" },
    );
    const batch = rewritten(cleaned(bytes, rules({ a: 200 }), { mustStay: true }));
    expect([batch.sizeInBytes, batch.recordCount, batch.codec]).toEqual([61, 0, "none"]);
    expect([batch.baseOffset, batch.lastOffset, batch.baseSequence, batch.lastSequence]).toEqual([100, 101, 40, 41]);
    expect([batch.isTransactional, batch.producerId, batch.maxTimestamp, batch.baseTimestamp]).toEqual([
      true,
      8n,
      KEYED_TIMESTAMP,
      -1,
    ]);
    expect(cleaned(batch.bytes, rules({}), { mustStay: true })).toMatchObject({ kind: "kept" });
    expect(cleaned(batch.bytes, rules({}))).toMatchObject({ kind: "dropped" });
  });

  it("loses all records when its transaction was aborted", () => {
    const bytes = keyedBytes([["a", "1"]], { ...producer, isTransactional: true });
    expect(cleaned(bytes, rules({ a: 100 }), { isDiscardable: true })).toEqual({ kind: "dropped" });
  });
});

describe("a batch with tombstones", () => {
  const bytes = keyedBytes(
    [
      ["a", null, 10],
      ["b", "2", 30],
    ],
    { baseOffset: 100, codec: "lz4" },
  );

  it("gets its delete horizon when it is first cleaned, with its records' timestamps unchanged", () => {
    const batch = rewritten(cleaned(bytes, rules({ a: 100, b: 101 })));
    expect(batch.deleteHorizonMs).toBe(NOW + RETENTION_MS);
    expect(batch.maxTimestamp).toBe(30);
    expect(decodeRecords(batch).map(({ timestamp }) => timestamp)).toEqual([10, 30]);
  });

  it("keeps them until then, and the horizon when other records go", () => {
    const batch = rewritten(cleaned(bytes, rules({})));
    expect(cleaned(batch.bytes, rules({}, { nowMs: NOW + RETENTION_MS - 1 }))).toMatchObject({
      kind: "kept",
      tombstones: 1,
    });
    const smaller = rewritten(cleaned(batch.bytes, rules({ b: 300 }, { nowMs: NOW + 1 })));
    expect([smaller.deleteHorizonMs, smaller.recordCount]).toEqual([NOW + RETENTION_MS, 1]);
    const without = rewritten(cleaned(batch.bytes, rules({}, { nowMs: NOW + RETENTION_MS })));
    expect(decodeRecords(without).map(({ offset }) => offset)).toEqual([101]);
  });

  it("keeps them, without a horizon, while what they delete is not known to be gone", () => {
    expect(cleaned(bytes, rules({}, { mappedTo: 99 }))).toMatchObject({ kind: "kept", tombstones: 1 });
  });
});

describe("a transaction's marker", () => {
  const marker = buildEndTxnMarker({
    type: "COMMIT",
    coordinatorEpoch: 1,
    producerId: 8n,
    producerEpoch: 3,
    timestamp: 50,
    baseOffset: 110,
  });

  it("is kept while something of its transaction is there", () => {
    expect(cleaned(marker, rules({}))).toMatchObject({ kind: "kept" });
  });

  it("gets a horizon once nothing is, and goes after it", () => {
    const discardable = { isDiscardable: true };
    const batch = rewritten(cleaned(marker, rules({}), discardable));
    // As Kafka 3.9.1 writes it: a byte longer than without.
    expect([batch.deleteHorizonMs, batch.sizeInBytes >= 79, batch.maxTimestamp]).toEqual([
      NOW + RETENTION_MS,
      true,
      50,
    ]);
    expect(cleaned(batch.bytes, rules({}, { nowMs: NOW + RETENTION_MS - 1 }), discardable)).toMatchObject({
      kind: "kept",
    });
    const later = rules({}, { nowMs: NOW + RETENTION_MS });
    expect(cleaned(batch.bytes, later, discardable)).toEqual({ kind: "dropped" });
    expect(rewritten(cleaned(batch.bytes, later, { ...discardable, mustStay: true }))).toMatchObject({
      recordCount: 0,
      isControl: true,
    });
  });
});

describe("what Apache Kafka 3.9.1 made of such batches (checksums of the recorded logs)", () => {
  it("the marker at offset 3 of compacted-txn-0", () => {
    const at = { type: "COMMIT", coordinatorEpoch: 0, producerId: 2n, producerEpoch: 0 } as const;
    const place = { timestamp: 1795343756187, baseOffset: 3, partitionLeaderEpoch: 0 };
    const horizon = rules({}, { nowMs: 1795343757887, deleteRetentionMs: 0 });
    const batch = rewritten(cleaned(buildEndTxnMarker({ ...at, ...place }), horizon, { isDiscardable: true }));
    expect([batch.sizeInBytes, batch.crc]).toEqual([79, 3816328344]);
  });

  it("the emptied batch at offset 21 of __consumer_offsets-0", () => {
    const from = { baseOffset: 21, producerId: 4n, baseSequence: 0, leaderEpoch: 0, isTransactional: true };
    const bytes = keyedBytes([["a", "1", 1795343760073]], from);
    const batch = rewritten(cleaned(bytes, rules({ a: 22 }), { mustStay: true }));
    expect([batch.sizeInBytes, batch.crc]).toEqual([61, 3223080679]);
  });

  it("the tombstone at offset 58 of compacted-0", () => {
    const gone = ["x", "y"] as const;
    const bytes = keyedBytes([gone, gone, ["k4", null, 1700000000580], gone], {
      baseOffset: 56,
      producerId: 1006n,
      baseSequence: 56,
      leaderEpoch: 0,
    });
    const by = rules({ x: 60 }, { nowMs: 1795430155925, deleteRetentionMs: 0 });
    const batch = rewritten(cleaned(bytes, by));
    expect([batch.sizeInBytes, batch.crc]).toEqual([75, 526493611]);
  });
});

describe("transactions followed through a log", () => {
  const data = (baseOffset: number, producerId: bigint) =>
    new BatchView(keyedBytes([["a", "1"]], { baseOffset, producerId, isTransactional: true }), 0);
  const ends = (baseOffset: number, producerId: bigint, type: "ABORT" | "COMMIT") => {
    const at = { type, coordinatorEpoch: 0, producerId, producerEpoch: 0, timestamp: 1, baseOffset };
    return [new BatchView(buildEndTxnMarker(at), 0), { type, coordinatorEpoch: 0 }] as const;
  };
  const aborted = { producerId: 1n, firstOffset: 10, lastOffset: 12, lastStableOffset: 13 };

  it("are told apart by producer and offset", () => {
    const transactions = new CleanTransactions([aborted]);
    expect(transactions.onData(data(5, 1n))).toBe(false);
    expect(transactions.onControl(...ends(6, 1n, "COMMIT"))).toEqual({ isDiscardable: false, aborted: null });
    expect(transactions.onData(data(10, 1n))).toBe(true);
    expect(transactions.onData(data(11, 2n))).toBe(false);
    expect(transactions.onControl(...ends(12, 1n, "ABORT"))).toEqual({ isDiscardable: false, aborted });
    expect(transactions.onData(data(13, 1n))).toBe(false);
    expect(transactions.onControl(...ends(14, 2n, "COMMIT"))).toEqual({ isDiscardable: false, aborted: null });
  });

  it("leave a marker that may go when nothing of them was come upon", () => {
    const transactions = new CleanTransactions([aborted]);
    expect(transactions.onControl(...ends(12, 1n, "ABORT"))).toEqual({ isDiscardable: true, aborted: null });
    expect(transactions.onControl(...ends(20, 5n, "COMMIT"))).toEqual({ isDiscardable: true, aborted: null });
  });
});
