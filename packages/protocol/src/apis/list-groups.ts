import { array, errorCode, int32, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Lists the groups that this broker coordinates, filtered by state and type when asked.
 *
 * @see KIP-518 for states; KIP-848 for types
 */
export const listGroups = defineApi({
  key: 16,
  name: "ListGroups",
  validVersions: "0-5",
  flexibleVersions: "3+",
  request: {
    statesFilter: array("4+", "string"),
    typesFilter: array("5+", "string"),
  },
  response: {
    throttleTimeMs: int32("1+", { ignorable: true }),
    errorCode: errorCode("0+"),
    groups: array("0+", {
      groupId: string("0+"),
      protocolType: string("0+"),
      groupState: string("4+", { ignorable: true }),
      groupType: string("5+", { ignorable: true }),
    }),
  },
});

export type ListGroupsRequest = RequestOf<typeof listGroups>;
export type ListGroupsResponse = ResponseOf<typeof listGroups>;
export type ListGroupsRequestInput = RequestInput<typeof listGroups>;
export type ListGroupsResponseInput = ResponseInput<typeof listGroups>;
