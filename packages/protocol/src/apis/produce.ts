import { array, errorCode, int16, int32, int64, nullableString, records, string, struct } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Appends record batches to partitions; the answer gives each partition's first offset, once `acks` is satisfied.
 *
 * From version 3 a partition's records are one batch of magic 2. With `acks` 0 there is no response at all.
 *
 * @see KIP-98 for `transactionalId`; KIP-467 for record errors; KIP-951 for the leader in the response
 */
export const produce = defineApi({
  key: 0,
  name: "Produce",
  validVersions: "0-11",
  flexibleVersions: "9+",
  request: {
    /** Null unless the records belong to a transaction. */
    transactionalId: nullableString("3+", { default: null }),
    /** Replicas that must have the records before the answer: 0 none (and no answer), 1 the leader, -1 all in sync. */
    acks: int16("0+"),
    timeoutMs: int32("0+"),
    topicData: array("0+", {
      name: string("0+", { mapKey: true }),
      partitionData: array("0+", {
        index: int32("0+"),
        /** Batches as the client made them; slices of the frame. */
        records: records("0+"),
      }),
    }),
  },
  response: {
    responses: array("0+", {
      name: string("0+", { mapKey: true }),
      partitionResponses: array("0+", {
        index: int32("0+"),
        errorCode: errorCode("0+"),
        /** Offset of the first record appended; -1 when there is an error. */
        baseOffset: int64("0+"),
        /** The broker's clock for topics with LogAppendTime, else -1. */
        logAppendTimeMs: int64("2+", { default: -1n, ignorable: true }),
        logStartOffset: int64("5+", { default: -1n, ignorable: true }),
        /** Which records had the whole batch refused. */
        recordErrors: array(
          "8+",
          {
            /** Position of the record in its batch, from 0. */
            batchIndex: int32("8+"),
            batchIndexErrorMessage: nullableString("8+", { default: null }),
          },
          { ignorable: true },
        ),
        errorMessage: nullableString("8+", { default: null, ignorable: true }),
        /** Given with NOT_LEADER_OR_FOLLOWER, to spare the client a Metadata request. */
        currentLeader: struct(
          "10+",
          {
            leaderId: int32("10+", { default: -1 }),
            leaderEpoch: int32("10+", { default: -1 }),
          },
          { tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32("1+", { default: 0, ignorable: true }),
    nodeEndpoints: array(
      "10+",
      {
        nodeId: int32("10+", { mapKey: true }),
        host: string("10+"),
        port: int32("10+"),
        rack: nullableString("10+", { default: null }),
      },
      { tag: 0 },
    ),
  },
});

export type ProduceRequest = RequestOf<typeof produce>;
export type ProduceResponse = ResponseOf<typeof produce>;
export type ProduceRequestInput = RequestInput<typeof produce>;
export type ProduceResponseInput = ResponseInput<typeof produce>;
