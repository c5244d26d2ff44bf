import { array, errorCode, int32, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Deletes committed offsets of a group, for topics to which no member is subscribed.
 *
 * @see KIP-496
 */
export const offsetDelete = defineApi({
  key: 47,
  name: "OffsetDelete",
  validVersions: "0",
  flexibleVersions: "none",
  request: {
    groupId: string("0+"),
    topics: array("0+", {
      name: string("0+", { mapKey: true }),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
      }),
    }),
  },
  response: {
    errorCode: errorCode("0+"),
    throttleTimeMs: int32("0+", { ignorable: true }),
    topics: array("0+", {
      name: string("0+", { mapKey: true }),
      partitions: array("0+", {
        partitionIndex: int32("0+", { mapKey: true }),
        errorCode: errorCode("0+"),
      }),
    }),
  },
});

export type OffsetDeleteRequest = RequestOf<typeof offsetDelete>;
export type OffsetDeleteResponse = ResponseOf<typeof offsetDelete>;
export type OffsetDeleteRequestInput = RequestInput<typeof offsetDelete>;
export type OffsetDeleteResponseInput = ResponseInput<typeof offsetDelete>;
