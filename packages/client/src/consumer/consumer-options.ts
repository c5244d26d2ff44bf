import type { ClusterClient } from "../cluster/cluster-client";
import type { IsolationLevel, OffsetSpec } from "../cluster/offset-lookup";
import type { TopicPartition } from "../cluster/topic-partition";

/** Where to begin: an offset, or one to be looked up. A timestamp that no record reaches means the end. */
export type StartPosition = Exclude<OffsetSpec, "max-timestamp"> | { readonly offset: number };

export interface PartitionAssignment extends TopicPartition {
  readonly start: StartPosition;
}

export interface AssignedConsumerOptions {
  /** The cluster to read from. It stays the caller's to close. */
  readonly cluster: ClusterClient;
  readonly assignments: readonly PartitionAssignment[];
  /** `isolation.level`; "read_uncommitted" by default. */
  readonly isolationLevel?: IsolationLevel;
  /** `auto.offset.reset`, for an offset that is not, or no longer, in the log; "latest" by default. "none" makes it an error. */
  readonly onOutOfRange?: "earliest" | "latest" | "none";
  /** `fetch.max.wait.ms`; 500 by default. */
  readonly fetchWaitMs?: number;
  /** `fetch.min.bytes`; 1 by default. */
  readonly fetchBytesMin?: number;
  /** `fetch.max.bytes`; 52,428,800 by default. */
  readonly fetchBytesMax?: number;
  /** `max.partition.fetch.bytes`; 1,048,576 by default. */
  readonly partitionBytesMax?: number;
  /** `check.crcs`; true by default. */
  readonly checkCrcs?: boolean;
  /** `request.timeout.ms`; the cluster's by default. */
  readonly requestTimeoutMs?: number;
}
