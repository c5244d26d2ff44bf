import { array, errorCode, int8, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Adds access control entries.
 *
 * @see KIP-140; KIP-290 for pattern types
 */
export const createAcls = defineApi({
  key: 30,
  name: "CreateAcls",
  validVersions: "0-3",
  flexibleVersions: "2+",
  request: {
    creations: array("0+", {
      resourceType: int8("0+"),
      resourceName: string("0+"),
      resourcePatternType: int8("1+", { default: 3 }),
      principal: string("0+"),
      host: string("0+"),
      operation: int8("0+"),
      permissionType: int8("0+"),
    }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    results: array("0+", {
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+"),
    }),
  },
});

export type CreateAclsRequest = RequestOf<typeof createAcls>;
export type CreateAclsResponse = ResponseOf<typeof createAcls>;
export type CreateAclsRequestInput = RequestInput<typeof createAcls>;
export type CreateAclsResponseInput = ResponseInput<typeof createAcls>;
