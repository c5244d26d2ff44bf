import type { Disk, DiskFile } from "@ottla/runtime";
import { OpenFiles } from "./open-files";
import { PartitionLog } from "./partition-log";
import { batchOf, SimulatedLogHome } from "./testing/log-on-simulated-disk";

/** Counts the files that are open on `disk`. */
function counting(disk: Disk): { readonly disk: Disk; readonly open: () => number } {
  let open = 0;
  const counted = (file: DiskFile): DiskFile => {
    open++;
    let isClosed = false;
    return new Proxy(file, {
      get(target, name) {
        if (name === "close" && !isClosed) {
          isClosed = true;
          open--;
        }
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  };
  const proxy = new Proxy(disk, {
    get(target, name) {
      if (name === "open") return (...args: Parameters<Disk["open"]>) => counted(target.open(...args));
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { disk: proxy, open: () => open };
}

describe("a log of many segments, in a directory that keeps at most eight files of old ones open", () => {
  const ACTIVE_FILES = 3;

  async function manySegments() {
    const home = new SimulatedLogHome({ segmentBytes: 200, indexIntervalBytes: 50 }, 1);
    home.openFiles = new OpenFiles(8);
    const { disk, open } = counting(home.disk);
    const log = PartitionLog.create({ ...home.options(), disk });
    for (let offset = 0; offset < 200; offset++) log.appendAsLeader([batchOf({ timestamps: [1_000 + offset] })], 0);
    await log.flush();
    expect(log.segmentCount).toBeGreaterThan(50);
    return { home, log, open, disk };
  }
  const readAt = (log: PartitionLog, offset: number) =>
    log.read({ offset, maxBytes: 1, upperBound: Number.POSITIVE_INFINITY, minOneBatch: true });

  it("keeps to it whatever is read, looked up and retained", async () => {
    const { log, open } = await manySegments();
    for (let round = 0; round < 2; round++) {
      for (let offset = 0; offset < 200; offset++) {
        expect(readAt(log, offset)).toMatchObject({ kind: "records", nextOffset: offset + 1 });
        expect(log.offsetForTimestamp(1_000 + offset, 200)?.offset).toBe(offset);
        expect(open()).toBeLessThanOrEqual(8 + ACTIVE_FILES);
      }
    }
    log.deleteOldSegments(0);
    expect(open()).toBeLessThanOrEqual(8 + ACTIVE_FILES);
    await log.close({ clean: true });
    expect(open()).toBe(0);
  });

  it("keeps to it when it is opened again, after a kill as after an orderly stop", async () => {
    const { home, log } = await manySegments();
    home.kill();
    for (const recoveryPoint of [0, 200]) {
      const { disk, open } = counting(home.options().disk);
      const checkpoint = { cleanShutdown: false, recoveryPoint, logStartOffset: null, highWatermark: null };
      const { signal } = new AbortController();
      const again = (await PartitionLog.open({ ...home.options(), disk }, checkpoint, signal)).log;
      await again.flush();
      expect(again.logEndOffset).toBe(log.logEndOffset);
      for (let offset = 0; offset < 200; offset += 3) readAt(again, offset);
      expect(open()).toBeLessThanOrEqual(8 + ACTIVE_FILES);
      await again.close({ clean: recoveryPoint === 0 });
      expect(open()).toBe(0);
    }
  });

  it("closes no file under a read that is under way", async () => {
    const { log } = await manySegments();
    const request = { offset: 3, maxBytes: 1, upperBound: 200, minOneBatch: true };
    const reading = log.readCold(request, new AbortController().signal);
    for (let offset = 10; offset < 200; offset++) readAt(log, offset);
    expect(await reading).toMatchObject({ kind: "records", nextOffset: 4 });
  });
});
