import {
  BatchBuilder,
  BatchView,
  buildEndTxnMarker,
  controlRecordType,
  decodeEndTxnMarker,
  decodeRecords,
} from "./index";

const record = { timestamp: 1000, key: null, value: Buffer.alloc(50) };

describe("a batch being built", () => {
  it("takes records up to its bound, and the first whatever its size", () => {
    const builder = new BatchBuilder({ sizeInBytesMax: 200 });
    expect(builder.append({ ...record, value: Buffer.alloc(1000) })).toBe(true);
    expect(builder.hasRoomFor(record)).toBe(false);
    expect(builder.append(record)).toBe(false);
    expect(builder.recordCount).toBe(1);
  });

  it("fills its bound to the byte", () => {
    const exact = new BatchBuilder();
    exact.append(record);
    exact.append(record);
    const fits = new BatchBuilder({ sizeInBytesMax: exact.sizeInBytes });
    expect([fits.append(record), fits.append(record), fits.append(record)]).toEqual([true, true, false]);
    expect(fits.build()).toHaveLength(exact.sizeInBytes);
    const oneLess = new BatchBuilder({ sizeInBytesMax: exact.sizeInBytes - 1 });
    expect([oneLess.append(record), oneLess.append(record)]).toEqual([true, false]);
  });

  it("refuses offsets that do not rise", () => {
    const builder = new BatchBuilder({ baseOffset: 10 });
    builder.append({ ...record, offset: 12 });
    expect(() => builder.append({ ...record, offset: 12 })).toThrow(RangeError);
  });

  it("is in a producer's form unless told otherwise", () => {
    const builder = new BatchBuilder();
    builder.append(record);
    const batch = new BatchView(builder.build(), 0);
    expect([batch.baseOffset, batch.partitionLeaderEpoch, batch.producerId, batch.baseSequence]).toEqual([
      0,
      -1,
      -1n,
      -1,
    ]);
  });
});

describe("sequence numbers of a batch", () => {
  it("begin again at 0 after 2147483647", () => {
    const builder = new BatchBuilder({ producerId: 1n, producerEpoch: 0, baseSequence: 0x7ffffffe });
    for (let i = 0; i < 3; i++) builder.append(record);
    const batch = new BatchView(builder.build(), 0);
    expect(batch.lastSequence).toBe(0);
    expect(decodeRecords(batch).map((r) => r.sequence)).toEqual([0x7ffffffe, 0x7fffffff, 0]);
  });
});

describe("the marker that ends a transaction", () => {
  it.each(["COMMIT", "ABORT"] as const)("says %s, in 78 bytes", (type) => {
    const bytes = buildEndTxnMarker({
      type,
      coordinatorEpoch: 7,
      producerId: 9n,
      producerEpoch: 2,
      timestamp: 1000,
      baseOffset: 40,
    });
    const batch = new BatchView(bytes, 0);
    expect(bytes).toHaveLength(78);
    expect([batch.isControl, batch.isTransactional, batch.producerId, batch.baseSequence]).toEqual([
      true,
      true,
      9n,
      -1,
    ]);
    const [marker] = decodeRecords(batch);
    expect(decodeEndTxnMarker(marker!)).toEqual({ type, coordinatorEpoch: 7 });
    expect(marker!.offset).toBe(40);
  });

  it("is no marker when its key is unknown, or its value cut off", () => {
    const value = Buffer.alloc(6);
    expect(controlRecordType(Buffer.from("00000009", "hex"))).toBeNull();
    expect(decodeEndTxnMarker({ key: Buffer.from("00000002", "hex"), value })).toBeNull();
    expect(decodeEndTxnMarker({ key: Buffer.from("00000001", "hex"), value: value.subarray(1) })).toBeNull();
    expect(decodeEndTxnMarker({ key: null, value })).toBeNull();
  });
});
