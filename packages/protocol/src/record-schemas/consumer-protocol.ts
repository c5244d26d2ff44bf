import { array, int32, nullableBytes, nullableString, string } from "../schema/field";
import { defineMessage, type MessageOf } from "../schema/message";

/** What a consumer tells its group of itself: the `metadata` of JoinGroup. */
export const consumerProtocolSubscription = defineMessage({
  name: "ConsumerProtocolSubscription",
  validVersions: "0-3",
  flexibleVersions: "none",
  fields: {
    topics: array("0+", "string"),
    userData: nullableBytes("0+", { default: null }),
    ownedPartitions: array(
      "1+",
      {
        topic: string("1+", { mapKey: true }),
        partitions: array("1+", "int32"),
      },
      { ignorable: true },
    ),
    generationId: int32("2+", { default: -1, ignorable: true }),
    rackId: nullableString("3+", { default: null, ignorable: true }),
  },
});

/** What the leader of a group assigns a consumer: the `assignment` of SyncGroup. */
export const consumerProtocolAssignment = defineMessage({
  name: "ConsumerProtocolAssignment",
  validVersions: "0-3",
  flexibleVersions: "none",
  fields: {
    assignedPartitions: array("0+", {
      topic: string("0+", { mapKey: true }),
      partitions: array("0+", "int32"),
    }),
    userData: nullableBytes("0+", { default: null }),
  },
});

export type ConsumerProtocolSubscription = MessageOf<typeof consumerProtocolSubscription>;
export type ConsumerProtocolAssignment = MessageOf<typeof consumerProtocolAssignment>;
