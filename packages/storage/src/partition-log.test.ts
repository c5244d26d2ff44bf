import { BatchView, iterateBatches } from "@ottla/protocol";
import { TruncatedBeforeFlush } from "./log-flusher";
import { PartitionLog } from "./partition-log";
import type { ReadOutcome } from "./read-outcome";
import { batchOf, DIRECTORY, markerOf, SimulatedLogHome } from "./testing/log-on-simulated-disk";

const EVERYTHING = { maxBytes: 10_000_000, upperBound: Number.POSITIVE_INFINITY, minOneBatch: true };

describe("a leader's append", () => {
  it("gives each batch the next offsets and its epoch, and leaves the checksum right", () => {
    const log = new SimulatedLogHome().create();
    log.startLeaderEpoch(4);
    expect(log.appendAsLeader([batchOf({ values: ["a", "b"] }), batchOf({ values: ["c"] })], 4)).toEqual([
      { kind: "appended", baseOffset: 0, lastOffset: 1, logAppendTime: -1 },
      { kind: "appended", baseOffset: 2, lastOffset: 2, logAppendTime: -1 },
    ]);
    expect(log.logEndOffset).toBe(3);
    for (const batch of batchesFrom(log, 0))
      expect([batch.partitionLeaderEpoch, batch.isCrcValid()]).toEqual([4, true]);
  });

  it("recognises a retry, also of a batch earlier in the same call, and answers with its first offsets", () => {
    const log = new SimulatedLogHome().create();
    const wish = { producerId: 7n, baseSequence: 0, values: ["a", "b"] };
    expect(log.appendAsLeader([batchOf(wish), batchOf(wish)], 0)).toMatchObject([
      { kind: "appended", baseOffset: 0 },
      { kind: "duplicate", baseOffset: 0, lastOffset: 1, timestamp: 1_700_000_000_000 },
    ]);
    expect(log.logEndOffset).toBe(2);
  });

  it("refuses a gap in the sequence, an old epoch, and a batch larger than a segment, each on its own", () => {
    const log = new SimulatedLogHome({ segmentBytes: 300 }).create();
    const of = (producerEpoch: number, baseSequence: number) =>
      batchOf({ producerId: 7n, producerEpoch, baseSequence });
    expect(
      log.appendAsLeader([of(1, 0), of(1, 2), of(0, 1), batchOf({ values: ["x".repeat(400)] }), of(1, 1)], 0),
    ).toMatchObject([
      { kind: "appended", baseOffset: 0 },
      { kind: "refused", error: "OUT_OF_ORDER_SEQUENCE_NUMBER" },
      { kind: "refused", error: "INVALID_PRODUCER_EPOCH" },
      { kind: "refused", error: "RECORD_LIST_TOO_LARGE" },
      { kind: "appended", baseOffset: 1 },
    ]);
  });

  it("leaves no trace when the disk refuses, and nothing is written after", () => {
    const home = new SimulatedLogHome();
    const log = home.create();
    log.appendAsLeader([batchOf()], 0);
    home.disk.inject({ operation: "write", pathContains: ".log", code: "ENOSPC", writesBytesFirst: 20 });
    const [outcome] = log.appendAsLeader([batchOf({ producerId: 1n, baseSequence: 0 })], 0);
    expect(outcome).toMatchObject({ kind: "refused", error: "KAFKA_STORAGE_ERROR" });
    expect([log.logEndOffset, log.producers().length, log.offline?.code, home.failures.length]).toEqual([
      1,
      0,
      "ENOSPC",
      1,
    ]);
    home.disk.heal();
    expect(log.appendAsLeader([batchOf()], 0)).toMatchObject([{ kind: "refused", error: "KAFKA_STORAGE_ERROR" }]);
    expect(log.logEndOffset).toBe(1);
    expect(batchesFrom(log, 0)).toHaveLength(1);
  });
});

describe("a segment is closed", () => {
  const timestampsOf = (...timestamps: number[]) => timestamps.map((timestamp) => batchOf({ timestamps: [timestamp] }));

  it.each([
    [
      "when the next batch would make it larger than segment.bytes",
      { segmentBytes: 150 },
      timestampsOf(1, 2, 3),
      [0, 2],
    ],
    [
      "when records are older than segment.ms by their own clock",
      { segmentMs: 100 },
      timestampsOf(1000, 1100, 1101),
      [0, 2],
    ],
    [
      "when an index is full",
      { segmentIndexBytes: 24, indexIntervalBytes: 0 },
      timestampsOf(5, 5, 5, 5, 5, 5),
      [0, 2, 4],
    ],
    ["and not before", {}, timestampsOf(1, 2, 3), [0]],
  ])("%s", (_, config, batches, bases) => {
    const home = new SimulatedLogHome(config);
    const log = home.create();
    for (const batch of batches) log.appendAsLeader([batch], 0);
    const files = home.disk.list(DIRECTORY).filter((name) => name.endsWith(".log"));
    expect(files.map((name) => Number(name.slice(0, 20)))).toEqual(bases);
  });

  it("with the producers' state as of its end beside it", () => {
    const home = new SimulatedLogHome({ segmentBytes: 150 });
    const log = home.create();
    for (const baseSequence of [0, 1, 2]) log.appendAsLeader([batchOf({ producerId: 3n, baseSequence })], 0);
    expect(home.disk.exists(`${DIRECTORY}/00000000000000000002.snapshot`)).toBe(true);
  });
});

describe("a read", () => {
  /** Ten batches of 100 records' worth of small bytes, from memory or from the file. */
  function tenBatches(tailBytes: number): PartitionLog {
    const log = new SimulatedLogHome({ segmentBytes: 500, indexIntervalBytes: 100 }, tailBytes).create();
    for (let index = 0; index < 10; index++) log.appendAsLeader([batchOf({ values: [`${index}`, "second"] })], 0);
    return log;
  }

  describe.each([
    ["memory", 1_000_000],
    ["files", 1],
  ])("from %s", (_, tailBytes) => {
    it("begins with the batch that holds the offset", () => {
      expect(batchesFrom(tenBatches(tailBytes), 5)[0]?.baseOffset).toBe(4);
    });

    it("stops before a batch that does not fit, but gives one if that is asked for", () => {
      const log = tenBatches(tailBytes);
      const batchBytes = batchesFrom(log, 0)[0]?.sizeInBytes ?? 0;
      expect(offsetsOf(log.read({ ...EVERYTHING, offset: 0, maxBytes: 2 * batchBytes }))).toEqual([0, 2]);
      expect(offsetsOf(log.read({ ...EVERYTHING, offset: 0, maxBytes: 2 * batchBytes + 1 }))).toEqual([0, 2]);
      expect(offsetsOf(log.read({ ...EVERYTHING, offset: 0, maxBytes: 1 }))).toEqual([0]);
      expect(log.read({ ...EVERYTHING, offset: 0, maxBytes: 1, minOneBatch: false })).toEqual({ kind: "empty" });
    });

    it("gives no batch that begins at or beyond the upper bound", () => {
      const log = tenBatches(tailBytes);
      expect(offsetsOf(log.read({ ...EVERYTHING, offset: 0, upperBound: 4 }))).toEqual([0, 2]);
      expect(log.read({ ...EVERYTHING, offset: 4, upperBound: 4 })).toEqual({ kind: "empty" });
    });

    it("is out of range below the log start and above the log end, and empty at the end", () => {
      const log = tenBatches(tailBytes);
      log.advanceHighWatermark(20);
      log.advanceLogStart(3);
      expect([2, 21, 20].map((offset) => log.read({ ...EVERYTHING, offset }).kind)).toEqual([
        "outOfRange",
        "outOfRange",
        "empty",
      ]);
    });
  });

  it("off the event loop gives the same", async () => {
    const log = tenBatches(1);
    const { signal } = new AbortController();
    expect(log.isCold(0)).toBe(false);
    expect(offsetsOf(await log.readCold({ ...EVERYTHING, offset: 7 }, signal))).toEqual(
      offsetsOf(log.read({ ...EVERYTHING, offset: 7 })),
    );
  });

  it("off the event loop gives nothing when what it read was cut off meanwhile", async () => {
    const log = tenBatches(1);
    const reading = log.readCold({ ...EVERYTHING, offset: 16 }, new AbortController().signal);
    log.truncateTo(16);
    expect(await reading).toEqual({ kind: "empty" });
  });

  it("of a batch larger than a piece comes whole", () => {
    const log = new SimulatedLogHome({}, 1).create();
    for (const value of ["a", "b".repeat(700_000), "c"]) log.appendAsLeader([batchOf({ values: [value] })], 0);
    expect(offsetsOf(log.read({ ...EVERYTHING, offset: 0 }))).toEqual([0, 1, 2]);
    expect(offsetsOf(log.read({ ...EVERYTHING, offset: 1, maxBytes: 10 }))).toEqual([1]);
  });
});

describe("recent batches in memory", () => {
  it("stay within the shared budget, those of the log that appended longest ago going first", () => {
    const home = new SimulatedLogHome({}, 20_000);
    const log = home.create();
    for (let index = 0; index < 500; index++) log.appendAsLeader([batchOf({ values: ["x".repeat(100)] })], 0);
    expect(home.budget.bytes).toBeLessThanOrEqual(20_000);
    expect(home.budget.bytes).toBeGreaterThan(4_000);
    log.truncateTo(0);
    expect(home.budget.bytes).toBe(0);
  });

  it("do not keep a larger buffer alive for the sake of a small batch", () => {
    const home = new SimulatedLogHome();
    const log = home.create();
    const chunk = Buffer.alloc(65_536);
    const { batch } = batchOf();
    batch.copy(chunk, 100);
    log.appendAsLeader([{ batch: chunk.subarray(100, 100 + batch.length), info: { logAppendTime: -1 } }], 0);
    expect(home.budget.bytes).toBeGreaterThanOrEqual(batch.length);
    expect(home.budget.bytes).toBeLessThanOrEqual(4_096);
  });
});

describe("a truncation", () => {
  it("drops every batch that reaches the offset, and what remembers them", () => {
    const home = new SimulatedLogHome({ segmentBytes: 300, indexIntervalBytes: 50 });
    const log = home.create();
    for (let index = 0; index < 12; index++) {
      if (index % 4 === 0) log.startLeaderEpoch(index);
      log.appendAsLeader(
        [batchOf({ producerId: 1n, baseSequence: 2 * index, values: ["a", "b"] })],
        index - (index % 4),
      );
    }
    log.advanceHighWatermark(20);
    log.truncateTo(9);
    expect([log.logEndOffset, log.highWatermark, log.lastEpoch]).toEqual([8, 8, 0]);
    expect(offsetsOf(log.read({ ...EVERYTHING, offset: 0 }))[0]).toBe(0);
    expect(log.producers()[0]?.batches.map((batch) => batch.firstSequence)).toEqual([0, 2, 4, 6]);
    expect(log.appendAsLeader([batchOf({ producerId: 1n, baseSequence: 8 })], 5)).toMatchObject([
      { kind: "appended", baseOffset: 8 },
    ]);
  });
});

describe("transactions", () => {
  it("hold the last stable offset back until their marker is committed; aborted ones are told to readers", () => {
    const log = new SimulatedLogHome().create();
    const data = (producerId: bigint) => batchOf({ producerId, baseSequence: 0, isTransactional: true });
    log.appendAsLeader([batchOf(), data(1n), data(2n)], 0);
    log.advanceHighWatermark(3);
    expect(log.lastStableOffset).toBe(1);
    log.appendAsLeader([markerOf("ABORT", 1n), markerOf("COMMIT", 2n)], 0);
    expect(log.lastStableOffset).toBe(1);
    log.advanceHighWatermark(5);
    expect(log.lastStableOffset).toBe(5);
    expect(log.abortedTransactions(0, 5)).toEqual([
      { producerId: 1n, firstOffset: 1, lastOffset: 3, lastStableOffset: 2 },
    ]);
    expect(log.abortedTransactions(4, 5)).toEqual([]);
  });

  it("of others refuse a plain batch of a producer whose own is open", () => {
    const log = new SimulatedLogHome().create();
    log.appendAsLeader([batchOf({ producerId: 1n, baseSequence: 0, isTransactional: true })], 0);
    expect(log.appendAsLeader([batchOf({ producerId: 1n, baseSequence: 1 })], 0)).toMatchObject([
      { kind: "refused", error: "INVALID_TXN_STATE" },
    ]);
  });
});

describe("retention", () => {
  function fourSegments(config: object): { log: PartitionLog; home: SimulatedLogHome } {
    const home = new SimulatedLogHome({ segmentBytes: 100, retentionMs: Number.POSITIVE_INFINITY, ...config });
    const log = home.create();
    for (const timestamp of [1_000, 2_000, 3_000, 4_000]) log.appendAsLeader([batchOf({ timestamps: [timestamp] })], 0);
    log.advanceHighWatermark(4);
    return { log, home };
  }

  it("takes segments whose newest record is older than retention.ms, renamed at once", () => {
    const { log, home } = fourSegments({ retentionMs: 1_000 });
    const deleted = log.deleteOldSegments(3_500);
    expect(deleted).toMatchObject({ count: 2, newLogStartOffset: 2, reason: "retention.ms" });
    for (const file of deleted.files) expect([file.endsWith(".deleted"), home.disk.exists(file)]).toEqual([true, true]);
    expect(offsetsOf(log.read({ ...EVERYTHING, offset: 2 }))).toEqual([2, 3]);
  });

  it("takes the active segment, too, once it is as old, after closing it", () => {
    const { log } = fourSegments({ retentionMs: 1_000 });
    expect(log.deleteOldSegments(9_000)).toMatchObject({ count: 4, newLogStartOffset: 4 });
    expect(log.appendAsLeader([batchOf()], 0)).toMatchObject([{ baseOffset: 4 }]);
  });

  it("takes the oldest while the rest is at least retention.bytes", () => {
    const { log } = fourSegments({ retentionBytes: 138 });
    expect(log.deleteOldSegments(0)).toMatchObject({ count: 2, reason: "retention.bytes" });
  });

  it("takes nothing at or beyond the high watermark", () => {
    const { log } = fourSegments({ retentionMs: 1_000 });
    log.truncateTo(3);
    log.truncateTo(1);
    log.appendAsLeader([batchOf({ timestamps: [1_000] }), batchOf({ timestamps: [1_000] })], 0);
    expect([log.highWatermark, log.deleteOldSegments(9_000).count]).toEqual([1, 1]);
  });

  it("takes what DeleteRecords passed, whatever the policy", () => {
    const { log } = fourSegments({ cleanupPolicy: { delete: false, compact: true }, retentionMs: 1 });
    log.advanceLogStart(2);
    expect(log.deleteOldSegments(9_000)).toMatchObject({ count: 2, reason: "log start offset" });
  });
});

describe("durability", () => {
  it("is shared: who waits while a sync is under way waits for the next one", async () => {
    const home = new SimulatedLogHome({ flushMessages: 1 });
    const log = home.create();
    log.appendAsLeader([batchOf()], 0);
    const first = log.whenFlushed(1);
    log.appendAsLeader([batchOf()], 0);
    expect(log.acknowledgedEndOffset).toBe(0);
    await first;
    await log.whenFlushed(2);
    expect([log.flushedEndOffset, log.acknowledgedEndOffset]).toEqual([2, 2]);
    home.losePower();
    expect((await home.open({ recoveryPoint: 2 })).log.logEndOffset).toBe(2);
  });

  it("is not promised for what was cut off meanwhile", async () => {
    const log = new SimulatedLogHome().create();
    log.appendAsLeader([batchOf()], 0);
    const waiting = log.whenFlushed(1);
    log.truncateTo(0);
    await expect(waiting).rejects.toBeInstanceOf(TruncatedBeforeFlush);
    expect(log.flushedEndOffset).toBe(0);
  });

  it("comes again after a truncation only when the lower recovery point was checkpointed", async () => {
    const home = new SimulatedLogHome();
    const written: number[] = [];
    const log = PartitionLog.create({
      ...home.options(),
      recoveryPointFell: async () => {
        written.push(log.recoveryPoint);
      },
    });
    for (let index = 0; index < 3; index++) log.appendAsLeader([batchOf()], 0);
    await log.flush();
    log.truncateTo(1);
    log.appendAsLeader([batchOf()], 0);
    await log.flush();
    expect([written, log.recoveryPoint]).toEqual([[1], 2]);
  });

  it("lost takes the log offline: what the kernel holds after a failed sync is unknown", async () => {
    const home = new SimulatedLogHome();
    const log = home.create();
    log.appendAsLeader([batchOf()], 0);
    home.disk.inject({ operation: "fdatasync", code: "EIO" });
    await expect(log.flush()).rejects.toMatchObject({ code: "EIO" });
    expect([log.offline?.code, home.failures.length]).toEqual(["EIO", 1]);
  });

  it("is due a second after the first unsynced byte, or flush.ms if that is less", () => {
    const home = new SimulatedLogHome({ flushMs: 200 });
    const log = home.create();
    expect(log.flushIsDue()).toBe(false);
    log.appendAsLeader([batchOf()], 0);
    home.clock.advance(199);
    expect(log.flushIsDue()).toBe(false);
    home.clock.advance(1);
    expect(log.flushIsDue()).toBe(true);
    log.updateConfig({ ...log.config, flushMs: Number.POSITIVE_INFINITY });
    expect(log.flushIsDue()).toBe(false);
    home.clock.advance(800);
    expect(log.flushIsDue()).toBe(true);
  });
});

describe("opening a log again", () => {
  it.each([true, false])("remembers a producer's last five batches (closed in order: %s)", async (clean) => {
    const home = new SimulatedLogHome({ segmentBytes: 200 });
    const log = home.create();
    const sent = Array.from({ length: 8 }, (_, baseSequence) => batchOf({ producerId: 9n, baseSequence }));
    for (const batch of sent) log.appendAsLeader([batch], 0);
    const recoveryPoint = clean ? 8 : 0;
    if (clean) await log.close({ clean: true });
    else home.kill();
    const again = (await home.open({ cleanShutdown: clean, recoveryPoint })).log;
    for (let baseSequence = 3; baseSequence < 8; baseSequence++) {
      expect(again.appendAsLeader([batchOf({ producerId: 9n, baseSequence })], 0)).toMatchObject([
        { kind: "duplicate", baseOffset: baseSequence },
      ]);
    }
    expect(again.appendAsLeader([batchOf({ producerId: 9n, baseSequence: 8 })], 0)).toMatchObject([{ baseOffset: 8 }]);
  });

  it("reads a large segment through from the recovery point only, and its indexes are whole", async () => {
    const home = new SimulatedLogHome();
    const log = home.create();
    const value = "x".repeat(250_000);
    for (let index = 0; index < 80; index++) {
      log.appendAsLeader([batchOf({ values: [value], producerId: 5n, baseSequence: index, timestamps: [index] })], 0);
      if (index === 70) await log.flush();
    }
    const { recoveryPoint } = log;
    home.kill();
    const { log: again, report } = await whileTicking(home, home.open({ recoveryPoint }));
    expect(report).toMatchObject({ recovered: true, cut: "nothing", bytesCut: 0 });
    expect(report.bytesReread).toBeGreaterThan(8 * 250_000);
    expect(report.bytesReread).toBeLessThan(20 * 250_000);
    expect(again.logEndOffset).toBe(80);
    expect(again.producers()[0]?.batches.map((batch) => batch.firstSequence)).toEqual([75, 76, 77, 78, 79]);
    for (const offset of [0, 33, 69, 70, 71, 79])
      expect(offsetsOf(again.read({ ...EVERYTHING, offset, maxBytes: 1 }))).toEqual([offset]);
    for (const timestamp of [1, 40, 75])
      expect(again.offsetForTimestamp(timestamp, 80)).toMatchObject({ offset: timestamp });
  });
});

describe("legacy offsets (ListOffsets 0)", () => {
  it("are segment beginnings and the log end, newest first, cut at the consumer's bound", () => {
    const home = new SimulatedLogHome({ segmentBytes: 100 });
    const log = home.create();
    for (let index = 0; index < 3; index++) log.appendAsLeader([batchOf()], 0);
    expect(log.legacyOffsetsBefore(-1, 10, null)).toEqual([3, 2, 1, 0]);
    expect(log.legacyOffsetsBefore(-1, 2, null)).toEqual([3, 2]);
    expect(log.legacyOffsetsBefore(-2, 10, null)).toEqual([0]);
    expect(log.legacyOffsetsBefore(-1, 10, 1)).toEqual([1, 1, 0]);
    expect(log.legacyOffsetsBefore(0, 10, null)).toEqual([]);
  });
});

function batchesFrom(log: PartitionLog, offset: number): BatchView[] {
  const found: BatchView[] = [];
  for (let next = offset; next < log.logEndOffset; ) {
    const outcome = log.read({ ...EVERYTHING, offset: next });
    if (outcome.kind !== "records") throw new Error(`nothing at ${next}`);
    found.push(...iterateBatches(Buffer.concat(outcome.slices)));
    outcome.release();
    next = outcome.nextOffset;
  }
  return found;
}

function offsetsOf(outcome: ReadOutcome): number[] {
  if (outcome.kind !== "records") return [];
  const offsets = [...iterateBatches(Buffer.concat(outcome.slices))].map((batch) => batch.baseOffset);
  outcome.release();
  return offsets;
}

/** Recovery lets others run now and then; time has to go on for that. */
async function whileTicking<T>(home: SimulatedLogHome, work: Promise<T>): Promise<T> {
  let isDone = false;
  const settled = work.finally(() => {
    isDone = true;
  });
  while (!isDone) await home.clock.advanceAsync(1);
  return settled;
}
