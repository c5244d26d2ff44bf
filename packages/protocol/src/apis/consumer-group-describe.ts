import { array, bool, errorCode, type Fields, int32, nullableString, string, struct, uuid } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

const topicPartitions = {
  topicId: uuid("0+"),
  topicName: string("0+"),
  partitions: array("0+", "int32"),
} satisfies Fields;

const assignment = {
  topicPartitions: array("0+", topicPartitions),
} satisfies Fields;

/**
 * Describes groups of KIP-848's protocol, with target and current assignments.
 *
 * @see KIP-848
 */
export const consumerGroupDescribe = defineApi({
  key: 69,
  name: "ConsumerGroupDescribe",
  validVersions: "0",
  flexibleVersions: "0+",
  request: {
    groupIds: array("0+", "string"),
    includeAuthorizedOperations: bool("0+"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    groups: array("0+", {
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+", { default: null }),
      groupId: string("0+"),
      groupState: string("0+"),
      groupEpoch: int32("0+"),
      assignmentEpoch: int32("0+"),
      assignorName: string("0+"),
      members: array("0+", {
        memberId: string("0+"),
        instanceId: nullableString("0+", { default: null }),
        rackId: nullableString("0+", { default: null }),
        memberEpoch: int32("0+"),
        clientId: string("0+"),
        clientHost: string("0+"),
        subscribedTopicNames: array("0+", "string"),
        subscribedTopicRegex: nullableString("0+", { default: null }),
        assignment: struct("0+", assignment),
        targetAssignment: struct("0+", assignment),
      }),
      authorizedOperations: int32("0+", { default: -2147483648 }),
    }),
  },
});

export type ConsumerGroupDescribeRequest = RequestOf<typeof consumerGroupDescribe>;
export type ConsumerGroupDescribeResponse = ResponseOf<typeof consumerGroupDescribe>;
export type ConsumerGroupDescribeRequestInput = RequestInput<typeof consumerGroupDescribe>;
export type ConsumerGroupDescribeResponseInput = ResponseInput<typeof consumerGroupDescribe>;
