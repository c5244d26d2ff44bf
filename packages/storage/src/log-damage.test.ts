import { type BatchView, CorruptRecordError, iterateBatches } from "@ottla/protocol";
import { SeededRandom } from "@ottla/runtime";
import type { PartitionLog } from "./partition-log";
import { batchOf, DIRECTORY, SimulatedLogHome } from "./testing/log-on-simulated-disk";

const SEGMENTS = ["00000000000000000000", "00000000000000000009", "00000000000000000018"];

/** A log of three segments with indexes, closed in order and opened again: nothing of it is in memory. */
async function logInFiles(): Promise<{ home: SimulatedLogHome; log: PartitionLog; batches: readonly BatchView[] }> {
  const home = new SimulatedLogHome({ segmentBytes: 330, indexIntervalBytes: 80 });
  const writer = home.create();
  for (let index = 0; index < 8; index++) {
    if (index % 3 === 0) writer.startLeaderEpoch(index + 1);
    const values = ["a", "b", "c"].map((value) => `${value}${index}`);
    writer.appendAsLeader([batchOf({ values })], writer.lastEpoch ?? 0);
  }
  writer.advanceHighWatermark(writer.logEndOffset);
  await writer.close({ clean: true });
  const { log } = await home.open({ cleanShutdown: true });
  return { home, log, batches: wholeLog(log).batches };
}

/** Reads a log from its beginning, as a consumer does that passes over what it cannot get. */
function wholeLog(log: PartitionLog, maxBytes = 1000): { batches: BatchView[]; refused: number[] } {
  const batches: BatchView[] = [];
  const refused: number[] = [];
  for (let offset = 0; offset < log.logEndOffset; ) {
    const outcome = log.read({ offset, maxBytes, upperBound: log.logEndOffset, minOneBatch: true });
    if (outcome.kind === "records") {
      const found = [...iterateBatches(Buffer.concat(outcome.slices))];
      outcome.release();
      expect(found[0]?.baseOffset).toBe(offset);
      batches.push(...found);
      offset = outcome.nextOffset;
    } else {
      expect({ offset, kind: outcome.kind }).toEqual({ offset, kind: "damaged" });
      refused.push(offset);
      offset += 3;
    }
  }
  return { batches, refused };
}

const bytesOf = ({ bytes }: BatchView): string => bytes.toString("hex");

describe("a log with a flipped bit in one of its files", () => {
  it.each(SEGMENTS)(
    "gives every record as it was written, or says that it cannot: any byte of %s.log",
    async (name) => {
      const { home, log, batches } = await logInFiles();
      const path = `${DIRECTORY}/${name}.log`;
      const before = home.disk.readFile(path);
      const written = new Set(batches.map(bytesOf));
      for (let position = 0; position < before.length; position++) {
        // All bits of one segment, each byte of the others.
        for (const bit of name === SEGMENTS[1] ? [0, 1, 2, 3, 4, 5, 6, 7] : [position % 8]) {
          const flipped = Buffer.from([(before[position] ?? 0) ^ (1 << bit)]);
          home.disk.corrupt(path, position, flipped);
          const read = wholeLog(log, 100 + ((position * 8 + bit) % 400));
          const what = `byte ${position}, bit ${bit}`;
          expect([what, read.batches.map(bytesOf).filter((bytes) => !written.has(bytes))]).toEqual([what, []]);
          expect([what, read.batches.length + read.refused.length]).toEqual([what, batches.length]);
          expect([what, read.refused.length > 0]).toEqual([what, true]);
          home.disk.corrupt(path, position, before.subarray(position, position + 1));
        }
      }
      expect(wholeLog(log).refused).toEqual([]);
    },
  );

  it.each(SEGMENTS)("gives every record all the same when it is in the index: any bit of %s.index", async (name) => {
    const { home, log, batches } = await logInFiles();
    const path = `${DIRECTORY}/${name}.index`;
    const before = home.disk.readFile(path);
    expect(before.length).toBeGreaterThan(0);
    for (let position = 0; position < before.length; position++) {
      for (let bit = 0; bit < 8; bit++) {
        home.disk.corrupt(path, position, Buffer.from([(before[position] ?? 0) ^ (1 << bit)]));
        const what = `byte ${position}, bit ${bit}`;
        expect([what, wholeLog(log).batches.map(bytesOf)]).toEqual([what, batches.map(bytesOf)]);
        // From any record on, too: a consumer may begin anywhere.
        for (let offset = 0; offset < log.logEndOffset; offset++) {
          const outcome = log.read({ offset, maxBytes: 1, upperBound: log.logEndOffset, minOneBatch: true });
          expect([what, outcome.kind === "records" && outcome.nextOffset]).toEqual([what, offset - (offset % 3) + 3]);
          if (outcome.kind === "records") outcome.release();
        }
        home.disk.corrupt(path, position, before.subarray(position, position + 1));
      }
    }
    expect(log.damage).toBeNull();
  });

  it("never names a wrong offset for a timestamp: any byte of a time index", async () => {
    const stamped = new SimulatedLogHome({ segmentBytes: 330, indexIntervalBytes: 80 });
    const writer = stamped.create();
    for (let index = 0; index < 8; index++) {
      writer.appendAsLeader([batchOf({ values: ["a", "b"], timestamps: [1000 * index, 1000 * index + 500] })], 0);
    }
    await writer.close({ clean: true });
    const { log } = await stamped.open({ cleanShutdown: true });
    const found = (timestampMs: number): number | "damaged" => {
      try {
        return log.offsetForTimestamp(timestampMs, log.logEndOffset)?.offset ?? -1;
      } catch (failure) {
        if (failure instanceof CorruptRecordError) return "damaged";
        throw failure;
      }
    };
    const asked = [0, 400, 2500, 3000, 4100, 6500];
    const right = asked.map(found);
    expect(right).toEqual([0, 1, 5, 6, 9, 13]);
    for (const name of stamped.disk.list(DIRECTORY).filter((file) => file.endsWith(".timeindex"))) {
      const path = `${DIRECTORY}/${name}`;
      const before = stamped.disk.readFile(path);
      for (let position = 0; position < before.length; position++) {
        stamped.disk.corrupt(path, position, Buffer.from([(before[position] ?? 0) ^ (1 << (position % 8))]));
        for (const [at, answer] of asked.map(found).entries()) {
          const what = `${name}, byte ${position}, asked for ${asked[at]}: ${answer}`;
          expect([what, answer]).toEqual([what, right[at]]);
        }
        stamped.disk.corrupt(path, position, before.subarray(position, position + 1));
      }
    }
    stamped.disk.corrupt(`${DIRECTORY}/${SEGMENTS[0]}.log`, 70, Buffer.from([0xee]));
    expect(found(400)).toBe("damaged");
  });

  it("is told of once for each place, and knows the first", async () => {
    const { home, log } = await logInFiles();
    const told: number[] = [];
    log.onDamage(({ offset }) => told.push(offset));
    for (const [name, at] of [
      [SEGMENTS[2], 70],
      [SEGMENTS[0], 200],
    ] as const) {
      home.disk.corrupt(`${DIRECTORY}/${name}.log`, at, Buffer.from([0xee]));
      wholeLog(log);
      wholeLog(log);
    }
    expect(told).toEqual([18, 6]);
    expect(log.damage).toMatchObject({ offset: 6 });
  });

  it("finds it without a reader, too, in what others would find in memory", async () => {
    const home = new SimulatedLogHome({ segmentBytes: 330 });
    const log = home.create();
    for (let index = 0; index < 4; index++) log.appendAsLeader([batchOf({ values: ["a", "b", "c"] })], 0);
    home.disk.corrupt(`${DIRECTORY}/${SEGMENTS[0]}.log`, 70, Buffer.from([0xee]));
    expect(wholeLog(log).refused).toEqual([]);
    const { signal } = new AbortController();
    for (let offset = 0; offset < log.logEndOffset; ) ({ nextOffset: offset } = await log.verify(offset, 100, signal));
    expect(log.damage).toMatchObject({ offset: 0 });
  });
});

describe("a replica that drops what is damaged", () => {
  it("is sound up to where it ends, wherever the bit was, and takes the rest anew", async () => {
    const { home: reference, batches } = await logInFiles();
    const seed = 57;
    const random = new SeededRandom(seed);
    for (let round = 0; round < 100; round++) {
      const { home, log } = await logInFiles();
      const name = SEGMENTS[random.below(SEGMENTS.length)] ?? "";
      const path = `${DIRECTORY}/${name}.log`;
      const before = home.disk.readFile(path);
      const position = random.below(before.length);
      home.disk.corrupt(path, position, Buffer.from([(before[position] ?? 0) ^ (1 << random.below(8))]));
      const what = `seed ${seed}, round ${round}: byte ${position} of ${name}`;
      const end = wholeLog(log).refused[0];
      log.cutDamage();
      expect([what, log.logEndOffset, log.damage]).toEqual([what, end, null]);
      expect([what, wholeLog(log).batches.map(bytesOf)]).toEqual([what, batches.slice(0, (end ?? 0) / 3).map(bytesOf)]);
      for (const batch of batches.slice((end ?? 0) / 3)) {
        const outcome = log.appendAsFollower(Buffer.from(batch.bytes), { from: log.logEndOffset, leaderEpoch: 9 });
        expect([what, outcome.kind]).toEqual([what, "appended"]);
      }
      for (const segment of SEGMENTS) {
        const file = `${DIRECTORY}/${segment}.log`;
        expect([what, home.disk.readFile(file)]).toEqual([what, reference.disk.readFile(file)]);
      }
    }
  });
});
