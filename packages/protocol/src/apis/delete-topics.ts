import { array, errorCode, int32, nullableString, uuid } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Deletes topics, by name or, from version 6, by id. Answered by the controller alone.
 *
 * @see KIP-4; KIP-516 for topic ids
 */
export const deleteTopics = defineApi({
  key: 20,
  name: "DeleteTopics",
  validVersions: "0-6",
  flexibleVersions: "4+",
  request: {
    topics: array("6+", {
      name: nullableString("6+", { default: null }),
      topicId: uuid("6+"),
    }),
    /** Up to version 5; `topics` from 6 on. */
    topicNames: array("0-5", "string", { ignorable: true }),
    timeoutMs: int32("0+"),
  },
  response: {
    throttleTimeMs: int32("1+", { ignorable: true }),
    responses: array("0+", {
      name: nullableString("0+", { nullableVersions: "6+", mapKey: true }),
      topicId: uuid("6+", { ignorable: true }),
      errorCode: errorCode("0+"),
      errorMessage: nullableString("5+", { default: null, ignorable: true }),
    }),
  },
});

export type DeleteTopicsRequest = RequestOf<typeof deleteTopics>;
export type DeleteTopicsResponse = ResponseOf<typeof deleteTopics>;
export type DeleteTopicsRequestInput = RequestInput<typeof deleteTopics>;
export type DeleteTopicsResponseInput = ResponseInput<typeof deleteTopics>;
