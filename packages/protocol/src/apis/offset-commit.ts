import { array, errorCode, int32, int64, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Stores the offsets up to which a group has consumed.
 *
 * @see KIP-345 for `groupInstanceId`; KIP-320 for `committedLeaderEpoch`; KIP-848 for member epochs in
 *   `generationIdOrMemberEpoch`
 */
export const offsetCommit = defineApi({
  key: 8,
  name: "OffsetCommit",
  validVersions: "0-9",
  flexibleVersions: "8+",
  request: {
    groupId: string("0+"),
    /** -1 for a consumer that assigns partitions to itself. */
    generationIdOrMemberEpoch: int32("1+", { default: -1, ignorable: true }),
    memberId: string("1+", { ignorable: true }),
    groupInstanceId: nullableString("7+", { default: null }),
    /** How long to keep the offsets; -1 leaves it to the broker. */
    retentionTimeMs: int64("2-4", { default: -1n, ignorable: true }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        committedOffset: int64("0+"),
        /** Epoch of the last record consumed; -1 when the client does not know it. */
        committedLeaderEpoch: int32("6+", { default: -1, ignorable: true }),
        commitTimestamp: int64("1", { default: -1n }),
        committedMetadata: nullableString("0+"),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32("3+", { ignorable: true }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: errorCode("0+"),
      }),
    }),
  },
});

export type OffsetCommitRequest = RequestOf<typeof offsetCommit>;
export type OffsetCommitResponse = ResponseOf<typeof offsetCommit>;
export type OffsetCommitRequestInput = RequestInput<typeof offsetCommit>;
export type OffsetCommitResponseInput = ResponseInput<typeof offsetCommit>;
