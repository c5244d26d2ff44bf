import { array, errorCode, int8, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Lists access control entries that match a filter.
 *
 * @see KIP-140; KIP-290 for pattern types
 */
export const describeAcls = defineApi({
  key: 29,
  name: "DescribeAcls",
  validVersions: "0-3",
  flexibleVersions: "2+",
  request: {
    resourceTypeFilter: int8("0+"),
    resourceNameFilter: nullableString("0+"),
    patternTypeFilter: int8("1+", { default: 3 }),
    principalFilter: nullableString("0+"),
    hostFilter: nullableString("0+"),
    operation: int8("0+"),
    permissionType: int8("0+"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
    errorMessage: nullableString("0+"),
    resources: array("0+", {
      resourceType: int8("0+"),
      resourceName: string("0+"),
      patternType: int8("1+", { default: 3 }),
      acls: array("0+", {
        principal: string("0+"),
        host: string("0+"),
        operation: int8("0+"),
        permissionType: int8("0+"),
      }),
    }),
  },
});

export type DescribeAclsRequest = RequestOf<typeof describeAcls>;
export type DescribeAclsResponse = ResponseOf<typeof describeAcls>;
export type DescribeAclsRequestInput = RequestInput<typeof describeAcls>;
export type DescribeAclsResponseInput = ResponseInput<typeof describeAcls>;
