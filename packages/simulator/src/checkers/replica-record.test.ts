import { InvariantBroken, Judge } from "./invariants";
import { ReferenceLog } from "./reference-log";
import { ReplicaRecord } from "./replica-record";
import type { SeenBatch } from "./seen-batch";

const batch = (baseOffset: number, count: number, leaderEpoch: number, more: Partial<SeenBatch> = {}): SeenBatch => ({
  baseOffset,
  nextOffset: baseOffset + count,
  leaderEpoch,
  crc: 1000 * leaderEpoch + baseOffset,
  sizeBytes: 100,
  producerId: -1n,
  producerEpoch: -1,
  baseSequence: -1,
  lastSequence: -1,
  ...more,
});

const produced = (baseOffset: number, baseSequence: number, count = 1, producerEpoch = 0): SeenBatch =>
  batch(baseOffset, count, 0, {
    producerId: 7n,
    producerEpoch,
    baseSequence,
    lastSequence: baseSequence + count - 1,
  });

function setUp() {
  const judge = new Judge();
  const reference = new ReferenceLog("orders-0", judge);
  const replica = (id: number) => {
    const record = new ReplicaRecord("orders-0", id, judge);
    return { record, append: (seen: SeenBatch) => record.append(reference.identify(seen, id)) };
  };
  return { judge, reference, one: replica(1), two: replica(2) };
}

/** @returns the invariant that `act` breaks */
function broken(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InvariantBroken) return error.invariant;
    throw error;
  }
  return "none";
}

describe("what replicas have been seen to hold", () => {
  it("is one batch for each epoch and offset, whoever holds it", () => {
    const { one, two } = setUp();
    one.append(batch(0, 2, 1));
    two.append(batch(0, 2, 1));
    expect(two.record.batchAt(1)).toBe(one.record.batchAt(1));
    expect(broken(() => two.append(batch(2, 1, 1)))).toBe("none");
    expect(broken(() => one.append(batch(2, 1, 1, { crc: 5 })))).toBe("log-matching");
  });

  it("may not overlap another batch of its epoch", () => {
    const { one, two } = setUp();
    one.append(batch(0, 2, 1));
    two.append(batch(0, 1, 0));
    expect(broken(() => two.append(batch(1, 1, 1)))).toBe("log-matching");
  });

  it("has epochs that never fall and offsets without a gap", () => {
    const { one } = setUp();
    one.append(batch(0, 2, 3));
    expect(broken(() => one.append(batch(2, 1, 2)))).toBe("log-order");
    expect(broken(() => one.append(batch(3, 1, 3)))).toBe("log-order");
  });

  it("loses at a truncation every batch that reaches the offset or beyond", () => {
    const { one } = setUp();
    for (const offset of [0, 2, 4]) one.append(batch(offset, 2, 1));
    expect(one.record.truncate(3).map(({ baseOffset }) => baseOffset)).toEqual([2, 4]);
    expect(one.record.endOffset).toBe(3);
  });
});

describe("a producer's sequences along a log", () => {
  it("begin at 0 in each producer epoch and have neither gap nor repeat", () => {
    const { one } = setUp();
    one.append(produced(0, 0, 2));
    one.append(produced(2, 2));
    expect(broken(() => one.append(produced(3, 4)))).toBe("producer-sequence");
    expect(broken(() => one.append(produced(3, 2)))).toBe("producer-sequence");
    expect(broken(() => one.append({ ...produced(3, 0, 1, 1), leaderEpoch: 1 }))).toBe("none");
  });

  it("begin anew from what a truncation left", () => {
    const { one } = setUp();
    one.append(produced(0, 0));
    one.append(produced(1, 1));
    one.record.truncate(1);
    expect(broken(() => one.append({ ...produced(1, 1), leaderEpoch: 1 }))).toBe("none");
  });
});

describe("what is committed", () => {
  it("is what a leader had when it said so, and shows one value for ever", () => {
    const { reference, one, two } = setUp();
    for (const offset of [0, 1, 2]) one.append(batch(offset, 1, 1));
    reference.commit(one.record, 2);
    expect(reference.committedEnd).toBe(2);
    expect(reference.committedAt(1)?.leaderEpoch).toBe(1);
    expect(reference.committedAt(2)).toBeNull();

    two.append(batch(0, 1, 1));
    two.append(batch(1, 1, 2));
    expect(broken(() => reference.shown(two.record, 0, 1))).toBe("none");
    expect(broken(() => reference.shown(two.record, 1, 2))).toBe("one-value");
  });

  it("is missing from a log that lacks any of it, or has another batch there", () => {
    const { reference, one, two } = setUp();
    for (const offset of [0, 1, 2]) one.append(batch(offset, 1, 1));
    reference.commit(one.record, 3);
    expect(reference.missingFrom(one.record)).toBeNull();
    two.append(batch(0, 1, 1));
    expect(reference.missingFrom(two.record)?.baseOffset).toBe(2);
    two.append(batch(1, 1, 2));
    two.append(batch(2, 1, 2));
    expect(reference.missingFrom(two.record)?.baseOffset).toBe(2);
  });
});
