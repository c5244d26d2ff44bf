import { type CompressionCodec, compressionReady, sequenceAfter } from "@ottla/protocol";
import { invariant, SeededRandom } from "@ottla/runtime";
import type { PartitionLog } from "./partition-log";
import { cleanOnce, type ReadRecord } from "./testing/cleaned-log";
import { CompactedModel } from "./testing/compacted-model";
import { type KeyedRecord, keyedBatch } from "./testing/keyed-batches";
import { markerOf, SimulatedLogHome } from "./testing/log-on-simulated-disk";

/** `OTTLA_SEED=n` runs that seed alone; `OTTLA_SEEDS=n` as many. */
const only = process.env["OTTLA_SEED"];
const seeds =
  only === undefined
    ? Array.from({ length: Number(process.env["OTTLA_SEEDS"] ?? 25) }, (_, index) => index + 1)
    : [Number(only)];
const counts = { written: 0, cleanings: 0, read: 0, reopened: 0, duplicates: 0, left: 0 };

beforeAll(() => compressionReady());

afterAll(() => {
  const said = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`random compaction: seeds ${seeds[0]}-${seeds.at(-1)}, ${said.join(", ")}\n`);
});

describe("a compacted log with a random history", () => {
  it.each(seeds)("reads as if nothing had been removed, key by key (seed %d)", async (seed) => {
    await new CompactionRun(seed).play();
  });
});

const CODECS: readonly CompressionCodec[] = ["none", "none", "gzip", "snappy", "lz4", "zstd"];
const PRODUCERS = [1n, 2n, 3n];

interface Producer {
  readonly id: bigint;
  nextSequence: number;
  readonly isTransactional: boolean;
  open: ReadRecord[] | null;
  /** The batches it sent, to be sent again. */
  readonly sent: { readonly bytes: Buffer; readonly baseOffset: number }[];
}

/** Appends at random, cleans in between, and compares with a list of all that was ever written. */
class CompactionRun {
  private readonly random: SeededRandom;
  private readonly home: SimulatedLogHome;
  private readonly model = new CompactedModel();
  private readonly producers: Producer[];
  private readonly keys: number;
  private epoch = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.keys = 3 + this.random.below(30);
    this.home = new SimulatedLogHome({
      cleanupPolicy: { delete: false, compact: true },
      minCleanableDirtyRatio: 0,
      deleteRetentionMs: 5_000,
      segmentBytes: 600 + this.random.below(2000),
      indexIntervalBytes: 100 + this.random.below(300),
      segmentIndexBytes: this.random.below(2) === 0 ? 120 : 10_000,
    });
    this.producers = PRODUCERS.map((id, index) => ({
      id,
      nextSequence: 0,
      isTransactional: index > 0,
      open: null,
      sent: [],
    }));
  }

  async play(): Promise<void> {
    let log = this.home.create();
    for (let round = 0; round < 8; round++) {
      for (let step = 20 + this.random.below(60); step > 0; step--) this.step(log);
      await this.clean(log);
      this.check(log);
      if (this.random.below(3) === 0) {
        log = await this.reopen(log);
        this.check(log);
      }
    }
    for (const producer of this.producers) this.endTransaction(log, producer);
    await this.clean(log);
    this.check(log);
    counts.left += this.model.expectHeldBy(log);
    await log.close({ clean: false });
  }

  private step(log: PartitionLog): void {
    const dice = this.random.below(100);
    if (dice < 80) this.append(log);
    else if (dice < 92) this.endTransaction(log, this.producers[this.random.below(this.producers.length)]);
    else if (dice < 95) this.epoch++;
    else this.home.clock.advance(this.random.below(3_000));
  }

  private append(log: PartitionLog): void {
    const producer = this.random.below(2) === 0 ? undefined : this.producers[this.random.below(this.producers.length)];
    const records = Array.from({ length: 1 + this.random.below(6) }, (): KeyedRecord => {
      const key = `key-${this.random.below(this.keys)}`;
      const value = this.random.below(5) === 0 ? null : "v".repeat(this.random.below(60));
      return [key, value, this.home.clock.nowMs() - this.random.below(1_000)];
    });
    const codec = CODECS[this.random.below(CODECS.length)] ?? "none";
    const { batch, info } = keyedBatch(records, {
      codec,
      ...(producer === undefined ? {} : { producerId: producer.id, baseSequence: producer.nextSequence }),
      isTransactional: producer?.isTransactional ?? false,
    });
    const [outcome] = log.appendAsLeader([{ batch, info }], this.epoch);
    invariant(outcome?.kind === "appended", () => JSON.stringify(outcome));
    const { baseOffset } = outcome;
    const added = records.map(([key, value, timestamp = 0], index) => ({
      offset: baseOffset + index,
      key,
      value,
      timestamp,
    }));
    this.model.add(added);
    counts.written += added.length;
    if (producer === undefined) return;
    producer.nextSequence = sequenceAfter(producer.nextSequence, records.length);
    producer.sent.push({ bytes: Buffer.from(batch), baseOffset });
    if (producer.isTransactional) producer.open = [...(producer.open ?? []), ...added];
  }

  private endTransaction(log: PartitionLog, producer: Producer | undefined): void {
    if (producer?.open == null) return;
    const isAborted = this.random.below(2) === 0;
    const [outcome] = log.appendAsLeader([markerOf(isAborted ? "ABORT" : "COMMIT", producer.id)], this.epoch);
    expect(outcome?.kind).toBe("appended");
    if (isAborted) this.model.abort(producer.open);
    producer.open = null;
  }

  private async clean(log: PartitionLog): Promise<void> {
    const settings = {
      dedupeBufferBytes: this.random.below(2) === 0 ? 24 * (13 + this.random.below(20)) : 1_000_000,
      ioBufferBytes: 1,
    };
    const remove = (files: readonly string[]): void => {
      for (const file of files) this.home.disk.remove(file);
    };
    for (let passes = 1 + this.random.below(3); passes > 0; passes--) {
      if ((await cleanOnce(log, this.home.clock.nowMs(), settings, remove)) === null) return;
      counts.cleanings++;
    }
  }

  private async reopen(log: PartitionLog): Promise<PartitionLog> {
    counts.reopened++;
    const { recoveryPoint, highWatermark, firstDirtyOffset, logEndOffset } = log;
    const cleanShutdown = this.random.below(2) === 0;
    await log.close({ clean: cleanShutdown });
    this.home.kill();
    // Recovery may have to read through any of the cleaned segments.
    const known = this.random.below(2) === 0 ? 0 : recoveryPoint;
    const opened = await this.home.open({ cleanShutdown, recoveryPoint: known, highWatermark, firstDirtyOffset });
    expect(opened.report).toMatchObject({ cut: "nothing", bytesCut: 0 });
    expect(opened.log.logEndOffset).toBe(logEndOffset);
    expect(opened.log.firstDirtyOffset).toBe(firstDirtyOffset);
    this.retry(opened.log);
    return opened.log;
  }

  /** Any of a producer's last five batches is recognised when it is sent again. */
  private retry(log: PartitionLog): void {
    for (const { id, sent } of this.producers) {
      for (const { bytes, baseOffset } of sent.slice(-5)) {
        const again = { batch: Buffer.from(bytes), info: { logAppendTime: -1 } };
        const outcome = log.appendAsLeader([again], this.epoch);
        expect([id, outcome]).toMatchObject([id, [{ kind: "duplicate", baseOffset }]]);
        counts.duplicates++;
      }
    }
  }

  private check(log: PartitionLog): void {
    counts.read += this.model.expectHeldBy(log);
  }
}
