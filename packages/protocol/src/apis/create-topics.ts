import {
  array,
  bool,
  errorCode,
  int8,
  int16,
  int32,
  nullableArray,
  nullableString,
  string,
  uuid,
} from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Creates topics, by counts or by an explicit assignment of replicas. Answered by the controller alone.
 *
 * @see KIP-4; KIP-464 for the broker's defaults (-1); KIP-525 for configs in the response
 */
export const createTopics = defineApi({
  key: 19,
  name: "CreateTopics",
  validVersions: "0-7",
  flexibleVersions: "5+",
  request: {
    topics: array("0+", {
      name: string("0+", { mapKey: true }),
      /** -1 for the broker's default, or with `assignments`. */
      numPartitions: int32("0+"),
      /** -1 for the broker's default, or with `assignments`. */
      replicationFactor: int16("0+"),
      /** Replicas of each partition, preferred leader first; empty leaves it to the controller. */
      assignments: array("0+", {
        partitionIndex: int32("0+", { mapKey: true }),
        brokerIds: array("0+", "int32"),
      }),
      configs: array("0+", {
        name: string("0+", { mapKey: true }),
        value: nullableString("0+"),
      }),
    }),
    timeoutMs: int32("0+", { default: 60000 }),
    /** Check the request and change nothing. */
    validateOnly: bool("1+", { default: false }),
  },
  response: {
    throttleTimeMs: int32("2+", { ignorable: true }),
    topics: array("0+", {
      name: string("0+", { mapKey: true }),
      /** Zero at versions before 7, and when the topic was not created. */
      topicId: uuid("7+", { ignorable: true }),
      errorCode: errorCode("0+"),
      errorMessage: nullableString("1+", { nullableVersions: "0+", ignorable: true }),
      /** Why `configs` is null, when it is. */
      topicConfigErrorCode: errorCode("5+", { tag: 0, ignorable: true }),
      numPartitions: int32("5+", { default: -1, ignorable: true }),
      replicationFactor: int16("5+", { default: -1, ignorable: true }),
      /** The topic's effective configuration; null when the caller may not see it. */
      configs: nullableArray(
        "5+",
        {
          name: string("5+"),
          value: nullableString("5+"),
          readOnly: bool("5+"),
          configSource: int8("5+", { default: -1, ignorable: true }),
          isSensitive: bool("5+"),
        },
        { ignorable: true },
      ),
    }),
  },
});

export type CreateTopicsRequest = RequestOf<typeof createTopics>;
export type CreateTopicsResponse = ResponseOf<typeof createTopics>;
export type CreateTopicsRequestInput = RequestInput<typeof createTopics>;
export type CreateTopicsResponseInput = ResponseInput<typeof createTopics>;
