import { type BatchView, compressionReady, iterateBatches, iterateRecords } from "@ottla/protocol";
import { SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { defaultLogConfig, type LogConfig } from "./log-config";
import type { LogCheckpoint } from "./log-options";
import { OpenFiles } from "./open-files";
import { PartitionLog } from "./partition-log";
import { decodeProducerSnapshot } from "./producer-snapshot";
import { TailBudget } from "./tail-cache";
import { type GoldenLogs, goldenDump, goldenFiles, installGolden } from "./testing/golden-logs";

/** The recording was made on 22 November 2026; producers older than a day before that are forgotten on load, as Kafka did. */
const RECORDED_MS = 1_795_343_900_000;
const ROOT = "/logs";
/** What the recorded broker was given. */
const config: LogConfig = { ...defaultLogConfig, indexIntervalBytes: 250, segmentIndexBytes: 600 };

const counts = {
  directories: 0,
  partitions: 0,
  batches: 0,
  records: 0,
  filesEqual: 0,
  snapshotsEqualInContent: 0,
  epochFilesWithoutTheirLastLine: 0,
  transactions: 0,
  producers: 0,
  timestamps: 0,
};

beforeAll(() => compressionReady());

afterAll(() => {
  const said = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`golden logs compared: ${said.join(", ")}\n`);
});

describe.each(["clean", "follower"] as const)("a directory that Kafka 3.9.1 closed in order (%s)", (name) => {
  counts.directories++;
  it.each(partitionsOf(name))("%s opens without reading through, and reads as Kafka dumps it", async (partition) => {
    const { log, report, disk } = await openGolden(name, partition, true);
    expect(report).toMatchObject({ recovered: false, bytesReread: 0, bytesCut: 0 });
    expectDumpedBatches(log, name, partition);
    expectDumpedTransactions(log, name, partition);
    expectDumpedProducers(log, name, partition);
    expectDumpedTimestamps(log, name, partition);

    await log.close({ clean: true });
    const after = filesOn(disk, partition);
    const before = goldenPartition(name, partition);
    for (const [file, bytes] of before) {
      if (file.endsWith(".snapshot")) continue;
      // As in Kafka, an epoch that begins at the log end is dropped on load: nothing was written under it.
      if (file === "leader-epoch-checkpoint" && bytes.includes(` ${log.logEndOffset}\n`)) {
        counts.epochFilesWithoutTheirLastLine++;
        continue;
      }
      expect([file, after.get(file)?.toString("latin1")]).toEqual([file, bytes.toString("latin1")]);
      counts.filesEqual++;
    }
    expect([...after.keys()].filter(isNoSnapshot)).toEqual([...before.keys()].filter(isNoSnapshot).toSorted());
  });
});

describe("a directory of a Kafka 3.9.1 that was killed", () => {
  counts.directories++;
  it.each(partitionsOf("killed"))(
    "%s is read through from its recovery point, and nothing is lost",
    async (partition) => {
      const { log, report, disk } = await openGolden("killed", partition, false);
      expect(report).toMatchObject({ recovered: true, bytesCut: 0, cut: "nothing" });
      expectDumpedBatches(log, "killed", partition);
      if (partition !== "empty-0") expectDumpedTransactions(log, "killed", partition);
      const { logEndOffset } = log;
      await log.close({ clean: true });

      // What was rebuilt stands: a second, orderly start agrees with it.
      const again = await openOn(disk, partition, {
        ...NOTHING_KNOWN,
        cleanShutdown: true,
        recoveryPoint: logEndOffset,
      });
      expect(again.report).toMatchObject({ recovered: false, bytesReread: 0 });
      expect(again.log.logEndOffset).toBe(logEndOffset);
    },
  );
});

describe("a damaged directory", () => {
  counts.directories++;
  it.each(partitionsOf("torn"))("%s recovers to what Kafka 3.9.1 made of it", async (partition) => {
    const { log, disk } = await openGolden("torn", partition, false);
    await log.close({ clean: true });
    const ours = filesOn(disk, partition);
    counts.partitions++;
    const kafkas = goldenPartition("recovered", partition);
    expect([...ours.keys()]).toEqual([...kafkas.keys()].toSorted());
    for (const [file, bytes] of kafkas) {
      if (file.endsWith(".snapshot")) {
        expect([file, byId(ours.get(file))]).toEqual([file, byId(bytes)]);
        counts.snapshotsEqualInContent++;
      } else {
        expect([file, ours.get(file)?.toString("hex")]).toEqual([file, bytes.toString("hex")]);
        counts.filesEqual++;
      }
    }
  });

  it.each([
    ["plain-0", "incompleteTail"],
    ["append-time-0", "incompleteTail"],
    ["records-deleted-0", "zeroTail"],
    ["epochs-0", "damage"],
  ])("%s reports what was cut: %s", async (partition, cut) => {
    expect((await openGolden("torn", partition, false)).report).toMatchObject({ cut });
  });
});

const NOTHING_KNOWN: LogCheckpoint = {
  cleanShutdown: false,
  recoveryPoint: 0,
  logStartOffset: null,
  highWatermark: null,
};

function isNoSnapshot(file: string): boolean {
  return !file.endsWith(".snapshot");
}

/** The files of one partition as recorded. */
function goldenPartition(name: GoldenLogs, partition: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [path, bytes] of goldenFiles(name)) {
    const [directory, file] = path.split("/");
    if (directory === partition && file !== undefined && file !== "dump.json") files.set(file, bytes);
  }
  return files;
}

function partitionsOf(name: GoldenLogs): string[] {
  const directories = [...goldenFiles(name).keys()]
    .filter((path) => path.includes("/"))
    .map((path) => path.split("/")[0] ?? "");
  return [...new Set(directories)].toSorted();
}

async function openGolden(name: GoldenLogs, partition: string, cleanShutdown: boolean) {
  const disk = new SimulatedDisk({ nowMs: () => RECORDED_MS });
  installGolden(name, disk, ROOT);
  const checkpoint = {
    cleanShutdown,
    recoveryPoint: checkpointed(name, "recovery-point-offset-checkpoint", partition) ?? 0,
    logStartOffset: checkpointed(name, "log-start-offset-checkpoint", partition),
    highWatermark: checkpointed(name, "replication-offset-checkpoint", partition),
  };
  return { ...(await openOn(disk, partition, checkpoint)), disk };
}

function openOn(disk: SimulatedDisk, partition: string, checkpoint: LogCheckpoint) {
  const clock = new SimulatedClock(RECORDED_MS);
  return PartitionLog.open(
    {
      disk,
      clock,
      random: new SeededRandom(1),
      logger: silentLogger,
      directory: `${ROOT}/${partition}`,
      topic: partition.slice(0, partition.lastIndexOf("-")),
      partition: 0,
      topicId: null,
      config,
      producerIdExpirationMs: 24 * 3600 * 1000,
      tailBudget: new TailBudget(1024 * 1024),
      openFiles: new OpenFiles(),
      onFailure: (error) => {
        throw error;
      },
    },
    checkpoint,
    new AbortController().signal,
  );
}

function checkpointed(name: GoldenLogs, file: string, partition: string): number | null {
  const dash = partition.lastIndexOf("-");
  const prefix = `${partition.slice(0, dash)} ${partition.slice(dash + 1)} `;
  const line = goldenFiles(name)
    .get(file)
    ?.toString("utf8")
    .split("\n")
    .find((candidate) => candidate.startsWith(prefix));
  return line === undefined ? null : Number(line.slice(prefix.length));
}

interface DumpedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: number;
  readonly baseSequence: number;
  readonly partitionLeaderEpoch: number;
  readonly size: number;
  readonly crc: number;
  readonly timestamp: number;
  readonly count: number;
  readonly records?: readonly { readonly offset: number; readonly timestamp: number }[];
}

/** Every batch from the log start on, read as a consumer reads, equals kafka-dump-log's account of it. */
function expectDumpedBatches(log: PartitionLog, name: GoldenLogs, partition: string): void {
  counts.partitions++;
  const dumped = dumpedFiles<{ readonly batches: readonly DumpedBatch[] }>(name, partition, ".log").flatMap(
    (file) => file.batches,
  );
  const expected = dumped.filter((batch) => batch.lastOffset >= log.logStartOffset);
  const read: BatchView[] = [];
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    const outcome = log.read({ offset, maxBytes: 700, upperBound: log.logEndOffset, minOneBatch: true });
    if (outcome.kind !== "records") break;
    const bytes = Buffer.concat(outcome.slices);
    outcome.release();
    read.push(...iterateBatches(bytes));
    offset = outcome.nextOffset;
  }
  expect(read.map(asDumped)).toEqual(
    expected.map(
      ({ baseOffset, lastOffset, producerId, baseSequence, partitionLeaderEpoch, size, crc, timestamp, count }) => ({
        baseOffset,
        lastOffset,
        producerId,
        baseSequence,
        partitionLeaderEpoch,
        size,
        crc,
        timestamp,
        count,
      }),
    ),
  );
  for (const [index, batch] of read.entries()) {
    const records = [...iterateRecords(batch)];
    expect(records.map((record) => record.offset)).toEqual(
      expected[index]?.records?.map((record) => record.offset) ?? [],
    );
    counts.records += records.length;
  }
  counts.batches += read.length;
  expect(log.logEndOffset).toBe((dumped.at(-1)?.lastOffset ?? log.logStartOffset - 1) + 1);
}

function asDumped(batch: BatchView) {
  return {
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    producerId: Number(batch.producerId),
    baseSequence: batch.baseSequence,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    size: batch.sizeInBytes,
    crc: batch.crc,
    timestamp: batch.maxTimestamp,
    count: batch.recordCount,
  };
}

function expectDumpedTransactions(log: PartitionLog, name: GoldenLogs, partition: string): void {
  const dumped = dumpedFiles<
    readonly { readonly lastOffset: number; readonly producerId: number; readonly version: number }[]
  >(name, partition, ".txnindex").flat();
  const ours = log
    .abortedTransactions(0, log.logEndOffset)
    .map((entry) => ({ version: 0, ...entry, producerId: Number(entry.producerId) }));
  expect(ours).toEqual(dumped);
  counts.transactions += ours.length;
}

function expectDumpedProducers(log: PartitionLog, name: GoldenLogs, partition: string): void {
  const snapshots = Object.entries(goldenDump(name, partition).files).filter(([file]) => file.endsWith(".snapshot"));
  const newest = snapshots.at(-1)?.[1] as
    | readonly { readonly producerId: number; readonly lastSequence: number; readonly lastTimestamp: number }[]
    | undefined;
  const fresh = (newest ?? []).filter((entry) => RECORDED_MS - entry.lastTimestamp < 24 * 3600 * 1000);
  const known = new Map(
    log.producers().map((entry) => [Number(entry.producerId), entry.batches.at(-1)?.lastSequence ?? -1]),
  );
  for (const { producerId, lastSequence } of fresh) {
    expect([producerId, known.get(producerId)]).toEqual([producerId, lastSequence]);
    counts.producers++;
  }
}

/** Looking for each record's timestamp finds the first record with it or a later one. */
function expectDumpedTimestamps(log: PartitionLog, name: GoldenLogs, partition: string): void {
  const records = dumpedFiles<{ readonly batches: readonly DumpedBatch[] }>(name, partition, ".log")
    .flatMap((file) => file.batches.flatMap((batch) => batch.records ?? []))
    .filter((record) => record.offset >= log.logStartOffset);
  for (const { timestamp } of records.filter((_, index) => index % 7 === 0)) {
    const first = records.find((record) => record.timestamp >= timestamp);
    expect(log.offsetForTimestamp(timestamp, log.logEndOffset)).toMatchObject({
      offset: first?.offset,
      timestamp: first?.timestamp,
    });
    counts.timestamps++;
  }
  const greatest = Math.max(...records.map((record) => record.timestamp));
  if (records.length === 0) expect(log.offsetOfMaxTimestamp(log.logEndOffset)).toBeNull();
  else {
    const first = records.find((record) => record.timestamp === greatest);
    expect(log.offsetOfMaxTimestamp(log.logEndOffset)).toMatchObject({ offset: first?.offset, timestamp: greatest });
  }
}

function dumpedFiles<T>(name: GoldenLogs, partition: string, suffix: string): T[] {
  return Object.entries(goldenDump(name, partition).files)
    .filter(([file]) => file.endsWith(suffix))
    .map(([, entries]) => entries as T);
}

function filesOn(disk: SimulatedDisk, partition: string): Map<string, Buffer> {
  return new Map(
    disk.list(`${ROOT}/${partition}`).map((file) => [file, disk.readFile(`${ROOT}/${partition}/${file}`)]),
  );
}

/** A snapshot's entries in an order of their own. */
function byId(bytes: Buffer | undefined) {
  if (bytes === undefined) return null;
  return decodeProducerSnapshot(bytes)
    .map((entry) => ({ ...entry, producerId: Number(entry.producerId) }))
    .toSorted((a, b) => a.producerId - b.producerId);
}
