import { array, bool, errorCode, int16, int32, int64, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * The transaction coordinator has commit or abort markers written to the partitions of transactions. Sent by brokers,
 * and by Admin to abort a hanging transaction.
 *
 * @see KIP-98; KIP-664 for hanging transactions
 */
export const writeTxnMarkers = defineApi({
  key: 27,
  name: "WriteTxnMarkers",
  validVersions: "0-1",
  flexibleVersions: "1+",
  request: {
    markers: array("0+", {
      producerId: int64("0+"),
      producerEpoch: int16("0+"),
      transactionResult: bool("0+"),
      topics: array("0+", {
        name: string("0+"),
        partitionIndexes: array("0+", "int32"),
      }),
      coordinatorEpoch: int32("0+"),
    }),
  },
  response: {
    markers: array("0+", {
      producerId: int64("0+"),
      topics: array("0+", {
        name: string("0+"),
        partitions: array("0+", {
          partitionIndex: int32("0+"),
          errorCode: errorCode("0+"),
        }),
      }),
    }),
  },
});

export type WriteTxnMarkersRequest = RequestOf<typeof writeTxnMarkers>;
export type WriteTxnMarkersResponse = ResponseOf<typeof writeTxnMarkers>;
export type WriteTxnMarkersRequestInput = RequestInput<typeof writeTxnMarkers>;
export type WriteTxnMarkersResponseInput = ResponseInput<typeof writeTxnMarkers>;
