import { SimulatedDisk } from "@ottla/runtime";
import { CheckpointMalformed } from "./checkpoint-file";
import { readPartitionMetadata, writePartitionMetadata } from "./partition-metadata";
import { goldenFiles } from "./testing/golden-logs";

const ID = "2v-wvOgDSTK5DUmPN9E3-g";

function diskWith(content: string | null): SimulatedDisk {
  const disk = new SimulatedDisk({ nowMs: () => 0 });
  disk.makeDirectory("/t-0");
  if (content !== null) {
    const file = disk.open("/t-0/partition.metadata", "create");
    file.write([Buffer.from(content)], 0);
    file.close();
  }
  return disk;
}

describe("partition.metadata", () => {
  it("is read and written as Kafka does", () => {
    const files = [...goldenFiles("clean")].filter(([path]) => path.endsWith("/partition.metadata"));
    expect(files).toHaveLength(12);
    for (const [, bytes] of files) {
      const topicId = readPartitionMetadata(diskWith(bytes.toString()), "/t-0");
      const disk = diskWith(null);
      writePartitionMetadata(disk, "/t-0", topicId ?? "");
      expect(disk.readFile("/t-0/partition.metadata")).toEqual(bytes);
    }
  });

  it("names no topic id when it is missing, or power failed while it was written", () => {
    const whole = `version: 0\ntopic_id: ${ID}`;
    for (let length = 0; length < whole.length; length++) {
      expect(readPartitionMetadata(diskWith(whole.slice(0, length)), "/t-0")).toBeNull();
      expect(readPartitionMetadata(diskWith(whole.slice(0, length).padEnd(whole.length, "\0")), "/t-0")).toBeNull();
    }
    expect(readPartitionMetadata(diskWith(null), "/t-0")).toBeNull();
    expect(readPartitionMetadata(diskWith(`${whole}\n`), "/t-0")).toBe(ID);
  });

  it.each([`version: 1\ntopic_id: ${ID}`, `version: 0\ntopic_id: ${ID}x`, "topic_id: ?", "something else"])(
    "is refused when it says %j",
    (content) => {
      expect(() => readPartitionMetadata(diskWith(content), "/t-0")).toThrow(CheckpointMalformed);
    },
  );
});
