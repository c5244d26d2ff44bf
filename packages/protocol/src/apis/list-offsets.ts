import { array, errorCode, int8, int32, int64, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Looks up the offset of a timestamp in each partition, or one of the offsets with a name of its own.
 *
 * `timestamp` -1 is the latest, -2 the earliest, -3 that of the largest timestamp, -4 the earliest on local disk, -5
 * the latest in remote storage.
 *
 * @see KIP-79 for timestamps; KIP-734 for -3; KIP-405 and KIP-1005 for -4 and -5
 */
export const listOffsets = defineApi({
  key: 2,
  name: "ListOffsets",
  validVersions: "0-9",
  flexibleVersions: "6+",
  request: {
    /** -1 for consumers; brokers give their id. */
    replicaId: int32("0+"),
    /** 1 makes "latest" the last stable offset, 0 the high watermark. */
    isolationLevel: int8("2+"),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        currentLeaderEpoch: int32("4+", { default: -1, ignorable: true }),
        timestamp: int64("0+"),
        /** Version 0 alone lists the offsets of segments, newest first. */
        maxNumOffsets: int32("0", { default: 1 }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32("2+", { ignorable: true }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: errorCode("0+"),
        /** Of version 0 alone. */
        oldStyleOffsets: array("0", "int64"),
        /** Of the record found; -1 for an offset that was asked for by its name, and when none was found. */
        timestamp: int64("1+", { default: -1n }),
        offset: int64("1+", { default: -1n }),
        leaderEpoch: int32("4+", { default: -1 }),
      }),
    }),
  },
});

export type ListOffsetsRequest = RequestOf<typeof listOffsets>;
export type ListOffsetsResponse = ResponseOf<typeof listOffsets>;
export type ListOffsetsRequestInput = RequestInput<typeof listOffsets>;
export type ListOffsetsResponseInput = ResponseInput<typeof listOffsets>;
