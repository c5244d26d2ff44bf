import { array, bool, errorCode, int32, nullableArray, nullableString, string, uuid } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Tells which brokers live, which topics exist, and who leads each partition.
 *
 * No topics (version 0) or null (from 1) asks for all of them; an empty list from version 1 on asks for none.
 *
 * @see KIP-430 for authorized operations; KIP-516 for topic ids
 */
export const metadata = defineApi({
  key: 3,
  name: "Metadata",
  validVersions: "0-12",
  flexibleVersions: "9+",
  request: {
    /** Null for all topics; in version 0, which has no null, an empty list means all. */
    topics: nullableArray(
      "0+",
      {
        /** Names the topic from version 12 on, when `name` is null. */
        topicId: uuid("10+", { ignorable: true }),
        name: nullableString("0+", { nullableVersions: "10+" }),
      },
      { nullableVersions: "1+" },
    ),
    /** Whether asking for a topic may create it, where the broker allows that too. */
    allowAutoTopicCreation: bool("4+", { default: true }),
    includeClusterAuthorizedOperations: bool("8-10"),
    includeTopicAuthorizedOperations: bool("8+"),
  },
  response: {
    throttleTimeMs: int32("3+", { ignorable: true }),
    brokers: array("0+", {
      nodeId: int32("0+", { mapKey: true }),
      host: string("0+"),
      port: int32("0+"),
      /** Null where the broker has no rack. */
      rack: nullableString("1+", { default: null, ignorable: true }),
    }),
    clusterId: nullableString("2+", { default: null, ignorable: true }),
    controllerId: int32("1+", { default: -1, ignorable: true }),
    topics: array("0+", {
      errorCode: errorCode("0+"),
      name: nullableString("0+", { nullableVersions: "12+", mapKey: true }),
      topicId: uuid("10+", { ignorable: true }),
      isInternal: bool("1+", { default: false, ignorable: true }),
      partitions: array("0+", {
        errorCode: errorCode("0+"),
        partitionIndex: int32("0+"),
        /** -1 when the partition has no leader. */
        leaderId: int32("0+"),
        leaderEpoch: int32("7+", { default: -1, ignorable: true }),
        replicaNodes: array("0+", "int32"),
        isrNodes: array("0+", "int32"),
        offlineReplicas: array("5+", "int32", { ignorable: true }),
      }),
      /** A bit for each operation; the least int32 when not asked for. */
      topicAuthorizedOperations: int32("8+", { default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32("8-10", { default: -2147483648 }),
  },
});

export type MetadataRequest = RequestOf<typeof metadata>;
export type MetadataResponse = ResponseOf<typeof metadata>;
export type MetadataRequestInput = RequestInput<typeof metadata>;
export type MetadataResponseInput = ResponseInput<typeof metadata>;
