import { array, errorCode, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Members leave their group at once instead of timing out; several of them from version 3.
 *
 * @see KIP-345 for leaving by instance id; KIP-800 for `reason`
 */
export const leaveGroup = defineApi({
  key: 13,
  name: "LeaveGroup",
  validVersions: "0-5",
  flexibleVersions: "4+",
  request: {
    groupId: string("0+"),
    /** Up to version 2; `members` from 3 on. */
    memberId: string("0-2"),
    members: array("3+", {
      memberId: string("3+"),
      groupInstanceId: nullableString("3+", { default: null }),
      reason: nullableString("5+", { default: null, ignorable: true }),
    }),
  },
  response: {
    throttleTimeMs: int32("1+", { ignorable: true }),
    errorCode: errorCode("0+"),
    members: array("3+", {
      memberId: string("3+"),
      groupInstanceId: nullableString("3+"),
      errorCode: errorCode("3+"),
    }),
  },
});

export type LeaveGroupRequest = RequestOf<typeof leaveGroup>;
export type LeaveGroupResponse = ResponseOf<typeof leaveGroup>;
export type LeaveGroupRequestInput = RequestInput<typeof leaveGroup>;
export type LeaveGroupResponseInput = ResponseInput<typeof leaveGroup>;
