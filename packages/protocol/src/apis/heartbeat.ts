import { errorCode, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * A group member says it is alive; the coordinator answers whether its generation still stands.
 *
 * @see KIP-345 for `groupInstanceId`; KIP-482 for flexible versions
 */
export const heartbeat = defineApi({
  key: 12,
  name: "Heartbeat",
  validVersions: "0-4",
  flexibleVersions: "4+",
  request: {
    groupId: string("0+"),
    generationId: int32("0+"),
    memberId: string("0+"),
    /** Survives a restart of the member, so that a bounce does not rebalance the group. */
    groupInstanceId: nullableString("3+", { default: null }),
  },
  response: {
    throttleTimeMs: int32("1+", { ignorable: true }),
    errorCode: errorCode("0+"),
  },
});

export type HeartbeatRequest = RequestOf<typeof heartbeat>;
export type HeartbeatResponse = ResponseOf<typeof heartbeat>;
export type HeartbeatRequestInput = RequestInput<typeof heartbeat>;
export type HeartbeatResponseInput = ResponseInput<typeof heartbeat>;
