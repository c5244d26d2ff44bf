import { array, errorCode, int16, int32, int64, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Describes transactions by their transactional ids: state, producer and partitions.
 *
 * @see KIP-664
 */
export const describeTransactions = defineApi({
  key: 65,
  name: "DescribeTransactions",
  validVersions: "0",
  flexibleVersions: "0+",
  request: {
    transactionalIds: array("0+", "string"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    transactionStates: array("0+", {
      errorCode: errorCode("0+"),
      transactionalId: string("0+"),
      transactionState: string("0+"),
      transactionTimeoutMs: int32("0+"),
      transactionStartTimeMs: int64("0+"),
      producerId: int64("0+"),
      producerEpoch: int16("0+"),
      topics: array("0+", {
        topic: string("0+", { mapKey: true }),
        partitions: array("0+", "int32"),
      }),
    }),
  },
});

export type DescribeTransactionsRequest = RequestOf<typeof describeTransactions>;
export type DescribeTransactionsResponse = ResponseOf<typeof describeTransactions>;
export type DescribeTransactionsRequestInput = RequestInput<typeof describeTransactions>;
export type DescribeTransactionsResponseInput = ResponseInput<typeof describeTransactions>;
