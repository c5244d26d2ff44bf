import { compressionReady } from "@ottla/protocol";
import { DiskError, SeededRandom } from "@ottla/runtime";
import type { PartitionLog } from "./partition-log";
import { cleanOnce } from "./testing/cleaned-log";
import { CompactedModel } from "./testing/compacted-model";
import { type KeyedRecord, type KeyedWish, keyedBatch } from "./testing/keyed-batches";
import { DIRECTORY, markerOf, SimulatedLogHome } from "./testing/log-on-simulated-disk";

/** `OTTLA_EVERY=1` ends the process at each operation, which takes minutes; by default it is every eleventh, other ones for each end. */
const every = Number(process.env["OTTLA_EVERY"] ?? 11);
const RETENTION_MS = 10_000;
const counts = { crashes: 0, recoveries: 0, operations: 0 };

beforeAll(() => compressionReady());

afterAll(() => {
  const said = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`compaction crashes: ${said.join(", ")}\n`);
});

describe("a process that ends at any operation of a cleaning", () => {
  it.each([
    ["is killed", 0],
    ["loses power", 1],
    ["loses power, and some of what was not synced survives", 2],
  ] as const)(
    "%s: every key has its last value after the next start, and nothing deleted comes back",
    async (end, shift) => {
      for (let operation = Math.min(shift * 4, every - 1); ; operation += every) {
        const scene = new Scene();
        const isOver = await scene.crashAt(operation);
        if (isOver) break;
        await scene.recover(end, operation);
      }
    },
    600_000,
  );
});

describe("a machine that loses power right after a cleaning, how far that came being written down already", () => {
  it.each(Array.from({ length: 8 }, (_, index) => index))(
    "finds everything before that offset clean (%d)",
    async (luck) => {
      const scene = new Scene();
      expect(await scene.crashAt(Number.POSITIVE_INFINITY)).toBe(true);
      await scene.recoverCleaned(luck === 0 ? undefined : new SeededRandom(luck));
    },
  );
});

/** A log cleaned once, with tombstones and markers whose time is up, and more written since: all that a second cleaning can meet. */
class Scene {
  private readonly home = new SimulatedLogHome({
    cleanupPolicy: { delete: false, compact: true },
    minCleanableDirtyRatio: 0,
    deleteRetentionMs: RETENTION_MS,
    segmentBytes: 500,
    indexIntervalBytes: 100,
  });
  private readonly model = new CompactedModel();
  private log: PartitionLog = this.home.create();
  private sequence = 0;
  private transactional = 0;
  private firstDirtyOffset: number | null = null;

  /** @returns whether the cleaning ended before that many operations */
  async crashAt(operation: number): Promise<boolean> {
    await this.prepare();
    this.firstDirtyOffset = this.log.firstDirtyOffset;
    await this.log.flush();
    this.log.advanceHighWatermark(this.log.logEndOffset);
    this.home.disk.inject({ after: operation, code: "EIO" });
    try {
      await cleanOnce(this.log, this.home.clock.nowMs(), {}, (files) => this.remove(files));
      if (Number.isFinite(operation)) counts.operations = Math.max(counts.operations, operation);
      return true;
    } catch (failure) {
      if (!(failure instanceof DiskError)) throw failure;
      return false;
    }
  }

  async recover(
    end: "is killed" | "loses power" | "loses power, and some of what was not synced survives",
    operation: number,
  ): Promise<void> {
    const { disk } = this.home;
    const { logEndOffset } = this.log;
    counts.crashes++;
    disk.heal();
    if (end === "is killed") this.home.kill();
    else if (end === "loses power") this.home.losePower();
    else this.home.losePower(new SeededRandom(operation));

    for (const recoveryPoint of [logEndOffset, 0]) {
      const { firstDirtyOffset } = this;
      const opened = await this.home.open({ recoveryPoint, highWatermark: logEndOffset, firstDirtyOffset });
      counts.recoveries++;
      this.log = opened.log;
      expect([operation, opened.report.cut, this.log.logEndOffset]).toEqual([operation, "nothing", logEndOffset]);
      this.model.expectHeldBy(this.log, true);
      expect(disk.list(DIRECTORY).filter((name) => /cleaned|swap|deleted/.test(name))).toEqual([]);
      if (recoveryPoint > 0) {
        await this.log.close({ clean: false });
        this.home.kill();
      }
    }
    await this.cleanOn();
  }

  async recoverCleaned(luck: SeededRandom | undefined): Promise<void> {
    const { logEndOffset, firstDirtyOffset } = this.log;
    counts.crashes++;
    this.home.losePower(luck);
    const checkpoint = { recoveryPoint: logEndOffset, highWatermark: logEndOffset, firstDirtyOffset };
    ({ log: this.log } = await this.home.open(checkpoint));
    counts.recoveries++;
    expect(this.log.firstDirtyOffset).toBe(firstDirtyOffset);
    this.model.expectHeldBy(this.log);
    await this.cleanOn();
  }

  /** More cleanings, after which all horizons have passed. */
  private async cleanOn(): Promise<void> {
    const { clock } = this.home;
    for (let round = 0; round < 3; round++) {
      clock.advance(RETENTION_MS + 1);
      this.fill();
      await cleanOnce(this.log, clock.nowMs(), {}, (files) => this.remove(files));
      this.model.expectHeldBy(this.log);
    }
    await this.log.close({ clean: false });
  }

  private async prepare(): Promise<void> {
    const { clock } = this.home;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 6; i++)
        this.append([
          [`k${i}`, `${round}`],
          [`k${(i + 3) % 7}`, i % 3 === 0 ? null : "x"],
        ]);
      this.append([["doomed", `${round}`]]);
      this.transaction(round % 2 === 0);
    }
    this.append([["doomed", null]]);
    this.fill();
    await cleanOnce(this.log, clock.nowMs(), {}, (files) => this.remove(files));
    clock.advance(RETENTION_MS + 1);
    for (let i = 0; i < 4; i++)
      this.append([
        [`k${i}`, "later"],
        [`k${i + 1}`, null],
      ]);
    this.transaction(true);
    this.fill();
    await this.log.flush();
    await this.home.disk.syncDirectory(DIRECTORY);
    this.model.expectHeldBy(this.log);
  }

  /** Enough for a segment of its own, so that what precedes it can be cleaned. */
  private fill(): void {
    this.append([["filler", "x".repeat(400)]]);
    this.append([["filler", "y".repeat(400)]]);
  }

  private transaction(isAborted: boolean): void {
    const wish = { producerId: 9n, baseSequence: this.transactional++, isTransactional: true };
    const records = this.append([["k1", "in a transaction"]], wish);
    this.log.appendAsLeader([markerOf(isAborted ? "ABORT" : "COMMIT", 9n)], 0);
    if (isAborted) this.model.abort(records);
  }

  private append(records: readonly KeyedRecord[], wish?: KeyedWish) {
    const own = { producerId: 3n, baseSequence: this.sequence };
    if (wish === undefined) this.sequence += records.length;
    const timed = records.map(([key, value]): KeyedRecord => [key, value, this.home.clock.nowMs()]);
    const [outcome] = this.log.appendAsLeader([keyedBatch(timed, wish ?? own)], 0);
    if (outcome?.kind !== "appended") throw new Error(JSON.stringify(outcome));
    const { baseOffset } = outcome;
    const added = timed.map(([key, value, timestamp = 0], index) => ({
      offset: baseOffset + index,
      key,
      value,
      timestamp,
    }));
    this.model.add(added);
    return added;
  }

  private remove(files: readonly string[]): void {
    for (const file of files) this.home.disk.remove(file);
  }
}
