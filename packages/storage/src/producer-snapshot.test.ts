import { SimulatedDisk } from "@ottla/runtime";
import type { ProducerEntry } from "./producer-entry";
import {
  decodeProducerSnapshot,
  encodeProducerSnapshot,
  readProducerSnapshot,
  SnapshotCorrupt,
  writeProducerSnapshot,
} from "./producer-snapshot";
import { type GoldenLogs, goldenDump, goldenFiles } from "./testing/golden-logs";

interface DumpedProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly currentTxnFirstOffset: number | null;
  readonly lastTimestamp: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly timestamp: number;
}

function asDumped(entry: ProducerEntry): DumpedProducer {
  const last = entry.batches.at(-1);
  return {
    producerId: Number(entry.producerId),
    producerEpoch: entry.producerEpoch,
    coordinatorEpoch: entry.coordinatorEpoch,
    currentTxnFirstOffset: entry.currentTransactionFirstOffset,
    lastTimestamp: entry.lastTimestamp,
    firstSequence: last?.firstSequence ?? -1,
    lastSequence: last?.lastSequence ?? -1,
    lastOffset: last?.lastOffset ?? -1,
    offsetDelta: last === undefined ? 0 : last.lastOffset - last.firstOffset,
    timestamp: last?.timestamp ?? -1,
  };
}

describe("producer snapshots written by Kafka", () => {
  it.each<GoldenLogs>(["clean", "killed", "follower", "recovered"])(
    "in `%s` are read, and written again byte by byte",
    (name) => {
      let compared = 0;
      for (const [path, bytes] of goldenFiles(name)) {
        const [partition = "", file = ""] = path.split("/");
        if (!file.endsWith(".snapshot")) continue;
        const entries = decodeProducerSnapshot(bytes);
        expect(encodeProducerSnapshot(entries)).toEqual(bytes);
        const dumped = goldenDump(name, partition).files[file] as readonly DumpedProducer[];
        // A producer known by its markers alone is dumped without a batch.
        const known = entries.map(asDumped).filter((entry) => entry.lastOffset >= 0);
        expect(known).toEqual(dumped.filter((entry) => entry.lastOffset >= 0));
        compared++;
      }
      expect(compared).toBeGreaterThan(20);
      console.log(`${name}: ${compared} snapshots equal`);
    },
  );

  it("with a wrong checksum are refused: all of retained-0 in `torn`", () => {
    const snapshots = [...goldenFiles("torn")].filter(([path]) => /^retained-0\/.*\.snapshot$/.test(path));
    expect(snapshots.length).toBeGreaterThan(0);
    for (const [, bytes] of snapshots) expect(() => decodeProducerSnapshot(bytes)).toThrow(SnapshotCorrupt);
  });
});

describe("a producer snapshot", () => {
  const entries: ProducerEntry[] = [
    {
      producerId: 2n ** 40n,
      producerEpoch: 32_767,
      batches: [
        { firstSequence: 2 ** 31 - 1, lastSequence: 1, firstOffset: 2 ** 40, lastOffset: 2 ** 40 + 2, timestamp: 5 },
      ],
      coordinatorEpoch: 9,
      currentTransactionFirstOffset: 2 ** 40 - 1,
      lastTimestamp: 5,
    },
    {
      producerId: 0n,
      producerEpoch: 0,
      batches: [],
      coordinatorEpoch: 0,
      currentTransactionFirstOffset: null,
      lastTimestamp: -1,
    },
  ];

  it("holds what was put in, across the wrap of sequences", () => {
    expect(decodeProducerSnapshot(encodeProducerSnapshot(entries))).toEqual(entries);
  });

  it("is refused when any byte of it changed, or it was cut", () => {
    const bytes = encodeProducerSnapshot(entries);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(() => decodeProducerSnapshot(changed)).toThrow(SnapshotCorrupt);
      expect(() => decodeProducerSnapshot(bytes.subarray(0, at))).toThrow(SnapshotCorrupt);
    }
  });

  it("replaces a longer one of the same offset, and reads as none when it is damaged", () => {
    const disk = new SimulatedDisk({ nowMs: () => 0 });
    disk.makeDirectory("/t-0");
    writeProducerSnapshot(disk, "/t-0", 42, entries);
    writeProducerSnapshot(disk, "/t-0", 42, entries.slice(1));
    const path = "/t-0/00000000000000000042.snapshot";
    expect(disk.list("/t-0")).toEqual(["00000000000000000042.snapshot"]);
    expect(readProducerSnapshot(disk, path)).toEqual(entries.slice(1));
    disk.corrupt(path, 20, Buffer.from([0x5a]));
    expect(readProducerSnapshot(disk, path)).toBeNull();
  });
});
