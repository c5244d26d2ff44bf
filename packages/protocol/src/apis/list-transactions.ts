import { array, errorCode, int32, int64, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Lists the transactions that this broker coordinates, filtered by state, producer and age.
 *
 * @see KIP-664; KIP-994 for `durationFilter`
 */
export const listTransactions = defineApi({
  key: 66,
  name: "ListTransactions",
  validVersions: "0-1",
  flexibleVersions: "0+",
  request: {
    stateFilters: array("0+", "string"),
    producerIdFilters: array("0+", "int64"),
    /** Only transactions that have run longer, in milliseconds; negative for all. */
    durationFilter: int64("1+", { default: -1n }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
    unknownStateFilters: array("0+", "string"),
    transactionStates: array("0+", {
      transactionalId: string("0+"),
      producerId: int64("0+"),
      transactionState: string("0+"),
    }),
  },
});

export type ListTransactionsRequest = RequestOf<typeof listTransactions>;
export type ListTransactionsResponse = ResponseOf<typeof listTransactions>;
export type ListTransactionsRequestInput = RequestInput<typeof listTransactions>;
export type ListTransactionsResponseInput = ResponseInput<typeof listTransactions>;
