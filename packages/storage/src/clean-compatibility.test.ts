import { compressionReady } from "@ottla/protocol";
import { SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { defaultLogConfig, type LogConfig } from "./log-config";
import { OpenFiles } from "./open-files";
import { PartitionLog } from "./partition-log";
import { TailBudget } from "./tail-cache";
import { batchesOf, cleanOnce, type ReadRecord, recordsOf } from "./testing/cleaned-log";
import { goldenFiles, installGolden } from "./testing/golden-logs";
import { keyedBatch } from "./testing/keyed-batches";

const ROOT = "/logs";
/** After the recording, and after every delete horizon in it. */
const LATER_MS = 1_795_343_900_000 + 7 * 24 * 3600 * 1000;
const config: LogConfig = {
  ...defaultLogConfig,
  cleanupPolicy: { delete: false, compact: true },
  minCleanableDirtyRatio: 0,
  indexIntervalBytes: 250,
};

let disk: SimulatedDisk;
let clock: SimulatedClock;

beforeAll(() => compressionReady());

beforeEach(() => {
  clock = new SimulatedClock(LATER_MS);
  disk = new SimulatedDisk({ nowMs: () => clock.nowMs() });
});

function options(directory: string, change: Partial<LogConfig> = {}) {
  return {
    disk,
    clock,
    random: new SeededRandom(1),
    logger: silentLogger,
    directory,
    topic: "t",
    partition: 0,
    topicId: null,
    config: { ...config, ...change },
    producerIdExpirationMs: 24 * 3600 * 1000,
    tailBudget: new TailBudget(0),
    openFiles: new OpenFiles(),
    onFailure: (error: Error) => {
      throw error;
    },
  };
}

describe("a directory that the cleaner of Kafka 3.9.1 has been through", () => {
  it.each(["compacted-0", "compacted-txn-0", "__consumer_offsets-0", "__transaction_state-0"])(
    "%s is cleaned on: each key keeps its last value, and what Kafka gave a horizon that has passed goes",
    async (partition) => {
      installGolden("clean", disk, ROOT);
      const topic = partition.slice(0, -2);
      const lines = goldenFiles("clean").get("cleaner-offset-checkpoint")?.toString().split("\n") ?? [];
      const firstDirtyOffset = Number(lines.find((line) => line.startsWith(`${topic} `))?.split(" ")[2]);
      const known = { recoveryPoint: 0, logStartOffset: null, highWatermark: null, cleanShutdown: false };
      const { log, report } = await PartitionLog.open(
        options(`${ROOT}/${partition}`),
        { ...known, firstDirtyOffset },
        new AbortController().signal,
      );
      expect(report).toMatchObject({ bytesCut: 0 });
      expect(log.firstDirtyOffset).toBe(firstDirtyOffset);
      const before = recordsOf(batchesOf(log));
      /** Records that Kafka's horizon allows to go by now. */
      const expired = () =>
        batchesOf(log).filter(
          (batch) =>
            (batch.deleteHorizonMs ?? LATER_MS) < LATER_MS &&
            (batch.isControl || recordsOf([batch]).some(({ value }) => value === null)),
        ).length;
      if (partition.startsWith("compacted")) expect(expired()).toBeGreaterThan(0);

      // What is dirty becomes closed: a record that needs a segment of its own.
      log.updateConfig({ ...config, segmentBytes: 600 });
      const epoch = log.lastEpoch ?? 0;
      const added = ["x", "y"].map((letter) => keyedBatch([["added by us", letter.repeat(500), LATER_MS]]));
      for (const batch of added) expect(log.appendAsLeader([batch], epoch)).toMatchObject([{ kind: "appended" }]);
      expect(await cleanOnce(log, clock.nowMs())).toMatchObject({ firstDirtyOffset });

      expect(expired()).toBe(0);
      const after = recordsOf(batchesOf(log));
      const kept = new Map(before.map((record) => [record.offset, record]));
      for (const record of after.filter(({ key }) => key !== "added by us"))
        expect(record).toEqual(kept.get(record.offset));
      expect(valuesOf(after.filter(({ key }) => key !== "added by us"))).toEqual(valuesOf(before));
      await log.close({ clean: false });
    },
  );
});

describe("a new replica of a compacted partition (compacted-catch-up)", () => {
  it("gets every batch over the gaps, and ends where its leader does", async () => {
    const leader = PartitionLog.create(options("/leader", { segmentBytes: 1_500 }));
    const random = new SeededRandom(11);
    for (let i = 0; i < 400; i++) {
      const records = [[`k${random.below(20)}`, random.below(6) === 0 ? null : "x".repeat(random.below(90))]] as const;
      leader.appendAsLeader([keyedBatch(records)], Math.floor(i / 100));
    }
    expect(await cleanOnce(leader, clock.nowMs())).not.toBeNull();
    const follower = PartitionLog.create(options("/follower", { segmentBytes: 700 }));
    while (follower.logEndOffset < leader.logEndOffset) {
      const from = follower.logEndOffset;
      const read = leader.read({ offset: from, maxBytes: 300, upperBound: leader.logEndOffset, minOneBatch: true });
      if (read.kind !== "records") throw new Error(`reading at ${from}: ${read.kind}`);
      const bytes = Buffer.concat(read.slices);
      read.release();
      expect(follower.appendAsFollower(bytes, { from, leaderEpoch: 3 })).toMatchObject({ kind: "appended" });
    }
    const bytesOf = (log: PartitionLog) => batchesOf(log).map((batch) => batch.bytes.toString("hex"));
    expect(bytesOf(follower)).toEqual(bytesOf(leader));
    expect(batchesOf(leader).length).toBeLessThan(60);

    // It is cleaned by itself, and comes to the same.
    await cleanOnce(follower, clock.nowMs());
    expect(valuesOf(recordsOf(batchesOf(follower)))).toEqual(valuesOf(recordsOf(batchesOf(leader))));

    // A crash before its configs are known takes none of the gaps for damage.
    const { firstDirtyOffset, logEndOffset } = follower;
    await follower.close({ clean: false });
    disk.kill();
    const { report, log } = await PartitionLog.open(
      options("/follower", { cleanupPolicy: { delete: false, compact: false } }),
      { cleanShutdown: false, recoveryPoint: 0, logStartOffset: null, highWatermark: null, firstDirtyOffset },
      new AbortController().signal,
    );
    expect(report).toMatchObject({ bytesCut: 0, cut: "nothing" });
    expect(log.logEndOffset).toBe(logEndOffset);
  });
});

/** What a reader knows of each key in the end. */
function valuesOf(records: readonly ReadRecord[]): Record<string, string> {
  const values = new Map<string, string>();
  for (const { key, value } of records) {
    if (value === null) values.delete(key ?? "");
    else values.set(key ?? "", value);
  }
  return Object.fromEntries([...values].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
