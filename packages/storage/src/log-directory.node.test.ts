import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { nodeDisk, silentLogger, systemClock, systemRandom } from "@ottla/runtime";
import { defaultLogConfig } from "./log-config";
import { DirectoryLocked, LogDirectory } from "./log-directory";
import { defaultLogDirectorySettings } from "./log-directory-settings";
import { producedBatch } from "./testing/batches";
import { installGolden } from "./testing/golden-logs";

describe("a log directory on the machine's own disk", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(`${tmpdir()}/log-directory-`);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const open = (path: string) =>
    LogDirectory.open({
      disk: nodeDisk,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      path,
      brokerId: 1,
      clusterId: null,
      bootId: "boot-1",
      configOf: () => defaultLogConfig,
      settings: defaultLogDirectorySettings,
      signal: new AbortController().signal,
    });

  it("is made, locked, filled, closed and found again", async () => {
    const path = `${root}/logs`;
    const first = await open(path);
    await expect(open(path)).rejects.toThrow(DirectoryLocked);
    await first.setClusterId("a-cluster");
    for (const partition of [0, 1]) {
      const log = first.create("orders", partition, "2v-wvOgDSTK5DUmPN9E3-g", defaultLogConfig);
      log.appendAsLeader([producedBatch({ records: 3 }), producedBatch()], 0);
      await log.flush();
    }
    first.delete("orders", 1);
    await first.recordBootId("boot-1");
    await first.close({ clean: true });

    const second = await open(path);
    expect(second.summary).toMatchObject({
      partitions: 1,
      shutdown: "clean",
      condition: "intact",
      recoveredPartitions: 0,
    });
    expect(second.get("orders", 0)).toMatchObject({ logEndOffset: 4, topicId: "2v-wvOgDSTK5DUmPN9E3-g" });
    expect([second.directoryId, second.clusterId]).toEqual([first.directoryId, "a-cluster"]);
    const deadlineMs = systemClock.monotonicMs() + 5_000;
    while (nodeDisk.list(path).some((name) => name.endsWith("-delete"))) {
      expect(systemClock.monotonicMs()).toBeLessThan(deadlineMs);
      await new Promise<void>((resolve) => systemClock.afterTick(resolve));
    }
    const { totalBytes, usableBytes } = second.space();
    expect(usableBytes).toBeLessThanOrEqual(totalBytes);
    await second.close({ clean: false });

    const third = await open(path);
    expect(third.summary).toMatchObject({
      shutdown: "unclean",
      condition: "intact",
      recoveredPartitions: 1,
      bytesCut: 0,
    });
    await third.close();
  });

  it("written and damaged by others is recovered in place", async () => {
    const path = `${root}/kafka`;
    installGolden("torn", nodeDisk, path);
    const directory = await open(path);
    expect(directory.summary).toMatchObject({ shutdown: "unclean", condition: "torn" });
    expect(directory.summary.bytesCut).toBeGreaterThan(0);
    expect(directory.summary.reasons.join("; ")).toContain("epochs-0");
    await directory.close({ clean: true });
    const again = await open(path);
    expect(again.summary).toMatchObject({ shutdown: "clean", condition: "torn", bytesReread: 0 });
    await again.close();
  });
});
