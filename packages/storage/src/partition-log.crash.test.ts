import { BatchView, iterateBatches, sequenceAfter } from "@ottla/protocol";
import { invariant, SeededRandom } from "@ottla/runtime";
import type { LogCheckpoint } from "./log-options";
import type { PartitionLog } from "./partition-log";
import { offsetOfFileName } from "./segment-name";
import { batchOf, DIRECTORY, SimulatedLogHome } from "./testing/log-on-simulated-disk";

/** `OTTLA_SEED=n` runs that seed alone; `OTTLA_SEEDS=n` as many. */
const only = process.env["OTTLA_SEED"];
const seeds =
  only === undefined
    ? Array.from({ length: Number(process.env["OTTLA_SEEDS"] ?? 40) }, (_, index) => index + 1)
    : [Number(only)];

const counts = {
  crashes: 0,
  powerCuts: 0,
  cleanStops: 0,
  appended: 0,
  cutByPower: 0,
  checkedBatches: 0,
  duplicates: 0,
};

afterAll(() => {
  const said = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`crash runs: seeds ${seeds[0]}-${seeds.at(-1)}, ${said.join(", ")}\n`);
});

describe("a log whose process or machine ends at any moment", () => {
  it.each(seeds)("holds what was synced, dense and whole, and knows its producers (seed %d)", async (seed) => {
    await new CrashRun(seed).play();
  });
});

interface ModelBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly epoch: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly bytes: string;
}

/** Plays one life after the other on one disk, beside a plain list of what was appended. */
class CrashRun {
  private readonly random: SeededRandom;
  private readonly home: SimulatedLogHome;
  private batches: ModelBatch[] = [];
  /** Whatever was ever written: without power a cut that was not synced may be undone. */
  private readonly written = new Set<string>();
  private epoch = 0;
  private checkpoint: LogCheckpoint = {
    cleanShutdown: false,
    recoveryPoint: 0,
    logStartOffset: null,
    highWatermark: null,
  };

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.home = new SimulatedLogHome(
      {
        segmentBytes: this.random.below(3) === 0 ? 1_000_000 : 2_000,
        indexIntervalBytes: 200,
        segmentIndexBytes: this.random.below(2) === 0 ? 96 : 10_000,
        flushMessages: this.random.below(4) === 0 ? 1 : Number.POSITIVE_INFINITY,
        retentionBytes: this.random.below(3) === 0 ? 6_000 : Number.POSITIVE_INFINITY,
        retentionMs: Number.POSITIVE_INFINITY,
      },
      this.random.below(2) === 0 ? 4_000 : 200,
    );
    if (this.random.below(2) === 0) this.home.wholeSegmentBytesMax = 500;
  }

  async play(): Promise<void> {
    let log = this.home.create();
    await log.flush();
    await this.home.disk.syncDirectory(DIRECTORY);
    for (let life = 0; life < 4; life++) {
      const steps = 5 + this.random.below(60);
      for (let step = 0; step < steps; step++) await this.step(log);
      expect(this.home.failures).toEqual([]);
      log = await this.endAndReopen(log);
      this.check(log);
    }
  }

  private async step(log: PartitionLog): Promise<void> {
    const dice = this.random.below(100);
    if (dice < 60) this.append(log);
    else if (dice < 68) this.retry(log);
    else if (dice < 74) await log.flush();
    else if (dice < 78)
      void log.flush().catch(() => {}); // Whatever comes of it: a crash may come first.
    else if (dice < 84)
      log.advanceHighWatermark(log.logEndOffset - this.random.below(log.logEndOffset - log.highWatermark + 1));
    else if (dice < 88) this.saveCheckpoint(log);
    else if (dice < 91) this.startEpoch(log);
    else if (dice < 94) await this.truncate(log);
    else if (dice < 97)
      for (const file of log.deleteOldSegments(this.home.clock.nowMs()).files) this.home.disk.remove(file);
    else this.home.clock.advance(this.random.below(5_000));
    if (this.random.below(3) === 0) await Promise.resolve();
  }

  private append(log: PartitionLog): void {
    const producerId = BigInt(this.random.below(4)) - 1n;
    const wishes = Array.from({ length: 1 + this.random.below(4) }, () => 1 + this.random.below(4));
    let baseSequence = this.nextSequence(producerId);
    const sent = wishes.map((count) => {
      const values = Array.from({ length: count }, () => "x".repeat(this.random.below(120)));
      const timestamps = values.map(() => this.home.clock.nowMs() - this.random.below(100));
      const batch = batchOf(
        producerId < 0n ? { values, timestamps } : { values, timestamps, producerId, baseSequence },
      );
      if (producerId >= 0n) baseSequence = sequenceAfter(baseSequence, count);
      return batch;
    });
    const outcomes = log.appendAsLeader(sent, this.epoch);
    for (const [index, outcome] of outcomes.entries()) {
      const bytes = sent[index]?.batch ?? Buffer.alloc(0);
      invariant(outcome.kind === "appended", () => `${JSON.stringify(outcome)} for a batch in order`);
      expect(outcome.baseOffset).toBe((this.batches.at(-1)?.lastOffset ?? this.logStartIfEmpty(log) - 1) + 1);
      const batch = modelOf(new BatchView(bytes, 0));
      this.batches.push(batch);
      this.written.add(batch.bytes);
      counts.appended++;
    }
  }

  private logStartIfEmpty(log: PartitionLog): number {
    return log.logStartOffset;
  }

  /** Any of a producer's last five batches, sent again, is recognised. */
  private retry(log: PartitionLog): void {
    const producerId = BigInt(this.random.below(3));
    for (const batch of this.lastFive(producerId, log.logStartOffset)) {
      const again = Buffer.from(batch.bytes, "hex");
      const before = log.logEndOffset;
      expect(log.appendAsLeader([{ batch: again, info: { logAppendTime: -1 } }], this.epoch)).toMatchObject([
        { kind: "duplicate", baseOffset: batch.baseOffset, lastOffset: batch.lastOffset },
      ]);
      expect(log.logEndOffset).toBe(before);
      counts.duplicates++;
    }
  }

  private lastFive(producerId: bigint, from: number): ModelBatch[] {
    return this.batches.filter((batch) => batch.producerId === producerId && batch.baseOffset >= from).slice(-5);
  }

  private nextSequence(producerId: bigint): number {
    const last = this.batches.findLast((batch) => batch.producerId === producerId);
    return last === undefined ? 0 : sequenceAfter(last.baseSequence, last.lastOffset - last.baseOffset + 1);
  }

  private startEpoch(log: PartitionLog): void {
    this.epoch++;
    log.startLeaderEpoch(this.epoch);
  }

  private async truncate(log: PartitionLog): Promise<void> {
    const lowest = Math.max(log.highWatermark, log.logStartOffset);
    const offset = lowest + this.random.below(log.logEndOffset - lowest + 1);
    this.home.recoveryPointFell = async () => {
      for (let turn = this.random.below(5); turn > 0; turn--) await Promise.resolve();
      this.saveCheckpoint(log);
    };
    log.truncateTo(offset);
    await log.truncationSettled();
    this.batches = this.batches.filter((batch) => batch.lastOffset < offset);
    // Only a follower of a new leader truncates: no offset is written twice in one epoch.
    this.startEpoch(log);
    expect(log.logEndOffset).toBe((this.batches.at(-1)?.lastOffset ?? log.logStartOffset - 1) + 1);
  }

  /** What a log directory writes now and then, durable once written. */
  private saveCheckpoint(log: PartitionLog): void {
    this.checkpoint = {
      cleanShutdown: false,
      recoveryPoint: log.recoveryPoint,
      logStartOffset: log.logStartOffset > log.logStartSegmentOffset ? log.logStartOffset : null,
      highWatermark: log.highWatermark,
    };
  }

  private async endAndReopen(log: PartitionLog): Promise<PartitionLog> {
    const { flushedEndOffset } = log;
    const before = this.batches.length;
    const way = this.random.below(3);
    if (way === 0) {
      this.saveCheckpoint(log);
      await log.close({ clean: true });
      this.saveCheckpoint(log);
      this.checkpoint = { ...this.checkpoint, cleanShutdown: true, recoveryPoint: log.logEndOffset };
      counts.cleanStops++;
      if (this.random.below(2) === 0) this.home.losePower(this.random);
      else this.home.kill();
    } else if (way === 1) {
      this.home.kill();
      counts.crashes++;
    } else {
      this.home.losePower(this.random.below(2) === 0 ? this.random : undefined);
      counts.powerCuts++;
    }
    const opened = await this.home.open(this.checkpoint);
    // A log directory checkpoints what recovery cut before it lets anybody append.
    this.saveCheckpoint(opened.log);
    const { logEndOffset } = opened.log;
    if (way !== 2) expect([logEndOffset, opened.report.bytesCut]).toEqual([log.logEndOffset, 0]);
    else expect(logEndOffset).toBeGreaterThanOrEqual(Math.min(flushedEndOffset, log.logEndOffset));
    if (way === 0) expect(opened.report).toMatchObject({ recovered: false });
    if (way === 2) this.acceptUnsynced(opened.log, flushedEndOffset);
    this.batches = this.batches.filter((batch) => batch.lastOffset < logEndOffset);
    counts.cutByPower += before - this.batches.length;
    this.epoch = Math.max(this.epoch, opened.log.lastEpoch ?? 0) + 1;
    opened.log.startLeaderEpoch(this.epoch);
    return opened.log;
  }

  /** What was synced is there to the byte; behind it anything once written may stand, which becomes what is expected from now on. */
  private acceptUnsynced(log: PartitionLog, flushedEndOffset: number): void {
    const found = this.readAll(log);
    const isSynced = (batch: ModelBatch) =>
      batch.lastOffset < flushedEndOffset && batch.lastOffset >= log.logStartOffset;
    expect(found.filter(isSynced)).toEqual(this.batches.filter(isSynced));
    for (const batch of found) expect(this.written.has(batch.bytes)).toBe(true);
    this.batches = found;
  }

  private check(log: PartitionLog): void {
    const expected = this.batches.filter((batch) => batch.lastOffset >= log.logStartOffset);
    const read = this.readAll(log);
    expect(read).toEqual(expected);
    counts.checkedBatches += read.length;
    for (const batch of expected)
      expect([batch.baseOffset, log.leaderEpochAt(batch.baseOffset)]).toEqual([batch.baseOffset, batch.epoch]);
    const epochs = log.leaderEpochs;
    for (const [index, entry] of epochs.entries()) {
      const next = epochs[index + 1];
      if (next !== undefined) expect(entry.epoch < next.epoch && entry.startOffset < next.startOffset).toBe(true);
    }
    for (const producerId of [0n, 1n, 2n]) this.checkWindow(log, producerId);
    this.checkIndexes();
  }

  private readAll(log: PartitionLog): ModelBatch[] {
    const read: ModelBatch[] = [];
    for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
      const outcome = log.read({
        offset,
        maxBytes: 1 + this.random.below(1_000),
        upperBound: log.logEndOffset,
        minOneBatch: true,
      });
      invariant(outcome.kind === "records", () => `nothing to read at ${offset}, the log ends at ${log.logEndOffset}`);
      for (const batch of iterateBatches(Buffer.concat(outcome.slices))) {
        expect(batch.isCrcValid()).toBe(true);
        read.push(modelOf(batch));
      }
      outcome.release();
      offset = outcome.nextOffset;
    }
    return read;
  }

  private checkWindow(log: PartitionLog, producerId: bigint): void {
    const known = log.producers().find((entry) => entry.producerId === producerId);
    const expected = this.lastFive(producerId, log.logStartOffset);
    const window = (known?.batches ?? []).filter((batch) => batch.firstOffset >= log.logStartOffset);
    expect([producerId, window.map((batch) => batch.firstOffset)]).toEqual([
      producerId,
      expected.map((batch) => batch.baseOffset),
    ]);
  }

  /** What kafka-dump-log checks: entries point at the batches they name, timestamps rise and are the batches' own. */
  private checkIndexes(): void {
    const { disk } = this.home;
    for (const name of disk.list(DIRECTORY)) {
      const base = offsetOfFileName(name, ".log");
      if (base === null) continue;
      const log = disk.readFile(`${DIRECTORY}/${name}`);
      const stem = `${DIRECTORY}/${name.slice(0, 20)}`;
      const index = disk.readFile(`${stem}.index`);
      for (let at = 0; at < index.length; at += 8) {
        const batch = new BatchView(log, index.readInt32BE(at + 4));
        expect(batch.lastOffset).toBe(base + index.readInt32BE(at));
      }
      const ends = new Map([...iterateBatches(log)].map((batch) => [batch.lastOffset, batch.maxTimestamp]));
      const times = disk.readFile(`${stem}.timeindex`);
      let last = -1;
      for (let at = 0; at < times.length; at += 12) {
        const timestamp = Number(times.readBigInt64BE(at));
        expect(timestamp).toBeGreaterThan(last);
        expect(ends.get(base + times.readInt32BE(at + 8))).toBe(timestamp);
        last = timestamp;
      }
    }
  }
}

function modelOf(batch: BatchView): ModelBatch {
  return {
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    epoch: batch.partitionLeaderEpoch,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    bytes: batch.bytes.toString("hex"),
  };
}
