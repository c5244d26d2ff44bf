import {
  array,
  errorCode,
  type Fields,
  int32,
  nullableArray,
  nullableString,
  nullableStruct,
  string,
  uuid,
} from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

const topicPartitions = {
  topicId: uuid("0+"),
  partitions: array("0+", "int32"),
} satisfies Fields;

/**
 * The one request of KIP-848's group protocol: joins, reports, is assigned, leaves (`memberEpoch` -1, or -2 for a
 * static member that returns).
 *
 * @see KIP-848
 */
export const consumerGroupHeartbeat = defineApi({
  key: 68,
  name: "ConsumerGroupHeartbeat",
  validVersions: "0",
  flexibleVersions: "0+",
  request: {
    groupId: string("0+"),
    memberId: string("0+"),
    memberEpoch: int32("0+"),
    instanceId: nullableString("0+", { default: null }),
    rackId: nullableString("0+", { default: null }),
    /** -1 when it has not changed since the last heartbeat. */
    rebalanceTimeoutMs: int32("0+", { default: -1 }),
    subscribedTopicNames: nullableArray("0+", "string", { default: null }),
    serverAssignor: nullableString("0+", { default: null }),
    topicPartitions: nullableArray(
      "0+",
      {
        topicId: uuid("0+"),
        partitions: array("0+", "int32"),
      },
      { default: null },
    ),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
    errorMessage: nullableString("0+", { default: null }),
    memberId: nullableString("0+", { default: null }),
    memberEpoch: int32("0+"),
    heartbeatIntervalMs: int32("0+"),
    /** Null when it has not changed. */
    assignment: nullableStruct(
      "0+",
      {
        topicPartitions: array("0+", topicPartitions),
      },
      { default: null },
    ),
  },
});

export type ConsumerGroupHeartbeatRequest = RequestOf<typeof consumerGroupHeartbeat>;
export type ConsumerGroupHeartbeatResponse = ResponseOf<typeof consumerGroupHeartbeat>;
export type ConsumerGroupHeartbeatRequestInput = RequestInput<typeof consumerGroupHeartbeat>;
export type ConsumerGroupHeartbeatResponseInput = ResponseInput<typeof consumerGroupHeartbeat>;
