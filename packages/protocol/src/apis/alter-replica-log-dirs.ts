import { array, errorCode, int32, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Moves replicas between the log directories of one broker.
 *
 * @see KIP-113
 */
export const alterReplicaLogDirs = defineApi({
  key: 34,
  name: "AlterReplicaLogDirs",
  validVersions: "0-2",
  flexibleVersions: "2+",
  request: {
    dirs: array("0+", {
      path: string("0+", { mapKey: true }),
      topics: array("0+", {
        name: string("0+", { mapKey: true }),
        partitions: array("0+", "int32"),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    results: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: errorCode("0+"),
      }),
    }),
  },
});

export type AlterReplicaLogDirsRequest = RequestOf<typeof alterReplicaLogDirs>;
export type AlterReplicaLogDirsResponse = ResponseOf<typeof alterReplicaLogDirs>;
export type AlterReplicaLogDirsRequestInput = RequestInput<typeof alterReplicaLogDirs>;
export type AlterReplicaLogDirsResponseInput = ResponseInput<typeof alterReplicaLogDirs>;
