import { SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { defaultLogConfig, defaultLogDirectorySettings, LogDirectory, type PartitionLog } from "@ottla/storage";
import { batchOf } from "../testing/produced-batches";
import { LogMoves } from "./log-moves";
import { Partition } from "./partition";

const TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA";
const CONFIG = { ...defaultLogConfig, segmentBytes: 4000 };
jest.setTimeout(60_000);

const SEEDS = Number(process.env.OTTLA_SEEDS ?? 25);

/** Everything in a log, batch by batch, with what is known of it. */
function contentOf(log: PartitionLog) {
  const bytes: Buffer[] = [];
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    const outcome = log.read({ offset, maxBytes: 1 << 20, upperBound: log.logEndOffset, minOneBatch: true });
    if (outcome.kind !== "records") throw new Error(`${outcome.kind} at ${offset}`);
    bytes.push(Buffer.concat(outcome.slices));
    outcome.release();
    offset = outcome.nextOffset;
  }
  const { logStartOffset, logEndOffset, highWatermark, leaderEpochs } = log;
  return { logStartOffset, logEndOffset, highWatermark, leaderEpochs, bytes: Buffer.concat(bytes).toString("hex") };
}

describe("a replica that moves while it follows one leader after the other", () => {
  it(`is the same in its new place, whatever was cut and written anew meanwhile (seeds 1-${SEEDS})`, async () => {
    let cuts = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new SeededRandom(seed);
      const clock = new SimulatedClock();
      const disk = new SimulatedDisk({ nowMs: () => clock.nowMs() });
      const settle = async (ms: number) => {
        await clock.advanceAsync(ms);
        await new Promise((resolve) => setImmediate(resolve));
        await clock.advanceAsync(0);
      };
      const directories: LogDirectory[] = [];
      for (const path of ["/a", "/b"]) {
        const opening = LogDirectory.open({
          disk,
          clock,
          random,
          logger: silentLogger,
          path,
          brokerId: null,
          clusterId: null,
          bootId: null,
          configOf: () => CONFIG,
          settings: defaultLogDirectorySettings,
          lossNotedOf: () => null,
          noteLossElsewhere: async () => {},
          signal: new AbortController().signal,
        });
        await clock.advanceAsync(0);
        directories.push(await opening);
      }
      const [a, b] = directories;
      if (a === undefined || b === undefined) throw new Error("two directories were opened");
      const partition = new Partition({
        brokerId: 1,
        log: a.create("t", 0, TOPIC_ID, CONFIG),
        scheduleFlush: () => {},
        topicConfig: () => {
          throw new Error("nobody produces here");
        },
        replicaLagTimeMaxMs: 1000,
        clock,
        logger: silentLogger,
      });
      let rate = 2000;
      const moves = new LogMoves({
        directories,
        unusable: [],
        replicaOf: () => partition,
        logConfig: () => CONFIG,
        bytesPerSecond: () => rate,
        clock,
        logger: silentLogger,
      });
      let epoch = 1;
      const change = (): void => {
        const { log } = partition;
        const dice = random.below(10);
        if (dice < 6) {
          const batch = batchOf([`${seed} ${random.below(1e9)}`, "x".repeat(random.below(300))]);
          log.appendAsLeader([{ batch, info: { logAppendTime: -1 } }], epoch);
        } else if (dice < 8) {
          log.advanceHighWatermark(log.highWatermark + random.below(log.logEndOffset - log.highWatermark + 1));
        } else if (dice === 8 && log.logEndOffset > log.highWatermark) {
          cuts++;
          log.truncateTo(log.highWatermark + random.below(log.logEndOffset - log.highWatermark));
          epoch++;
        } else if (dice === 9) log.advanceLogStart(Math.min(log.highWatermark, log.logStartOffset + random.below(4)));
      };
      for (let step = 0; step < 60; step++) change();
      expect(moves.request("t", 0, "/b")).toBe("NONE");
      for (let step = 0; step < 100; step++) {
        change();
        await settle(random.below(100));
      }
      rate = 1e9;
      const before = contentOf(partition.log);
      for (let look = 0; look < 100 && partition.log !== b.get("t", 0); look++) await settle(1000);
      await settle(100);
      expect([seed, partition.log.directory, a.get("t", 0)]).toEqual([seed, "/b/t-0", undefined]);
      expect([seed, contentOf(partition.log)]).toEqual([seed, before]);
      moves.stop();
    }
    expect(cuts).toBeGreaterThan(SEEDS);
  });
});
