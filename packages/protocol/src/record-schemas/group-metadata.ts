import { array, bytes, type Fields, int32, int64, nullableString, string } from "../schema/field";
import { defineMessage, type MessageOf } from "../schema/message";

/** Key of a group in `__consumer_offsets`: version 2 of the keys of that topic. */
export const groupMetadataKey = defineMessage({
  name: "GroupMetadataKey",
  validVersions: "2",
  flexibleVersions: "none",
  fields: {
    group: string("2"),
  },
});

const memberMetadata = {
  memberId: string("0+"),
  groupInstanceId: nullableString("3+", { default: null, ignorable: true }),
  clientId: string("0+"),
  clientHost: string("0+"),
  rebalanceTimeout: int32("1+", { default: -1, ignorable: true }),
  sessionTimeout: int32("0+"),
  subscription: bytes("0+"),
  assignment: bytes("0+"),
} satisfies Fields;

/** A group in `__consumer_offsets`. Kafka 3.9 writes version 3. */
export const groupMetadataValue = defineMessage({
  name: "GroupMetadataValue",
  validVersions: "0-4",
  flexibleVersions: "4+",
  fields: {
    protocolType: string("0+"),
    generation: int32("0+"),
    protocol: nullableString("0+"),
    leader: nullableString("0+"),
    currentStateTimestamp: int64("2+", { default: -1n, ignorable: true }),
    members: array("0+", memberMetadata),
  },
});

export type GroupMetadataKey = MessageOf<typeof groupMetadataKey>;
export type GroupMetadataValue = MessageOf<typeof groupMetadataValue>;
