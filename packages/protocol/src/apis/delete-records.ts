import { array, errorCode, int32, int64, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Deletes a partition's records before an offset by raising its log start offset; -1 is the high watermark.
 *
 * @see KIP-107
 */
export const deleteRecords = defineApi({
  key: 21,
  name: "DeleteRecords",
  validVersions: "0-2",
  flexibleVersions: "2+",
  request: {
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        /** First offset to keep; -1 for the high watermark. */
        offset: int64("0+"),
      }),
    }),
    timeoutMs: int32("0+"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    topics: array("0+", {
      name: string("0+", { mapKey: true }),
      partitions: array("0+", {
        partitionIndex: int32("0+", { mapKey: true }),
        /** The log start offset afterwards: the least of all replicas. */
        lowWatermark: int64("0+"),
        errorCode: errorCode("0+"),
      }),
    }),
  },
});

export type DeleteRecordsRequest = RequestOf<typeof deleteRecords>;
export type DeleteRecordsResponse = ResponseOf<typeof deleteRecords>;
export type DeleteRecordsRequestInput = RequestInput<typeof deleteRecords>;
export type DeleteRecordsResponseInput = ResponseInput<typeof deleteRecords>;
