import { DiskError, type DiskFault, SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { DirectoryLocked, defaultLogConfig, InconsistentMetaProperties } from "@ottla/storage";
import { BrokerConfig } from "../config/broker-config";
import { TopicConfigs } from "../config/topic-configs";
import { batchOf } from "../testing/produced-batches";
import { DuplicatePartition, openLogDirectories } from "./log-directories";
import { NoLogDirectoryLeft } from "./no-log-directory-left";

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;

describe("old records at a start, while ZooKeeper has not said what their topic's configs are", () => {
  const clock = new SimulatedClock();
  const disk = new SimulatedDisk({ nowMs: () => clock.nowMs() });
  const config = BrokerConfig.from([
    { key: "zookeeper.connect", value: "ensemble:2181", origin: "spec" },
    { key: "log.dirs", value: "/data/logs", origin: "spec" },
  ]);
  const open = async () => {
    const topicConfigs = new TopicConfigs(config);
    const machine = {
      hostName: "localhost",
      bootId: "boot",
      pidNamespace: null,
      pid: 1,
      startTime: null,
      hasEnded: () => Promise.resolve(false),
    };
    const directories = await openLogDirectories(
      { config, topicConfigs, machine, disk, clock, random: new SeededRandom(1), logger: silentLogger },
      new AbortController().signal,
    );
    return { directories, topicConfigs, directory: directories.logs[0]! };
  };

  it("stay, whatever the broker's own retention says, and go by the topic's once it is known", async () => {
    const first = await open();
    const made = first.directory.create("kept", 0, "A".repeat(22), first.topicConfigs.logConfig("kept"));
    made.startLeaderEpoch(0);
    made.appendAsLeader([{ batch: batchOf(["a"], { timestamp: clock.nowMs() }), info: { logAppendTime: -1 } }], 0);
    made.advanceHighWatermark(1);
    await first.directories.close();

    clock.advance(YEAR_MS);
    const second = await open();
    const log = second.directory.get("kept", 0)!;
    clock.advance(10 * MINUTE_MS);
    expect(log.logStartOffset).toBe(0);

    second.topicConfigs.setOverrides("kept", { "retention.ms": "1000" });
    log.updateConfig(second.topicConfigs.logConfig("kept"));
    second.directory.deleteOldSegments();
    expect(log.logStartOffset).toBe(1);
    await second.directories.close();
  });
});

describe("several log directories", () => {
  let clock: SimulatedClock;
  let disk: SimulatedDisk;
  beforeEach(() => {
    clock = new SimulatedClock();
    disk = new SimulatedDisk({ nowMs: () => clock.nowMs() });
  });

  const OWNER = { brokerId: 1, clusterId: "cluster" };
  const open = (bootId = "boot", paths = "/data/a,/data/b,/data/c") => {
    const config = BrokerConfig.from([
      { key: "zookeeper.connect", value: "ensemble:2181", origin: "spec" },
      { key: "log.dirs", value: paths, origin: "spec" },
    ]);
    const machine = {
      hostName: "localhost",
      bootId,
      pidNamespace: null,
      pid: 1,
      startTime: null,
      hasEnded: () => Promise.resolve(false),
    };
    return openLogDirectories(
      {
        config,
        topicConfigs: new TopicConfigs(config),
        machine,
        disk: disk.forProcess(),
        clock,
        random: new SeededRandom(1),
        logger: silentLogger,
      },
      new AbortController().signal,
    );
  };
  /** A start that the controller has confirmed. */
  const openConfirmed = async () => {
    const directories = await open();
    await directories.claim(OWNER);
    for (const log of directories.logs) await log.recordBootId("boot");
    return directories;
  };
  const kill = () => {
    disk.kill();
    clock = new SimulatedClock(clock.nowMs());
  };
  type Directories = Awaited<ReturnType<typeof open>>;
  const at = (directories: Directories, path: string) => {
    const found = directories.logs.find((directory) => directory.path === path);
    if (found === undefined) throw new Error(`${path} is not open`);
    return found;
  };
  const make = (directories: Directories, path: string, topic: string) => {
    const log = at(directories, path).create(topic, 0, "A".repeat(22), defaultLogConfig);
    log.startLeaderEpoch(0);
    return log;
  };
  const append = (log: ReturnType<typeof make>) =>
    log.appendAsLeader([{ batch: batchOf(["a"], { timestamp: clock.nowMs() }), info: { logAppendTime: -1 } }], 0);

  it.each<[string, DiskFault]>([
    ["is not to be made", { operation: "mkdir", pathContains: "/data/b", code: "EROFS" }],
    ["takes no lock", { operation: "open", pathContains: "/data/b/.lock", code: "EIO" }],
    ["cannot be read", { operation: "list", pathContains: "/data/b", code: "EIO" }],
    ["has a meta.properties that cannot be read", { pathContains: "/data/b/meta.properties", code: "EIO" }],
    ["has a log that cannot be read", { pathContains: "/data/b/orders-0", code: "EIO" }],
  ])("go on without one that %s", async (_, fault) => {
    const first = await openConfirmed();
    append(make(first, "/data/b", "orders"));
    await first.close();
    disk.inject(fault);
    const second = await open();
    expect(second.logs.map(({ path }) => path)).toEqual(["/data/a", "/data/c"]);
    expect(second.unusable).toEqual([{ path: "/data/b", failure: expect.any(DiskError) }]);
    await second.claim(OWNER);
    await second.close();
  });

  it("that all fail stop the start, which says why for each and what to do", async () => {
    disk.inject({ operation: "mkdir", code: "EROFS" });
    const failure = await open().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NoLogDirectoryLeft);
    for (const path of ["/data/a", "/data/b", "/data/c"]) expect(String(failure)).toContain(`mkdir ${path}: EROFS`);
    expect(String(failure)).toContain("mount it again");
  });

  it("go on without one that fails when it is to be claimed, and stop the start when all do", async () => {
    const first = await open();
    disk.inject({ operation: "rename", pathContains: "/data/b/meta.properties", code: "EROFS" });
    await first.claim(OWNER);
    expect(first.logs.map(({ failure }) => failure?.code ?? null)).toEqual([null, "EROFS", null]);
    await first.close();
    kill();
    disk.heal();
    const second = await open();
    disk.inject({ pathContains: "meta.properties", code: "EROFS" });
    await expect(second.claim({ ...OWNER, clusterId: "cluster" })).resolves.toBeUndefined();
    await second.close();
    kill();
    disk.heal();
    disk.removeTree("/data");
    const third = await open();
    disk.inject({ pathContains: "meta.properties", code: "EROFS" });
    await expect(third.claim(OWNER)).rejects.toThrow(NoLogDirectoryLeft);
    await third.close();
  });

  it("are refused when one is another broker's, and left as they were", async () => {
    const first = await open();
    await first.claim(OWNER);
    await first.close();
    const file = disk.open("/data/b/meta.properties", "create");
    file.truncate(0);
    file.write([Buffer.from("version=0\nbroker.id=7\n")], 0);
    file.close();
    const second = await open();
    await expect(second.claim(OWNER)).rejects.toThrow(InconsistentMetaProperties);
    await second.close();
  });

  it("are refused while another process has one of them", async () => {
    const first = await open("boot", "/data/c");
    await expect(open()).rejects.toThrow(DirectoryLocked);
    await first.close();
    // The refused start has let go of the others.
    const second = await open();
    await second.close();
  });

  it("keep the lock of one that fails while it is read", async () => {
    const first = await openConfirmed();
    append(make(first, "/data/b", "orders"));
    await first.close();
    disk.inject({ operation: "open", pathContains: "/data/b/orders-0", code: "EIO", times: 1 });
    const second = await open();
    expect(second.unusable).toHaveLength(1);
    await expect(open("boot", "/data/b")).rejects.toThrow(DirectoryLocked);
    await second.close();
  });

  it("that hold the same partition twice stop the start, which names both places", async () => {
    const first = await openConfirmed();
    make(first, "/data/a", "orders");
    make(first, "/data/c", "orders");
    await first.close();
    const failure = await open().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DuplicatePartition);
    expect(String(failure)).toContain("orders-0 lies both in /data/a and in /data/c");
  });

  it("note for one that takes no note itself that records may be missing there: after healing it alone is torn", async () => {
    const first = await openConfirmed();
    append(make(first, "/data/b", "orders"));
    disk.inject({ pathContains: "/data/b/", code: "EROFS" });
    await clock.advanceAsync(5000);
    expect(first.logs.map(({ failure }) => failure?.code ?? null)).toEqual([null, "EROFS", null]);
    const lost = at(first, "/data/b").directoryId;
    expect([...at(first, "/data/a").lossesNoted.keys()]).toEqual([lost]);

    // Started again while it still fails, the others keep the note.
    kill();
    const second = await open();
    expect(second.unusable).toHaveLength(1);
    expect([...at(second, "/data/c").lossesNoted.keys()]).toEqual([lost]);

    kill();
    disk.heal();
    const third = await open();
    expect(third.logs.map(({ summary }) => summary.condition)).toEqual(["intact", "torn", "intact"]);
    expect(at(third, "/data/a").lossesNoted.size + at(third, "/data/c").lossesNoted.size).toBe(0);
    for (const log of third.logs) await log.recordBootId("boot");
    kill();
    const fourth = await open();
    expect(fourth.logs.map(({ summary }) => summary.condition)).toEqual(["intact", "intact", "intact"]);
    await fourth.close();
  });
});
