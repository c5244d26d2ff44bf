import { array, bool, errorCode, type Fields, int16, int32, int64, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

const addPartitionsToTxnTopic = {
  name: string("0+", { mapKey: true }),
  partitions: array("0+", "int32"),
} satisfies Fields;

const addPartitionsToTxnPartitionResult = {
  partitionIndex: int32("0+", { mapKey: true }),
  partitionErrorCode: errorCode("0+"),
} satisfies Fields;

const addPartitionsToTxnTopicResult = {
  name: string("0+", { mapKey: true }),
  resultsByPartition: array("0+", addPartitionsToTxnPartitionResult),
} satisfies Fields;

/**
 * Adds partitions to a running transaction.
 *
 * Clients use the fields up to version 3, one transaction a request; from version 4 brokers send many, to verify that
 * a transaction is open before they append to it.
 *
 * @see KIP-98; KIP-890 for verification
 */
export const addPartitionsToTxn = defineApi({
  key: 24,
  name: "AddPartitionsToTxn",
  validVersions: "0-5",
  flexibleVersions: "3+",
  request: {
    /** From version 4 on, which only brokers send. */
    transactions: array("4+", {
      transactionalId: string("4+", { mapKey: true }),
      producerId: int64("4+"),
      producerEpoch: int16("4+"),
      /** Ask whether the partitions are part of the transaction; add nothing. */
      verifyOnly: bool("4+", { default: false }),
      topics: array("4+", addPartitionsToTxnTopic),
    }),
    v3AndBelowTransactionalId: string("0-3"),
    v3AndBelowProducerId: int64("0-3"),
    v3AndBelowProducerEpoch: int16("0-3"),
    v3AndBelowTopics: array("0-3", addPartitionsToTxnTopic),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("4+", { ignorable: true }),
    resultsByTransaction: array("4+", {
      transactionalId: string("4+", { mapKey: true }),
      topicResults: array("4+", addPartitionsToTxnTopicResult),
    }),
    resultsByTopicV3AndBelow: array("0-3", addPartitionsToTxnTopicResult),
  },
});

export type AddPartitionsToTxnRequest = RequestOf<typeof addPartitionsToTxn>;
export type AddPartitionsToTxnResponse = ResponseOf<typeof addPartitionsToTxn>;
export type AddPartitionsToTxnRequestInput = RequestInput<typeof addPartitionsToTxn>;
export type AddPartitionsToTxnResponseInput = ResponseInput<typeof addPartitionsToTxn>;
