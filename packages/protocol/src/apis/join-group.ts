import { array, bool, bytes, errorCode, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * A member enters a group, or enters it again for a new generation; answered when all members have come.
 *
 * @see KIP-394 for the member id that must be known first; KIP-345 for `groupInstanceId`; KIP-800 for `reason`;
 *   KIP-814 for `skipAssignment`
 */
export const joinGroup = defineApi({
  key: 11,
  name: "JoinGroup",
  validVersions: "0-9",
  flexibleVersions: "6+",
  request: {
    groupId: string("0+"),
    sessionTimeoutMs: int32("0+"),
    /** Version 0 uses the session timeout. */
    rebalanceTimeoutMs: int32("1+", { default: -1, ignorable: true }),
    /** Empty on the first try; from version 4 the coordinator then answers MEMBER_ID_REQUIRED with an id to use. */
    memberId: string("0+"),
    /** Survives a restart of the member, so that a bounce does not rebalance the group. */
    groupInstanceId: nullableString("5+", { default: null }),
    protocolType: string("0+"),
    protocols: array("0+", {
      name: string("0+", { mapKey: true }),
      /** For consumers, a ConsumerProtocolSubscription behind its version. */
      metadata: bytes("0+"),
    }),
    reason: nullableString("8+", { default: null, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32("2+", { ignorable: true }),
    errorCode: errorCode("0+"),
    generationId: int32("0+", { default: -1 }),
    protocolType: nullableString("7+", { default: null, ignorable: true }),
    protocolName: nullableString("0+", { nullableVersions: "7+" }),
    /** The member that assigns; it alone receives `members`. */
    leader: string("0+"),
    /** The leader keeps the assignment as it is: a static member has come back. */
    skipAssignment: bool("9+", { default: false }),
    memberId: string("0+"),
    members: array("0+", {
      memberId: string("0+"),
      groupInstanceId: nullableString("5+", { default: null, ignorable: true }),
      metadata: bytes("0+"),
    }),
  },
});

export type JoinGroupRequest = RequestOf<typeof joinGroup>;
export type JoinGroupResponse = ResponseOf<typeof joinGroup>;
export type JoinGroupRequestInput = RequestInput<typeof joinGroup>;
export type JoinGroupResponseInput = ResponseInput<typeof joinGroup>;
