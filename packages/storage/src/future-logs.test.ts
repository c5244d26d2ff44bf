import { SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { defaultLogConfig } from "./log-config";
import { LogDirectory } from "./log-directory";
import { defaultLogDirectorySettings } from "./log-directory-settings";
import type { PartitionLog } from "./partition-log";
import { batchOf } from "./testing/log-on-simulated-disk";

const TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA";

let clock: SimulatedClock;
let disk: SimulatedDisk;

beforeEach(() => {
  clock = new SimulatedClock();
  disk = new SimulatedDisk({ nowMs: () => clock.nowMs() });
});

async function open(path: string): Promise<LogDirectory> {
  const opening = LogDirectory.open({
    disk: disk.forProcess(),
    clock,
    random: new SeededRandom(path.length),
    logger: silentLogger,
    path,
    brokerId: null,
    clusterId: null,
    bootId: "boot",
    configOf: () => defaultLogConfig,
    settings: defaultLogDirectorySettings,
    lossNotedOf: () => null,
    noteLossElsewhere: async () => {},
    signal: new AbortController().signal,
  });
  await clock.advanceAsync(0);
  return opening;
}

function filled(directory: LogDirectory, batches: number): PartitionLog {
  const log = directory.create("t", 0, TOPIC_ID, defaultLogConfig);
  log.startLeaderEpoch(1);
  for (let index = 0; index < batches; index++) log.appendAsLeader([batchOf({ values: [`v${index}`] })], 1);
  return log;
}

function bytesOf(log: PartitionLog): Buffer {
  const outcome = log.read({ offset: 0, maxBytes: 1 << 20, upperBound: log.logEndOffset, minOneBatch: true });
  return outcome.kind === "records" ? Buffer.concat(outcome.slices) : Buffer.alloc(0);
}

const namesIn = (path: string): string[] => disk.list(path).filter((name) => name.startsWith("t-0"));

describe("a future log", () => {
  it("takes the place of the log in another directory, goes on as it, and is what the next start finds", async () => {
    const [a, b] = [await open("/a"), await open("/b")];
    const old = filled(a, 5);
    const future = b.futures.create("t", 0, TOPIC_ID, defaultLogConfig);
    expect(namesIn("/b")).toEqual([expect.stringMatching(/^t-0\.[0-9a-f]{32}-future$/)]);
    expect(b.get("t", 0)).toBeUndefined();

    future.log.appendAsFollower(bytesOf(old), { from: 0, leaderEpoch: 1 });
    b.takeOver(future, a);
    await clock.advanceAsync(100);
    expect(a.get("t", 0)).toBeUndefined();
    expect(b.get("t", 0)).toBe(future.log);
    expect(namesIn("/a")).toEqual([expect.stringMatching(/^t-0\.[0-9a-f]{32}-delete$/)]);
    expect(namesIn("/b")).toEqual(["t-0"]);
    expect(b.futures.hasMovedHere(future.log)).toBe(false);

    future.log.appendAsLeader([batchOf({ values: ["after"] })], 1);
    const closing = Promise.all([a.close({ clean: true }), b.close({ clean: true })]);
    await clock.advanceAsync(100);
    await closing;
    const again = await open("/b");
    expect(again.get("t", 0)).toMatchObject({ logEndOffset: 6, topicId: TOPIC_ID, leaderEpochs: [{ epoch: 1 }] });
  });

  it("goes on after a kill where its copying stood, and not for another topic of that name", async () => {
    const [a, b] = [await open("/a"), await open("/b")];
    const old = filled(a, 5);
    const future = b.futures.create("t", 0, TOPIC_ID, defaultLogConfig);
    future.log.appendAsFollower(bytesOf(old), { from: 0, leaderEpoch: 1 });
    disk.kill();
    const again = await open("/b");
    const [left] = again.futures.left();
    const { folder = "" } = left ?? {};
    expect(left).toMatchObject({ topic: "t", partition: 0 });
    const { signal } = new AbortController();
    expect(await again.futures.reopen("t", 0, "BBBBBBBBBBBBBBBBBBBBBB", defaultLogConfig, folder, signal)).toBeNull();
    const reopening = again.futures.reopen("t", 0, TOPIC_ID, defaultLogConfig, folder, signal);
    await clock.advanceAsync(0);
    expect((await reopening)?.log).toMatchObject({ logEndOffset: 5, topicId: TOPIC_ID });
    expect(again.futures.left()).toEqual([]);
  });

  it("counts, when a kill comes between taking the place and the other log's deletion", async () => {
    const [a, b] = [await open("/a"), await open("/b")];
    const old = filled(a, 5);
    const future = b.futures.create("t", 0, TOPIC_ID, defaultLogConfig);
    future.log.appendAsFollower(bytesOf(old), { from: 0, leaderEpoch: 1 });
    b.futures.promote(future);
    disk.kill();
    const [stale, moved] = [await open("/a"), await open("/b")];
    expect([stale.get("t", 0)?.logEndOffset, moved.get("t", 0)?.logEndOffset]).toEqual([5, 5]);
    const log = moved.get("t", 0);
    expect(log !== undefined && moved.futures.hasMovedHere(log)).toBe(true);
    if (log !== undefined) await moved.finishMove(log, stale);
    expect([stale.get("t", 0), log !== undefined && moved.futures.hasMovedHere(log)]).toEqual([undefined, false]);
  });

  it("is one of two logs that count, whenever the machine loses power", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      disk = new SimulatedDisk({ nowMs: () => clock.nowMs() });
      const [a, b] = [await open("/a"), await open("/b")];
      const old = filled(a, 5);
      const flushing = old.flush();
      await clock.advanceAsync(5);
      await flushing;
      const future = b.futures.create("t", 0, TOPIC_ID, defaultLogConfig);
      future.log.appendAsFollower(bytesOf(old), { from: 0, leaderEpoch: 1 });
      const synced = future.log.flush();
      await clock.advanceAsync(5);
      await synced;
      b.takeOver(future, a);
      for (let turn = 0; turn < seed; turn++) await Promise.resolve();
      disk.losePower(new SeededRandom(seed));

      const again = [await open("/a"), await open("/b")];
      const logs = again.flatMap((directory) => [...directory.logs()].map((log) => ({ directory, log })));
      const counting =
        logs.length === 1 ? logs[0] : logs.find(({ directory, log }) => directory.futures.hasMovedHere(log));
      expect([seed, counting?.log.logEndOffset]).toEqual([seed, 5]);
    }
  });

  it("is removed when nobody wants it any more", async () => {
    const b = await open("/b");
    const future = b.futures.create("t", 0, TOPIC_ID, defaultLogConfig);
    await b.futures.discard(future);
    await clock.advanceAsync(100);
    expect(namesIn("/b")).toEqual([]);
  });
});
