import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchBuilder, patchBaseOffset, patchLeaderEpoch } from "@ottla/protocol";
import { compareReplicas } from "./replica-equality";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ottla-replicas-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("replicas of a partition", () => {
  it("are equal when their batches are, wherever segments end", () => {
    replica(1, [[batch(0), batch(1), batch(2)]]);
    replica(2, [[batch(0)], [batch(1), batch(2)]]);
    expect(compare()).toEqual([]);
  });

  it("are equal where one begins later, as retention makes it", () => {
    replica(1, [[batch(0)], [batch(1), batch(2)]]);
    replica(2, [[batch(1), batch(2)]]);
    expect(compare()).toEqual([]);
  });

  it.each<[string, Buffer[], string]>([
    ["the end is missing", [batch(0), batch(1)], "the logs end at 3 and at 2"],
    ["a value differs", [batch(0), batch(1, "other"), batch(2)], "the batches at 1 differ"],
    ["an epoch differs", [batch(0), batch(1, "value", 7), batch(2)], "the batches at 1 differ"],
    ["a batch is missing in the middle", [batch(0), batch(2)], "a batch begins at 1 in one of them only"],
    ["one is empty", [], "the logs end at 3 and at 0"],
  ])("differ when %s", (_, batches, what) => {
    replica(1, [[batch(0), batch(1), batch(2)]]);
    replica(2, [batches]);
    expect(compare()).toEqual([{ partition: "t-0", what: expect.stringContaining(`brokers 1 and 2: ${what}`) }]);
  });
});

function compare() {
  return compareReplicas(new Map([1, 2].map((id) => [id, join(folder, String(id))])), "t-0");
}

function replica(id: number, segments: readonly (readonly Buffer[])[]): void {
  const directory = join(folder, String(id), "t-0");
  mkdirSync(directory, { recursive: true });
  for (const [i, batches] of segments.entries()) {
    const first = batches[0]?.readBigInt64BE(0) ?? BigInt(i);
    writeFileSync(join(directory, `${String(first).padStart(20, "0")}.log`), Buffer.concat(batches));
  }
}

function batch(offset: number, value = "value", epoch = 0): Buffer {
  const builder = new BatchBuilder({});
  builder.append({ timestamp: 1_700_000_000_000, key: null, value: Buffer.from(value) });
  const bytes = builder.build();
  patchBaseOffset(bytes, 0, offset);
  patchLeaderEpoch(bytes, 0, epoch);
  return bytes;
}
