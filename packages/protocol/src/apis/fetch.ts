import {
  array,
  errorCode,
  int8,
  int32,
  int64,
  nullableArray,
  nullableString,
  records,
  string,
  struct,
  uuid,
} from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Reads records from partitions, waiting up to `maxWaitMs` for `minBytes` of them.
 *
 * A session (version 7) spares the client from naming partitions that have not changed. From version 13 topics are
 * named by id.
 *
 * @see KIP-227 for sessions; KIP-392 for reading from followers; KIP-516 for topic ids; KIP-595 for `divergingEpoch`;
 *   KIP-903 for `replicaState`
 */
export const fetch = defineApi({
  key: 1,
  name: "Fetch",
  validVersions: "0-17",
  flexibleVersions: "12+",
  request: {
    clusterId: nullableString("12+", { tag: 0, default: null, ignorable: true }),
    /** -1 for consumers; brokers give their id. */
    replicaId: int32("0-14", { default: -1 }),
    /** Takes the place of `replicaId` from version 15 on. */
    replicaState: struct(
      "15+",
      {
        replicaId: int32("15+", { default: -1 }),
        replicaEpoch: int64("15+", { default: -1n }),
      },
      { tag: 1 },
    ),
    maxWaitMs: int32("0+"),
    minBytes: int32("0+"),
    /** A wish, not a limit: the first batch of the answer is sent whole, however large. */
    maxBytes: int32("3+", { default: 0x7fffffff, ignorable: true }),
    /** 0 reads up to the high watermark, 1 up to the last stable offset. */
    isolationLevel: int8("4+", { default: 0, ignorable: true }),
    /** 0 asks for a session or, with epoch -1, for none. */
    sessionId: int32("7+", { default: 0, ignorable: true }),
    /** -1 ends a session or does without, 0 begins one, 1 and up continue it. */
    sessionEpoch: int32("7+", { default: -1, ignorable: true }),
    topics: array("0+", {
      topic: string("0-12", { ignorable: true }),
      topicId: uuid("13+", { ignorable: true }),
      partitions: array("0+", {
        partition: int32("0+"),
        /** The leader epoch the reader knows; -1 skips the check. */
        currentLeaderEpoch: int32("9+", { default: -1, ignorable: true }),
        fetchOffset: int64("0+"),
        /** Epoch of the last record the follower has; the leader answers `divergingEpoch` where the logs differ. */
        lastFetchedEpoch: int32("12+", { default: -1 }),
        /** Of the follower; -1 from consumers. */
        logStartOffset: int64("5+", { default: -1n, ignorable: true }),
        partitionMaxBytes: int32("0+"),
        replicaDirectoryId: uuid("17+", { tag: 0, ignorable: true }),
      }),
    }),
    /** Partitions to drop from the session. */
    forgottenTopicsData: array("7+", {
      topic: string("7-12", { ignorable: true }),
      topicId: uuid("13+", { ignorable: true }),
      partitions: array("7+", "int32"),
    }),
    rackId: string("11+", { default: "", ignorable: true }),
  },
  response: {
    throttleTimeMs: int32("1+", { ignorable: true }),
    /** Errors of the session; those of partitions stand there. */
    errorCode: errorCode("7+", { ignorable: true }),
    /** 0 when the answer belongs to no session. */
    sessionId: int32("7+", { default: 0 }),
    responses: array("0+", {
      topic: string("0-12", { ignorable: true }),
      topicId: uuid("13+", { ignorable: true }),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: errorCode("0+"),
        highWatermark: int64("0+"),
        /** No transaction is open before it; -1 where that is not known. */
        lastStableOffset: int64("4+", { default: -1n, ignorable: true }),
        logStartOffset: int64("5+", { default: -1n, ignorable: true }),
        /** Where the follower's log parts from the leader's; absent (-1) when it does not. */
        divergingEpoch: struct(
          "12+",
          {
            epoch: int32("12+", { default: -1 }),
            endOffset: int64("12+", { default: -1n }),
          },
          { tag: 0 },
        ),
        currentLeader: struct(
          "12+",
          {
            leaderId: int32("12+", { default: -1 }),
            leaderEpoch: int32("12+", { default: -1 }),
          },
          { tag: 1 },
        ),
        snapshotId: struct(
          "12+",
          {
            endOffset: int64("0+", { default: -1n }),
            epoch: int32("0+", { default: -1 }),
          },
          { tag: 2 },
        ),
        /** Aborted transactions in the range; null under isolation level 0. Clients filter by them. */
        abortedTransactions: nullableArray(
          "4+",
          {
            producerId: int64("4+"),
            firstOffset: int64("4+"),
          },
          { ignorable: true },
        ),
        /** A closer replica to read from, or -1. */
        preferredReadReplica: int32("11+", { default: -1 }),
        /** Whole batches; the last one may be cut at the size limit. */
        records: records("0+"),
      }),
    }),
    nodeEndpoints: array(
      "16+",
      {
        nodeId: int32("16+", { mapKey: true }),
        host: string("16+"),
        port: int32("16+"),
        rack: nullableString("16+", { default: null }),
      },
      { tag: 0 },
    ),
  },
});

export type FetchRequest = RequestOf<typeof fetch>;
export type FetchResponse = ResponseOf<typeof fetch>;
export type FetchRequestInput = RequestInput<typeof fetch>;
export type FetchResponseInput = ResponseInput<typeof fetch>;
