import { array, errorCode, int32, int64, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Describes the producers that a partition's leader remembers, with the offset at which an open transaction began.
 *
 * @see KIP-664
 */
export const describeProducers = defineApi({
  key: 61,
  name: "DescribeProducers",
  validVersions: "0",
  flexibleVersions: "0+",
  request: {
    topics: array("0+", {
      name: string("0+"),
      partitionIndexes: array("0+", "int32"),
    }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: errorCode("0+"),
        errorMessage: nullableString("0+", { default: null }),
        activeProducers: array("0+", {
          producerId: int64("0+"),
          /** Of the last batch. */
          producerEpoch: int32("0+"),
          lastSequence: int32("0+", { default: -1 }),
          lastTimestamp: int64("0+", { default: -1n }),
          coordinatorEpoch: int32("0+"),
          /** -1 when no transaction is open. */
          currentTxnStartOffset: int64("0+", { default: -1n }),
        }),
      }),
    }),
  },
});

export type DescribeProducersRequest = RequestOf<typeof describeProducers>;
export type DescribeProducersResponse = ResponseOf<typeof describeProducers>;
export type DescribeProducersRequestInput = RequestInput<typeof describeProducers>;
export type DescribeProducersResponseInput = ResponseInput<typeof describeProducers>;
