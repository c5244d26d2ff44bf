import { type Disk, type DiskFile, SimulatedDisk } from "@ottla/runtime";
import { OffsetIndex } from "./offset-index";
import { OpenFiles } from "./open-files";
import { TimeIndex } from "./time-index";

/** What `segment.index.bytes` is by default: Kafka gives an index in use that size at once, and a kill leaves it so. */
const RESERVED_BYTES = 10 * 1024 * 1024;
const PATH = "/logs/t-0/00000000000000000100.index";

describe("an index that a killed Kafka left with all the room it had reserved", () => {
  it.each([
    ["offsets", 8, (disk: Disk) => new OffsetIndex(disk, PATH, 100, new OpenFiles())],
    ["times", 12, (disk: Disk) => new TimeIndex(disk, PATH, 100, new OpenFiles())],
  ] as const)("(%s) loses the padding, keeps its entries, and is not read through", (_, entryBytes, open) => {
    const { disk, bytesRead } = countingReads(new SimulatedDisk({ nowMs: () => 0 }));
    disk.makeDirectory("/logs/t-0");
    const entries = 2000;
    const written = open(disk);
    // Offsets for one, timestamps for the other; both rise, and so does what they stand beside.
    for (let n = 1; n <= entries; n++) written.append(100 + n, 100 + n);
    written.file.writePending();
    const file = disk.open(PATH, "write");
    file.truncate(Math.floor(RESERVED_BYTES / entryBytes) * entryBytes);
    file.close();

    const before = bytesRead();
    const found = open(disk);
    expect(found.dropPadding(1_000_000)).toBe(true);
    expect(found.count).toBe(entries);
    expect(disk.stat(PATH)?.sizeBytes).toBe(entries * entryBytes);
    expect(bytesRead() - before).toBeLessThan(64 * 1024);
    expect(found.last()).toEqual(written.last());
  });
});

function countingReads(disk: Disk): { readonly disk: Disk; readonly bytesRead: () => number } {
  let bytesRead = 0;
  const counted = (file: DiskFile): DiskFile =>
    new Proxy(file, {
      get(target, name) {
        if (name === "read")
          return (into: Buffer, position: number) => {
            const count = target.read(into, position);
            bytesRead += count;
            return count;
          };
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  const proxy = new Proxy(disk, {
    get(target, name) {
      if (name === "open") return (...args: Parameters<Disk["open"]>) => counted(target.open(...args));
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { disk: proxy, bytesRead: () => bytesRead };
}
