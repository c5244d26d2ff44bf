import { SeededRandom, SimulatedDisk } from "@ottla/runtime";
import { CheckpointMalformed } from "./checkpoint-file";
import { LeaderEpochHistory } from "./leader-epoch-history";
import { type GoldenLogs, goldenFiles } from "./testing/golden-logs";

const FILE = "/t-0/leader-epoch-checkpoint";

function emptyDisk(): SimulatedDisk {
  const disk = new SimulatedDisk({ nowMs: () => 0 });
  disk.makeDirectory("/t-0");
  return disk;
}

function put(disk: SimulatedDisk, path: string, content: string): void {
  const file = disk.open(path, "create");
  file.truncate(0);
  file.write([Buffer.from(content)], 0);
  file.close();
}

function historyOf(...starts: readonly (readonly [epoch: number, startOffset: number])[]): LeaderEpochHistory {
  const history = LeaderEpochHistory.load(emptyDisk(), "/t-0");
  for (const [epoch, startOffset] of starts) history.assign(epoch, startOffset);
  return history;
}

const pairs = (history: LeaderEpochHistory) => history.entries.map((start) => [start.epoch, start.startOffset]);

describe("the end of an epoch", () => {
  const history = historyOf([2, 10], [5, 20], [7, 30]);
  it.each([
    { asked: 7, epoch: 7, endOffset: 44, why: "the latest ends where the log does" },
    { asked: 5, epoch: 5, endOffset: 30, why: "an older one where the next begins" },
    { asked: 6, epoch: 5, endOffset: 30, why: "one that wrote nothing stands for the one before it" },
    { asked: 1, epoch: 1, endOffset: 10, why: "one before all known ends where those begin" },
    { asked: 8, epoch: -1, endOffset: -1, why: "a greater one is unknown" },
    { asked: -1, epoch: -1, endOffset: -1, why: "none is none" },
  ])("$asked: $why", ({ asked, epoch, endOffset }) => {
    expect(history.endOffsetFor(asked, 44)).toEqual({ epoch, endOffset });
  });

  it("is unknown while the history is empty", () => {
    expect(historyOf().endOffsetFor(0, 9)).toEqual({ epoch: -1, endOffset: -1 });
  });
});

describe("the epoch of an offset", () => {
  it("is that of the last epoch to begin at or before it", () => {
    const history = historyOf([2, 10], [5, 20]);
    expect([9, 10, 19, 20, 99].map((offset) => history.epochAt(offset))).toEqual([null, 2, 2, 5, 5]);
  });
});

describe("a new epoch", () => {
  it("is recorded once, where it begins", () => {
    const history = historyOf([0, 0], [1, 10]);
    history.assign(1, 15);
    history.assign(0, 20);
    expect(pairs(history)).toEqual([
      [0, 0],
      [1, 10],
    ]);
    expect(history.lastEpoch).toBe(1);
  });

  it("takes the place of epochs that ended without a record", () => {
    expect(pairs(historyOf([0, 0], [1, 10], [2, 10], [4, 10]))).toEqual([
      [0, 0],
      [4, 10],
    ]);
  });
});

describe("truncation", () => {
  it.each([
    {
      to: 31,
      left: [
        [2, 10],
        [5, 20],
        [7, 30],
      ],
    },
    {
      to: 30,
      left: [
        [2, 10],
        [5, 20],
      ],
    },
    { to: 15, left: [[2, 10]] },
    { to: 0, left: [] },
  ])("at $to leaves the epochs that begin before it", ({ to, left }) => {
    const history = historyOf([2, 10], [5, 20], [7, 30]);
    history.truncateFromEnd(to);
    expect(pairs(history)).toEqual(left);
  });
});

describe("a log start that moves up", () => {
  it.each([
    {
      to: 5,
      left: [
        [2, 10],
        [5, 20],
      ],
    },
    {
      to: 10,
      left: [
        [2, 10],
        [5, 20],
      ],
    },
    {
      to: 15,
      left: [
        [2, 15],
        [5, 20],
      ],
    },
    { to: 20, left: [[5, 20]] },
    { to: 99, left: [[5, 99]] },
  ])("to $to drops epochs that ended by then, and lifts the one in force", ({ to, left }) => {
    const history = historyOf([2, 10], [5, 20]);
    history.truncateFromStart(to);
    expect(pairs(history)).toEqual(left);
  });
});

describe("leader-epoch-checkpoint", () => {
  it("is written as Kafka writes it", async () => {
    const disk = emptyDisk();
    const history = LeaderEpochHistory.load(disk, "/t-0");
    history.assign(0, 0);
    history.assign(2, 17);
    await history.sync();
    expect(disk.readFile(FILE).toString()).toBe("0\n2\n0 0\n2 17\n");
    expect(disk.list("/t-0")).toEqual(["leader-epoch-checkpoint"]);
  });

  it.each<GoldenLogs>(["clean", "killed", "follower", "recovered"])(
    "of Kafka's `%s` is read, and written again the same",
    async (name) => {
      let compared = 0;
      for (const [path, bytes] of goldenFiles(name)) {
        if (!path.endsWith("/leader-epoch-checkpoint")) continue;
        const disk = emptyDisk();
        put(disk, FILE, bytes.toString());
        const history = LeaderEpochHistory.load(disk, "/t-0");
        const starts = history.entries;
        history.clear();
        for (const { epoch, startOffset } of starts) history.assign(epoch, startOffset);
        await history.sync();
        if (starts.length > 0) expect(disk.readFile(FILE)).toEqual(bytes);
        compared++;
      }
      expect(compared).toBeGreaterThan(7);
      console.log(`${name}: ${compared} leader epoch checkpoints equal`);
    },
  );

  it("outlives a kill without sync", () => {
    const disk = emptyDisk();
    LeaderEpochHistory.load(disk, "/t-0").assign(3, 12);
    disk.kill();
    expect(pairs(LeaderEpochHistory.load(disk, "/t-0"))).toEqual([[3, 12]]);
  });

  it("outlives a power cut after sync, also when it was read back unsynced before", async () => {
    const disk = emptyDisk();
    LeaderEpochHistory.load(disk, "/t-0").assign(3, 12);
    disk.kill();
    await LeaderEpochHistory.load(disk, "/t-0").sync();
    disk.losePower();
    expect(pairs(LeaderEpochHistory.load(disk, "/t-0"))).toEqual([[3, 12]]);
  });

  const seed = Number(process.env["SEED"] ?? 20_261_122);
  it(`is after a power cut what was synced, or something newer, never a mixture (seed ${seed})`, async () => {
    const random = new SeededRandom(seed);
    for (let round = 0; round < 300; round++) {
      const disk = emptyDisk();
      const history = LeaderEpochHistory.load(disk, "/t-0");
      let allowed = [JSON.stringify([])];
      let offset = 0;
      for (let epoch = 1; epoch < 2 + random.below(40); epoch++) {
        offset += 1 + random.below(1_000_000);
        if (random.below(5) === 0) {
          history.truncateFromEnd(Math.floor(offset / 2));
          allowed.push(JSON.stringify(pairs(history)));
        }
        history.assign(epoch, offset);
        allowed.push(JSON.stringify(pairs(history)));
        if (random.below(4) === 0) {
          await history.sync();
          allowed = [JSON.stringify(pairs(history))];
        }
      }
      disk.losePower(random);
      const found = JSON.stringify(pairs(LeaderEpochHistory.load(disk, "/t-0")));
      expect(allowed).toContain(found);
    }
  });

  it("has the changes that were made while an earlier sync was under way", async () => {
    const disk = emptyDisk();
    const history = LeaderEpochHistory.load(disk, "/t-0");
    history.assign(1, 10);
    const syncing = history.sync();
    history.assign(2, 20);
    await Promise.all([syncing, history.sync()]);
    disk.losePower();
    expect(pairs(LeaderEpochHistory.load(disk, "/t-0"))).toEqual([
      [1, 10],
      [2, 20],
    ]);
  });

  it("writes nothing more once it is abandoned, and the sync under way ends in peace", async () => {
    const disk = emptyDisk();
    const history = LeaderEpochHistory.load(disk, "/t-0");
    history.assign(1, 10);
    const syncing = history.sync();
    history.abandon();
    disk.rename("/t-0", "/t-0-delete");
    await expect(syncing).resolves.toBeUndefined();
    history.assign(2, 20);
    await history.sync();
    expect(disk.exists("/t-0")).toBe(false);
  });

  it.each([
    ["another version", "1\n1\n0 0\n"],
    ["fewer lines than promised", "0\n2\n0 0\n"],
    ["more lines than promised", "0\n1\n0 0\n1 5\n"],
    ["no number", "0\n1\n0 x\n"],
    ["too many numbers", "0\n1\n0 0 0\n"],
    ["no count", "0\n"],
  ])("is refused with %s", (_, content) => {
    const disk = emptyDisk();
    put(disk, FILE, content);
    expect(() => LeaderEpochHistory.load(disk, "/t-0")).toThrow(CheckpointMalformed);
  });
});
