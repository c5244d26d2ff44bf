import { type BatchView, iterateBatches } from "@ottla/protocol";
import { DiskError, SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { CheckpointMalformed } from "./checkpoint-file";
import { defaultLogConfig, type LogConfig } from "./log-config";
import { DirectoryLocked, LogDirectory, type LogDirectoryOptions } from "./log-directory";
import { defaultLogDirectorySettings } from "./log-directory-settings";
import { InconsistentMetaProperties } from "./meta-properties";
import type { PartitionLog } from "./partition-log";
import { producedBatch } from "./testing/batches";
import { installGolden } from "./testing/golden-logs";

const TOPIC_ID = "2v-wvOgDSTK5DUmPN9E3-g";
const PATH = "/data/logs";

/** A machine with one disk, on which brokers are started, stopped, and killed. */
class Machine {
  /** Of the process that was started last. */
  clock = new SimulatedClock();
  readonly disk: SimulatedDisk;
  readonly random: SeededRandom;
  bootId = "boot-1";
  config: LogConfig = defaultLogConfig;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
    this.disk = new SimulatedDisk({ nowMs: () => this.clock.nowMs() });
    this.disk.makeDirectory(PATH);
  }

  start(more: Partial<LogDirectoryOptions> = {}): Promise<LogDirectory> {
    return LogDirectory.open({
      disk: this.disk.forProcess(),
      clock: this.clock,
      random: this.random,
      logger: silentLogger,
      path: PATH,
      brokerId: null,
      clusterId: null,
      bootId: this.bootId,
      configOf: () => this.config,
      settings: defaultLogDirectorySettings,
      signal: new AbortController().signal,
      ...more,
    });
  }

  /** A start, the controller's confirmation included. */
  async startConfirmed(): Promise<LogDirectory> {
    const directory = await this.start();
    await directory.recordBootId(this.bootId);
    return directory;
  }

  kill(): void {
    this.disk.kill();
    this.clock = new SimulatedClock(this.clock.nowMs());
  }

  losePower(luck?: SeededRandom): void {
    this.disk.losePower(luck);
    this.clock = new SimulatedClock(this.clock.nowMs());
    this.bootId = `boot-${Number(this.bootId.slice(5)) + 1}`;
  }

  names(): string[] {
    return this.disk.list(PATH);
  }

  put(name: string, content: string): void {
    const file = this.disk.open(`${PATH}/${name}`, "create");
    file.truncate(0);
    file.write([Buffer.from(content)], 0);
    file.close();
  }
}

function append(log: PartitionLog, batches = 1, records = 1): void {
  for (let i = 0; i < batches; i++) {
    const [outcome] = log.appendAsLeader([producedBatch({ records })], 0);
    if (outcome?.kind !== "appended") throw new Error(`not appended: ${JSON.stringify(outcome)}`);
  }
}

const make = (directory: LogDirectory, topic = "orders", partition = 0) =>
  directory.create(topic, partition, TOPIC_ID, defaultLogConfig);

describe("a truncation, new batches in place of the old, and a loss of power before any of it was synced", () => {
  it.each(Array.from({ length: 20 }, (_, index) => index + 1))("leaves a sound log (seed %d)", async (seed) => {
    const machine = new Machine(seed);
    machine.config = { ...defaultLogConfig, segmentBytes: 2_000 };
    const random = new SeededRandom(seed);
    const directory = await machine.startConfirmed();
    const log = directory.create("orders", 0, TOPIC_ID, machine.config);
    append(log, 100);
    await log.flush();
    await directory.writeCheckpoints();
    log.truncateTo(5);
    await log.truncationSettled();
    append(log, 90, 2);
    machine.losePower(random);

    const again = await machine.start();
    const found = again.get("orders", 0);
    expect(found?.logEndOffset).toBeGreaterThanOrEqual(5);
    let end = 0;
    for (const batch of batchesOf(found)) {
      expect([batch.baseOffset, batch.isCrcValid()]).toEqual([end, true]);
      end = batch.lastOffset + 1;
    }
    expect(end).toBe(found?.logEndOffset);
    await again.close();
  });
});

describe("a partition whose partition.metadata was lost", () => {
  it("takes the topic id it is told, and keeps it", async () => {
    const machine = new Machine();
    const first = await machine.startConfirmed();
    append(make(first));
    await first.close({ clean: true });
    machine.disk.remove(`${PATH}/orders-0/partition.metadata`);

    const second = await machine.start();
    const log = second.get("orders", 0);
    expect(log?.topicId).toBeNull();
    log?.adoptTopicId(TOPIC_ID);
    expect(log?.topicId).toBe(TOPIC_ID);
    machine.kill();

    const third = await machine.start();
    expect(third.get("orders", 0)?.topicId).toBe(TOPIC_ID);
    expect(() => third.get("orders", 0)?.adoptTopicId("AAAAAAAAAAAAAAAAAAAAAA")).toThrow("belongs to topic");
    await third.close();
  });
});

function* batchesOf(log: PartitionLog | undefined): Generator<BatchView> {
  for (let offset = log?.logStartOffset ?? 0; log !== undefined && offset < log.logEndOffset; ) {
    const outcome = log.read({ offset, maxBytes: 100_000, upperBound: log.logEndOffset, minOneBatch: true });
    if (outcome.kind !== "records") throw new Error(`nothing to read at ${offset} of ${log.logEndOffset}`);
    yield* iterateBatches(Buffer.concat(outcome.slices));
    offset = outcome.nextOffset;
    outcome.release();
  }
}

describe("a new log directory", () => {
  it("gets an identity, and counts as torn until the controller has confirmed", async () => {
    const machine = new Machine();
    const directory = await machine.start({ brokerId: 3 });
    expect(directory.summary).toMatchObject({
      shutdown: "new",
      condition: "torn",
      reasons: ["the directory is new"],
      partitions: 0,
    });
    expect(directory.directoryId).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(directory.brokerId).toBe(3);
    expect(machine.names()).toEqual([".lock", "meta.properties"]);
    await directory.close({ clean: false });
  });

  it("keeps its identity for ever", async () => {
    const machine = new Machine();
    const first = await machine.start();
    machine.kill();
    machine.losePower();
    const second = await machine.start();
    expect(second.directoryId).toBe(first.directoryId);
    await second.close();
  });

  it("takes on the cluster and the broker that it is told of later, and no others after that", async () => {
    const machine = new Machine();
    const directory = await machine.start();
    await directory.setClusterId("cluster-a");
    await directory.setBrokerId(5);
    await expect(directory.setClusterId("cluster-b")).rejects.toThrow(InconsistentMetaProperties);
    await directory.close();
    await expect(machine.start({ brokerId: 6 })).rejects.toThrow(
      `${PATH}/meta.properties: broker.id is "5", expected "6"`,
    );
    const again = await machine.start({ brokerId: 5, clusterId: "cluster-a" });
    expect([again.brokerId, again.clusterId]).toEqual([5, "cluster-a"]);
    await again.close();
  });
});

describe("the lock", () => {
  it("keeps a second process out, by name of the path, until the first is closed or dead", async () => {
    const machine = new Machine();
    const first = await machine.start();
    await expect(machine.start()).rejects.toThrow(DirectoryLocked);
    await expect(machine.start()).rejects.toThrow(PATH);
    await first.close();
    await machine.start();
    machine.kill();
    await (await machine.start()).close();
  });

  it("is given back when a start fails", async () => {
    const machine = new Machine();
    machine.put("recovery-point-offset-checkpoint", "0\n2\nt 0 0\n");
    await expect(machine.start()).rejects.toThrow(CheckpointMalformed);
    machine.put("recovery-point-offset-checkpoint", "0\n0\n");
    await (await machine.start()).close();
  });
});

describe("a clean stop", () => {
  it("leaves the marker and all checkpoints, and the next start recovers nothing", async () => {
    const machine = new Machine();
    const before = await machine.startConfirmed();
    const log = make(before);
    append(log, 5, 2);
    log.advanceHighWatermark(7);
    await before.close({ clean: true });
    expect(machine.names()).toContain(".kafka_cleanshutdown");
    expect(machine.disk.readFile(`${PATH}/replication-offset-checkpoint`).toString()).toBe("0\n1\norders 0 7\n");
    expect(machine.disk.readFile(`${PATH}/recovery-point-offset-checkpoint`).toString()).toBe("0\n1\norders 0 10\n");
    machine.losePower();

    const after = await machine.start();
    expect(after.summary).toMatchObject({
      shutdown: "clean",
      condition: "intact",
      reasons: [],
      partitions: 1,
      segments: 1,
      recoveredPartitions: 0,
      bytesReread: 0,
    });
    expect(after.get("orders", 0)).toMatchObject({ logEndOffset: 10, highWatermark: 7, topicId: TOPIC_ID });
    await after.close();
  });

  it("is forgotten, durably, before the next start opens a partition", async () => {
    const machine = new Machine();
    await (await machine.start()).close({ clean: true });
    await machine.start();
    machine.losePower();
    expect(machine.names()).not.toContain(".kafka_cleanshutdown");
  });

  it("is none when the disk refuses the last flush", async () => {
    const machine = new Machine();
    const directory = await machine.startConfirmed();
    append(make(directory));
    machine.disk.inject({ operation: "fdatasync", pathContains: ".log", code: "EIO" });
    await expect(directory.close({ clean: true })).rejects.toThrow(DiskError);
    expect(machine.names()).not.toContain(".kafka_cleanshutdown");
    machine.disk.heal();
    const after = await machine.start();
    expect(after.summary).toMatchObject({ shutdown: "unclean", condition: "torn" });
    await after.close();
  });

  it("leaves no timer behind", async () => {
    const machine = new Machine();
    const directory = await machine.start();
    make(directory);
    directory.delete("orders", 0);
    expect(machine.clock.pendingTimers).toBeGreaterThan(0);
    await directory.close({ clean: true });
    expect(machine.clock.pendingTimers).toBe(0);
  });
});

describe("a kill", () => {
  it("loses nothing that was appended, and leaves the directory intact", async () => {
    const machine = new Machine();
    append(make(await machine.startConfirmed()), 20);
    machine.kill();
    const after = await machine.start();
    expect(after.summary).toMatchObject({
      shutdown: "unclean",
      condition: "intact",
      recoveredPartitions: 1,
      bytesCut: 0,
    });
    expect(after.get("orders", 0)).toMatchObject({ logEndOffset: 20, topicId: TOPIC_ID });
    await after.close();
  });

  it("costs reading again only what was appended since the last flush, or its segment, once a second has passed", async () => {
    const machine = new Machine();
    const directory = await machine.startConfirmed();
    const log = directory.create("orders", 0, TOPIC_ID, { ...defaultLogConfig, segmentBytes: 50_000 });
    append(log, 500, 100);
    await log.flush();
    await machine.clock.advanceAsync(1000);
    append(log, 1);
    machine.kill();
    const after = await machine.start();
    expect(after.summary.sizeBytes).toBeGreaterThan(500_000);
    expect(after.summary.bytesReread).toBeLessThanOrEqual(50_000);
    expect(after.get("orders", 0)?.logEndOffset).toBe(50_001);
    await after.close();
  });

  it("between the start of a new machine and the controller's word leaves it torn, and so does a clean stop there", async () => {
    const machine = new Machine();
    append(make(await machine.startConfirmed()));
    machine.losePower();
    expect((await machine.start()).summary.condition).toBe("torn");
    machine.kill();
    const second = await machine.start();
    expect(second.summary.condition).toBe("torn");
    await second.close({ clean: true });
    const third = await machine.start();
    expect(third.summary).toMatchObject({ shutdown: "clean", condition: "torn" });
    await third.recordBootId(machine.bootId);
    machine.kill();
    const fourth = await machine.start();
    expect(fourth.summary.condition).toBe("intact");
    await fourth.close();
  });
});

describe("a loss of power", () => {
  it("leaves what was flushed, and a directory that says it is torn", async () => {
    const machine = new Machine();
    const log = make(await machine.startConfirmed());
    append(log, 10);
    await machine.clock.advanceAsync(2000);
    append(log, 10);
    machine.losePower();
    const after = await machine.start();
    expect(after.summary).toMatchObject({ shutdown: "unclean", condition: "torn" });
    expect(after.get("orders", 0)).toMatchObject({ logEndOffset: 10, topicId: TOPIC_ID });
    await after.close();
  });
});

describe("a rotten sector below the high watermark", () => {
  it("makes the directory torn though the machine never stopped, also when that start is killed", async () => {
    const machine = new Machine();
    append(make(await machine.startConfirmed()), 20);
    machine.disk.corrupt(`${PATH}/orders-0/00000000000000000000.log`, 300, Buffer.from("rotten"));
    machine.kill();
    const after = await machine.start();
    expect(after.summary).toMatchObject({ condition: "torn" });
    expect(after.summary.reasons).toEqual(["recovery found damage in orders-0"]);
    expect(after.get("orders", 0)?.logEndOffset).toBeLessThan(20);
    machine.kill();
    const again = await machine.start();
    expect(again.summary.condition).toBe("torn");
    await again.close();
  });
});

describe("a producer with five batches under way when the broker ends", () => {
  const retry = (log: PartitionLog, baseSequence: number) =>
    log.appendAsLeader([producedBatch({ records: 2, producerId: 9n, baseSequence })], 0)[0];

  it.each([
    { end: "is killed", stop: async (machine: Machine) => machine.kill() },
    { end: "stops in order", stop: (_: Machine, directory: LogDirectory) => directory.close({ clean: true }) },
    {
      end: "loses power after a flush",
      stop: async (machine: Machine, directory: LogDirectory) => {
        await directory.get("orders", 0)?.flush();
        machine.losePower();
      },
    },
  ])("has each retry recognised, and the next batch taken, when it $end", async ({ stop }) => {
    const machine = new Machine();
    const before = await machine.startConfirmed();
    const log = before.create("orders", 0, TOPIC_ID, { ...defaultLogConfig, segmentBytes: 400 });
    for (let i = 0; i < 8; i++) {
      expect(retry(log, i * 2)).toMatchObject({ kind: "appended", baseOffset: i * 3 });
      append(log);
    }
    expect(log.segmentCount).toBeGreaterThan(2);
    await stop(machine, before);

    const after = await machine.start();
    const recovered = after.get("orders", 0);
    if (recovered === undefined) throw new Error("the partition is gone");
    for (let i = 3; i < 8; i++) {
      expect(retry(recovered, i * 2)).toMatchObject({ kind: "duplicate", baseOffset: i * 3, lastOffset: i * 3 + 1 });
    }
    expect(retry(recovered, 18)).toMatchObject({ kind: "refused", error: "OUT_OF_ORDER_SEQUENCE_NUMBER" });
    expect(retry(recovered, 16)).toMatchObject({ kind: "appended", baseOffset: 24 });
    await after.close();
  });
});

describe("a deleted partition", () => {
  it("is removed a file a tick, so that nobody waits for all of them", async () => {
    const machine = new Machine();
    machine.config = { ...defaultLogConfig, segmentBytes: 1_000, fileDeleteDelayMs: 10 };
    const directory = await machine.startConfirmed();
    append(directory.create("orders", 0, TOPIC_ID, machine.config), 50);
    directory.delete("orders", 0);
    const waiting = () => machine.names().filter((name) => name.endsWith("-delete"));
    const left = () => machine.disk.list(`${PATH}/${waiting()[0]}`).length;
    const files = left();
    expect(files).toBeGreaterThan(10);
    const seen: number[] = [];
    const { clock } = machine;
    jest.spyOn(clock, "afterTick").mockImplementation((next) => {
      seen.push(waiting().length === 0 ? 0 : left());
      clock.setTimer(0, next);
    });
    clock.advance(10);
    // And the folder itself.
    expect(seen).toEqual([...Array.from({ length: files }, (_, index) => files - 1 - index), 0]);
    expect(waiting()).toEqual([]);
    await directory.close();
  });

  it("is gone at once, its files only after file.delete.delay.ms", async () => {
    const machine = new Machine();
    const directory = await machine.start();
    append(make(directory));
    expect(directory.delete("orders", 0)).toBe(true);
    expect(directory.delete("orders", 0)).toBe(false);
    expect(directory.get("orders", 0)).toBeUndefined();
    const waiting = () => machine.names().filter((name) => name.startsWith("orders-0."));
    expect(waiting()).toEqual([expect.stringMatching(/^orders-0\.[0-9a-f]{32}-delete$/)]);
    await machine.clock.advanceAsync(defaultLogConfig.fileDeleteDelayMs - 1);
    expect(waiting()).toHaveLength(1);
    await machine.clock.advanceAsync(1);
    expect(waiting()).toHaveLength(0);
    expect(directory.failure).toBeNull();
    await directory.close();
  });

  it("can be made again at once, empty, and inherits neither offsets nor high watermark, not even by a kill", async () => {
    const machine = new Machine();
    const directory = await machine.startConfirmed();
    const old = make(directory);
    append(old, 30);
    old.advanceHighWatermark(30);
    await machine.clock.advanceAsync(6000);
    directory.delete("orders", 0);
    const next = make(directory);
    expect(next).toMatchObject({ logEndOffset: 0, highWatermark: 0 });
    await machine.clock.advanceAsync(0);
    append(next, 3);
    machine.kill();
    const after = await machine.start();
    expect(after.summary.condition).toBe("intact");
    expect(after.get("orders", 0)).toMatchObject({ logEndOffset: 3, highWatermark: 0 });
    machine.clock.advance(1);
    expect(machine.names().filter((name) => name.endsWith("-delete"))).toEqual([]);
    await after.close();
  });

  it("does not disturb the others when a flush of it was under way", async () => {
    const machine = new Machine();
    const directory = await machine.start();
    const log = make(directory);
    append(log, 10);
    const flushing = log.flush().catch((failure: unknown) => failure);
    directory.delete("orders", 0);
    await flushing;
    await machine.clock.advanceAsync(10_000);
    expect(directory.failure).toBeNull();
    await directory.close({ clean: true });
    expect(machine.names()).toContain(".kafka_cleanshutdown");
  });
});

describe("a disk that fails", () => {
  it("takes the whole directory offline, says so once, and leaves it torn under the same boot id", async () => {
    const machine = new Machine();
    const directory = await machine.startConfirmed();
    const [one, other] = [make(directory, "one"), make(directory, "other")];
    append(one);
    append(other);
    const heard: string[] = [];
    directory.onFailure((error) => heard.push(error.code));
    machine.disk.inject({ operation: "fdatasync", pathContains: "one-0", code: "EIO" });
    await machine.clock.advanceAsync(5000);
    expect(heard).toEqual(["EIO"]);
    expect(directory.failure?.code).toBe("EIO");
    expect(other.offline).toBe(directory.failure);
    expect(other.appendAsLeader([producedBatch()], 0)).toMatchObject([
      { kind: "refused", error: "KAFKA_STORAGE_ERROR" },
    ]);
    expect(() => make(directory, "third")).toThrow(DiskError);
    await directory.close({ clean: true });
    expect(machine.names()).not.toContain(".kafka_cleanshutdown");
    expect(machine.clock.pendingTimers).toBe(0);

    machine.disk.heal();
    const after = await machine.start();
    expect(after.summary.condition).toBe("torn");
    await after.close();
  });

  it("that is full takes it offline, too, but loses nothing", async () => {
    const machine = new Machine();
    const directory = await machine.startConfirmed();
    const log = make(directory);
    append(log, 3);
    machine.disk.inject({ operation: "write", pathContains: ".log", code: "ENOSPC", writesBytesFirst: 10 });
    expect(log.appendAsLeader([producedBatch()], 0)).toMatchObject([{ kind: "refused", error: "KAFKA_STORAGE_ERROR" }]);
    expect(directory.failure?.code).toBe("ENOSPC");
    machine.kill();
    machine.disk.heal();
    const after = await machine.start();
    expect(after.summary.condition).toBe("intact");
    expect(after.get("orders", 0)?.logEndOffset).toBe(3);
    await after.close();
  });

  it("keeps its mark when the controller confirms others meanwhile, though it could be written again", async () => {
    const machine = new Machine();
    const directory = await machine.startConfirmed();
    append(make(directory));
    machine.disk.inject({ operation: "fdatasync", pathContains: "orders-0", code: "EIO" });
    await machine.clock.advanceAsync(5000);
    machine.disk.heal();
    await directory.recordBootId(machine.bootId);
    await directory.close();
    const after = await machine.start();
    expect(after.summary.condition).toBe("torn");
    await after.close();
  });

  it("and takes no note of it itself has another directory note it, and goes by that at the next start", async () => {
    const machine = new Machine();
    const losses = new Map<string, string>();
    const notes = {
      noteLossElsewhere: async (id: string, reason: string) => void losses.set(id, reason),
      lossNotedOf: (id: string) => losses.get(id) ?? null,
    };
    const directory = await machine.start(notes);
    await directory.recordBootId(machine.bootId);
    append(make(directory));
    machine.disk.inject({ code: "EROFS" });
    await machine.clock.advanceAsync(5000);
    await directory.close();
    expect([...losses]).toEqual([[directory.directoryId, expect.stringContaining("EROFS")]]);

    machine.disk.heal();
    const after = await machine.start(notes);
    expect(after.summary.condition).toBe("torn");
    // From here on it says so itself.
    losses.clear();
    machine.kill();
    const again = await machine.start(notes);
    expect(again.summary.condition).toBe("torn");
    await again.close();
  });

  it("as soon as broker and cluster id are to be written goes offline then", async () => {
    for (const write of [
      (directory: LogDirectory) => directory.setBrokerId(1),
      (directory: LogDirectory) => directory.setClusterId("c"),
      (directory: LogDirectory) => directory.recordBootId("boot-1"),
      (directory: LogDirectory) => directory.noteLoss("another", "EIO"),
    ]) {
      const machine = new Machine();
      const directory = await machine.start();
      machine.disk.inject({ pathContains: "meta.properties", code: "EROFS" });
      await expect(write(directory)).rejects.toThrow(DiskError);
      expect(directory.failure?.code).toBe("EROFS");
      await directory.close();
    }
  });

  it("elsewhere leaves notes here, until they are taken away", async () => {
    const machine = new Machine();
    const directory = await machine.start();
    await directory.noteLoss("one", "EIO");
    await directory.noteLoss("other", "EROFS");
    await directory.close({ clean: true });
    const after = await machine.start();
    expect([...after.lossesNoted.keys()]).toEqual(["one", "other"]);
    await after.forgetLosses(["one"]);
    await after.close();
    const again = await machine.start();
    expect([...again.lossesNoted]).toEqual([["other", "EROFS"]]);
    await again.close();
  });

  it("tells a listener that comes late", async () => {
    const machine = new Machine();
    const directory = await machine.start();
    machine.disk.inject({ operation: "open", pathContains: "orders", code: "EROFS" });
    expect(() => make(directory)).toThrow(DiskError);
    const heard: string[] = [];
    directory.onFailure((error) => heard.push(error.code));
    expect(heard).toEqual(["EROFS"]);
    await directory.close();
  });
});

describe("retention", () => {
  it("runs by the clock: segments are renamed, and removed after file.delete.delay.ms", async () => {
    const machine = new Machine();
    const directory = await machine.start();
    const log = directory.create("orders", 0, TOPIC_ID, {
      ...defaultLogConfig,
      segmentBytes: 1000,
      retentionBytes: 1500,
    });
    append(log, 50);
    log.advanceHighWatermark(50);
    const segments = log.segmentCount;
    const deleted = () => machine.disk.list(`${PATH}/orders-0`).filter((name) => name.endsWith(".log.deleted")).length;
    await machine.clock.advanceAsync(29_999);
    expect(log.segmentCount).toBe(segments);
    await machine.clock.advanceAsync(1);
    expect(log.segmentCount).toBeLessThan(segments);
    expect(log.logStartOffset).toBe(log.logStartSegmentOffset);
    expect(deleted()).toBe(segments - log.segmentCount);
    await machine.clock.advanceAsync(60_000);
    expect(deleted()).toBe(0);
    await directory.close();
  });
});

describe("idle producers", () => {
  it("are forgotten by the clock, after producer.id.expiration.ms as it stands", async () => {
    const machine = new Machine();
    const directory = await machine.start();
    const logs = [make(directory, "one"), make(directory, "two")];
    const timestamp = machine.clock.nowMs();
    for (const log of logs) log.appendAsLeader([producedBatch({ producerId: 9n, timestamp })], 0);
    directory.setProducerIdExpirationMs(700_000);
    await machine.clock.advanceAsync(600_000);
    expect(logs.map((log) => log.producers().length)).toEqual([1, 1]);
    await machine.clock.advanceAsync(600_000);
    expect(logs.map((log) => log.producers().length)).toEqual([0, 0]);
    await directory.close();
  });
});

describe("directories written by Kafka", () => {
  const ENDS: Record<string, number> = {
    "plain-0": 100,
    "append-time-0": 30,
    "bulk-0": 900,
    "txn-0": 59,
    "epochs-0": 32,
  };

  it("and stopped in order are opened as they are, and can be stopped in order again", async () => {
    const machine = new Machine();
    installGolden("clean", machine.disk, PATH);
    const directory = await machine.start({ brokerId: 1, clusterId: "BjlHO_Y2QBqz3NUL21hsDA" });
    expect(directory.summary).toMatchObject({
      shutdown: "clean",
      condition: "intact",
      partitions: 12,
      recoveredPartitions: 0,
    });
    for (const [name, end] of Object.entries(ENDS)) {
      expect(directory.get(name.slice(0, -2), 0)).toMatchObject({ logEndOffset: end, highWatermark: end });
    }
    expect(directory.get("records-deleted", 0)?.logStartOffset).toBe(25);
    expect(directory.get("plain", 0)?.topicId).toBe(TOPIC_ID);
    const before = ["recovery-point", "replication", "log-start"].map((kind) => checkpoint(machine, kind));
    await directory.close({ clean: true });
    expect(["recovery-point", "replication", "log-start"].map((kind) => checkpoint(machine, kind))).toEqual(before);
    expect(machine.disk.readFile(`${PATH}/.kafka_cleanshutdown`).toString()).toBe('{"version":0,"brokerEpoch":-1}');
  });

  it("and killed are recovered; without a boot id on record nobody can say that nothing is missing", async () => {
    const machine = new Machine();
    installGolden("killed", machine.disk, PATH);
    const directory = await machine.start();
    expect(directory.summary).toMatchObject({
      shutdown: "unclean",
      condition: "torn",
      partitions: 12,
      recoveredPartitions: 12,
      bytesCut: 0,
    });
    await directory.close();
  });

  const checkpoint = (machine: Machine, kind: string) =>
    machine.disk.readFile(`${PATH}/${kind}-offset-checkpoint`).toString().split("\n").toSorted();
});

const seed = Number(process.env["SEED"] ?? 20_261_122);
describe(`random lives of a log directory (seed ${seed})`, () => {
  it.each(Array.from({ length: 40 }, (_, i) => seed + i))(
    "end with everything that was promised (seed %i)",
    async (lifeSeed) => {
      const random = new SeededRandom(lifeSeed);
      const machine = new Machine(lifeSeed);
      machine.config = { ...defaultLogConfig, segmentBytes: 3000 };
      /** By partition: end of the log as appended, and as known to be durable. */
      const expected = new Map<string, { appended: number; durable: number; batches: Sent[] }>();
      let directory = await machine.startConfirmed();
      for (let life = 0; life < 6; life++) {
        for (let step = 0; step < 30; step++) {
          const topic = `t${random.below(3)}`;
          const log = directory.get(topic, 0);
          const known = expected.get(topic);
          if (log === undefined || known === undefined) {
            directory.create(topic, 0, TOPIC_ID, machine.config);
            expected.set(topic, { appended: 0, durable: 0, batches: [] });
            continue;
          }
          const dice = random.below(20);
          if (dice < 14) send(log, known.batches, 1 + random.below(4), random);
          else if (dice < 16) await log.flush();
          else if (dice < 19) await machine.clock.advanceAsync(random.below(3000));
          else if (random.below(3) === 0) {
            directory.delete(topic, 0);
            expected.delete(topic);
            await machine.clock.advanceAsync(0);
            continue;
          }
          log.advanceHighWatermark(log.logEndOffset);
          known.appended = log.logEndOffset;
          known.durable = log.recoveryPoint;
        }
        const death = random.below(3);
        for (const [topic, known] of expected) known.durable = directory.get(topic, 0)?.recoveryPoint ?? 0;
        // Names of partitions made a moment ago may not be durable yet.
        if (death === 0) await machine.clock.advanceAsync(0);
        if (death === 0) await directory.close({ clean: true });
        else if (death === 1) machine.kill();
        else machine.losePower(random);
        directory = await machine.start();
        expect(directory.failure).toBeNull();
        if (death === 2) expect(directory.summary.condition).toBe("torn");
        else expect(directory.summary).toMatchObject({ condition: "intact", bytesCut: 0 });
        for (const [topic, known] of expected) {
          const log = directory.get(topic, 0);
          if (death < 2) expect([topic, log?.logEndOffset]).toEqual([topic, known.appended]);
          else if (known.durable > 0) expect(log?.logEndOffset).toBeGreaterThanOrEqual(known.durable);
          if (log === undefined) {
            expected.delete(topic);
            continue;
          }
          expect(log.highWatermark).toBeLessThanOrEqual(log.logEndOffset);
          expect(readWhole(log)).toBe(log.logEndOffset);
          known.appended = log.logEndOffset;
          known.batches = known.batches.filter((sent) => sent.baseOffset + sent.records <= log.logEndOffset);
          for (const { baseOffset, ...sent } of known.batches.slice(-5)) {
            const [retry] = log.appendAsLeader([producedBatch({ producerId: 9n, ...sent })], 0);
            expect(retry).toMatchObject({ kind: "duplicate", baseOffset });
          }
        }
        await directory.recordBootId(machine.bootId);
      }
      await directory.close({ clean: true });
      expect(machine.clock.pendingTimers).toBe(0);
    },
  );

  interface Sent {
    readonly baseSequence: number;
    readonly records: number;
    readonly baseOffset: number;
  }

  /** Appends batches, some of an idempotent producer, some of others. */
  function send(log: PartitionLog, batches: Sent[], count: number, random: SeededRandom): void {
    for (let i = 0; i < count; i++) {
      const records = 1 + random.below(5);
      if (random.below(3) === 0) {
        append(log, 1, records);
        continue;
      }
      const last = batches.at(-1);
      const baseSequence = last === undefined ? 0 : last.baseSequence + last.records;
      const [outcome] = log.appendAsLeader([producedBatch({ records, producerId: 9n, baseSequence })], 0);
      if (outcome?.kind !== "appended") throw new Error(`not appended: ${JSON.stringify(outcome)}`);
      batches.push({ baseSequence, records, baseOffset: outcome.baseOffset });
    }
  }

  /** Reads the log from its start, checking that offsets are dense. @returns the end of what was read */
  function readWhole(log: PartitionLog): number {
    let offset = log.logStartOffset;
    for (;;) {
      const outcome = log.read({ offset, maxBytes: 100_000, upperBound: log.logEndOffset, minOneBatch: true });
      if (outcome.kind !== "records") return offset;
      for (const slice of outcome.slices) {
        for (let at = 0; at < slice.length; at += slice.readInt32BE(at + 8) + 12) {
          expect(Number(slice.readBigInt64BE(at))).toBe(offset);
          offset += slice.readInt32BE(at + 23) + 1;
        }
      }
      outcome.release();
    }
  }
});
