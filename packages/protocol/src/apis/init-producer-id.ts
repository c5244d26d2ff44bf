import { errorCode, int16, int32, int64, nullableString } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Gives a producer its id and epoch; with a transactional id, also ends what an earlier producer of that id left
 * open.
 *
 * @see KIP-98; KIP-360 for raising the epoch of an id in use
 */
export const initProducerId = defineApi({
  key: 22,
  name: "InitProducerId",
  validVersions: "0-5",
  flexibleVersions: "2+",
  request: {
    /** Null for a producer that is idempotent only. */
    transactionalId: nullableString("0+"),
    /** After which the coordinator aborts the transaction; without meaning when `transactionalId` is null. */
    transactionTimeoutMs: int32("0+"),
    /** The id to raise the epoch of; -1 asks for a new one. */
    producerId: int64("3+", { default: -1n }),
    producerEpoch: int16("3+", { default: -1 }),
  },
  response: {
    throttleTimeMs: int32("0+", { ignorable: true }),
    errorCode: errorCode("0+"),
    producerId: int64("0+", { default: -1n }),
    producerEpoch: int16("0+"),
  },
});

export type InitProducerIdRequest = RequestOf<typeof initProducerId>;
export type InitProducerIdResponse = ResponseOf<typeof initProducerId>;
export type InitProducerIdRequestInput = RequestInput<typeof initProducerId>;
export type InitProducerIdResponseInput = ResponseInput<typeof initProducerId>;
