import { int32, int64, string } from "../schema/field";
import { defineMessage, type MessageOf } from "../schema/message";

/** Key of a committed offset in `__consumer_offsets`: versions 0 and 1 of the keys of that topic. */
export const offsetCommitKey = defineMessage({
  name: "OffsetCommitKey",
  validVersions: "0-1",
  flexibleVersions: "none",
  fields: {
    group: string("0-1"),
    topic: string("0-1"),
    partition: int32("0-1"),
  },
});

/** A committed offset in `__consumer_offsets`. Kafka 3.9 writes version 3, or 1 when an expiry is given. */
export const offsetCommitValue = defineMessage({
  name: "OffsetCommitValue",
  validVersions: "0-4",
  flexibleVersions: "4+",
  fields: {
    offset: int64("0+"),
    leaderEpoch: int32("3+", { default: -1, ignorable: true }),
    metadata: string("0+"),
    commitTimestamp: int64("0+"),
    expireTimestamp: int64("1", { default: -1n, ignorable: true }),
  },
});

export type OffsetCommitKey = MessageOf<typeof offsetCommitKey>;
export type OffsetCommitValue = MessageOf<typeof offsetCommitValue>;
