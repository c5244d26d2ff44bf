import { array, bool, errorCode, int8, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Tells the cluster's id, its controller and its brokers.
 *
 * @see KIP-700; KIP-919 for `endpointType`
 */
export const describeCluster = defineApi({
  key: 60,
  name: "DescribeCluster",
  validVersions: "0-1",
  flexibleVersions: "0+",
  request: {
    includeClusterAuthorizedOperations: bool("0+"),
    /** 1 brokers, 2 controllers. */
    endpointType: int8("1+", { default: 1 }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
    errorMessage: nullableString("0+", { default: null }),
    endpointType: int8("1+", { default: 1 }),
    clusterId: string("0+"),
    controllerId: int32("0+", { default: -1 }),
    brokers: array("0+", {
      brokerId: int32("0+", { mapKey: true }),
      host: string("0+"),
      port: int32("0+"),
      rack: nullableString("0+", { default: null }),
    }),
    /** A bit for each operation; the least int32 when not asked for. */
    clusterAuthorizedOperations: int32("0+", { default: -2147483648 }),
  },
});

export type DescribeClusterRequest = RequestOf<typeof describeCluster>;
export type DescribeClusterResponse = ResponseOf<typeof describeCluster>;
export type DescribeClusterRequestInput = RequestInput<typeof describeCluster>;
export type DescribeClusterResponseInput = ResponseInput<typeof describeCluster>;
