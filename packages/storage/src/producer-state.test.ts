import { SeededRandom } from "@ottla/runtime";
import type { SequencedBatch } from "./producer-entry";
import { ProducerState } from "./producer-state";

const DAY_MS = 86_400_000;

const newState = () => new ProducerState({ expirationMs: DAY_MS });

/** A batch of `count` records of producer 7, beginning at `sequence`. */
function batch(
  sequence: number,
  count = 1,
  more: Partial<SequencedBatch> = {},
): SequencedBatch & { isControl: boolean } {
  return {
    producerId: 7n,
    producerEpoch: 0,
    baseSequence: sequence,
    lastSequence: (sequence + count - 1) % 2 ** 31,
    lastOffsetDelta: count - 1,
    maxTimestamp: 1000,
    isTransactional: false,
    isControl: false,
    ...more,
  };
}

/** Appends `next` at `offset` as a leader would. */
function append(state: ProducerState, next: SequencedBatch, offset: number): string {
  const group = state.pending();
  const verdict = group.judge(next);
  if (verdict.kind === "refused") return verdict.error;
  if (verdict.kind === "duplicate") return `duplicate of ${verdict.batch.firstOffset}-${verdict.batch.lastOffset}`;
  group.add(next, offset);
  group.commit();
  return "new";
}

describe("a leader judging an idempotent producer's batch", () => {
  it("takes any sequence from a producer it knows nothing of", () => {
    expect(append(newState(), batch(1234), 0)).toBe("new");
  });

  it("takes each sequence once, and recognises the last five batches", () => {
    const state = newState();
    for (let i = 0; i < 6; i++) expect(append(state, batch(i * 2, 2), i * 2)).toBe("new");
    for (let i = 1; i < 6; i++) expect(append(state, batch(i * 2, 2), 100)).toBe(`duplicate of ${i * 2}-${i * 2 + 1}`);
    // The sixth from the end is no longer remembered.
    expect(append(state, batch(0, 2), 100)).toBe("OUT_OF_ORDER_SEQUENCE_NUMBER");
  });

  it("does not take a batch for a duplicate that only begins like one", () => {
    const state = newState();
    append(state, batch(0, 2), 0);
    expect(append(state, batch(0, 3), 2)).toBe("OUT_OF_ORDER_SEQUENCE_NUMBER");
  });

  it.each([
    { what: "a gap", next: batch(3), verdict: "OUT_OF_ORDER_SEQUENCE_NUMBER" },
    { what: "the next sequence", next: batch(2), verdict: "new" },
    { what: "an older epoch", next: batch(2, 1, { producerEpoch: 4 }), verdict: "INVALID_PRODUCER_EPOCH" },
    { what: "a new epoch from sequence 0", next: batch(0, 1, { producerEpoch: 6 }), verdict: "new" },
    {
      what: "a new epoch from another",
      next: batch(2, 1, { producerEpoch: 6 }),
      verdict: "OUT_OF_ORDER_SEQUENCE_NUMBER",
    },
  ])("after sequences 0 and 1 of epoch 5, $what is $verdict", ({ next, verdict }) => {
    const state = newState();
    append(state, batch(0, 2, { producerEpoch: 5 }), 0);
    expect(append(state, { ...next, producerEpoch: next.producerEpoch || 5 }, 2)).toBe(verdict);
  });

  it("goes on at 0 after sequence 2147483647, also within a batch", () => {
    const atTheEnd = newState();
    append(atTheEnd, batch(2 ** 31 - 2, 2), 0);
    expect(append(atTheEnd, batch(0), 2)).toBe("new");

    const across = newState();
    append(across, batch(2 ** 31 - 1, 2), 0);
    expect(across.get(7n)?.batches).toMatchObject([{ firstSequence: 2 ** 31 - 1, lastSequence: 0 }]);
    expect(append(across, batch(2 ** 31 - 1, 2), 2)).toBe("duplicate of 0-1");
    expect(append(across, batch(1), 2)).toBe("new");
  });

  it("a new epoch forgets the batches of the one before", () => {
    const state = newState();
    append(state, batch(0), 0);
    append(state, batch(0, 1, { producerEpoch: 1 }), 1);
    expect(state.get(7n)?.batches).toHaveLength(1);
    expect(append(state, batch(0), 2)).toBe("INVALID_PRODUCER_EPOCH");
  });

  it("lets batches without producer id pass, and keeps nothing of them", () => {
    const state = newState();
    const plain = batch(-1, 1, { producerId: -1n, producerEpoch: -1 });
    expect(append(state, plain, 0)).toBe("new");
    expect(append(state, plain, 1)).toBe("new");
    expect(state.size).toBe(0);
  });
});

describe("several batches in one group of appends", () => {
  it("judges each against those before it in the group", () => {
    const group = newState().pending();
    group.add(batch(0), 10);
    expect(group.judge(batch(2)).kind).toBe("refused");
    expect(group.judge(batch(1)).kind).toBe("new");
    expect(group.judge(batch(0))).toMatchObject({ kind: "duplicate", batch: { firstOffset: 10 } });
  });

  it("leaves no trace when the group is dropped, as after a failed write", () => {
    const state = newState();
    append(state, batch(0), 0);
    const group = state.pending();
    group.add(batch(1), 1);
    group.add(batch(0, 1, { producerId: 8n, isTransactional: true }), 2);
    expect(state.get(7n)?.batches).toHaveLength(1);
    expect(state.get(8n)).toBeNull();
    expect(state.firstUnstableOffset()).toBeNull();
    expect(append(state, batch(1), 1)).toBe("new");
  });
});

describe("transactions", () => {
  const transactional = (sequence: number, producerId = 7n) =>
    batch(sequence, 1, { isTransactional: true, producerId });
  const marker = (type: "ABORT" | "COMMIT", baseOffset: number, producerId = 7n, producerEpoch = 0) =>
    [
      { ...batch(-1, 1, { producerId, producerEpoch, isTransactional: true }), isControl: true, baseOffset },
      { type, coordinatorEpoch: 3 },
    ] as const;

  it("hold back the last stable offset from their first record until the high watermark passes their marker", () => {
    const state = newState();
    append(state, transactional(0), 10);
    append(state, transactional(1), 11);
    expect(state.firstUnstableOffset()).toBe(10);
    state.replay(...marker("COMMIT", 12));
    state.onHighWatermark(12);
    expect(state.firstUnstableOffset()).toBe(10);
    state.onHighWatermark(13);
    expect(state.firstUnstableOffset()).toBeNull();
  });

  it("end with what the transaction index stores: the oldest still open, or the offset after the marker", () => {
    const state = newState();
    append(state, transactional(0, 1n), 10);
    append(state, transactional(0, 2n), 11);
    expect(state.replay(...marker("ABORT", 12, 2n))).toEqual({
      producerId: 2n,
      firstOffset: 11,
      lastOffset: 12,
      isAborted: true,
      lastStableOffset: 10,
    });
    expect(state.replay(...marker("ABORT", 13, 1n))).toMatchObject({ firstOffset: 10, lastStableOffset: 14 });
    expect(state.replay(...marker("ABORT", 14, 1n))).toBeNull();
  });

  it("refuse a batch outside the transaction while one is open", () => {
    const state = newState();
    append(state, transactional(0), 0);
    expect(append(state, batch(1), 1)).toBe("INVALID_TXN_STATE");
  });

  it("go on with their sequences after a marker of the same epoch, and start at 0 after one of a higher", () => {
    const same = newState();
    append(same, transactional(0), 0);
    same.replay(...marker("COMMIT", 1));
    expect(append(same, transactional(1), 2)).toBe("new");

    const higher = newState();
    append(higher, transactional(0), 0);
    higher.replay(...marker("ABORT", 1, 7n, 1));
    expect(append(higher, { ...transactional(1), producerEpoch: 1 }, 2)).toBe("OUT_OF_ORDER_SEQUENCE_NUMBER");
    expect(append(higher, { ...transactional(0), producerEpoch: 1 }, 2)).toBe("new");
  });

  it("take no marker of an older producer epoch, nor of an older coordinator", () => {
    const state = newState();
    append(state, { ...transactional(0), producerEpoch: 2 }, 0);
    state.replay(...marker("COMMIT", 1, 7n, 2));
    const judge = (producerEpoch: number, coordinatorEpoch: number) =>
      state.pending().judgeMarker({ producerId: 7n, producerEpoch }, { type: "COMMIT", coordinatorEpoch });
    expect(judge(1, 3)).toBe("INVALID_PRODUCER_EPOCH");
    expect(judge(2, 2)).toBe("TRANSACTION_COORDINATOR_FENCED");
    expect(judge(2, 3)).toBeNull();
  });

  it("leave no trace of a marker that the cleaner has emptied", () => {
    const state = newState();
    expect(state.replay({ ...batch(-1), isControl: true, baseOffset: 3 }, null)).toBeNull();
    expect(state.size).toBe(0);
  });
});

describe("an idle producer", () => {
  it("is forgotten after producer.id.expiration.ms, unless it has a transaction open", () => {
    const state = newState();
    append(state, batch(0), 0);
    append(state, batch(0, 1, { producerId: 8n, isTransactional: true }), 1);
    expect(state.expire(1000 + DAY_MS - 1)).toBe(0);
    expect(state.expire(1000 + DAY_MS)).toBe(1);
    expect([...state.entries()].map((entry) => entry.producerId)).toEqual([8n]);
    expect(append(state, batch(77), 2)).toBe("new");
  });

  it("is not loaded from a snapshot any more", () => {
    const before = newState();
    append(before, batch(0), 0);
    const after = newState();
    after.load(before.entries(), 1000 + DAY_MS);
    expect(after.size).toBe(0);
  });
});

describe("a load from a snapshot", () => {
  /** Only what a snapshot stores: each producer's last batch. */
  const reloaded = (before: ProducerState) => {
    const state = newState();
    state.load(
      [...before.entries()].map((entry) => ({ ...entry, batches: entry.batches.slice(-1) })),
      1000,
    );
    return state;
  };

  it("opens its transactions again", () => {
    const before = newState();
    append(before, batch(0, 1, { isTransactional: true }), 5);
    expect(reloaded(before).firstUnstableOffset()).toBe(5);
  });

  it("recognises the four batches before the last once they were read back from the log", () => {
    const before = newState();
    for (let i = 0; i < 9; i++) append(before, batch(i), i);
    const state = reloaded(before);
    const earlier = state.earlierBatches();
    expect(earlier?.highestOffsetWanted).toBe(8);
    for (let i = 0; i < 8; i++) earlier?.offer({ ...batch(i), baseOffset: i });
    earlier?.endStretch();
    expect(earlier?.missingProducers).toBe(0);
    if (earlier !== null) state.restore(earlier);
    expect(state.get(7n)).toEqual(before.get(7n));
    expect(append(state, batch(4), 9)).toBe("duplicate of 4-4");
    expect(append(state, batch(9), 9)).toBe("new");
  });

  it("looks for nothing before a batch that begins its epoch", () => {
    const before = newState();
    append(before, batch(0), 0);
    expect(reloaded(before).earlierBatches()).toBeNull();
  });

  it("looks no further back than a gap in the sequences", () => {
    const before = newState();
    for (let i = 3; i < 6; i++) append(before, batch(i), i);
    const state = reloaded(before);
    const earlier = state.earlierBatches();
    earlier?.offer({ ...batch(1), baseOffset: 1 });
    earlier?.offer({ ...batch(3), baseOffset: 3 });
    earlier?.offer({ ...batch(4), baseOffset: 4 });
    earlier?.endStretch();
    expect(earlier?.missingProducers).toBe(0);
    if (earlier !== null) state.restore(earlier);
    expect(state.get(7n)?.batches.map((known) => known.firstSequence)).toEqual([3, 4, 5]);
  });

  const seed = Number(process.env["SEED"] ?? 20_261_122);
  it(`finds what was known before, however the log is cut into stretches (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    for (let round = 0; round < 200; round++) {
      const before = newState();
      const log: (SequencedBatch & { baseOffset: number })[] = [];
      const next = new Map<bigint, { epoch: number; sequence: number }>();
      for (let offset = 0; offset < 60; ) {
        const producerId = BigInt(random.below(4));
        const known = next.get(producerId) ?? { epoch: 0, sequence: 0 };
        const position = random.below(15) === 0 ? { epoch: known.epoch + 1, sequence: 0 } : known;
        const count = 1 + random.below(3);
        const written = batch(position.sequence, count, { producerId, producerEpoch: position.epoch });
        expect(append(before, written, offset)).toBe("new");
        log.push({ ...written, baseOffset: offset });
        next.set(producerId, { epoch: position.epoch, sequence: position.sequence + count });
        offset += count;
      }
      const state = reloaded(before);
      const earlier = state.earlierBatches();
      for (let end = log.length; earlier !== null && earlier.missingProducers > 0 && end > 0; ) {
        const start = Math.max(end - 1 - random.below(10), 0);
        for (const stored of log.slice(start, end)) earlier.offer(stored);
        earlier.endStretch();
        end = start;
      }
      if (earlier !== null) state.restore(earlier);
      for (const entry of before.entries()) expect(state.get(entry.producerId)).toEqual(entry);
    }
  });
});
