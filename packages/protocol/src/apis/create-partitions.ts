import { array, bool, errorCode, int32, nullableArray, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Raises the number of partitions of topics. Answered by the controller alone.
 *
 * @see KIP-195
 */
export const createPartitions = defineApi({
  key: 37,
  name: "CreatePartitions",
  validVersions: "0-3",
  flexibleVersions: "2+",
  request: {
    topics: array("0+", {
      name: string("0+", { mapKey: true }),
      /** The new total, not the increase. */
      count: int32("0+"),
      /** For the new partitions only; null leaves it to the controller. */
      assignments: nullableArray("0+", {
        brokerIds: array("0+", "int32"),
      }),
    }),
    timeoutMs: int32("0+"),
    /** Check the request and change nothing. */
    validateOnly: bool("0+"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    results: array("0+", {
      name: string("0+"),
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+", { default: null }),
    }),
  },
});

export type CreatePartitionsRequest = RequestOf<typeof createPartitions>;
export type CreatePartitionsResponse = ResponseOf<typeof createPartitions>;
export type CreatePartitionsRequestInput = RequestInput<typeof createPartitions>;
export type CreatePartitionsResponseInput = ResponseInput<typeof createPartitions>;
