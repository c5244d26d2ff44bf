import { array, errorCode, int32, nullableArray, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Begins to move partitions to other replicas, or cancels a move where `replicas` is null. Answered by the controller
 * alone.
 *
 * @see KIP-455
 */
export const alterPartitionReassignments = defineApi({
  key: 45,
  name: "AlterPartitionReassignments",
  validVersions: "0",
  flexibleVersions: "0+",
  request: {
    timeoutMs: int32("0+", { default: 60000 }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        /** The target, preferred leader first; null cancels a move under way. */
        replicas: nullableArray("0+", "int32", { default: null }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
    errorMessage: nullableString("0+"),
    responses: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: errorCode("0+"),
        errorMessage: nullableString("0+"),
      }),
    }),
  },
});

export type AlterPartitionReassignmentsRequest = RequestOf<typeof alterPartitionReassignments>;
export type AlterPartitionReassignmentsResponse = ResponseOf<typeof alterPartitionReassignments>;
export type AlterPartitionReassignmentsRequestInput = RequestInput<typeof alterPartitionReassignments>;
export type AlterPartitionReassignmentsResponseInput = ResponseInput<typeof alterPartitionReassignments>;
