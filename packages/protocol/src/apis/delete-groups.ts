import { array, errorCode, int32, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Deletes groups without members, with their committed offsets.
 *
 * @see KIP-229
 */
export const deleteGroups = defineApi({
  key: 42,
  name: "DeleteGroups",
  validVersions: "0-2",
  flexibleVersions: "2+",
  request: {
    groupsNames: array("0+", "string"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    results: array("0+", {
      groupId: string("0+", { mapKey: true }),
      errorCode: errorCode("0+"),
    }),
  },
});

export type DeleteGroupsRequest = RequestOf<typeof deleteGroups>;
export type DeleteGroupsResponse = ResponseOf<typeof deleteGroups>;
export type DeleteGroupsRequestInput = RequestInput<typeof deleteGroups>;
export type DeleteGroupsResponseInput = ResponseInput<typeof deleteGroups>;
