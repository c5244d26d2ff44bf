import { array, errorCode, int8, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Deletes the access control entries that match filters, and tells which they were.
 *
 * @see KIP-140; KIP-290 for pattern types
 */
export const deleteAcls = defineApi({
  key: 31,
  name: "DeleteAcls",
  validVersions: "0-3",
  flexibleVersions: "2+",
  request: {
    filters: array("0+", {
      resourceTypeFilter: int8("0+"),
      resourceNameFilter: nullableString("0+"),
      patternTypeFilter: int8("1+", { default: 3 }),
      principalFilter: nullableString("0+"),
      hostFilter: nullableString("0+"),
      operation: int8("0+"),
      permissionType: int8("0+"),
    }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    filterResults: array("0+", {
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+"),
      matchingAcls: array("0+", {
        errorCode: errorCode("0+"),
        errorMessage: nullableString("0+"),
        resourceType: int8("0+"),
        resourceName: string("0+"),
        patternType: int8("1+", { default: 3 }),
        principal: string("0+"),
        host: string("0+"),
        operation: int8("0+"),
        permissionType: int8("0+"),
      }),
    }),
  },
});

export type DeleteAclsRequest = RequestOf<typeof deleteAcls>;
export type DeleteAclsResponse = ResponseOf<typeof deleteAcls>;
export type DeleteAclsRequestInput = RequestInput<typeof deleteAcls>;
export type DeleteAclsResponseInput = ResponseInput<typeof deleteAcls>;
