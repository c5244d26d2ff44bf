import { array, int8, int16, int32, int64, nullableArray, string } from "../schema/field";
import { defineMessage, type MessageOf } from "../schema/message";

/** Key of a transaction in `__transaction_state`. */
export const transactionLogKey = defineMessage({
  name: "TransactionLogKey",
  validVersions: "0",
  flexibleVersions: "none",
  fields: {
    transactionalId: string("0"),
  },
});

/** A transaction in `__transaction_state`. Kafka 3.9 writes version 0 unless transaction.version is raised. */
export const transactionLogValue = defineMessage({
  name: "TransactionLogValue",
  validVersions: "0-1",
  flexibleVersions: "1+",
  fields: {
    producerId: int64("0+"),
    producerEpoch: int16("0+"),
    transactionTimeoutMs: int32("0+"),
    transactionStatus: int8("0+"),
    transactionPartitions: nullableArray("0+", {
      topic: string("0+"),
      partitionIds: array("0+", "int32"),
    }),
    transactionLastUpdateTimestampMs: int64("0+"),
    transactionStartTimestampMs: int64("0+"),
  },
});

export type TransactionLogKey = MessageOf<typeof transactionLogKey>;
export type TransactionLogValue = MessageOf<typeof transactionLogValue>;
