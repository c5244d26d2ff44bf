import { array, errorCode, int8, int32, nullableArray, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Has leaders elected for partitions: the preferred replica (type 0), or any living one (type 1, unclean). Null asks
 * for all partitions.
 *
 * @see KIP-183; KIP-460 for unclean elections
 */
export const electLeaders = defineApi({
  key: 43,
  name: "ElectLeaders",
  validVersions: "0-2",
  flexibleVersions: "2+",
  request: {
    /** 0 preferred, 1 unclean. */
    electionType: int8("1+"),
    topicPartitions: nullableArray("0+", {
      topic: string("0+", { mapKey: true }),
      partitions: array("0+", "int32"),
    }),
    timeoutMs: int32("0+", { default: 60000 }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    /** Of the request as a whole; version 0 cannot carry one. */
    errorCode: errorCode("1+"),
    replicaElectionResults: array("0+", {
      topic: string("0+"),
      partitionResult: array("0+", {
        partitionId: int32("0+"),
        errorCode: errorCode("0+"),
        errorMessage: nullableString("0+"),
      }),
    }),
  },
});

export type ElectLeadersRequest = RequestOf<typeof electLeaders>;
export type ElectLeadersResponse = ResponseOf<typeof electLeaders>;
export type ElectLeadersRequestInput = RequestInput<typeof electLeaders>;
export type ElectLeadersResponseInput = ResponseInput<typeof electLeaders>;
