import { array, errorCode, int32, nullableArray, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Lists the moves of partitions that are under way; null topics ask for all.
 *
 * @see KIP-455
 */
export const listPartitionReassignments = defineApi({
  key: 46,
  name: "ListPartitionReassignments",
  validVersions: "0",
  flexibleVersions: "0+",
  request: {
    timeoutMs: int32("0+", { default: 60000 }),
    topics: nullableArray(
      "0+",
      {
        name: string("0+"),
        partitionIndexes: array("0+", "int32"),
      },
      { default: null },
    ),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
    errorMessage: nullableString("0+"),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        replicas: array("0+", "int32"),
        addingReplicas: array("0+", "int32"),
        removingReplicas: array("0+", "int32"),
      }),
    }),
  },
});

export type ListPartitionReassignmentsRequest = RequestOf<typeof listPartitionReassignments>;
export type ListPartitionReassignmentsResponse = ResponseOf<typeof listPartitionReassignments>;
export type ListPartitionReassignmentsRequestInput = RequestInput<typeof listPartitionReassignments>;
export type ListPartitionReassignmentsResponseInput = ResponseInput<typeof listPartitionReassignments>;
