import { array, bool, errorCode, int32, int64, nullableArray, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Reads the offsets that groups have committed; version 8 asks for several groups at once.
 *
 * Null topics ask for every committed offset of the group.
 *
 * @see KIP-447 for `requireStable`; KIP-709 for batches of groups
 */
export const offsetFetch = defineApi({
  key: 9,
  name: "OffsetFetch",
  validVersions: "0-9",
  flexibleVersions: "6+",
  request: {
    groupId: string("0-7"),
    /** Versions 0 to 7: one group, whose answer stands in `topics` and `errorCode`. */
    topics: nullableArray(
      "0-7",
      {
        name: string("0-7"),
        partitionIndexes: array("0-7", "int32"),
      },
      { nullableVersions: "2-7" },
    ),
    /** From version 8 on. */
    groups: array("8+", {
      groupId: string("8+"),
      memberId: nullableString("9+", { default: null, ignorable: true }),
      memberEpoch: int32("9+", { default: -1, ignorable: true }),
      topics: nullableArray("8+", {
        name: string("8+"),
        partitionIndexes: array("8+", "int32"),
      }),
    }),
    /** Refuses (UNSTABLE_OFFSET_COMMIT) while a transaction has offsets pending. */
    requireStable: bool("7+", { default: false }),
  },
  response: {
    throttleTimeMs: int32("3+", { ignorable: true }),
    topics: array("0-7", {
      name: string("0-7"),
      partitions: array("0-7", {
        partitionIndex: int32("0-7"),
        /** -1 when there is none. */
        committedOffset: int64("0-7"),
        committedLeaderEpoch: int32("5-7", { default: -1, ignorable: true }),
        metadata: nullableString("0-7"),
        errorCode: errorCode("0-7"),
      }),
    }),
    errorCode: errorCode("2-7", { default: "NONE", ignorable: true }),
    groups: array("8+", {
      groupId: string("8+"),
      topics: array("8+", {
        name: string("8+"),
        partitions: array("8+", {
          partitionIndex: int32("8+"),
          committedOffset: int64("8+"),
          committedLeaderEpoch: int32("8+", { default: -1, ignorable: true }),
          metadata: nullableString("8+"),
          errorCode: errorCode("8+"),
        }),
      }),
      errorCode: errorCode("8+", { default: "NONE" }),
    }),
  },
});

export type OffsetFetchRequest = RequestOf<typeof offsetFetch>;
export type OffsetFetchResponse = ResponseOf<typeof offsetFetch>;
export type OffsetFetchRequestInput = RequestInput<typeof offsetFetch>;
export type OffsetFetchResponseInput = ResponseInput<typeof offsetFetch>;
