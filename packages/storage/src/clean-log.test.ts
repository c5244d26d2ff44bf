import { CorruptRecordError } from "@ottla/protocol";
import { CleaningOvertaken, CleaningStopped } from "./clean-log";
import { defaultCleanerSettings } from "./clean-settings";
import { DamagedSource } from "./clean-source";
import type { LogConfig } from "./log-config";
import type { PartitionLog } from "./partition-log";
import { batchesOf, cleanOnce, recordsOf, told } from "./testing/cleaned-log";
import { type KeyedRecord, type KeyedWish, keyedBatch } from "./testing/keyed-batches";
import { DIRECTORY, markerOf, SimulatedLogHome } from "./testing/log-on-simulated-disk";

const RETENTION_MS = 10_000;
const config: Partial<LogConfig> = {
  cleanupPolicy: { delete: false, compact: true },
  minCleanableDirtyRatio: 0,
  deleteRetentionMs: RETENTION_MS,
  segmentBytes: 400,
  indexIntervalBytes: 100,
};

let home: SimulatedLogHome;
let log: PartitionLog;

beforeEach(() => {
  home = new SimulatedLogHome(config);
  log = home.create();
});

afterEach(() => log.close({ clean: false }));

function append(records: readonly KeyedRecord[], wish: KeyedWish = {}): void {
  expect(log.appendAsLeader([keyedBatch(records, wish)], 0)).toMatchObject([{ kind: "appended" }]);
}

function marker(type: "ABORT" | "COMMIT", producerId: bigint): void {
  expect(log.appendAsLeader([markerOf(type, producerId)], 0)).toMatchObject([{ kind: "appended" }]);
}

/** What follows lies in another segment, which is not cleaned: a batch that fills one. */
function seal(): void {
  append([["filler", "x".repeat(300)]]);
  append([["last", "x".repeat(300)]]);
}

const clean = () => cleanOnce(log, home.clock.nowMs());

describe("a compacted log", () => {
  it("keeps the last record of each key at its offset, and whatever is not closed yet", async () => {
    append([
      ["a", "1"],
      ["b", "1"],
    ]);
    append([
      ["a", "2"],
      ["c", "1"],
    ]);
    append([["a", "3"]]);
    seal();
    expect(await clean()).toMatchObject({ firstDirtyOffset: 0, cleanedTo: 6, recordsRead: 6, recordsKept: 4, keys: 4 });
    expect(told(log).map((record) => record.slice(0, 10))).toEqual([
      "1:b=1",
      "3:c=1",
      "4:a=3",
      "5:filler=x",
      "6:last=xxx",
    ]);
    expect(log.firstDirtyOffset).toBe(6);
    expect(log.logStartOffset).toBe(0);
    expect(log.logEndOffset).toBe(7);
  });

  it("answers a fetch inside a gap with the next batch", async () => {
    for (let i = 0; i < 10; i++) append([["a", String(i)]]);
    seal();
    await clean();
    const outcome = log.read({ offset: 3, maxBytes: 1, upperBound: log.logEndOffset, minOneBatch: true });
    expect(outcome).toMatchObject({ kind: "records", nextOffset: 10 });
  });

  it("joins neighbours that fit into one segment", async () => {
    for (let i = 0; i < 30; i++) append([[`k${i % 2}`, "x".repeat(100)]]);
    seal();
    const before = log.segmentCount;
    await clean();
    seal();
    // Their sizes are known now.
    await clean();
    expect(log.segmentCount).toBeLessThan(before / 2);
    expect(home.disk.list(DIRECTORY).filter((name) => /cleaned|swap/.test(name))).toEqual([]);
  });

  it("finds records by their timestamps afterwards", async () => {
    for (let i = 0; i < 20; i++) append([[`k${i % 3}`, String(i), 1_000 + i]]);
    seal();
    await clean();
    expect(log.offsetForTimestamp(1_005, log.logEndOffset)).toMatchObject({ offset: 17, timestamp: 1_017 });
    expect(log.offsetForTimestamp(1_018, log.logEndOffset)).toMatchObject({ offset: 18, timestamp: 1_018 });
  });

  it("leaves alone what is not committed, or not durable", async () => {
    for (let i = 0; i < 10; i++) append([["a", "x".repeat(200)]]);
    expect(log.proposeCleaning(home.clock.nowMs())).toBeNull();
    log.advanceHighWatermark(log.logEndOffset);
    expect(log.proposeCleaning(home.clock.nowMs())).toBeNull();
    await log.flush();
    expect(log.proposeCleaning(home.clock.nowMs())).toMatchObject({ firstDirtyOffset: 0 });
  });

  it("leaves alone what an open transaction keeps from being decided", async () => {
    append([["a", "2"]], { producerId: 7n, isTransactional: true });
    seal();
    await log.flush();
    log.advanceHighWatermark(log.logEndOffset);
    expect(log.proposeCleaning(home.clock.nowMs())).toBeNull();
  });

  it("takes several passes where the map of keys does not hold all", async () => {
    for (let round = 0; round < 3; round++) for (let i = 0; i < 40; i++) append([[`k${i}`, `${round}`]]);
    seal();
    const settings = { dedupeBufferBytes: 24 * 25 };
    for (let passes = 0; (await cleanOnce(log, home.clock.nowMs(), settings)) !== null; )
      expect(passes++).toBeLessThan(20);
    expect(
      recordsOf(batchesOf(log))
        .filter(({ key }) => key?.startsWith("k"))
        .map(({ value }) => value),
    ).toEqual(Array.from({ length: 40 }, () => "2"));
  });

  it("drops records without a key, which a log has from before it was compacted", async () => {
    append([
      [null, "v"],
      ["a", "1"],
    ]);
    seal();
    await clean();
    expect(told(log)[0]).toBe("1:a=1");
  });

  it("compresses anew in the same codec", async () => {
    append(
      [
        ["a", "1"],
        ["b", "x".repeat(50)],
      ],
      { codec: "gzip" },
    );
    append([["a", "2"]], { codec: "gzip" });
    seal();
    await clean();
    const [first] = batchesOf(log);
    expect(first).toMatchObject({ baseOffset: 0, lastOffset: 1, recordCount: 1, codec: "gzip" });
  });

  it("keeps the last batch of the stretch although it is empty, so that followers learn how far the log reaches", async () => {
    append([["a", "1"]]);
    append([[null, "x".repeat(300)]]);
    append([["b", "x".repeat(300)]]);
    await clean();
    const extents = () => batchesOf(log).map(({ baseOffset, recordCount }) => [baseOffset, recordCount]);
    expect(extents()).toEqual([
      [0, 1],
      [1, 0],
      [2, 1],
    ]);
    append([["c", "x".repeat(300)]]);
    await clean();
    expect(extents()).toEqual([
      [0, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it("closes an idle segment once it is older than segment.ms, so that it can be cleaned", async () => {
    append([["a", "1"]]);
    append([["a", "2"]]);
    log.rollIfIdle(home.clock.nowMs());
    expect(await clean()).toBeNull();
    home.clock.advance(8 * 24 * 3600 * 1000);
    log.rollIfIdle(home.clock.nowMs());
    log.rollIfIdle(home.clock.nowMs());
    expect(log.segmentCount).toBe(2);
    await clean();
    expect(told(log)).toEqual(["1:a=2"]);
  });
});

describe("a tombstone", () => {
  it("outlives what it deletes by delete.retention.ms from its first cleaning on", async () => {
    append([
      ["a", "1"],
      ["b", "1"],
    ]);
    append([["a", null]]);
    seal();
    await clean();
    expect(told(log).slice(0, 2)).toEqual(["1:b=1", "2:a-"]);
    expect(batchesOf(log)[1]?.deleteHorizonMs).toBe(home.clock.nowMs() + RETENTION_MS);

    home.clock.advance(RETENTION_MS - 1);
    seal();
    await clean();
    expect(told(log)).toContain("2:a-");

    home.clock.advance(1);
    seal();
    await clean();
    expect(told(log).filter((record) => /:[ab]/.test(record))).toEqual(["1:b=1"]);
  });

  it("keeps its timestamp, and its batch the others' timestamps, when the horizon is set", async () => {
    append([
      ["a", null, 1_000],
      ["b", "1", 2_000],
    ]);
    seal();
    await clean();
    expect(recordsOf(batchesOf(log)).slice(0, 2)).toMatchObject([
      { offset: 0, timestamp: 1_000 },
      { offset: 1, timestamp: 2_000 },
    ]);
  });
});

describe("transactions in a compacted log", () => {
  it("lose their records when they were aborted, and then their marker, after the horizon", async () => {
    append([["a", "kept"]]);
    append([["a", "lost"]], { producerId: 7n, isTransactional: true });
    marker("ABORT", 7n);
    append([["z", "1"]], { producerId: 7n, baseSequence: 1, isTransactional: true });
    for (let i = 0; i < 5; i++) append([["z", "1"]], { producerId: 7n, baseSequence: 2 + i, isTransactional: true });
    marker("COMMIT", 7n);
    seal();
    await clean();
    expect(told(log)[0]).toBe("0:a=kept");
    expect(log.abortedTransactions(0, log.logEndOffset)).toMatchObject([
      { producerId: 7n, firstOffset: 1, lastOffset: 2 },
    ]);
    expect(
      batchesOf(log)
        .filter(({ isControl }) => isControl)
        .map(({ baseOffset, deleteHorizonMs }) => [baseOffset, deleteHorizonMs]),
    ).toEqual([
      [2, null],
      [9, null],
    ]);

    seal();
    await clean();
    expect(log.abortedTransactions(0, log.logEndOffset)).toEqual([]);
    expect(batchesOf(log).find(({ isControl }) => isControl)).toMatchObject({
      baseOffset: 2,
      deleteHorizonMs: home.clock.nowMs() + RETENTION_MS,
    });

    home.clock.advance(RETENTION_MS);
    seal();
    await clean();
    expect(
      batchesOf(log)
        .filter(({ isControl }) => isControl)
        .map(({ baseOffset }) => baseOffset),
    ).toEqual([9]);
  });

  it("do not supersede anything when they were aborted, whatever their producer committed before and after", async () => {
    append([["a", "1"]], { producerId: 7n, isTransactional: true });
    marker("COMMIT", 7n);
    append([["a", "2"]], { producerId: 7n, baseSequence: 1, isTransactional: true });
    marker("ABORT", 7n);
    append([["b", "3"]], { producerId: 7n, baseSequence: 2, isTransactional: true });
    marker("COMMIT", 7n);
    seal();
    await clean();
    expect(told(log).slice(0, 2)).toEqual(["0:a=1", "4:b=3"]);
  });
});

describe("idempotent producers of a compacted log", () => {
  it("have their last five batches recognised, after a restart, too", async () => {
    for (let i = 0; i < 8; i++) append([["a", String(i)]], { producerId: 5n, baseSequence: i });
    seal();
    await clean();
    expect(
      batchesOf(log)
        .filter(({ hasProducerId }) => hasProducerId)
        .map(({ baseOffset, recordCount }) => [baseOffset, recordCount]),
    ).toEqual([
      [3, 0],
      [4, 0],
      [5, 0],
      [6, 0],
      [7, 1],
    ]);
    await log.close({ clean: true });
    ({ log } = await home.open({ cleanShutdown: true, recoveryPoint: log.logEndOffset }));
    for (let i = 3; i < 8; i++) {
      const again = log.appendAsLeader([keyedBatch([["a", String(i)]], { producerId: 5n, baseSequence: i })], 0);
      expect(again).toMatchObject([{ kind: "duplicate", baseOffset: i }]);
    }
  });
});

describe("what happens to a log while it is cleaned", () => {
  /** Cleans, and does something as soon as the cleaner waits for the disk for the nth time. */
  async function cleanWhile(nth: number, happens: () => void): Promise<unknown> {
    await log.flush();
    log.advanceHighWatermark(log.logEndOffset);
    const proposal = log.proposeCleaning(home.clock.nowMs());
    if (proposal === null) throw new Error("nothing to clean");
    const done = log
      .clean(proposal, defaultCleanerSettings, () => {}, stop.signal)
      .then(
        (cleaned) => cleaned,
        (failure: unknown) => failure,
      );
    for (let turn = 0; turn < nth; turn++) await Promise.resolve();
    happens();
    return done;
  }
  let stop: AbortController;

  beforeEach(() => {
    stop = new AbortController();
    for (let i = 0; i < 20; i++) append([["a", "x".repeat(100)]]);
    seal();
  });

  const nths = [1, 3, 5, 8, 12, 20, 30, 50];

  it.each(nths)("a truncation makes it give up, and what comes instead counts as dirty (%d)", async (nth) => {
    const outcome = await cleanWhile(nth, () => log.truncateTo(10));
    expect(outcome).toBeInstanceOf(CleaningOvertaken);
    expect(log.firstDirtyOffset).toBeLessThanOrEqual(10);
    expect(log.logEndOffset).toBeLessThanOrEqual(10);
    expect(home.disk.list(DIRECTORY).filter((name) => /cleaned|swap/.test(name))).toEqual([]);
  });

  it.each(nths)("a stop leaves it as it was or with some segments cleaned (%d)", async (nth) => {
    const before = told(log);
    const outcome = await cleanWhile(nth, () => stop.abort());
    expect(outcome).toBeInstanceOf(CleaningStopped);
    expect(told(log).at(-1)).toBe(before.at(-1));
    expect(log.firstDirtyOffset).toBe(0);
  });

  it.each(nths)("closing it stops the cleaning (%d)", async (nth) => {
    expect(await cleanWhile(nth, () => void log.close({ clean: false }))).toBeInstanceOf(CleaningStopped);
  });

  it("a reader of a replaced segment reads on", async () => {
    const reading = log.readCold(
      { offset: 0, maxBytes: 100_000, upperBound: log.logEndOffset, minOneBatch: true },
      stop.signal,
    );
    await cleanWhile(1, () => {});
    expect(await reading).toMatchObject({ kind: "records" });
  });
});

describe("a log that is cut after it was cleaned", () => {
  beforeEach(async () => {
    for (let i = 0; i < 20; i++) append([[`k${i}`, "x".repeat(100)]]);
    seal();
    await clean();
    expect(log.firstDirtyOffset).toBe(21);
  });

  it("is dirty from the cut on", async () => {
    log.truncateTo(7);
    expect(log.firstDirtyOffset).toBe(log.logEndOffset);
    append([["k1", "new"]]);
    seal();
    await clean();
    expect(told(log).filter((record) => record.includes(":k1="))).toEqual([`${log.logEndOffset - 3}:k1=new`]);
  });

  it("is dirty where it starts anew", () => {
    log.truncateFullyAndStartAt(100);
    expect(log.firstDirtyOffset).toBeLessThanOrEqual(100);
  });

  it("is dirty as a whole when a start finds it shorter than what was clean", async () => {
    log.truncateTo(7);
    await log.close({ clean: false });
    ({ log } = await home.open({ firstDirtyOffset: 21 }));
    expect(log.firstDirtyOffset).toBe(0);
  });
});

describe("a log that cannot be cleaned", () => {
  beforeEach(() => {
    for (let i = 0; i < 20; i++) append([["a", "x".repeat(100)]]);
    seal();
  });

  it("tells of the damage, and is left as it is", async () => {
    await log.flush();
    home.disk.corrupt(`${DIRECTORY}/00000000000000000000.log`, 100, Buffer.from("!"));
    await expect(clean()).rejects.toBeInstanceOf(DamagedSource);
    expect(log.damage).toMatchObject({ offset: 0 });
    expect(log.offline).toBeNull();
  });

  it("stays online when the disk is full", async () => {
    home.disk.inject({ operation: "write", pathContains: ".cleaned", code: "ENOSPC" });
    await expect(clean()).rejects.toMatchObject({ code: "ENOSPC" });
    expect(log.offline).toBeNull();
    expect(home.disk.list(DIRECTORY).filter((name) => name.endsWith(".cleaned"))).toEqual([]);
    home.disk.heal();
    expect(await clean()).not.toBeNull();
  });

  it("goes offline when the disk fails", async () => {
    home.disk.inject({ operation: "fdatasync", pathContains: ".cleaned", code: "EIO" });
    await expect(clean()).rejects.toMatchObject({ code: "EIO" });
    expect(log.offline).toMatchObject({ code: "EIO" });
  });

  it("holds records nobody can read", async () => {
    log = await withBrokenRecords();
    await expect(clean()).rejects.toBeInstanceOf(CorruptRecordError);
  });

  async function withBrokenRecords(): Promise<PartitionLog> {
    await log.close({ clean: false });
    home = new SimulatedLogHome(config);
    log = home.create();
    const { batch, info } = keyedBatch([["a", "1"]]);
    const broken = Buffer.from(batch);
    broken[61] = 0x7e;
    const { recomputeCrc } = await import("@ottla/protocol");
    recomputeCrc(broken, 0);
    log.appendAsLeader([{ batch: broken, info }], 0);
    seal();
    return log;
  }
});
