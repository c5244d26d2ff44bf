import { array, errorCode, int32, int64, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Tells where a leader epoch ends in a partition's log, so that a reader can find where its own log parts from the
 * leader's.
 *
 * @see KIP-101; KIP-279 for `leaderEpoch` in the response; KIP-320 for fencing by `currentLeaderEpoch`
 */
export const offsetForLeaderEpoch = defineApi({
  key: 23,
  name: "OffsetForLeaderEpoch",
  validVersions: "0-4",
  flexibleVersions: "4+",
  request: {
    /** -1 for consumers, -2 where the version has no such field. */
    replicaId: int32("3+", { default: -2, ignorable: true }),
    topics: array("0+", {
      topic: string("0+", { mapKey: true }),
      partitions: array("0+", {
        partition: int32("0+"),
        currentLeaderEpoch: int32("2+", { default: -1, ignorable: true }),
        leaderEpoch: int32("0+"),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32("2+", { ignorable: true }),
    topics: array("0+", {
      topic: string("0+", { mapKey: true }),
      partitions: array("0+", {
        errorCode: errorCode("0+"),
        partition: int32("0+"),
        leaderEpoch: int32("1+", { default: -1, ignorable: true }),
        /** First offset after the epoch; -1 when the epoch is not known. */
        endOffset: int64("0+", { default: -1n }),
      }),
    }),
  },
});

export type OffsetForLeaderEpochRequest = RequestOf<typeof offsetForLeaderEpoch>;
export type OffsetForLeaderEpochResponse = ResponseOf<typeof offsetForLeaderEpoch>;
export type OffsetForLeaderEpochRequestInput = RequestInput<typeof offsetForLeaderEpoch>;
export type OffsetForLeaderEpochResponseInput = ResponseInput<typeof offsetForLeaderEpoch>;
