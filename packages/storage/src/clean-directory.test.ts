import { compressionReady } from "@ottla/protocol";
import { type Logger, SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { defaultCleanerSettings } from "./clean-settings";
import { defaultLogConfig, type LogConfig } from "./log-config";
import { LogDirectory, type LogDirectoryOptions } from "./log-directory";
import { defaultLogDirectorySettings } from "./log-directory-settings";
import type { PartitionLog } from "./partition-log";
import { batchesOf, told } from "./testing/cleaned-log";
import { type KeyedRecord, keyedBatch, keyedBytes } from "./testing/keyed-batches";

const PATH = "/data/logs";
const TOPIC_ID = "2v-wvOgDSTK5DUmPN9E3-g";
const BACKOFF_MS = 15_000;
const compacted: LogConfig = {
  ...defaultLogConfig,
  cleanupPolicy: { delete: false, compact: true },
  segmentBytes: 400,
  indexIntervalBytes: 100,
};

let clock: SimulatedClock;
let disk: SimulatedDisk;
let lines: { readonly message: string; readonly fields: object }[];
let directory: LogDirectory;

beforeAll(() => compressionReady());

beforeEach(async () => {
  clock = new SimulatedClock();
  disk = new SimulatedDisk({ nowMs: () => clock.nowMs() });
  disk.makeDirectory(PATH);
  lines = [];
  directory = await start();
});

afterEach(() => directory.close());

function start(more: Partial<LogDirectoryOptions> = {}): Promise<LogDirectory> {
  const logger: Logger = { ...silentLogger, info: say, error: say, with: () => logger };
  return LogDirectory.open({
    disk: disk.forProcess(),
    clock,
    random: new SeededRandom(1),
    logger,
    path: PATH,
    brokerId: null,
    clusterId: null,
    bootId: "boot",
    configOf: () => compacted,
    settings: defaultLogDirectorySettings,
    signal: new AbortController().signal,
    ...more,
  });
}

function say(message: string, fields: object = {}): void {
  lines.push({ message, fields });
}

const said = (message: string) => lines.filter((line) => line.message === message).map(({ fields }) => fields);

function append(log: PartitionLog, ...records: KeyedRecord[]): void {
  for (const record of records) log.appendAsLeader([keyedBatch([record])], 0);
  log.advanceHighWatermark(log.logEndOffset);
}

function fill(log: PartitionLog, updates: number): void {
  for (let i = 0; i < updates; i++) append(log, [`k${i % 3}`, "x".repeat(50)]);
}

describe("a log directory", () => {
  it("compacts the dirtiest log first, and writes down how far each one is clean", async () => {
    const dirty = directory.create("dirty", 0, TOPIC_ID, compacted);
    const half = directory.create("half", 0, TOPIC_ID, compacted);
    fill(half, 60);
    await clock.advanceAsync(BACKOFF_MS + 2_000);
    fill(half, 40);
    fill(dirty, 60);
    await clock.advanceAsync(BACKOFF_MS + 2_000);
    expect(said("cleaned a log")).toMatchObject([
      { partition: "half-0", from: 0, dirtyRatio: 1 },
      { partition: "dirty-0", from: 0, dirtyRatio: 1 },
      { partition: "half-0" },
    ]);
    const lists = disk.readFile(`${PATH}/cleaner-offset-checkpoint`).toString().trimEnd().split("\n");
    expect(lists.toSorted()).toEqual(
      ["0", "2", `dirty 0 ${dirty.firstDirtyOffset}`, `half 0 ${half.firstDirtyOffset}`].toSorted(),
    );
    expect(batchesOf(dirty).length).toBeLessThan(15);
  });

  it("goes on from there after a restart", async () => {
    const log = directory.create("t", 0, TOPIC_ID, compacted);
    fill(log, 60);
    await clock.advanceAsync(BACKOFF_MS + 2_000);
    const { firstDirtyOffset } = log;
    const before = told(log);
    await directory.close({ clean: true });
    directory = await start();
    const again = directory.get("t", 0);
    expect(again?.firstDirtyOffset).toBe(firstDirtyOffset);
    expect(again === undefined ? [] : told(again)).toEqual(before);
  });

  it("leaves logs alone that are not compacted, and those below min.cleanable.dirty.ratio", async () => {
    const kept = directory.create("kept", 0, TOPIC_ID, {
      ...compacted,
      cleanupPolicy: { delete: true, compact: false },
    });
    fill(kept, 60);
    await clock.advanceAsync(BACKOFF_MS + 2_000);
    expect(said("cleaned a log")).toEqual([]);
    expect(batchesOf(kept)).toHaveLength(60);
  });

  it("passes over a log that cannot be cleaned, says so once, and cleans the others", async () => {
    const broken = directory.create("broken", 0, TOPIC_ID, compacted);
    const sound = directory.create("sound", 0, TOPIC_ID, compacted);
    fill(broken, 60);
    fill(sound, 60);
    disk.corrupt(`${PATH}/broken-0/00000000000000000000.log`, 70, Buffer.from("!"));
    await clock.advanceAsync(4 * BACKOFF_MS);
    expect(said("a log cannot be cleaned and is left as it is")).toMatchObject([{ partition: "broken-0" }]);
    expect(said("cleaned a log")).toMatchObject([{ partition: "sound-0" }]);
    expect(broken.damage).not.toBeNull();
    expect(directory.failure).toBeNull();
  });

  it("compacts nothing when log.cleaner.enable is false", async () => {
    await directory.close();
    const cleaner = { ...defaultCleanerSettings, enabled: false };
    directory = await start({ settings: { ...defaultLogDirectorySettings, cleaner } });
    fill(directory.create("t", 0, TOPIC_ID, compacted), 60);
    await clock.advanceAsync(4 * BACKOFF_MS);
    expect(said("cleaned a log")).toEqual([]);
  });

  it("keeps to log.cleaner.io.max.bytes.per.second", async () => {
    await directory.close();
    const cleaner = { ...defaultCleanerSettings, ioBytesPerSecondMax: 1_000 };
    directory = await start({ settings: { ...defaultLogDirectorySettings, cleaner } });
    fill(directory.create("t", 0, TOPIC_ID, compacted), 100);
    await clock.advanceAsync(BACKOFF_MS + 20_000);
    expect(said("cleaned a log")).toEqual([]);
    await clock.advanceAsync(60_000);
    // Some 12 kB are read twice.
    expect(said("cleaned a log")).toMatchObject([{ tookMs: expect.any(Number) }]);
    expect((said("cleaned a log")[0] as { tookMs: number }).tookMs).toBeGreaterThan(20_000);
  });

  it("deletes old segments of a log that is compacted and deleted", async () => {
    await directory.close();
    directory = await start({ settings: { ...defaultLogDirectorySettings, retentionCheckIntervalMs: 1_000 } });
    const both = { ...compacted, cleanupPolicy: { delete: true, compact: true }, retentionBytes: 800 };
    const log = directory.create("t", 0, TOPIC_ID, both);
    for (let i = 0; i < 60; i++) append(log, [`k${i}`, "x".repeat(50)]);
    await clock.advanceAsync(60_000);
    expect(log.sizeBytes).toBeLessThan(1_300);
    expect(log.logStartOffset).toBeGreaterThan(0);
    expect(log.leaderEpochs).toMatchObject([{ startOffset: log.logStartOffset }]);
  });

  it("deletes a partition that is being cleaned", async () => {
    await directory.close();
    const cleaner = { ...defaultCleanerSettings, ioBytesPerSecondMax: 1_000 };
    directory = await start({ settings: { ...defaultLogDirectorySettings, cleaner } });
    fill(directory.create("t", 0, TOPIC_ID, compacted), 100);
    await clock.advanceAsync(BACKOFF_MS + 5_000);
    directory.delete("t", 0);
    const again = directory.create("t", 0, TOPIC_ID, compacted);
    await clock.advanceAsync(120_000);
    expect(directory.failure).toBeNull();
    expect(again.firstDirtyOffset).toBe(0);
    expect(disk.list(`${PATH}/t-0`).filter((name) => name.endsWith(".cleaned"))).toEqual([]);
    expect(disk.list(PATH).filter((name) => name.includes("delete"))).toEqual([]);
  });
});

describe("a truncation below what was cleaned", () => {
  it("is in the cleaner's checkpoint before anything is appended again", async () => {
    const log = directory.create("t", 0, TOPIC_ID, compacted);
    fill(log, 60);
    await clock.advanceAsync(BACKOFF_MS + 2_000);
    const cleanedTo = log.firstDirtyOffset ?? 0;
    const checkpoint = () => disk.readFile(`${PATH}/cleaner-offset-checkpoint`).toString();
    expect(checkpoint()).toContain(`t 0 ${cleanedTo}`);
    log.truncateTo(20);
    await log.truncationSettled();
    expect(log.firstDirtyOffset).toBeLessThanOrEqual(20);
    expect(checkpoint()).toContain(`t 0 ${log.firstDirtyOffset}\n`);
  });
});

describe("a kill, and a start before the topic's configs are known", () => {
  it("does not take the gaps of a compacted log for damage", async () => {
    const log = directory.create("t", 0, TOPIC_ID, compacted);
    for (const offset of [0, 100, 200, 300]) {
      const batch = keyedBytes([["k", "x".repeat(350)]], { baseOffset: offset, leaderEpoch: 0 });
      expect(log.appendAsFollower(batch, { from: log.logEndOffset, leaderEpoch: 0 })).toMatchObject({
        kind: "appended",
      });
    }
    expect(log.segmentCount).toBe(4);
    await clock.advanceAsync(2_000);
    disk.remove(`${PATH}/recovery-point-offset-checkpoint`);
    disk.kill();
    const unknown = { ...compacted, cleanupPolicy: { delete: false, compact: false } };
    directory = await start({ configOf: () => unknown });
    expect(directory.get("t", 0)?.logEndOffset).toBe(301);
    expect(directory.summary.bytesCut).toBe(0);
  });
});
