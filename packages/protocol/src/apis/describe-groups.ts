import { array, bool, bytes, errorCode, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Describes consumer groups: state, protocol, members and what each was assigned.
 *
 * @see KIP-430 for authorized operations
 */
export const describeGroups = defineApi({
  key: 15,
  name: "DescribeGroups",
  validVersions: "0-5",
  flexibleVersions: "5+",
  request: {
    groups: array("0+", "string"),
    includeAuthorizedOperations: bool("3+"),
  },
  response: {
    throttleTimeMs: int32("1+", { ignorable: true }),
    groups: array("0+", {
      errorCode: errorCode("0+"),
      groupId: string("0+"),
      groupState: string("0+"),
      protocolType: string("0+"),
      protocolData: string("0+"),
      members: array("0+", {
        memberId: string("0+"),
        groupInstanceId: nullableString("4+", { default: null, ignorable: true }),
        clientId: string("0+"),
        clientHost: string("0+"),
        memberMetadata: bytes("0+"),
        memberAssignment: bytes("0+"),
      }),
      /** A bit for each operation; the least int32 when not asked for. */
      authorizedOperations: int32("3+", { default: -2147483648 }),
    }),
  },
});

export type DescribeGroupsRequest = RequestOf<typeof describeGroups>;
export type DescribeGroupsResponse = ResponseOf<typeof describeGroups>;
export type DescribeGroupsRequestInput = RequestInput<typeof describeGroups>;
export type DescribeGroupsResponseInput = ResponseInput<typeof describeGroups>;
