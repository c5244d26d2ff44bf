import { array, bool, errorCode, int32, int64, nullableArray, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Describes a broker's log directories: replicas, sizes, space left.
 *
 * @see KIP-113; KIP-827 for the space of the volume
 */
export const describeLogDirs = defineApi({
  key: 35,
  name: "DescribeLogDirs",
  validVersions: "0-4",
  flexibleVersions: "2+",
  request: {
    topics: nullableArray("0+", {
      topic: string("0+", { mapKey: true }),
      partitions: array("0+", "int32"),
    }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("3+", { ignorable: true }),
    results: array("0+", {
      errorCode: errorCode("0+"),
      logDir: string("0+"),
      topics: array("0+", {
        name: string("0+"),
        partitions: array("0+", {
          partitionIndex: int32("0+"),
          partitionSize: int64("0+"),
          offsetLag: int64("0+"),
          /** Whether it is the copy that is to take the replica's place after a move. */
          isFutureKey: bool("0+"),
        }),
      }),
      /** Of the volume; -1 when not known. */
      totalBytes: int64("4+", { default: -1n, ignorable: true }),
      usableBytes: int64("4+", { default: -1n, ignorable: true }),
    }),
  },
});

export type DescribeLogDirsRequest = RequestOf<typeof describeLogDirs>;
export type DescribeLogDirsResponse = ResponseOf<typeof describeLogDirs>;
export type DescribeLogDirsRequestInput = RequestInput<typeof describeLogDirs>;
export type DescribeLogDirsResponseInput = ResponseInput<typeof describeLogDirs>;
