import { type CleanableSegment, filthiest, proposeCleaning } from "./clean-choice";
import { groupSegments } from "./clean-groups";

const NOW = 1_000_000;
const policy = { minCleanableDirtyRatio: 0.5, minCompactionLagMs: 0, maxCompactionLagMs: Number.POSITIVE_INFINITY };

/** Segments of 100 offsets and 100 bytes each; the last one is active. */
function segments(count: number, ages: readonly number[] = []): CleanableSegment[] {
  return Array.from({ length: count }, (_, index) => {
    const timestamp = NOW - (ages[index] ?? 0);
    return {
      baseOffset: index * 100,
      sizeBytes: 100,
      greatestTimestamp: { timestamp },
      firstTimestamp: timestamp,
      modifiedMs: timestamp,
    };
  });
}

const place = { logStartOffset: 0, lastStableOffset: 1_000, flushedEndOffset: 1_000 };

describe("what of a log is cleaned", () => {
  it.each([
    ["up to the active segment", {}, { endOffset: 400, dirtyBytes: 400 }],
    ["not past the last stable offset, a segment at a time", { lastStableOffset: 250 }, { endOffset: 200 }],
    ["not past what is durable", { flushedEndOffset: 399 }, { endOffset: 300 }],
    ["from the log start on, if that is later", { logStartOffset: 150 }, { firstDirtyOffset: 150, cleanBytes: 100 }],
    ["from where the last cleaning ended", { firstDirtyOffset: 100 }, { firstDirtyOffset: 100, dirtyRatio: 0.75 }],
  ] as const)("%s", (_, change, expected) => {
    const log = { ...place, firstDirtyOffset: 0, segments: segments(5), ...change };
    expect(proposeCleaning(log, policy, NOW)).toMatchObject(expected);
  });

  it("is nothing when it is all clean, too little, or none of it closed", () => {
    expect(proposeCleaning({ ...place, firstDirtyOffset: 400, segments: segments(5) }, policy, NOW)).toBeNull();
    expect(proposeCleaning({ ...place, firstDirtyOffset: 200, segments: segments(5) }, policy, NOW)).toBeNull();
    expect(proposeCleaning({ ...place, firstDirtyOffset: 0, segments: segments(1) }, policy, NOW)).toBeNull();
  });

  it("ends before the first segment with a record younger than min.compaction.lag.ms", () => {
    const log = { ...place, firstDirtyOffset: 0, segments: segments(5, [900, 800, 100, 800, 0]) };
    const lag = { ...policy, minCompactionLagMs: 500 };
    expect(proposeCleaning(log, lag, NOW)).toMatchObject({ endOffset: 200 });
  });

  it("is due once a record is older than max.compaction.lag.ms, whatever the ratio", () => {
    const log = { ...place, firstDirtyOffset: 300, segments: segments(5, [0, 0, 0, 700, 0]) };
    expect(proposeCleaning(log, { ...policy, maxCompactionLagMs: 700 }, NOW)).toBeNull();
    expect(proposeCleaning(log, { ...policy, maxCompactionLagMs: 699 }, NOW)).toMatchObject({ isOverdue: true });
  });

  it("is the filthiest log's first", () => {
    const of = (dirtyRatio: number) => ({
      proposal: { dirtyRatio, firstDirtyOffset: 0, endOffset: 1, cleanBytes: 0, dirtyBytes: 1, isOverdue: false },
    });
    const candidates = [of(0.6), of(0.9), of(0.8)];
    expect(filthiest(candidates)).toBe(candidates[1]);
    expect(filthiest([])).toBeNull();
  });
});

describe("segments become one", () => {
  const of = (baseOffset: number, sizeBytes: number, indexBytes = 10) => ({
    baseOffset,
    sizeBytes,
    offsetIndexBytes: indexBytes,
    timeIndexBytes: indexBytes,
  });
  const limits = { segmentBytes: 100, segmentIndexBytes: 50 };
  const grouped = (list: ReturnType<typeof of>[], endOffset = 1_000_000) =>
    groupSegments(list, endOffset, limits).map((group) => group.map(({ baseOffset }) => baseOffset));

  it("as long as they fit segment.bytes", () => {
    expect(grouped([of(0, 60), of(10, 40), of(20, 1), of(30, 99), of(40, 1)])).toEqual([[0, 10], [20, 30], [40]]);
  });

  it("as long as they fit segment.index.bytes", () => {
    expect(grouped([of(0, 1, 30), of(10, 1, 20), of(20, 1, 1)])).toEqual([[0, 10], [20]]);
  });

  it("as long as an index can address their offsets, which empty ones do not need", () => {
    expect(grouped([of(0, 1), of(10, 1), of(2 ** 31, 1)], 2 ** 31 + 1)).toEqual([[0, 10], [2 ** 31]]);
    expect(grouped([of(0, 1), of(10, 0)], 2 ** 32)).toEqual([[0, 10]]);
  });

  it("a limited number at a time", () => {
    const many = Array.from({ length: 100 }, (_, index) => of(index, 0, 0));
    expect(groupSegments(many, 100, limits).map((group) => group.length)).toEqual([64, 36]);
  });
});
