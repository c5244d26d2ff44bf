import { BatchView, iterateBatches } from "@ottla/protocol";
import type { Push } from "./follower-rules";
import type { PartitionLog } from "./partition-log";
import { type BatchWish, batchOf, SimulatedLogHome } from "./testing/log-on-simulated-disk";

const pushed = (...wishes: BatchWish[]) => Buffer.concat(wishes.map((wish) => batchOf(wish).batch));
const EVERYTHING = { maxBytes: 10_000_000, upperBound: Number.POSITIVE_INFINITY, minOneBatch: true };

/** Appends at the log end, under the newest epoch the batches name, unless told otherwise. */
function push(log: PartitionLog, bytes: Buffer, claim: Partial<Push> = {}) {
  return log.appendAsFollower(bytes, { from: log.logEndOffset, leaderEpoch: 10, ...claim });
}

describe("a push that follows the log", () => {
  it("keeps the leader's bytes, offsets and epochs, and gaps between batches", () => {
    const log = new SimulatedLogHome().create();
    const bytes = pushed({ baseOffset: 0, leaderEpoch: 1 }, { baseOffset: 5, leaderEpoch: 3 });
    const before = Buffer.from(bytes);
    expect(push(log, bytes)).toEqual({ kind: "appended", logEndOffset: 6 });
    expect(bytesOf(log)).toEqual(before);
    expect([log.lastEpoch, log.leaderEpochs]).toEqual([
      3,
      [
        { epoch: 1, startOffset: 0 },
        { epoch: 3, startOffset: 5 },
      ],
    ]);
  });

  it("may begin behind a gap, as a compacted log does, when the leader says from where", () => {
    const log = new SimulatedLogHome().create();
    push(log, pushed({ baseOffset: 0, leaderEpoch: 1 }));
    expect(push(log, pushed({ baseOffset: 7, leaderEpoch: 1 }), { from: 1 })).toMatchObject({ kind: "appended" });
    expect(log.logEndOffset).toBe(8);
    expect(offsetsOf(log)).toEqual([0, 7]);
  });

  it("of nothing is nothing", () => {
    const log = new SimulatedLogHome().create();
    expect(push(log, Buffer.alloc(0))).toEqual({ kind: "appended", logEndOffset: 0 });
  });

  it("makes producers known: a retry to this replica, leader by then, is a duplicate", () => {
    const log = new SimulatedLogHome().create();
    push(log, pushed({ baseOffset: 0, leaderEpoch: 1, producerId: 5n, baseSequence: 0, values: ["a", "b"] }));
    log.startLeaderEpoch(2);
    expect(log.appendAsLeader([batchOf({ producerId: 5n, baseSequence: 0, values: ["a", "b"] })], 2)).toMatchObject([
      { kind: "duplicate", baseOffset: 0, lastOffset: 1 },
    ]);
  });

  it("to an empty log may span its start, as a leader sends it after DeleteRecords; the log start stays", () => {
    const log = new SimulatedLogHome().create();
    log.truncateFullyAndStartAt(25);
    expect(push(log, pushed({ baseOffset: 24, leaderEpoch: 0, values: ["a", "b", "c"] }))).toMatchObject({
      kind: "appended",
    });
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([25, 27, 25]);
    expect(log.read({ ...EVERYTHING, offset: 24 }).kind).toBe("outOfRange");
    expect(log.read({ ...EVERYTHING, offset: 25 }).kind).toBe("records");
  });

  it("that the disk refuses leaves the log end where it was, and the log offline", () => {
    const home = new SimulatedLogHome();
    const log = home.create();
    home.disk.inject({ operation: "write", pathContains: ".log", code: "EIO", writesBytesFirst: 20 });
    expect(() => push(log, pushed({ baseOffset: 0, leaderEpoch: 1 }))).toThrow("EIO");
    home.disk.heal();
    expect(() => push(log, pushed({ baseOffset: 0, leaderEpoch: 1 }))).toThrow("EIO");
    expect([log.logEndOffset, log.lastEpoch, log.offline?.code]).toEqual([0, null, "EIO"]);
  });
});

describe("a push that cannot follow the log", () => {
  const next = { baseOffset: 2, leaderEpoch: 2 };
  it.each<{ error: string; what: string; bytes: Buffer; claim?: Partial<Push>; offset?: number }>([
    { error: "UNEXPECTED_OFFSET", what: "begins behind the log end", bytes: pushed(next), claim: { from: 3 } },
    { error: "UNEXPECTED_OFFSET", what: "begins before the log end", bytes: pushed(next), claim: { from: 1 } },
    { error: "UNEXPECTED_OFFSET", what: "is empty, of another place", bytes: Buffer.alloc(0), claim: { from: 1 } },
    { error: "OFFSETS_OUT_OF_ORDER", what: "repeats an offset", bytes: pushed({ ...next, baseOffset: 1 }) },
    { error: "OFFSETS_OUT_OF_ORDER", what: "repeats one of its own", bytes: pushed(next, next), offset: 3 },
    { error: "EPOCHS_OUT_OF_ORDER", what: "falls below the log's epoch", bytes: pushed({ ...next, leaderEpoch: 1 }) },
    {
      error: "EPOCHS_OUT_OF_ORDER",
      what: "falls below an epoch of its own",
      bytes: pushed({ ...next, leaderEpoch: 3 }, { baseOffset: 3, leaderEpoch: 2 }),
      offset: 3,
    },
    {
      error: "EPOCH_ABOVE_LEADER",
      what: "holds a later epoch than its leader's",
      bytes: pushed(next, { baseOffset: 3, leaderEpoch: 5 }),
      claim: { leaderEpoch: 4 },
      offset: 3,
    },
    { error: "CORRUPT_MESSAGE", what: "ends inside a batch", bytes: pushed(next).subarray(0, 60) },
    { error: "CORRUPT_MESSAGE", what: "has a wrong checksum", bytes: damaged(pushed(next)) },
    {
      error: "CORRUPT_MESSAGE",
      what: "has a wrong checksum further on",
      bytes: Buffer.concat([pushed(next), damaged(pushed({ baseOffset: 3, leaderEpoch: 2 }))]),
      offset: 3,
    },
  ])("is refused whole when it $what: $error", ({ error, bytes, claim, offset = 2 }) => {
    const log = new SimulatedLogHome().create();
    push(log, pushed({ baseOffset: 0, leaderEpoch: 2, values: ["a", "b"] }));
    const before = bytesOf(log);
    expect(push(log, bytes, claim)).toMatchObject({ kind: "refused", error, offset });
    expect([log.logEndOffset, log.lastEpoch, log.offline]).toEqual([2, 2, null]);
    expect(bytesOf(log)).toEqual(before);
    expect(push(log, pushed(next))).toMatchObject({ kind: "appended", logEndOffset: 3 });
  });
});

describe("a follower that truncates to where its leader's history parts from its own", () => {
  /** Epoch 1 wrote 0-2, epoch 3 wrote 3-5, a batch an offset. */
  function diverged(home = new SimulatedLogHome({ segmentBytes: 160 })): PartitionLog {
    const log = home.create();
    for (let offset = 0; offset < 6; offset++) {
      push(log, pushed({ baseOffset: offset, leaderEpoch: offset < 3 ? 1 : 3, producerId: 1n, baseSequence: offset }));
    }
    log.advanceHighWatermark(4);
    return log;
  }

  it("forgets producers, epochs, memory, what was flushed, and reads under way", async () => {
    const home = new SimulatedLogHome({ segmentBytes: 160 }, 1);
    const log = diverged(home);
    await log.flush();
    expect(log.flushedEndOffset).toBe(6);
    const request = { ...EVERYTHING, offset: 2 };
    const reading = log.readCold(request, new AbortController().signal);
    log.truncateTo(3);
    expect(await reading).toEqual({ kind: "empty" });
    expect([log.logEndOffset, log.highWatermark, log.lastEpoch, log.flushedEndOffset, log.recoveryPoint]).toEqual([
      3, 3, 1, 3, 3,
    ]);
    expect(log.producers()[0]?.batches.map((batch) => batch.firstOffset)).toEqual([0, 1, 2]);
    push(log, pushed({ baseOffset: 3, leaderEpoch: 4, values: ["other"] }));
    expect(log.leaderEpochs).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 4, startOffset: 3 },
    ]);
    expect(offsetsOf(log)).toEqual([0, 1, 2, 3]);
  });

  it("gives nobody the old tail from memory", () => {
    const log = diverged();
    log.truncateTo(3);
    expect(log.read({ ...EVERYTHING, offset: 3 })).toEqual({ kind: "empty" });
    push(log, pushed({ baseOffset: 3, leaderEpoch: 4, values: ["other"] }));
    const [batch] = iterateBatches(readAt(log, 3));
    expect(batch?.partitionLeaderEpoch).toBe(4);
  });

  it("forgets an epoch in which it led and wrote nothing, though no record goes", () => {
    const log = diverged();
    log.startLeaderEpoch(5);
    expect([log.lastEpoch, log.lastRecordEpoch]).toEqual([5, 3]);
    log.truncateTo(6);
    expect([log.logEndOffset, log.lastEpoch]).toEqual([6, 3]);
  });

  it("names the epoch of its last record, or of an empty log the newest known", () => {
    const log = diverged();
    expect(log.lastRecordEpoch).toBe(3);
    log.truncateTo(3);
    expect(log.lastRecordEpoch).toBe(1);
    log.truncateTo(0);
    expect([log.logEndOffset, log.lastRecordEpoch]).toEqual([0, null]);
    log.startLeaderEpoch(7);
    expect(log.lastRecordEpoch).toBe(7);
  });
});

describe("a follower told to start again at its leader's log start", () => {
  it("holds nothing but that offset, and nothing counts as durable before its files' names are", async () => {
    const home = new SimulatedLogHome({ segmentBytes: 160 });
    const removed: string[] = [];
    home.removeLater = (files) => removed.push(...files);
    const log = home.create();
    for (let offset = 0; offset < 6; offset++) {
      push(log, pushed({ baseOffset: offset, leaderEpoch: 1, producerId: 1n, baseSequence: offset }));
    }
    await log.flush();
    log.truncateFullyAndStartAt(100);
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([100, 100, 100]);
    expect([log.lastEpoch, log.lastRecordEpoch, log.producers(), log.segmentCount]).toEqual([null, null, [], 1]);
    expect([5, 100, 101].map((offset) => log.read({ ...EVERYTHING, offset }).kind)).toEqual([
      "outOfRange",
      "empty",
      "outOfRange",
    ]);
    expect(log.recoveryPoint).toBe(0);
    expect(removed.filter((file) => file.endsWith(".log.deleted")).length).toBeGreaterThan(1);
    await log.whenFlushed(100);
    expect(log.recoveryPoint).toBe(100);
    push(log, pushed({ baseOffset: 100, leaderEpoch: 4 }));
    home.kill();
    const again = (await home.open({ recoveryPoint: 100 })).log;
    expect([again.logStartOffset, again.logEndOffset, again.lastEpoch]).toEqual([100, 101, 4]);
  });

  it("holds either the old records or the new ones after a loss of power, whenever it comes", async () => {
    const home = new SimulatedLogHome({ segmentBytes: 160 });
    const log = home.create();
    for (let offset = 0; offset < 6; offset++) push(log, pushed({ baseOffset: offset, leaderEpoch: 1 }));
    await log.flush();
    log.truncateFullyAndStartAt(100);
    for (let offset = 100; offset < 104; offset++) push(log, pushed({ baseOffset: offset, leaderEpoch: 1 }));
    home.losePower();
    const { log: again } = await home.open({ recoveryPoint: log.recoveryPoint });
    expect([6, 100, 101, 102, 103, 104]).toContain(again.logEndOffset);
    expect(offsetsOf(again)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("a follower whose leader's log start moves", () => {
  it("moves its own as far as it reaches, counts what is below as committed, and lets retention take the segments", () => {
    const log = new SimulatedLogHome({ segmentBytes: 160 }).create();
    for (let offset = 0; offset < 6; offset++) push(log, pushed({ baseOffset: offset, leaderEpoch: 1 }));
    log.followLogStart(3);
    expect([log.logStartOffset, log.highWatermark]).toEqual([3, 3]);
    expect(log.deleteOldSegments(0)).toMatchObject({ count: 1, reason: "log start offset" });
    log.followLogStart(1);
    expect(log.logStartOffset).toBe(3);
    log.followLogStart(1_000);
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([6, 6, 6]);
  });
});

describe("what a leader may push", () => {
  it("is all below its log end, committed or not, from the moment its own write returned", () => {
    const log = new SimulatedLogHome().create();
    log.appendAsLeader([batchOf(), batchOf()], 1);
    expect([log.highWatermark, log.logEndOffset, log.flushedEndOffset]).toEqual([0, 2, 0]);
    expect(offsetsOf(log)).toEqual([0, 1]);
  });

  it("holds nothing of an append that failed", () => {
    const home = new SimulatedLogHome();
    const log = home.create();
    log.appendAsLeader([batchOf()], 1);
    home.disk.inject({ operation: "write", pathContains: ".log", code: "EIO", writesBytesFirst: 70 });
    log.appendAsLeader([batchOf(), batchOf()], 1);
    expect(log.logEndOffset).toBe(1);
    expect(offsetsOf(log)).toEqual([0]);
    expect(log.read({ ...EVERYTHING, offset: 1 })).toEqual({ kind: "empty" });
  });
});

function readAt(log: PartitionLog, offset: number): Buffer {
  const outcome = log.read({ ...EVERYTHING, offset });
  if (outcome.kind !== "records") return Buffer.alloc(0);
  const bytes = Buffer.concat(outcome.slices);
  outcome.release();
  return bytes;
}

function bytesOf(log: PartitionLog): Buffer {
  const found: Buffer[] = [];
  for (let next = log.logStartOffset; next < log.logEndOffset; ) {
    const bytes = readAt(log, next);
    found.push(bytes);
    for (const batch of iterateBatches(bytes)) next = batch.lastOffset + 1;
    if (bytes.length === 0) break;
  }
  return Buffer.concat(found);
}

function offsetsOf(log: PartitionLog): number[] {
  return Array.from(iterateBatches(bytesOf(log)), (batch: BatchView) => batch.baseOffset);
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 1, copy.length - 1);
  return copy;
}
