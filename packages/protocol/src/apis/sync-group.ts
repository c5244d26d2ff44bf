import { array, bytes, errorCode, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * The leader of a generation hands out the assignments; every member receives its own.
 *
 * @see KIP-345 for `groupInstanceId`; KIP-559 for the protocol's type and name
 */
export const syncGroup = defineApi({
  key: 14,
  name: "SyncGroup",
  validVersions: "0-5",
  flexibleVersions: "4+",
  request: {
    groupId: string("0+"),
    generationId: int32("0+"),
    memberId: string("0+"),
    groupInstanceId: nullableString("3+", { default: null }),
    /** Must be what the group agreed on; null skips the check. */
    protocolType: nullableString("5+", { default: null, ignorable: true }),
    protocolName: nullableString("5+", { default: null, ignorable: true }),
    /** Empty but from the leader. */
    assignments: array("0+", {
      memberId: string("0+"),
      /** For consumers, a ConsumerProtocolAssignment behind its version. */
      assignment: bytes("0+"),
    }),
  },
  response: {
    throttleTimeMs: int32("1+", { ignorable: true }),
    errorCode: errorCode("0+"),
    protocolType: nullableString("5+", { default: null, ignorable: true }),
    protocolName: nullableString("5+", { default: null, ignorable: true }),
    assignment: bytes("0+"),
  },
});

export type SyncGroupRequest = RequestOf<typeof syncGroup>;
export type SyncGroupResponse = ResponseOf<typeof syncGroup>;
export type SyncGroupRequestInput = RequestInput<typeof syncGroup>;
export type SyncGroupResponseInput = ResponseInput<typeof syncGroup>;
