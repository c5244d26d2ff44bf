import { bool, errorCode, int16, int32, int64, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Commits or aborts a transaction.
 *
 * @see KIP-98; KIP-588 for PRODUCER_FENCED
 */
export const endTxn = defineApi({
  key: 26,
  name: "EndTxn",
  validVersions: "0-4",
  flexibleVersions: "3+",
  request: {
    transactionalId: string("0+"),
    producerId: int64("0+"),
    producerEpoch: int16("0+"),
    /** True commits, false aborts. */
    committed: bool("0+"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
  },
});

export type EndTxnRequest = RequestOf<typeof endTxn>;
export type EndTxnResponse = ResponseOf<typeof endTxn>;
export type EndTxnRequestInput = RequestInput<typeof endTxn>;
export type EndTxnResponseInput = ResponseInput<typeof endTxn>;
