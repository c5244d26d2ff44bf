import { SeededRandom } from "@ottla/runtime";
import { ottla } from "../../generated/cluster";
import type { Push, PushMessage } from "../messages/replication";
import { bytesOf } from "./codec";
import { pushFrame } from "./push-frame";
import { replicationCodecs } from "./replication-codec";

/** What protobufjs writes for the same message. */
function byProtobufjs(message: PushMessage): Buffer {
  const partitions = message.partitions.map((push) => ({
    ...push,
    records: push.records instanceof Uint8Array ? push.records : Buffer.concat(push.records),
  }));
  return Buffer.from(ottla.cluster.v1.LeaderMessage.encode({ push: { partitions } }).finish());
}

const edges = [
  -1,
  0,
  1,
  127,
  128,
  16_383,
  16_384,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 35,
  2 ** 42,
  2 ** 49,
  2 ** 53 - 1,
];

function push(overrides: Partial<Push>): Push {
  return {
    attachId: 1,
    leaderEpoch: 0,
    from: 0,
    highWatermark: 0,
    logStartOffset: 0,
    records: [],
    credited: false,
    ...overrides,
  };
}

describe("a push written by hand", () => {
  it.each(edges)("is what protobufjs writes for offsets of %d", (edge) => {
    const message: PushMessage = {
      kind: "push",
      partitions: [push({ from: edge, highWatermark: edge, logStartOffset: edge, records: Buffer.from("x") })],
    };
    expect(bytesOf(pushFrame(message))).toEqual(byProtobufjs(message));
  });

  it.each([0, 1, 127, 128, 16_383, 16_384, 70_000])("is what protobufjs writes for %d bytes of records", (bytes) => {
    const records = Buffer.alloc(bytes, 5);
    for (const whole of [records, [records.subarray(0, bytes >> 1), records.subarray(bytes >> 1)]]) {
      const message: PushMessage = {
        kind: "push",
        partitions: [push({ records: whole }), push({ attachId: 300, credited: true })],
      };
      expect(bytesOf(pushFrame(message))).toEqual(byProtobufjs(message));
    }
  });

  it("is what protobufjs writes for any message, in place within a larger buffer, and reads back the same", () => {
    const seed = 20_240_611;
    const random = new SeededRandom(seed);
    const offset = (): number => Math.floor(random.fraction() * 2 ** random.below(54));
    for (let round = 0; round < 500; round++) {
      const message: PushMessage = {
        kind: "push",
        partitions: Array.from({ length: random.below(5) }, () => ({
          attachId: random.below(2 ** 32),
          leaderEpoch: random.below(2 ** 31),
          from: offset(),
          highWatermark: offset(),
          logStartOffset: offset(),
          records: Array.from({ length: random.below(4) }, () => random.bytes(random.below(300))),
          credited: random.below(2) === 1,
        })),
      };
      const frame = pushFrame(message);
      const around = Buffer.alloc(frame.byteLength + 12, 0xee);
      expect({ seed, round, written: frame.copy(around, 5) }).toEqual({ seed, round, written: frame.byteLength });
      const written = around.subarray(5, 5 + frame.byteLength);
      expect({ seed, round, written }).toEqual({ seed, round, written: byProtobufjs(message) });
      expect(around.subarray(0, 5)).toEqual(Buffer.alloc(5, 0xee));
      expect(around.subarray(5 + frame.byteLength)).toEqual(Buffer.alloc(7, 0xee));
      expect(replicationCodecs.fromServer.decode(Buffer.from(written))).toEqual({
        kind: "push",
        partitions: message.partitions.map((p) => ({ ...p, records: Buffer.concat(p.records as Buffer[]) })),
      });
    }
  });
});
