import { array, errorCode, int8, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Names the broker that coordinates a group or a transactional id; version 4 asks for several keys at once.
 *
 * `keyType` 0 is a group, 1 a transactional id, 2 a share group.
 *
 * @see KIP-98 for transactional ids; KIP-699 for batches
 */
export const findCoordinator = defineApi({
  key: 10,
  name: "FindCoordinator",
  validVersions: "0-6",
  flexibleVersions: "3+",
  request: {
    key: string("0-3"),
    /** 0 group, 1 transactional id, 2 share group. */
    keyType: int8("1+", { default: 0 }),
    coordinatorKeys: array("4+", "string"),
  },
  response: {
    throttleTimeMs: int32("1+", { ignorable: true }),
    errorCode: errorCode("0-3"),
    errorMessage: nullableString("1-3", { ignorable: true }),
    nodeId: int32("0-3"),
    host: string("0-3"),
    port: int32("0-3"),
    coordinators: array("4+", {
      key: string("4+"),
      nodeId: int32("4+"),
      host: string("4+"),
      port: int32("4+"),
      errorCode: errorCode("4+"),
      errorMessage: nullableString("4+", { ignorable: true }),
    }),
  },
});

export type FindCoordinatorRequest = RequestOf<typeof findCoordinator>;
export type FindCoordinatorResponse = ResponseOf<typeof findCoordinator>;
export type FindCoordinatorRequestInput = RequestInput<typeof findCoordinator>;
export type FindCoordinatorResponseInput = ResponseInput<typeof findCoordinator>;
