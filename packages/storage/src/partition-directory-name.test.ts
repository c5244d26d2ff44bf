import { SeededRandom } from "@ottla/runtime";
import { deletedDirectoryName, partitionDirectoryName, readPartitionDirectoryName } from "./partition-directory-name";

describe("a folder in a log directory", () => {
  it.each([
    ["orders-0", { kind: "partition", topic: "orders", partition: 0 }],
    ["a-b.c_d-12", { kind: "partition", topic: "a-b.c_d", partition: 12 }],
    ["__consumer_offsets-49", { kind: "partition", topic: "__consumer_offsets", partition: 49 }],
    ["orders-0.0123456789abcdef0123456789abcdef-delete", { kind: "deleted" }],
    ["orders-0.0123456789abcdef0123456789abcdef-future", { kind: "setAside" }],
    ["orders-0.0123456789abcdef0123456789abcdef-stray", { kind: "setAside" }],
    ["lost+found", { kind: "other" }],
    ["orders", { kind: "other" }],
    ["orders-", { kind: "other" }],
    ["-1", { kind: "other" }],
    ["..-1", { kind: "other" }],
    ["orders-99999999999", { kind: "other" }],
  ])("%s", (name, expected) => {
    expect(readPartitionDirectoryName(name)).toEqual(expected);
  });

  it("of a deleted partition never has a name longer than file systems take, and is known for one", () => {
    const longest = "t".repeat(249);
    const name = deletedDirectoryName(longest, 123_456, new SeededRandom(1));
    expect(name).toHaveLength(255);
    expect(readPartitionDirectoryName(name)).toEqual({ kind: "deleted" });
    expect(deletedDirectoryName("orders", 0, new SeededRandom(1))).toMatch(/^orders-0\.[0-9a-f]{32}-delete$/);
    expect(partitionDirectoryName("orders", 0)).toBe("orders-0");
  });
});
